"""The findings and outcomes, and the widest range of settings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core import vanishing_gradients as topic
from core.vanishing_gradients import Net
from core.vanishing_gradients.networks import BATCH, batches, draw_weights
from tests.core.vanishing_gradients.helpers import gradients_by_modules


@pytest.mark.parametrize("activation", topic.ACTIVATIONS)
@pytest.mark.parametrize("normalisation", topic.NORMALISATIONS)
@pytest.mark.parametrize("sigma_w", [0.0, 1e9])
def test_extreme_settings_give_no_warning(activation: str, normalisation: str, sigma_w: float) -> None:
    for width in (1, 8):
        for residual in (False, True):
            net = Net(50, width, activation, "free", sigma_w, residual, normalisation)
            for dtype in topic.DTYPES:
                profile = topic.measure(net, dtype=dtype, seeds=2)
                assert topic.findings(net, profile)
            inside = topic.record_activations(net)
            shares = topic.histograms(inside.h, np.linspace(-1, 1, 11))
            assert (shares.sum(axis=1) <= 1 + 1e-9).all()


def test_overflow_is_reported_with_its_layer() -> None:
    net = Net(50, activation="identity", init="free", sigma_w=1e3)
    profile = topic.measure(net, dtype="float32")
    [finding] = [f for f in topic.findings(net, profile) if f.code == "overflow"]
    # float32 overflows at 10^38.5, and z grows by three decades per layer from about 1.
    assert finding.figures["layer"] in (13, 14)
    assert not np.isfinite(profile.gradient).any()


def test_findings_distinguish_the_cases() -> None:
    def codes(net: Net, **options) -> list[str]:
        return [finding.code for finding in topic.findings(net, topic.measure(net, **options))]

    assert codes(Net(10)) == ["vanishes", "theory"]
    assert codes(Net(20, activation="relu", init="he"))[0] == "steady"
    assert codes(Net(50, activation="relu", init="free", sigma_w=2.0))[0] == "explodes"
    assert codes(Net(20, normalisation="layer")) == ["vanishes", "no_theory"]
    assert codes(Net(50, init="small"), dtype="float32")[0] == "zero"
    assert codes(Net(50, activation="relu", init="he", residual=True))[1] == "theory_fails"
    assert "one_matrix" in codes(Net(50, activation="identity"))
    # All units are saturated, so that the gradient is exactly 0.
    assert codes(Net(50, activation="tanh", init="free", sigma_w=1e9))[0] == "zero"


def test_divergence_is_reported_and_gives_nan() -> None:
    net = Net(20, activation="relu", init="he", residual=True)
    result = topic.train(net, steps=30, optimiser="sgd", learning_rate=1.0)
    assert topic.outcome(result) == "diverged"
    assert np.isnan(result.loss[:, -1]).all() and np.isnan(result.accuracy[:, -1]).all()


Array = NDArray[np.float64]


def backward_by_hand(net: Net, seed: int, seeds: int) -> tuple[Array, Array]:
    """Return max |z_l| and |∂L/∂z_l| of networks without normalisation, shape (seeds, depth), in NumPy's float64."""
    alpha = 0.0 if net.branch == "zero" else 1.0
    weights = draw_weights(net, seed=seed, seeds=seeds)
    features, labels = batches()
    largest, gradients = np.empty((2, seeds, net.depth))
    with np.errstate(all="ignore"):
        for number in range(seeds):
            h, slopes = features[:BATCH], []
            for layer in range(net.depth):
                matrix = weights.hidden[layer - 1, number] if layer else weights.first[number]
                z = h @ matrix + weights.bias[layer, number]
                largest[number, layer] = np.abs(z).max()
                value, slope = topic.activate(z, net.activation)
                slopes.append(slope)
                h = h + alpha * value if net.residual and layer else value
            logits = h @ weights.out[number]
            shares = np.exp(logits - logits.max(axis=1, keepdims=True))
            error = shares / shares.sum(axis=1, keepdims=True) - np.eye(10)[labels[:BATCH]]
            back = error / BATCH @ weights.out[number].T
            for layer in reversed(range(net.depth)):
                through = back * slopes[layer] * (alpha if net.residual and layer else 1.0)
                size = np.abs(through).max()
                gradients[number, layer] = size * np.linalg.norm(through / size) if size > 0 else size
                if layer:
                    further = through @ weights.hidden[layer - 1, number].T
                    back = back + further if net.residual else further
    return largest, gradients


