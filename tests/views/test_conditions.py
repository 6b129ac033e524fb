"""Sentences that a view chooses by a condition, at random states: each condition is computed in another way."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from core import bagging_vs_boosting as bagging
from core import cross_entropy_vs_kl as cross
from core import gd_sgd_minibatch as gd
from core import softmax_stability as softmax
from core import vanishing_gradients as vanishing
from tests.views.recorder import Recorder
from views import bagging_vs_boosting as bagging_view
from views import cross_entropy_vs_kl as cross_view
from views import gd_sgd_minibatch as gd_view
from views import softmax_stability as softmax_view
from views import vanishing_gradients as vanishing_view


def examples(count: int):
    return settings(max_examples=count, derandomize=True, deadline=None)


WEIGHTS = st.lists(st.sampled_from([0, 1, 2, 5]), min_size=3, max_size=3).filter(any)


@examples(150)
@given(p=WEIGHTS, q=WEIGHTS, step=st.integers(0, 100), unit=st.sampled_from(["nats", "bits"]))
def test_losses_are_called_infinite_where_q_gives_no_mass(p, q, step: int, unit: str) -> None:
    p_, q_ = (np.array(weights) / sum(weights) for weights in (p, q))
    losses = cross.loss_path(p_, q_, steps=100, unit=unit)
    page = Recorder("cross_entropy_vs_kl")
    cross_view.path(page, losses, step)
    here = step / 100 * p_ + (1 - step / 100) * q_
    infinite = bool(((here == 0) & (p_ > 0)).any())
    assert ("path.infinite" in page.looked_up) == infinite
    assert ("path.apart" in page.looked_up) != ("path.equal" in page.looked_up)
    assert losses.largest_gradient_difference < 1e-12, "the difference is a rounding error"
    assert f"path.formula_{unit}" in page.looked_up


def reverse_kl(mean: float, log_sigma: float, separation: float) -> float:
    """Return KL(N(mean, σ²) ‖ mixture) by quadrature."""
    sigma = math.exp(log_sigma)
    x = mean + sigma * np.linspace(-8, 8, 4001)
    log_q = stats.norm.logpdf(x, mean, sigma)
    log_p = np.logaddexp(stats.norm.logpdf(x, -separation / 2), stats.norm.logpdf(x, separation / 2)) - math.log(2)
    return float(np.trapezoid(np.exp(log_q) * (log_q - log_p), x))


@examples(12)
@given(separation=st.sampled_from([0.0, 0.7, 1.9, 2.0, 2.1, 3.3, 4.8, 5.5, 5.9, 6.4, 8.1, 10.0]))
def test_the_sentence_on_the_fit_follows_from_minimising_the_divergence(separation: float) -> None:
    page = Recorder("cross_entropy_vs_kl")
    cross_view.gaussian(page, cross.fit_gaussian(separation), "nats", threshold=cross.mode_seeking_threshold())
    grid = np.linspace(-8, 8, 1601)
    density = stats.norm.pdf(grid, -separation / 2) + stats.norm.pdf(grid, separation / 2)
    bumps = int(((density[1:-1] > density[:-2]) & (density[1:-1] >= density[2:])).sum())
    best = [
        optimize.minimize(lambda x: reverse_kl(x[0], x[1], separation), start, method="Nelder-Mead", tol=1e-6)
        for start in ([0.0, math.log(1 + separation / 2)], [separation / 2, 0.0])
    ]
    on_one_bump = abs(min(best, key=lambda result: result.fun).x[0]) > 0.2
    expected = "single" if bumps == 1 else "seeks" if on_one_bump else "covers"
    assert [name for name in ("single", "seeks", "covers") if f"gaussian.{name}" in page.looked_up] == [expected]


@examples(60)
@given(
    case=st.sampled_from(["missing_class", "disjoint"]),
    epsilon=st.sampled_from([0.0, 1e-12, 1e-6, 0.1]),
    smoothing=st.sampled_from([0.0, 0.01, 0.3]),
    classes=st.integers(2, 100),
)
def test_zero_mass_and_smoothing_are_named_as_such(case: str, epsilon: float, smoothing: float, classes: int) -> None:
    page = Recorder("cross_entropy_vs_kl")
    now = cross.zero_mass(case, epsilon=epsilon)
    cross_view.zero(page, cross.zero_mass(case), now)
    everything_finite = all(np.isfinite([*now.kl_pq, *now.kl_qp, *now.ce_pq, *now.js]))
    assert ("zero.almost" in page.looked_up) == everything_finite == (epsilon > 0)
    page = Recorder("cross_entropy_vs_kl")
    cross_view.smoothing(page, cross.smooth_labels(classes=classes, epsilon=smoothing))
    target = np.full(classes, smoothing / classes)
    target[0] += 1 - smoothing

    def loss(gap: float) -> float:
        return float(np.logaddexp(gap, math.log(classes - 1)) - target[0] * gap)

    # Without smoothing the loss still falls at any gap.
    finite_optimum = loss(40.0) > optimize.minimize_scalar(loss, bounds=(0, 40), method="bounded").fun + 1e-9
    assert ("smoothing.text" in page.looked_up) == finite_optimum != ("smoothing.none" in page.looked_up)


@examples(12)
@given(seed=st.integers(0, 99), steps=st.sampled_from([1, 20, 500]))
def test_learned_entropies_are_called_apart_if_no_runs_overlap(seed: int, steps: int) -> None:
    training = cross.train_jointly(seed=seed, steps=steps)
    page = Recorder("cross_entropy_vs_kl")
    cross_view.learned(page, training)
    ends = [runs.entropy_p[:, -1] for runs in (training.by_cross_entropy, training.by_kl)]
    assert ("learned.apart" in page.looked_up) == all(ce < kl for ce in ends[0] for kl in ends[1])


@examples(60)
@given(
    classes=st.sampled_from([2, 5, 20, 100]),
    offset=st.sampled_from([-1000.0, -50.0, 0.0, 12.0, 1000.0]),
    spread=st.sampled_from([0.0, 2.0, 40.0, 1000.0]),
    dtype=st.sampled_from(softmax.DTYPES),
    temperature=st.sampled_from([0.1, 1.0, 1000.0]),
    quantity=st.sampled_from(["loss", "gradient", "probabilities"]),
)
def test_softmax_views_say_what_they_leave_out(classes, offset, spread, dtype, temperature, quantity) -> None:
    logits = softmax.make_logits(classes, offset=offset, spread=spread)
    options = {"dtype": dtype, "true_class": 0, "temperature": temperature}
    page = Recorder("softmax_stability")
    softmax_view._draw_ranges(page, logits, dtype, 0, temperature)
    scaled = logits / temperature
    assert ("line_sampled" in page.looked_up) == (classes > 25)
    largest = max(np.abs(scaled).max(), np.ptp(scaled))
    assert ("line_clipped" in page.looked_up) == bool(largest > 1200)
    page = Recorder("softmax_stability")
    offsets = [-500.0, 0.0, 90.0]
    softmax_view.error(page, logits, quantity, options, offsets=offsets)
    dead = set()
    for shift in offsets[:: max(1, classes // 40)]:
        for algorithm in softmax.ALGORITHMS:
            run = softmax.trace(logits - logits.min() + shift, algorithm=algorithm, **options)
            value = {"loss": run.loss, "gradient": run.gradient, "probabilities": run.probabilities}[quantity]
            if value is not None and not np.isfinite(np.atleast_1d(value)).all():
                dead.add(algorithm)
    assert ("error_dead" in page.looked_up) == bool(dead) != ("error_alive" in page.looked_up)


@examples(40)
@given(trees=st.sampled_from([1, 3, 5, 6, 20, 200]), depth=st.sampled_from([1, None]), seed=st.integers(0, 99))
def test_margins_are_compared_only_with_fewer_trees(trees: int, depth: int | None, seed: int) -> None:
    sample = bagging.make_sample("moons", n=30, flip=0.2, seed=seed, n_test=10)
    ensembles = {
        name: {"method": method, "depth": depth} for name, method in (("bagging", "bagging"), ("boosting", "adaboost"))
    }
    _, fits = bagging.fit_staged_ensembles(sample, methods=ensembles, size=2, stages=bagging.STAGES, seed=seed)
    page = Recorder("bagging_vs_boosting")
    bagging_view.margins(page, fits, ensembles, trees)
    assert ("margins.change" in page.looked_up) == (trees > 5) != ("margins.few" in page.looked_up)
    if trees > 5:
        # A tenth of 30 points: the third smallest margin.
        third = sorted(fits["bagging"].margins[bagging.STAGES.index(trees)])[2]
        assert f"to {third:.2g}".replace("-", "−") in " ".join(page.texts)


@examples(60)
@given(
    name=st.sampled_from(gd.PROBLEMS),
    full=st.booleans(),
    replacement=st.booleans(),
    along=st.sampled_from([0, 50, 100]),
)
def test_a_cloud_without_noise_is_called_so(name: str, full: bool, replacement: bool, along: int) -> None:
    problem = gd.load_problem(name)
    batch_size = problem.n if full else 8
    rate = problem.learning_rate(0.1)
    options = {"batch_size": batch_size, "learning_rate": rate, "length": 10, "replacement": replacement}
    run = gd.compare(problem, start="corner", **options)["mini"]
    page = Recorder("gd_sgd_minibatch")
    gd_view.cloud(page, problem, run, along, {"replacement": replacement, "seed": 0})
    spread = gd.gradient_cloud(problem, run.path[:1], batch_size=batch_size, replacement=replacement).gradients[0]
    assert ("cloud_none" in page.looked_up) == (np.ptp(spread, axis=0).max() < 1e-12) == (full and not replacement)
    if not (full and not replacement):
        assert ("cloud_start" in page.looked_up) == (along == 0)


@examples(60)
@given(
    normalisation=st.sampled_from(vanishing.NORMALISATIONS),
    residual=st.booleans(),
    activation=st.sampled_from(vanishing.ACTIVATIONS),
)
def test_the_factor_of_a_layer_is_named_only_where_it_is_the_whole_factor(normalisation, residual, activation) -> None:
    net = vanishing.Net(6, 128, activation, "he", normalisation=normalisation, residual=residual)
    recorded = vanishing.record_activations(net)
    curve = vanishing.activation_curve(net, recorded, layer=5)
    page = Recorder("vanishing_gradients")
    vanishing_view.activation_functions(page, {"a": net, "b": net}, {"a": curve, "b": curve}, 5)
    assert ("bend.factor" in page.looked_up) == (normalisation == "none" and not residual)
    if "bend.factor" in page.looked_up and activation != "relu":
        # ∂L/∂z_5 over ∂L/∂z_6 is the random matrix (variance 2/128: σ_w = √2) times the slope of layer 5.
        gradient = vanishing.measure(net, seeds=5).gradient
        ratio = float(np.median(gradient[:, 4] / gradient[:, 5]))
        assert ratio == pytest.approx(math.sqrt(2) * curve.rms_slope, rel=0.35)
