"""Linear read-outs of a frozen encoder."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.cls_vs_average_pooling import read_out
from core.cls_vs_average_pooling.digits import patches
from core.cls_vs_average_pooling.encoder import init_parameters
from core.datasets import digits
from core.validate import InvalidArgument


def vectors(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return [CLS] and the mean of the tokens of an untrained encoder, by torch's modules."""
    weights = {
        name: tensor.detach().double()
        for name, tensor in init_parameters(np.random.default_rng(seed), 4, 10, tokens=16).items()
    }
    attention = torch.nn.MultiheadAttention(16, 1, bias=False, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        attention.in_proj_weight.copy_(torch.cat([weights[f"{name}0"].T for name in ("query", "key", "value")]))
        attention.out_proj.weight.copy_(weights["out0"].T)
        norm = torch.nn.LayerNorm(16, dtype=torch.float64)
        x = torch.from_numpy(patches(digits().features)) @ weights["embed"] + weights["position"]
        x = torch.cat([weights["cls"].expand(len(x), 1, 16), x], dim=1)
        x = norm(x + attention(x, x, x, need_weights=False)[0])
        x = norm(x + torch.nn.functional.gelu(x @ weights["up0"]) @ weights["down0"])
    return x[:, 0].numpy(), x[:, 1:].mean(dim=1).numpy()


def test_untrained_read_outs_are_those_of_scikit_learn() -> None:
    target, order = digits().target, np.random.default_rng(0).permutation(1797)
    train, test = order[:1200], order[1200:]
    found = read_out("none", seeds=2)
    for seed in range(2):
        for column, of in enumerate(vectors(seed)):
            classifier = make_pipeline(StandardScaler(), LogisticRegression(C=10, max_iter=2000))
            expected = classifier.fit(of[train], target[train]).score(of[test], target[test])
            assert found[seed, column] == pytest.approx(expected, abs=0.005)


def test_training_changes_the_read_out_and_a_seed_does_not_depend_on_the_others() -> None:
    two = read_out("cls", epochs=1, seeds=2)
    np.testing.assert_allclose(read_out("cls", epochs=1, seeds=1), two[:1], atol=0.005)
    assert not np.allclose(two, read_out("none", seeds=2))
    assert not np.allclose(two, read_out("mean", epochs=1, seeds=2))


def test_unknown_poolings_are_refused() -> None:
    with pytest.raises(InvalidArgument) as caught:
        read_out("max")
    assert caught.value.code == "unknown_choice"
