"""Vanishing gradients: autograd against differences and a chain by hand, theory against quadrature, and directions."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from core import vanishing_gradients as topic
from core.claims import Verdict
from core.validate import InvalidArgument
from core.vanishing_gradients import Net
from core.vanishing_gradients.networks import BATCH, batches, draw_weights

finite = st.floats(-30, 30)


# Activations and theory


@given(st.lists(finite, min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
@pytest.mark.parametrize("activation", topic.ACTIVATIONS)
def test_activations_are_torchs(activation: str, values: list[float]) -> None:
    z = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    of_torch = {
        "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "gelu": torch.nn.functional.gelu,
        "leaky": lambda x: torch.nn.functional.leaky_relu(x, 0.01), "identity": lambda x: x * 1,
    }[activation](z)  # fmt: skip
    [slope] = torch.autograd.grad(of_torch.sum(), [z])
    value, derivative = topic.activate(np.array(values), activation)
    np.testing.assert_allclose(value, of_torch.detach().numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(derivative, slope.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("activation", topic.ACTIVATIONS)
@pytest.mark.parametrize("sigma_w", [0.8, 1.0, 2**0.5, 2.0])
def test_chi_is_its_integral(activation: str, sigma_w: float) -> None:
    found = topic.mean_field(activation, depth=6, sigma_w=sigma_w)
    moment, logs = 1.0, []
    for layer in range(6):
        q = sigma_w**2 * moment
        assert found.variance[layer] == pytest.approx(q, rel=2e-3)

        def expect(part: int, power: int, q: float = q) -> float:
            def integrand(z: float) -> float:
                return float(topic.activate(np.array([z]), activation)[part][0] ** power * norm.pdf(z, scale=q**0.5))

            edge = 9 * q**0.5
            return quad(integrand, -edge, 0, limit=200)[0] + quad(integrand, 0, edge, limit=200)[0]

        chi = sigma_w**2 * expect(1, 2)
        assert found.chi[layer] == pytest.approx(chi, rel=3e-3)
        logs.append(math.log10(chi) / 2)
        moment = expect(0, 2)
    lost = sum(logs[1:]) + (logs[0] - logs[-1])
    assert found.log_gradient[0] == pytest.approx(lost, abs=0.01)


def test_known_factors() -> None:
    assert topic.mean_field("relu", depth=9, sigma_w=2**0.5).chi == pytest.approx(1, abs=0.01)
    assert topic.mean_field("identity", depth=9, sigma_w=3.0).chi == pytest.approx(9)
    # Centred, a sigmoid is half a tanh of half: near 0 its factor is (σ_w/4)².
    small = topic.mean_field("sigmoid", depth=40, sigma_w=1.0, centred=True)
    assert small.chi[-1] == pytest.approx(1 / 16, rel=1e-3)


@pytest.mark.parametrize("init", ["xavier", "he", "free"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky", "gelu", "identity"])
def test_measured_slopes_follow_theory(activation: str, init: str) -> None:
    found = topic.measure(Net(20, activation=activation, init=init, sigma_w=2.0), seeds=6)
    fails = activation == "gelu" and init == "he"
    assert abs(found.slope - found.theory_slope) < (0.06 if fails else 0.012)
    np.testing.assert_allclose(found.theory[-1], np.median(found.gradient[:, -1]))
    wide = np.median(found.z_variance, axis=0)[:3]
    np.testing.assert_allclose(wide, found.z_theory[:3], rtol=0.35)


@pytest.mark.parametrize(("init", "slope"), [("xavier", 0.627), ("he", 0.501), ("orthogonal", 0.627)])
def test_the_sigmoid_loses_what_was_measured_elsewhere(init: str, slope: float) -> None:
    assert topic.measure(Net(20, init=init), seeds=6).slope == pytest.approx(slope, abs=0.015)


# Gradients


def run(net: Net, weights, features: np.ndarray, labels: np.ndarray) -> float:
    """The loss of one network without normalisation, in NumPy."""
    h = features
    for layer in range(net.depth):
        matrix = weights.hidden[layer - 1, 0] if layer else weights.first[0]
        value = topic.activate(h @ matrix + weights.bias[layer, 0], net.activation)[0]
        h = h + value if net.residual and layer else value
    scores = h @ weights.out[0]
    top = scores.max(axis=1, keepdims=True)
    logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    return -float(logs[np.arange(len(labels)), labels].mean())


def test_gradients_are_finite_differences() -> None:
    net = Net(4, width=5, activation="tanh", init="default", residual=True)
    weights = draw_weights(net, seed=3, seeds=1)
    features, labels = (part[:BATCH] for part in batches())
    found = topic.measure(net, seed=3, seeds=1)
    assert found.loss[0] == pytest.approx(run(net, weights, features, labels), rel=1e-12)
    for layer in range(1, 4):
        squares = 0.0
        for place in np.ndindex(5, 5):
            ends = []
            for step in (1e-5, -1e-5):
                moved = weights.hidden.copy()
                moved[(layer - 1, 0, *place)] += step
                ends.append(run(net, replace(weights, hidden=moved), features, labels))
            squares += ((ends[0] - ends[1]) / 2e-5) ** 2
        assert found.weight_gradient[0, layer] == pytest.approx(squares**0.5, rel=1e-6)


def test_gradients_are_the_chain_written_out() -> None:
    net = Net(7, width=12, activation="sigmoid", init="he")
    weights = draw_weights(net, seed=1, seeds=2)
    features, labels = (part[:BATCH] for part in batches())
    found = topic.measure(net, seed=1, seeds=2)
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
            assert found.gradient[seed, layer] == pytest.approx(np.linalg.norm(back), rel=1e-10)
            back = back @ weights.hidden[layer - 1, seed].T


@pytest.mark.parametrize("activation", topic.ACTIVATIONS)
def test_by_hand_is_autograd(activation: str) -> None:
    for net in (Net(5, activation=activation), Net(3, 1, activation, "he", residual=True)):
        chain = topic.by_hand(net, seed=4)
        assert chain.by_hand == pytest.approx(chain.autograd, rel=1e-9, abs=1e-300)
        assert chain.error.sum() == pytest.approx(0, abs=1e-12)
        assert chain.arriving == pytest.approx(float(chain.error @ chain.readout))


def test_precisions_agree_until_one_of_them_ends() -> None:
    mild, both = Net(10, activation="tanh"), ("float32", "float64")
    single, double = (topic.measure(mild, dtype=dtype).gradient for dtype in both)
    np.testing.assert_allclose(single, double, rtol=1e-3)
    single, double = (topic.measure(Net(50, init="small"), dtype=dtype).gradient for dtype in both)
    assert (single[:, 0] == 0).all() and (double[:, 0] > 0).all()


def test_normalisations_normalise() -> None:
    for how, axes in (("layer", 2), ("batch", 1)):
        inside = topic.look_inside(Net(6, activation="relu", init="he", normalisation=how))
        np.testing.assert_allclose(inside.z.mean(axis=axes), 0, atol=1e-10)
        np.testing.assert_allclose(inside.z.var(axis=axes), 1, atol=0.01)


def test_seeds_decide_and_deeper_nets_share_their_first_layers() -> None:
    net = Net(6)
    first, again, other = (topic.measure(net, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.gradient, again.gradient)
    assert (first.gradient != other.gradient).all()
    np.testing.assert_array_equal(draw_weights(Net(9)).hidden[:5], draw_weights(net).hidden)
    he = draw_weights(Net(6, init="he")).hidden
    np.testing.assert_allclose(he, 2**0.5 * draw_weights(net).hidden)


@pytest.mark.parametrize("width", [1, 16, 64, 128])
def test_orthogonal_matrices_are_orthogonal(width: int) -> None:
    weights = draw_weights(Net(3, width, init="orthogonal"), seeds=1)
    np.testing.assert_allclose(weights.hidden[0, 0] @ weights.hidden[0, 0].T, np.eye(width), atol=1e-12)
    first = weights.first[0]
    gram = first.T @ first if width <= 64 else first @ first.T
    np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-12)


# Edges


@pytest.mark.parametrize("activation", topic.ACTIVATIONS)
@pytest.mark.parametrize("normalisation", topic.NORMALISATIONS)
@pytest.mark.parametrize("sigma_w", [0.0, 1e9])
def test_the_widest_range_has_no_warning(activation: str, normalisation: str, sigma_w: float) -> None:
    for width in (1, 8):
        for residual in (False, True):
            net = Net(50, width, activation, "free", sigma_w, residual, normalisation)
            for dtype in topic.DTYPES:
                profile = topic.measure(net, dtype=dtype, seeds=2)
                assert topic.findings(net, profile)
            inside = topic.look_inside(net)
            shares = topic.histograms(inside.h, np.linspace(-1, 1, 11))
            assert (shares.sum(axis=1) <= 1 + 1e-9).all()


def test_an_overflow_is_named_with_its_layer() -> None:
    net = Net(50, activation="identity", init="free", sigma_w=1e3)
    profile = topic.measure(net, dtype="float32")
    [found] = [f for f in topic.findings(net, profile) if f.code == "overflow"]
    # float32 ends at 10^38.5: three decades a layer, from about 1 at the input, over some factor of the batch's norm.
    assert found.figures["layer"] in (13, 14)
    assert not np.isfinite(profile.gradient).any()


def test_findings_tell_the_cases_apart() -> None:
    def codes(net: Net, **options) -> list[str]:
        return [found.code for found in topic.findings(net, topic.measure(net, **options))]

    assert codes(Net(10)) == ["vanishes", "theory"]
    assert codes(Net(20, activation="relu", init="he"))[0] == "steady"
    assert codes(Net(50, activation="relu", init="free", sigma_w=2.0))[0] == "explodes"
    assert codes(Net(20, normalisation="layer")) == ["vanishes", "no_theory"]
    assert codes(Net(50, init="small"), dtype="float32")[0] == "zero"
    assert codes(Net(50, activation="relu", init="he", residual=True))[1] == "theory_fails"
    assert "one_matrix" in codes(Net(50, activation="identity"))
    # All of them saturated: not a bit of the gradient comes through.
    assert codes(Net(50, activation="tanh", init="free", sigma_w=1e9))[0] == "zero"


def test_one_matrix() -> None:
    for init in ("default", "xavier", "orthogonal"):
        found = topic.one_matrix(Net(50, activation="identity", init=init))
        assert found.error < 1e-10
    np.testing.assert_allclose(
        topic.one_matrix(Net(50, activation="identity", init="orthogonal")).singular_values, 1, atol=1e-9
    )
    assert np.isnan(topic.one_matrix(Net(50, activation="identity", init="free", sigma_w=1e9)).error)


def test_the_bend_is_where_the_layer_lies() -> None:
    net = Net(12)
    inside = topic.look_inside(net)
    found = topic.bend(net, inside, layer=12)
    assert found.density.max() == 1
    # Deep down a sigmoid's z hardly depend on the input; its slope there is what a layer multiplies by.
    assert found.rms_slope == pytest.approx(
        (topic.mean_field("sigmoid", depth=12, sigma_w=1.0).chi[-1]) ** 0.5, rel=0.05
    )
    assert found.flat == inside.saturated[-1]


def test_saturated_and_dead_units_are_counted() -> None:
    plain = topic.look_inside(Net(10, activation="relu", init="he"))
    assert plain.saturated[0] == pytest.approx(0.5, abs=0.1)
    assert (plain.dead <= plain.saturated).all()
    assert topic.look_inside(Net(10, init="free", sigma_w=50.0)).saturated[5] > 0.8
    assert topic.look_inside(Net(10, activation="identity")).saturated.max() == 0


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: Net(1), "out_of_range"),
        (lambda: Net(51), "out_of_range"),
        (lambda: Net(2.5), "not_an_integer"),
        (lambda: Net(width=0), "out_of_range"),
        (lambda: Net(sigma_w=-1.0), "out_of_range"),
        (lambda: Net(sigma_w=math.nan), "out_of_range"),
        (lambda: Net(activation="swish"), "unknown_choice"),
        (lambda: Net(init="zero"), "unknown_choice"),
        (lambda: Net(normalisation="group"), "unknown_choice"),
        (lambda: topic.measure(Net(), dtype="float16"), "unknown_choice"),
        (lambda: topic.measure(Net(), seeds=0), "out_of_range"),
        (lambda: topic.measure(Net(), seed=-1), "out_of_range"),
        (lambda: topic.one_matrix(Net()), "unknown_choice"),
        (lambda: topic.mean_field("swish", depth=3, sigma_w=1.0), "unknown_choice"),
        (lambda: topic.mean_field("relu", depth=0, sigma_w=1.0), "out_of_range"),
        (lambda: topic.train(Net(), steps=0), "out_of_range"),
        (lambda: topic.train(Net(), optimiser="lion"), "unknown_choice"),
        (lambda: topic.train(Net(), learning_rate=0.0), "not_positive"),
        (lambda: topic.bend(Net(2), topic.look_inside(Net(2)), layer=3), "out_of_range"),
        (lambda: topic.through_time(steps=1), "out_of_range"),
        (lambda: topic.through_time(gain=-1.0), "out_of_range"),
        (lambda: topic.through_time(forget_bias=11.0), "out_of_range"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code


# Training


def test_training_is_the_same_for_each_seed_alone() -> None:
    net = Net(4, activation="relu", init="he", normalisation="layer")
    told: list[float] = []
    both = topic.train(net, steps=20, seeds=2, report=told.append)
    one = topic.train(net, steps=20, seeds=1)
    np.testing.assert_allclose(both.loss[:1], one.loss, rtol=1e-4)
    assert told[-1] == 1 and told == sorted(told)
    assert both.gradient.shape == both.update.shape == (20, 4)


def test_an_sgd_step_is_the_gradient_times_the_rate() -> None:
    found = topic.train(Net(4, activation="tanh"), steps=3, optimiser="sgd", learning_rate=0.05, seeds=1)
    weights = draw_weights(Net(4, activation="tanh"), seeds=1)
    sizes = [np.linalg.norm(weights.first[0]), *(np.linalg.norm(matrix) for matrix in weights.hidden[:, 0])]
    np.testing.assert_allclose(found.update[0] * sizes, 0.05 * found.gradient[0], rtol=1e-3)


@pytest.mark.slow
def test_what_trains_and_what_does_not() -> None:
    frozen = topic.train(Net(20), steps=150)
    trained = topic.train(Net(20, activation="relu", init="he", residual=True, normalisation="layer"), steps=150)
    # The sigmoid's loss falls to that of guessing, ln 10, by the read-out alone.
    assert (frozen.loss[:, 0] > frozen.loss[:, -1]).all()
    assert frozen.accuracy[:, -1].max() < 0.2
    assert frozen.moved[:, 0].max() < 1e-4 < 1e-2 < frozen.moved[:, -1].min()
    assert trained.accuracy[:, -1].min() > 0.95
    assert (topic.outcome(frozen), topic.outcome(trained)) == ("frozen", "learnt")


def test_a_divergence_is_a_gap() -> None:
    net = Net(20, activation="relu", init="he", residual=True)
    found = topic.train(net, steps=30, optimiser="sgd", learning_rate=1.0)
    assert topic.outcome(found) == "diverged"
    assert np.isnan(found.loss[:, -1]).all() and np.isnan(found.accuracy[:, -1]).all()


# Through time


def test_orthogonal_without_saturation_keeps_its_gain() -> None:
    # The tanh's slope is at most 1: a gain of g cannot beat g per step.
    for gain in (0.9, 1.0, 1.5):
        decades = topic.through_time(steps=50, gain=gain).decades["orthogonal"]
        assert decades <= 49 * math.log10(gain) + 1e-9


def test_gates_by_torch() -> None:
    """The gradient at the first step of two, against torch's own cells."""
    from core.vanishing_gradients import training as training

    rng = np.random.default_rng([0, 0])
    x = rng.standard_normal((training.MAX_TIME, training.SEQUENCES, training.SIGNALS))[-2:]
    v = rng.standard_normal((64, 1)) / 8
    parts = [rng.uniform(-1 / 8, 1 / 8, shape) for shape in ((training.SIGNALS, 256), (1, 256), (1, 256), (64, 256))]
    w_in, b_in, b_back, w_back = (torch.from_numpy(part) for part in parts)
    cell = torch.nn.LSTMCell(training.SIGNALS, 64, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih.copy_(w_in.T), cell.weight_hh.copy_(w_back.T)
        cell.bias_ih.copy_(b_in[0]), cell.bias_hh.copy_(b_back[0])
    first = cell(torch.from_numpy(x[0]))
    last = cell(torch.from_numpy(x[1]), first)[0]
    found = torch.autograd.grad((last @ torch.from_numpy(v)).mean(), [first[0], last])
    measured = topic.through_time(steps=2, seeds=1).gradient["lstm"][0]
    np.testing.assert_allclose(measured, [float(part.norm()) for part in found], rtol=1e-10)


def test_forget_bias_and_gain_move_their_own_cell_alone() -> None:
    plain, moved = topic.through_time(), topic.through_time(forget_bias=2.0, gain=1.5)
    assert moved.decades["lstm"] > plain.decades["lstm"] + 10
    assert moved.decades["orthogonal"] > 0 > plain.decades["orthogonal"]
    for cell in ("rnn", "gru"):
        np.testing.assert_array_equal(plain.gradient[cell], moved.gradient[cell])
    # A tanh network hardly saturates here and fades by about 1/√3 a step: entries U(±1/8), of variance 1/(3·64).
    assert plain.decades["rnn"] == pytest.approx(99 * math.log10(3**-0.5), rel=0.25)


# Claims and the home page

VERDICTS = {
    "derivative_in_unit_interval": Verdict.DEPENDS,
    "many_factors_vanish": Verdict.HOLDS,
    "relu_solves": Verdict.DEPENDS,
    "skip_solves": Verdict.DEPENDS,
    "gates_solve": Verdict.DEPENDS,
    "explosion_is_rare": Verdict.DEPENDS,
    "batch_normalisation_fixes": Verdict.DEPENDS,
    "depth_needs_activations": Verdict.HOLDS,
}


def test_every_claim_is_judged() -> None:
    assert list(topic.CLAIMS) == list(VERDICTS)


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(name: str) -> None:
    claim = topic.CLAIMS[name]()
    assert claim.verdict == VERDICTS[name]
    assert all(np.isfinite(value) for value in claim.evidence.values())


def test_evidence_agrees_with_closed_forms() -> None:
    evidence = topic.CLAIMS["batch_normalisation_fixes"]().evidence
    assert evidence["factor"] == pytest.approx(math.sqrt(math.pi / (math.pi - 1)), abs=0.02)
    chains = topic.CLAIMS["explosion_is_rare"]().evidence
    assert (chains["chain_3"], chains["chain_6"]) == (pytest.approx(0.75**10), pytest.approx(1.5**10))
    assert topic.CLAIMS["derivative_in_unit_interval"]().evidence["largest"] == 0.25


def test_thumbnail_shows_a_vanishing_and_a_steady_gradient() -> None:
    drawn = topic.thumbnail()
    fall = {name: np.log10(curve[-1] / curve[0]) for name, curve in drawn.lines.items()}
    assert fall["sigmoid"] > 15 > fall["relu"] > 2.5 > abs(fall["relu_he"])
