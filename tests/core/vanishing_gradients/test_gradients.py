"""Gradients against finite differences, the written-out chain rule, and theory."""

from dataclasses import replace

import numpy as np
import pytest

from core import vanishing_gradients as topic
from core.validate import InvalidArgument
from core.vanishing_gradients import Net, networks
from core.vanishing_gradients.networks import BATCH, batches, draw_weights
from tests.core.vanishing_gradients.helpers import numpy_loss


@pytest.mark.parametrize("init", ["xavier", "he", "free"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky", "gelu", "identity"])
def test_measured_slopes_follow_theory(activation: str, init: str) -> None:
    result = topic.measure(Net(20, activation=activation, init=init, sigma_w=2.0), seeds=6)
    fails = activation == "gelu" and init == "he"
    assert abs(result.slope - result.theory_slope) < (0.06 if fails else 0.012)
    np.testing.assert_allclose(result.theory[-1], np.median(result.gradient[:, -1]))
    wide = np.median(result.z_variance, axis=0)[:3]
    np.testing.assert_allclose(wide, result.z_theory[:3], rtol=0.35)


@pytest.mark.parametrize(("init", "slope"), [("xavier", 0.627), ("he", 0.501), ("orthogonal", 0.627)])
def test_slope_of_the_sigmoid_matches_known_values(init: str, slope: float) -> None:
    assert topic.measure(Net(20, init=init), seeds=6).slope == pytest.approx(slope, abs=0.015)


def test_decades_are_the_loss_over_the_whole_depth() -> None:
    profile = topic.measure(Net(10), seeds=1)
    [gradient] = profile.gradient
    assert profile.decades == pytest.approx(np.log10(gradient[-1] / gradient[0]))


def test_gradients_match_finite_differences() -> None:
    net = Net(4, width=5, activation="tanh", init="default", residual=True)
    weights = draw_weights(net, seed=3, seeds=1)
    features, labels = (part[:BATCH] for part in batches())
    result = topic.measure(net, seed=3, seeds=1)
    assert result.loss[0] == pytest.approx(numpy_loss(net, weights, features, labels), rel=1e-12)
    for layer in range(1, 4):
        squares = 0.0
        for index in np.ndindex(5, 5):
            ends = []
            for step in (1e-5, -1e-5):
                perturbed = weights.hidden.copy()
                perturbed[(layer - 1, 0, *index)] += step
                ends.append(numpy_loss(net, replace(weights, hidden=perturbed), features, labels))
            squares += ((ends[0] - ends[1]) / 2e-5) ** 2
        assert result.weight_gradient[0, layer] == pytest.approx(squares**0.5, rel=1e-6)


@pytest.mark.parametrize("weights_at_once", [1, 2 * 3 * 16**2])
def test_gradients_do_not_depend_on_the_groups(monkeypatch: pytest.MonkeyPatch, weights_at_once: int) -> None:
    net = Net(4, 16, activation="relu", init="he", normalisation="layer")
    together = topic.measure(net, seed=2, seeds=5)
    monkeypatch.setattr(networks, "WEIGHTS_AT_ONCE", weights_at_once)
    topic.measure.cache_clear()
    in_groups = topic.measure(net, seed=2, seeds=5)
    for name in ("gradient", "weight_gradient", "loss", "theory", "z_variance", "z_finite", "slope", "slopes"):
        np.testing.assert_allclose(getattr(in_groups, name), getattr(together, name), rtol=1e-10, err_msg=name)


def test_gradients_match_the_written_out_chain_rule() -> None:
    net = Net(7, width=12, activation="sigmoid", init="he")
    weights = draw_weights(net, seed=1, seeds=2)
    features, labels = (part[:BATCH] for part in batches())
    result = topic.measure(net, seed=1, seeds=2)
    for seed in range(2):
        h, slopes = features, []
        for layer in range(net.depth):
            matrix = weights.hidden[layer - 1, seed] if layer else weights.first[seed]
            h, slope = topic.activate(h @ matrix, "sigmoid")
            slopes.append(slope)
        scores = np.exp(h @ weights.out[seed])
        back = (scores / scores.sum(axis=1, keepdims=True) - np.eye(10)[labels]) / BATCH @ weights.out[seed].T
        for layer in reversed(range(net.depth)):
            back = back * slopes[layer]
            assert result.gradient[seed, layer] == pytest.approx(np.linalg.norm(back), rel=1e-10)
            back = back @ weights.hidden[layer - 1, seed].T


def test_precisions_agree_until_float32_underflows() -> None:
    mild, both = Net(10, activation="tanh"), ("float32", "float64")
    single, double = (topic.measure(mild, dtype=dtype).gradient for dtype in both)
    np.testing.assert_allclose(single, double, rtol=1e-3)
    single, double = (topic.measure(Net(50, init="small"), dtype=dtype).gradient for dtype in both)
    assert (single[:, 0] == 0).all() and (double[:, 0] > 0).all()


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.measure(Net(), dtype="float16"), "unknown_choice"),
        (lambda: topic.measure(Net(), seeds=0), "out_of_range"),
        (lambda: topic.measure(Net(), seed=-1), "out_of_range"),
    ],
)
def test_gradients_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