NETS = st.builds(
    Net,
    depth=st.integers(2, 50),
    width=st.sampled_from([1, 4, 16, 64, 128]),
    activation=st.sampled_from(topic.ACTIVATIONS),
    init=st.sampled_from(topic.INITS),
    sigma_w=st.sampled_from([0.1, 0.8, 1.0, 2.0, 6.0, 100.0, 1e7]),
    residual=st.booleans(),
    centred=st.booleans(),
    branch=st.sampled_from(topic.BRANCHES),
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(net=NETS, seed=st.integers(0, 99))
def test_findings_match_a_backward_pass_by_hand(net: Net, seed: int) -> None:
    found = {finding.code: finding.figures for finding in topic.findings(net, topic.measure(net, seed=seed))}
    largest, gradient = backward_by_hand(net, seed, 3)
    overflows = not np.isfinite(largest).all()
    assert ("overflow" in found) == overflows
    if overflows:
        assert found["overflow"]["layer"] == np.flatnonzero(~np.isfinite(largest).all(axis=0))[0] + 1
        assert not {"vanishes", "explodes", "steady", "zero"} & set(found)
        return
    if not np.isfinite(gradient).all():
        assert "gradient_overflow" in found
        return
    median = np.median(gradient, axis=0)
    zero_branches = net.residual and net.branch == "zero" and bool((gradient[:, 0] > 0).all())
    assert ("branches_zero" in found) == zero_branches
    if zero_branches:
        assert found == {"branches_zero": {"first": pytest.approx(median[0])}} and not gradient[:, 1:].any()
        return
    zeros = np.flatnonzero(median == 0)
    assert bool({"zero", "zero_skip"} & set(found)) == bool(zeros.size)
    if zeros.size:
        # Without a gap, the gradient is 0 from the last of these layers on, towards the input.
        expected = {"count": zeros.size, "depth": net.depth}, {"layer": zeros[-1] + 1}
        code = "zero" if zeros.size == zeros[-1] + 1 else "zero_skip"
        assert found[code] == expected[code == "zero"] and (net.residual or code == "zero")
        return
    decades = np.log10(median[-1]) - np.log10(median[0])
    [code] = {"vanishes", "explodes", "steady"} & set(found)
    # 1 − tanh² of a saturated unit has few correct digits.
    if abs(abs(decades) - 1) > 1e-3:
        assert code == ("steady" if abs(decades) < 1 else "vanishes" if decades > 0 else "explodes")
    assert found[code]["decades"] == pytest.approx(abs(decades), rel=1e-3, abs=1e-3)
    # The figures of the sentence agree with each other.
    ratio = np.log10(found[code]["last"]) - np.log10(found[code]["first"])
    assert abs(ratio) == pytest.approx(found[code]["decades"], abs=1e-9)
    assert ("some_zero" in found) == bool((gradient == 0).any())
    about_theory = {"theory", "theory_fails", "theory_unclear"} & set(found)
    assert (gradient[:, [0, -1]] > 0).all() or not about_theory
    for name in about_theory:
        # "They agree" is said of figures that do; those of the sentence are rounded to 0.001.
        distance, theory = abs(found[name]["slope"] - found[name]["theory"]), abs(found[name]["theory"])
        if name == "theory":
            assert distance <= max(0.02, 0.25 * theory) + 0.002
        if name == "theory_unclear":
            assert distance >= max(0.02, 0.25 * theory) - 0.002


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    activation=st.sampled_from(topic.ACTIVATIONS),
    init=st.sampled_from(topic.INITS),
    width=st.sampled_from([32, 128]),
)
def test_theory_gives_the_signal_of_the_first_layer(activation: str, init: str, width: int) -> None:
    net = Net(2, width, activation, init, centred=True)
    profile = topic.measure(net, seeds=20)
    # The first layer is linear in the input, whose mean square is 1 over all digits.
    features = batches()[0]
    expected = profile.z_theory[0] * (features[:BATCH] ** 2).mean() / (features**2).mean()
    assert profile.z_variance[:, 0].mean() == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("activation", ["relu", "leaky", "gelu", "identity"])
