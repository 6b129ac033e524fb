"""Sentences that a view chooses by a condition, at random states: each condition is computed in another way."""

import math
import re
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import expit

from core import bagging_vs_boosting as bagging
from core import cross_entropy_vs_kl as cross
from core import gd_sgd_minibatch as gd
from core import likelihood_sampling as likelihood
from core import softmax_stability as softmax
from core import vanishing_gradients as vanishing
from tests.views.recorder import Recorder
from ui.charts.summary import summary
from ui.numbers import format_number, format_share
from ui.text import LANGUAGES, Words
from views import bagging_vs_boosting as bagging_view
from views import cls_vs_average_pooling as cls_view
from views import cross_entropy_vs_kl as cross_view
from views import gd_sgd_minibatch as gd_view
from views import likelihood_sampling as likelihood_view
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


def say(phrase: str, /, **values: str) -> str:
    return Words("home", "en")(f"shown.{phrase}", **values)


def core_errors(base, quantity: str, options, offsets) -> list[float]:
    """Return the ends and the extremes of the curves of errors, one offset after the other."""
    curves: dict[str, list[float]] = {}
    for offset in offsets:
        for name, error in softmax.errors(base + offset, **options).items():
            value = getattr(error, quantity)
            if value is not None and np.isfinite(value):
                curves.setdefault(name, []).append(value)
    return [error for curve in curves.values() for error in (curve[0], curve[-1], min(curve), max(curve))]


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
    page, drawn = Recorder("softmax_stability"), {}
    page.chart = lambda name, build, data, **options: drawn.update({name: summary(data, say, clip=options.get("clip"))})
    offsets = [-500.0, 0.0, 90.0]
    softmax_view.error(page, logits, quantity, options, offsets=offsets)
    # Errors below 1e-18 are mostly 0, which a logarithmic axis does not have.
    assert not re.search(r"(?<!\d)1e−18(?! or less)", drawn["error"])
    thinned = offsets[:: max(1, classes // 40)]
    errors = core_errors(logits - logits.min(), quantity, options, thinned)
    assert ("1e−18 or less" in drawn["error"]) == any(error <= 1e-18 for error in errors)
    assert ("100 or more" in drawn["error"]) == any(100 <= error < math.inf for error in errors)
    failed = set()
    for shift in offsets[:: max(1, classes // 40)]:
        for algorithm in softmax.ALGORITHMS:
            run = softmax.trace(logits - logits.min() + shift, algorithm=algorithm, **options)
            value = {"loss": run.loss, "gradient": run.gradient, "probabilities": run.probabilities}[quantity]
            if value is not None and not np.isfinite(np.atleast_1d(value)).all():
                failed.add(algorithm)
    assert ("error_failed" in page.looked_up) == bool(failed) != ("error_complete" in page.looked_up)


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


@examples(60)
@given(
    residual=st.booleans(),
    branch=st.sampled_from(vanishing.BRANCHES),
    activation=st.sampled_from(["relu", "leaky", "sigmoid"]),
    sigma=st.sampled_from([1.0, 4.0]),
    seed=st.integers(0, 99),
)
def test_dead_units_pass_no_gradient_except_by_a_skip_connection(residual, branch, activation, sigma, seed) -> None:
    net = vanishing.Net(5, 8, activation, "free", sigma_w=sigma, residual=residual, branch=branch)
    recorded = vanishing.record_activations(net, seed=seed)
    page = Recorder("vanishing_gradients")
    vanishing_view.activations(page, {"a": net, "b": net}, {"a": recorded, "b": recorded}, {})
    z = recorded.z
    slope = {
        "relu": np.where(z > 0, 1.0, 0.0),
        "leaky": np.where(z > 0, 1.0, 0.01),
        "sigmoid": 4 * expit(z) * expit(-z),
    }[activation]
    dead = (slope < 0.1).all(axis=1)
    share = dead.mean(axis=1)
    worst = int(share.argmax())
    code = "no_dead_units" if not dead.any() else "dead_units_skip" if residual and worst else "dead_units"
    assert [path for path in page.looked_up if "dead_units" in path] == 2 * [f"notice.{code}"]
    if code == "dead_units_skip":
        # Around a dead unit of a ReLU the output is the input of the layer: the derivative is 1.
        changed = recorded.h[worst] - recorded.h[worst - 1]
        assert activation != "relu" or (changed[:, dead[worst]] == 0).all()
        assert "pass no gradient" not in " ".join(page.texts)


@examples(60)
@given(name=st.sampled_from(gd.PROBLEMS), share=st.floats(0, 1))
def test_the_limits_with_and_without_noise_look_different(name: str, share: float) -> None:
    problem = gd.load_problem(name)
    batch_size = 1 + round(share * (problem.n - 1))
    noisy = gd.noise_limit(problem, batch_size)
    assert noisy < problem.limit
    rates = np.array([0.1, 0.2])
    ball = SimpleNamespace(
        learning_rates=rates,
        **dict.fromkeys(("radius", "low", "high", "reshuffled", "lyapunov", "moments"), rates),
        stable_below=noisy,
        n_runs=2,
    )
    runs = gd.compare(problem, start="corner", batch_size=batch_size, learning_rate=noisy / 9, length=2)
    for language in LANGUAGES:
        page = Recorder("gd_sgd_minibatch", language)
        distances = {run: np.ones((2, len(runs[run].updates))) for run in runs}
        with patch.object(gd_view, "_draw_distances"):
            gd_view.noise_ball(page, problem, runs, distances, ball, {"learning_rate": 0.1, "batch_size": batch_size})
        shown = [float(text) for text in re.findall(r"\d+(?:\.\d+)?(?!/)", page.texts[0])]
        assert shown[0] < shown[1]
        assert shown == pytest.approx([noisy, problem.limit], rel=0.005)


@examples(100)
@given(right=st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_the_bound_in_the_text_of_the_map_is_at_least_the_highest_share(right: list[float]) -> None:
    shares = {name: {"right": share} for name, share in zip(softmax.ALGORITHMS, right, strict=True)}
    best = max(share["right"] for name, share in shares.items() if name != "shifted")
    finding = softmax.map_findings(SimpleNamespace(shares=shares))[1]
    text = Words("softmax_stability", "en")(
        f"notice.{finding.code}", **{name: format_share(share) for name, share in finding.figures.items()}
    )
    stated = float(re.findall(r"([\d.]+)%", text)[-1]) / 100
    assert abs(stated - best) <= 0.005 + 1e-9
    assert "more than" not in text or stated >= best, "a rounded share is no bound"


@examples(60)
@given(name=st.sampled_from(gd.PROBLEMS), batch_size=st.integers(1, 400))
def test_the_condition_number_is_the_ratio_of_the_learning_rates(name: str, batch_size: int) -> None:
    problem = gd.load_problem(name)
    options = {"batch_size": batch_size, "learning_rate": problem.limit / 9, "length": 2}
    runs = {"mini": gd.compare(problem, start="corner", **options)["mini"]}
    common = {"unit": "updates", "optimiser": "sgd", "momentum": 0.9, "schedule": "constant", "replacement": False}
    found = {f.code: f for f in gd.findings(problem, runs, options | common)}
    # The rates 1/λ of the two directions, from the Hessian at the optimum.
    flat, steep = sorted((1 / np.linalg.eigvalsh(problem.hessian)), reverse=True)
    assert ("valley" in found) == (flat / steep > 5)
    if "valley" in found:
        text = gd_view._sentence(Recorder("gd_sgd_minibatch"), found["valley"])
        numbers = re.findall(r"[\d,]+(?= times|:)", text)
        assert numbers == 2 * [f"{round(flat / steep):,}"]
        assert "too short" not in text


@pytest.mark.parametrize("depth", [1, None])
def test_the_floor_of_a_bag_is_called_an_estimate(depth: int | None) -> None:
    below = 0
    for seed in range(12):
        result = bagging.correlation("moons", stages=(1, 40), depth=depth, n=30, n_sets=8, n_points=40, seed=seed)
        page = Recorder("bagging_vs_boosting")
        bagging_view.tree_correlation(page, result, n_sets=8)
        if "notice.floor_agrees" in page.looked_up:
            [text] = [text for text in page.texts if "as the formula predicts" in text]
            assert "an estimate" in text
            assert "cannot" not in text
            below += bool(result.measured.value[-1] < result.floor)
    assert below, "where the measured variance is already below the floor, the floor is no bound"


@examples(100)
@given(
    samples=st.lists(st.sampled_from([200.0, 300.0, 400.0]), min_size=4, max_size=4),
    updates=st.lists(st.sampled_from([20.0, 30.0]), min_size=4, max_size=4),
)
def test_the_sentence_names_the_smallest_of_equally_cheap_batches(samples, updates) -> None:
    sizes = np.array([4, 16, 64, 256])
    result = SimpleNamespace(
        batch_sizes=sizes, samples=np.array(samples), updates=np.array(updates), n_seeds=9, max_updates=50
    )
    text = gd_view._sentence(Recorder("gd_sgd_minibatch"), gd.cost_finding(result))
    named = [int(batch) for batch in re.findall(r"B = (\d+)", text)]
    cheapest = [[b for b, cost in zip(sizes, costs, strict=True) if cost == min(costs)] for costs in (samples, updates)]
    assert named == [min(batches) for batches in cheapest]
    # Other batches may cost as little, so that the one that is named is not "the" cheapest.
    assert all(len(batches) == 1 for batches in cheapest) or "the smallest batch with the fewest" in text


@examples(60)
@given(last=st.lists(st.integers(0, 200), min_size=1, max_size=20))
def test_the_range_of_trained_poolings_holds_their_mean_and_all_seeds(last: list[int]) -> None:
    correct = np.array(last) / 200
    shown = cls_view._final_accuracies(("cls",), np.stack([np.zeros(len(last)), correct], axis=-1)[np.newaxis])
    numbers = [float(number) / 100 for number in re.findall(r"[\d.]+(?=%)", shown["cls"])]
    expected = [correct.mean()] + ([] if len(last) == 1 else [correct.min(), correct.max()])
    assert numbers == pytest.approx(expected, abs=0.0005 + 1e-9)
    for written, exact in zip(numbers, expected, strict=True):
        assert (written in (0, 1)) == (min(exact, 1 - exact) < 1e-12), "no share is 0% or 100% that is neither"


@examples(30)
@given(
    depth=st.integers(2, 8),
    activation=st.sampled_from(vanishing.ACTIVATIONS),
    residual=st.booleans(),
    seed=st.integers(0, 999),
)
def test_the_table_by_hand_writes_no_rounded_or_negative_zero(depth, activation, residual, seed) -> None:
    net = vanishing.Net(depth, 16, activation, "small", residual=residual)
    chain = vanishing.differentiate_by_hand(net, seed=seed)
    page, tables = Recorder("vanishing_gradients"), []
    page.table = tables.append
    vanishing_view.chain_rule(page, net, chain)
    [(_, errors, readout, products)] = [tuple(table.values()) for table in tables]
    for column, exact in ((errors, chain.error), (readout, chain.readout), (products, chain.error * chain.readout)):
        for text, value in zip(column, exact, strict=True):
            assert (text == "0") == (value == 0), "a small number is not written as 0"
            assert "−0" not in (text, text.rstrip("0").rstrip("."))
            assert float(text.replace("−", "-")) == pytest.approx(value, rel=0.006)


@examples(40)
@given(seed=st.integers(0, 99_999), level=st.sampled_from([0.8, 0.95, 0.99]), n=st.sampled_from([30, 100, 1000]))
def test_intervals_of_cauchy_means_keep_a_width_but_may_narrow(seed: int, level: float, n: int) -> None:
    result = likelihood.run(likelihood.make_source("cauchy"), n, "clt", level=level, seed=seed)
    one = likelihood.first_sample(result)
    [finding] = [f for f in likelihood.findings(result, one) if f.code == "no_convergence"]
    text = likelihood_view._sentence(Recorder("likelihood_sampling"), result, finding)
    half = float(np.median(result.intervals.high - result.intervals.low)) / 2
    assert f"{format_number(half, 3)} at n = {n:,}" in text
    # Means of few Cauchy values scatter, so the width at n can be the smaller one: the sentence claims no growth.
    assert "do not shrink to width 0" in text
    assert "narrow" not in text
    # s/√n of Cauchy values tends to a distribution that is not 0: t_n/√n · s with s² of the order of n.
    s = np.random.default_rng(seed).standard_cauchy((400, n)).std(axis=1, ddof=1)
    assert half == pytest.approx(float(np.median(stats.t.ppf((1 + level) / 2, n - 1) * s / math.sqrt(n))), rel=0.5)
