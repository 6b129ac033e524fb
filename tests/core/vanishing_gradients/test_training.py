"""Training."""

import numpy as np
import pytest
import torch

from core import vanishing_gradients as topic
from core.validate import InvalidArgument
from core.vanishing_gradients import Net, networks
from core.vanishing_gradients.networks import batches, draw_weights
from core.vanishing_gradients.training import TRAIN_COUNT


def test_a_seed_does_not_depend_on_the_number_of_seeds() -> None:
    net = Net(4, activation="relu", init="he", normalisation="layer")
    reported: list[float] = []
    both = topic.train(net, steps=20, seeds=2, report=reported.append)
    one = topic.train(net, steps=20, seeds=1)
    np.testing.assert_allclose(both.loss[:1], one.loss, rtol=1e-4)
    assert reported[-1] == 1 and reported == sorted(reported)
    assert both.gradient.shape == both.update.shape == (20, 4)


@pytest.mark.parametrize(("weights_at_once", "sizes"), [(1, [1, 1, 1, 1, 1]), (2 * 3 * 16**2, [1, 2, 2])])
def test_groups_of_networks_train_like_all_at_once(
    monkeypatch: pytest.MonkeyPatch, weights_at_once: int, sizes: list[int]
) -> None:
    net = Net(4, 16, activation="relu", init="he")
    settings = {"steps": 20, "seeds": 5, "seed": 2, "learning_rate": 0.01, "clip": 0.5}
    assert networks.groups_of_networks(net, 5) == [range(5)]
    together = topic.train(net, **settings)
    monkeypatch.setattr(networks, "WEIGHTS_AT_ONCE", weights_at_once)
    groups = networks.groups_of_networks(net, 5)
    assert [len(group) for group in groups] == sizes and [n for group in groups for n in group] == list(range(5))
    reported: list[float] = []
    in_groups = topic.train(net, **settings, report=reported.append)
    for name in ("steps", "loss", "accuracy", "gradient", "update", "relative_change"):
        np.testing.assert_allclose(getattr(in_groups, name), getattr(together, name), rtol=1e-4, err_msg=name)
    assert len(reported) == 20 * len(sizes) and reported[-1] == 1 and reported == sorted(reported)


def test_sgd_update_is_the_gradient_times_the_learning_rate() -> None:
    result = topic.train(Net(4, activation="tanh"), steps=3, optimiser="sgd", learning_rate=0.05, seeds=1)
    weights = draw_weights(Net(4, activation="tanh"), seeds=1)
    sizes = [np.linalg.norm(weights.first[0]), *(np.linalg.norm(matrix) for matrix in weights.hidden[:, 0])]
    np.testing.assert_allclose(result.update[0] * sizes, 0.05 * result.gradient[0], rtol=1e-3)


def final_weights_by_torch(net: Net, *, steps: int, rate: float, clip: float, network: int) -> list[np.ndarray]:
    """Train one ReLU network of a seed by torch's SGD and `clip_grad_norm_`; return its matrices.

    It has no skip connections, or ReZero's.
    """
    weights = draw_weights(net, seed=0, seeds=network + 1)
    first, hidden = weights.first[network], weights.hidden[:, network]
    arrays = [first, *hidden, *weights.bias[:, network], weights.out[network], np.zeros((1, 10))]
    parameters = [torch.nn.Parameter(torch.tensor(array, dtype=torch.float32)) for array in arrays]
    matrices, biases = parameters[: net.depth], parameters[net.depth : 2 * net.depth]
    alphas = [torch.nn.Parameter(torch.zeros(())) for _ in range(net.depth - 1)]
    parameters = parameters[:-2] + alphas * net.residual + parameters[-2:]
    features, labels = batches()
    order, descent = np.random.default_rng(0), torch.optim.SGD(parameters, lr=rate)
    for _ in range(steps):
        indices = order.choice(TRAIN_COUNT, 64, replace=False)
        h = torch.tensor(features[indices], dtype=torch.float32)
        for layer, (matrix, bias) in enumerate(zip(matrices, biases, strict=True)):
            value = torch.relu(h @ matrix + bias)
            h = h + alphas[layer - 1] * value if net.residual and layer else value
        loss = torch.nn.functional.cross_entropy(h @ parameters[-2] + parameters[-1], torch.tensor(labels[indices]))
        descent.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, clip)
        descent.step()
    return [matrix.detach().double().numpy() for matrix in matrices]


@pytest.mark.parametrize(("clip", "residual"), [(0.05, False), (2.0, False), (100.0, False), (0.5, True)])
def test_training_and_clipping_are_those_of_torch_for_each_network(clip: float, residual: bool) -> None:
    net, rate = Net(4, activation="relu", init="free", sigma_w=2.0, residual=residual, branch="zero"), 0.02
    weights = draw_weights(net, seed=0, seeds=2)
    result = topic.train(net, steps=6, optimiser="sgd", learning_rate=rate, clip=clip, seeds=2)
    for network in range(2):
        initial = [weights.first[network], *weights.hidden[:, network]]
        final = final_weights_by_torch(net, steps=6, rate=rate, clip=clip, network=network)
        changes = [
            np.linalg.norm(after - before) / np.linalg.norm(before)
            for after, before in zip(final, initial, strict=True)
        ]
        np.testing.assert_allclose(result.relative_change[network], changes, rtol=2e-3)


@pytest.mark.slow
def test_sigmoid_freezes_and_residual_relu_learns() -> None:
    frozen = topic.train(Net(20), steps=150)
    trained = topic.train(Net(20, activation="relu", init="he", residual=True, normalisation="layer"), steps=150)
    # The sigmoid network only learns its output layer, which lowers the loss to that of guessing, ln 10.
    assert (frozen.loss[:, 0] > frozen.loss[:, -1]).all()
    assert frozen.accuracy[:, -1].max() < 0.2
    assert frozen.relative_change[:, 0].max() < 1e-4 < 1e-2 < frozen.relative_change[:, -1].min()
    assert trained.accuracy[:, -1].min() > 0.95
    assert (topic.outcome(frozen), topic.outcome(trained)) == ("frozen", "learnt")


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.train(Net(), steps=0), "out_of_range"),
        (lambda: topic.train(Net(), optimiser="lion"), "unknown_choice"),
        (lambda: topic.train(Net(), learning_rate=0.0), "not_positive"),
        (lambda: topic.train(Net(), clip=0.0), "not_positive"),
    ],
)
def test_training_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
