"""The verdicts on the claims."""

import importlib
import math

import numpy as np
import pytest
import torch

from core import vanishing_gradients as topic
from core.claims import Verdict
from core.vanishing_gradients import Net
from core.vanishing_gradients import matrix_completion as topic_completion
from core.vanishing_gradients.networks import BATCH, batches, draw_weights

VERDICTS = {
    "derivative_in_unit_interval": Verdict.HOLDS,
    "many_factors_vanish": Verdict.HOLDS,
    "relu_solves": Verdict.DEPENDS,
    "skip_solves": Verdict.DEPENDS,
    "gates_solve": Verdict.DEPENDS,
    "explosion_is_rare": Verdict.DEPENDS,
    "batch_normalisation_fixes": Verdict.DEPENDS,
    "depth_needs_activations": Verdict.DEPENDS,
    "first_layers_learn_least": Verdict.DEPENDS,
}


def test_claims_are_in_order() -> None:
    assert list(topic.CLAIMS) == list(VERDICTS)


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(name: str) -> None:
    claim = topic.CLAIMS[name]()
    assert claim.verdict == VERDICTS[name]
    assert all(np.isfinite(value) for value in claim.evidence.values())


def test_evidence_agrees_with_closed_forms() -> None:
    evidence = topic.CLAIMS["batch_normalisation_fixes"]().evidence
    assert evidence["factor"] == pytest.approx(math.sqrt(math.pi / (math.pi - 1)), abs=0.02)
    assert topic.CLAIMS["derivative_in_unit_interval"]().evidence["largest"] == 0.25


def test_depth_without_activations_matters_when_it_changes_what_training_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("core.vanishing_gradients.claims")
    alike = topic_completion.complete_matrix(1, seeds=5)
    monkeypatch.setattr(module, "complete_matrix", lambda factors, seeds: alike)
    assert topic.CLAIMS["depth_needs_activations"]().verdict == Verdict.HOLDS


def weight_gradients_by_modules(net: Net, seeds: int) -> np.ndarray:
    """Return |∂L/∂W_l| of networks made of torch's modules, shape (seeds, depth)."""
    weights = draw_weights(net, seed=0, seeds=seeds)
    features, labels = batches()
    activation = {"sigmoid": torch.nn.Sigmoid, "relu": torch.nn.ReLU}[net.activation]
    norms = []
    for number in range(seeds):
        matrices = [weights.first[number], *(layer[number] for layer in weights.hidden)]
        layers = []
        for layer, matrix in enumerate(matrices):
            linear = torch.nn.Linear(*matrix.shape, dtype=torch.float64)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(matrix.T))
                linear.bias.copy_(torch.from_numpy(weights.bias[layer, number].ravel()))
            layers += [linear, activation()]
        logits = torch.nn.Sequential(*layers)(torch.from_numpy(features[:BATCH])) @ torch.from_numpy(
            weights.out[number]
        )
        torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels[:BATCH])).backward()
        norms.append([float(layer.weight.grad.norm()) for layer in layers[::2]])
    return np.array(norms)


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_gradients_of_weights_are_those_of_torchs_modules(activation: str) -> None:
    evidence = topic.CLAIMS["first_layers_learn_least"]().evidence
    gradients = weight_gradients_by_modules(Net(30, activation=activation), seeds=5)
    change = np.median(np.log10(gradients[:, 0] / gradients[:, -1]))
    assert evidence[f"{activation}_weights"] == pytest.approx(change, abs=1e-6)
    if activation == "relu":
        assert evidence["relu_size"] == pytest.approx(np.median(gradients))
        # z's gradient vanishes, but the weights' gradient is about as small in all layers.
        assert evidence["relu_signal"] < -4
        assert abs(change) < 0.5


@pytest.mark.parametrize(("changes", "verdict"), [((-9, -9, -9, -9), Verdict.HOLDS), ((-9, 0, -9, 0), Verdict.FALSE)])
def test_verdict_on_the_first_layers_follows_from_both_networks(
    monkeypatch: pytest.MonkeyPatch, changes: tuple[float, ...], verdict: Verdict
) -> None:
    module = importlib.import_module("core.vanishing_gradients.claims")
    given = iter(changes)
    monkeypatch.setattr(module, "_median_change", lambda _: next(given))
    assert topic.CLAIMS["first_layers_learn_least"]().verdict == verdict