def test_theory_holds_where_the_mean_square_overflows(activation: str) -> None:
    net = Net(30, activation=activation, init="free", sigma_w=1e7)
    profile = topic.measure(net)
    assert np.isinf(profile.z_variance[:, -1]).all() and profile.z_finite.all()
    codes = [finding.code for finding in topic.findings(net, profile)]
    assert codes[:2] == ["explodes", "theory"]
    # ReLU passes half of the squared gradient, the leak almost nothing more.
    half = {"relu": 0.5, "gelu": 0.5, "leaky": (1 + 0.01**2) / 2, "identity": 1.0}[activation]
    assert profile.theory_slope == pytest.approx(-np.log10(1e14 * half) / 2, abs=1e-3)


def training_with(first: float, last: float, accuracy: float) -> topic.Training:
    change = np.geomspace(first, last, 5)[np.newaxis]
    return topic.Training(
        np.array([0]), np.array([[1.0]]), np.array([[accuracy]]), np.zeros((1, 5)), np.zeros((1, 5)), change
    )


def test_outcomes_distinguish_a_frozen_first_layer_from_too_small_a_step() -> None:
    assert topic.outcome(training_with(1e-6, 0.1, 0.3)) == "frozen"
    assert topic.outcome(training_with(1.5e-4, 3.2e-4, 0.3)) == "unmoved"
    assert topic.outcome(training_with(2e-11, 1e-4, 0.3)) == "unmoved"
    assert topic.outcome(training_with(0.1, 0.2, 0.9)) == "learnt"
    assert topic.outcome(training_with(0.1, 0.2, 0.5)) == "slow"


def test_no_layer_moves_at_a_tiny_rate() -> None:
    net = Net(10, activation="relu", init="he")
    assert topic.outcome(topic.train(net, steps=50, optimiser="sgd", learning_rate=1e-4)) == "unmoved"


@settings(max_examples=25, derandomize=True, deadline=None)
@given(
    depth=st.integers(2, 25),
    activation=st.sampled_from(["sigmoid", "tanh", "relu", "identity"]),
    init=st.sampled_from(["default", "xavier", "he", "free"]),
    sigma_w=st.sampled_from([0.5, 1.0, 3.0]),
)
def test_finding_about_the_weights_follows_from_torchs_gradients(depth, activation, init, sigma_w) -> None:
    net = Net(depth, 16, activation, init, sigma_w)
    profile = topic.measure(net)
    weights, z = gradients_by_modules(net, seeds=3)
    np.testing.assert_allclose(profile.weight_gradient, weights, rtol=1e-8)
    np.testing.assert_allclose(profile.gradient, z, rtol=1e-8)
    first, last = np.median(weights, axis=0)[[0, -1]]
    found = topic.weight_finding(profile)
    if (np.median(weights, axis=0) == 0).any():
        assert found.code == "weights_zero"
        return
    expected = "explode" if first >= 10 * last else "vanish" if last >= 10 * first else "steady"
    assert found.code == f"weights_{expected}"
    assert (found.figures["first"], found.figures["last"]) == pytest.approx((first, last))
    assert found.figures["decades"] == pytest.approx(abs(np.log10(first / last)))
    z_first, z_last = np.median(z, axis=0)[[0, -1]]
    assert found.figures["signal"] == pytest.approx(np.log10(z_first / z_last), abs=0.051)


def test_missing_gradients_of_weights_are_counted() -> None:
    zero = topic.weight_finding(topic.measure(Net(20, activation="relu", init="he", residual=True, branch="zero")))
    assert (zero.code, zero.figures) == ("weights_zero", {"count": 19, "depth": 20})
    overflow = topic.weight_finding(topic.measure(Net(50, activation="identity", init="free", sigma_w=1e9)))
    assert (overflow.code, overflow.figures) == ("weights_overflow", {"count": 3, "networks": 3})


def test_the_text_of_the_scene_on_the_weights_of_relu_is_true() -> None:
    """From the last layer to the first, ∂L/∂z and the input change in opposite directions, ∂L/∂W hardly."""
    profile = topic.measure(Net(30, activation="relu"))
    weights, gradient = (np.median(values, axis=0) for values in (profile.weight_gradient, profile.gradient))
    assert weights.max() < 4 * weights.min() and weights.max() < 1e-4
    assert gradient[0] < 1e-4 * gradient[-1]
    # z has the size of the input of its layer.
    signal = np.sqrt(np.median(profile.z_variance, axis=0))
    assert signal[-1] < 1e-3 * signal[0]
