"""The findings at random settings, each compared with a separate computation of its condition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from core import batch_size_minima as topic
from core.batch_size_minima.findings import interpolation_finding, study_findings
from core.batch_size_minima.reparametrisation import Rescaling
from core.batch_size_minima.slices import Interpolation
from core.batch_size_minima.studies import Study
from core.batch_size_minima.training import Run, Setting

CURVES = ("loss", "accuracy", "test_loss", "test_accuracy", "sharpness")


def loss_by_hand(w: float) -> float:
    """Return the landscape: the soft minimum of 30 (w + 1)² and 3 (w − 1)² at temperature 0.15."""
    low, high = sorted((30 * (w + 1) ** 2, 3 * (w - 1) ** 2))
    return float(low - 0.15 * np.log1p(np.exp(-(high - low) / 0.15)))


BARRIER = optimize.minimize_scalar(lambda w: -loss_by_hand(w), bounds=(-0.9, 0.5), method="bounded").x


def spread_by_iteration(curvature: float, rate: float, batch_size: int, noise: str) -> float:
    """Return the standard deviation of w ← (1 − lr h) w + lr s z, by iterating its variance."""
    power = {"batch": 1, "proportional": 1, "label": 0.5, "additive": 0}[noise]
    step = rate * 60 * (curvature / 60) ** power * np.sqrt((512 - batch_size) / (511 * batch_size))
    variance = 0.0
    for _ in range(20_000):
        variance = (1 - rate * curvature) ** 2 * variance + step**2
    return float(np.sqrt(variance))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    sizes=st.sets(st.sampled_from([8, 12, 20, 32, 64, 128, 256, 512]), min_size=1, max_size=4),
    number=st.integers(0, 3),
    rate=st.sampled_from([0.001, 0.005, 0.01, 0.02, 1 / 30, 0.035, 0.1, 0.3, 0.5]),
    steps=st.sampled_from([1, 50, 300]),
    noise=st.sampled_from(tuple(topic.NOISES)),
    start=st.sampled_from(topic.STARTS),
    constant_ratio=st.booleans(),
    seed=st.integers(0, 99),
)
def test_escape_findings_follow_from_the_final_points(
    sizes: set[int], number: int, rate: float, steps: int, noise: str, start: str, constant_ratio: bool, seed: int
) -> None:
    batch_sizes = sorted(sizes)
    batch_size = batch_sizes[number % len(batch_sizes)]
    options = {"noise": noise, "start": start, "constant_ratio": constant_ratio}
    result = topic.escape(batch_sizes, learning_rate=rate, steps=steps, seed=seed, n_runs=60, **options)
    named = {f.code: f.figures for f in topic.escape_findings(result, batch_size=batch_size, **options)}

    shares, intervals, rates = {}, {}, {}
    for row, size in enumerate(batch_sizes):
        ends = result.path[row, -1]
        finite = ends[np.abs(ends) < 10]
        rates[size] = rate * size / 32 if constant_ratio else rate
        if finite.size:
            shares[size] = float(np.mean(finite > BARRIER))
            proportion = stats.binomtest(int((finite > BARRIER).sum()), finite.size).proportion_ci(method="wilson")
            intervals[size] = (proportion.low, proportion.high)
        if size == batch_size:
            lost = 1 - finite.size / 60
    # The mean curvature of the flat valley is 6: beyond 2 divided by it every step is longer than the one before.
    diverged = "diverged_beyond" if rates[batch_size] > 1 / 3 else "diverged_below"
    expected = {diverged} if lost > 0 else set()
    expected |= {start} if batch_size in shares else set()
    lr = rates[batch_size]
    if lr * 60 >= 2:
        expected.add("edge")
    else:
        expected.add("no_noise" if batch_size == 512 else "stationary_spread")
    if constant_ratio:
        if shares:
            disjoint = max(low for low, _ in intervals.values()) > min(high for _, high in intervals.values())
            expected.add("constant_ratio_differs" if disjoint else "constant_ratio_agrees")
        if any(other * 60 >= 2 for other in rates.values()):
            expected.add("constant_ratio_unstable")
    assert set(named) == expected
    if lost > 0:
        assert named[diverged]["share"] == pytest.approx(lost)
    if batch_size in shares:
        figures = named[start]
        assert figures["flat"] == pytest.approx(shares[batch_size])
        assert (figures["left"], figures["runs"]) == (round(60 * (1 - lost)), 60)
        assert (figures["low"], figures["high"]) == pytest.approx(intervals[batch_size], abs=1e-9)
        assert figures["width"] == pytest.approx((1.5 - BARRIER) / 3, abs=1e-5)
    if "edge" in named:
        assert named["edge"]["limit"] == pytest.approx(2 / lr)
    if "stationary_spread" in named:
        for name, curvature in (("sharp", 60.0), ("flat", 6.0)):
            assert named["stationary_spread"][name] == pytest.approx(
                spread_by_iteration(curvature, lr, batch_size, noise), rel=1e-6
            )
    for code in {"constant_ratio_differs", "constant_ratio_agrees"} & set(named):
        assert named[code] == {
            "least": pytest.approx(min(shares.values())),
            "most": pytest.approx(max(shares.values())),
        }
    if "constant_ratio_unstable" in named:
        assert named["constant_ratio_unstable"]["b"] == min(size for size, other in rates.items() if other * 60 >= 2)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(rate=st.sampled_from([0.001, 0.01, 0.03, 0.1, 0.2, 0.3]), w=st.floats(BARRIER + 0.01, 1.9))
def test_below_its_limit_the_flat_valley_holds_a_run_without_noise(rate: float, w: float) -> None:
    """The sentences on runs that diverge say so."""
    for _ in range(3000):
        w -= rate * (loss_by_hand(w + 1e-6) - loss_by_hand(w - 1e-6)) / 2e-6
        assert w > BARRIER
    assert w == pytest.approx(1, abs=0.1)


@settings(max_examples=20, derandomize=True, deadline=None)
@given(rate=st.sampled_from([0.005, 0.01, 0.03]), seed=st.integers(0, 9999))
def test_without_noise_the_width_of_a_valley_is_the_share_that_ends_there(rate: float, seed: int) -> None:
    result = topic.escape([512], learning_rate=rate, start="uniform", n_runs=200, seed=seed)
    starts = result.path[0, 0]
    assert result.flat[0] == np.mean(starts > BARRIER)
    options = {"noise": "batch", "start": "uniform", "constant_ratio": False}
    figures = {f.code: f.figures for f in topic.escape_findings(result, batch_size=512, **options)}["uniform"]
    assert stats.binomtest(int((starts > BARRIER).sum()), 200, figures["width"]).pvalue > 1e-4


@settings(max_examples=60, derandomize=True, deadline=None)
@given(batch_size=st.integers(1, 512), noise=st.sampled_from(tuple(topic.NOISES)))
def test_minibatch_findings_follow_from_a_sample_without_replacement(batch_size: int, noise: str) -> None:
    finding = topic.minibatch_finding(batch_size, noise)
    assert finding.code == ("none" if batch_size == 512 else "batch" if noise == "batch" else "other")
    # The variance of a mean of a sample without replacement, from a population with variance 1.
    assert finding.figures["sd"] ** 2 == pytest.approx((1 - (batch_size - 1) / 511) / batch_size)
    assert finding.figures["sharp"] == pytest.approx(BARRIER + 1, abs=1e-5)
    assert finding.figures["flat"] == pytest.approx(1 - BARRIER, abs=1e-5)


@st.composite
def studies(draw: st.DrawFn) -> Study:
    """Draw a study whose models have any outcomes, losses and measures; nothing is trained."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    seeds = draw(st.sampled_from([1, 2, 3, 5, 10]))
    setting = Setting(
        batch_sizes=(8, draw(st.sampled_from([32, 64]))),
        learning_rate=draw(st.sampled_from([0.2, 0.8])),
        label_noise=draw(st.sampled_from([0.0, 0.2])),
        momentum=draw(st.sampled_from([0.0, 0.0, 0.9])),
        examples=64,
        seeds=seeds,
    )
    kinds = draw(st.sampled_from([("trained",), ("trained",), ("trained", "short", "diverged"), ("constant", "short")]))
    runs, measures = [], {name: np.full((2, seeds), np.nan) for name in topic.MEASURES}
    signs = {name: draw(st.sampled_from([-1.5, 0.0, 1.5])) for name in topic.MEASURES}
    far = draw(st.sampled_from([-1.0, 0.0, 1.0]))
    for row, batch in enumerate(setting.batch_sizes):
        outcome = tuple(map(str, rng.choice(kinds, seeds)))
        usable = np.isin(outcome, ("trained", "short"))
        curves = {name: rng.uniform(0.2, 0.8, (seeds, 2)) for name in CURVES}
        curves["loss"] = 10.0 ** (rng.normal(0, 0.3, (seeds, 2)) + row * far)
        curves["test_accuracy"] += row * draw(st.sampled_from([-0.2, 0.0, 0.2]))
        run = Run(
            batch,
            setting.learning_rate,
            math.nan if setting.momentum else 2 / setting.learning_rate,
            np.array([0, 30 * (2 - row)]),
            *(curves[name] for name in CURVES),
            models=np.zeros((seeds, 1), dtype=np.float32),
            stopped=np.full(seeds, 30),
            outcome=outcome,
        )
        runs.append(run)
        for name, values in measures.items():
            values[row, usable] = rng.normal(row * signs[name], 0.5, usable.sum())
        if draw(st.booleans()) and usable.any():
            measures["lambda"][row, usable] = (2 + rng.normal(0, 0.1, usable.sum())) / setting.learning_rate
    return Study(setting, tuple(runs), measures, *np.zeros((2, 2, seeds)))


def t_interval(difference: np.ndarray) -> tuple[float, float]:
    """Return the 95% t interval of a mean; both ends are the mean if all values are equal."""
    if np.ptp(difference) == 0:
        return float(difference[0]), float(difference[0])
    mean = difference.mean()
    return tuple(map(float, stats.t.interval(0.95, difference.size - 1, loc=mean, scale=stats.sem(difference))))


@settings(max_examples=400, derandomize=True, deadline=None)
@given(study=studies())
def test_study_findings_follow_from_intervals_of_paired_differences(study: Study) -> None:
    named = {finding.code: finding.figures for finding in study_findings(study)}
    small, large = study.runs
    outcomes = [outcome for run in study.runs for outcome in run.outcome]
    expected = {f"net_{kind}" for kind in ("diverged", "constant", "short") if kind in outcomes}
    for kind in expected:
        code = kind.removeprefix("net_")
        assert named[kind]["models"] == outcomes.count(code)
        assert named[kind]["all"] == len(outcomes)
        assert named[kind]["smallest"] == (8 if code in small.outcome else large.batch)
    both = [k for k in range(study.setting.seeds) if {small.outcome[k], large.outcome[k]} <= {"trained", "short"}]
    if len(both) < 3:
        assert set(named) == expected | {"net_too_few"}
        assert named["net_too_few"] == {"count": len(both), "needed": 3}
        return

    def difference(name: str) -> np.ndarray:
        if name in study.measures:
            first, last = study.measures[name]
        else:
            first, last = (getattr(run, name)[:, -1] for run in study.runs)
        return last[both] - first[both]

    def sign(name: str) -> int:
        low, high = t_interval(difference(name))
        return 1 if low > 0 else -1 if high < 0 else 0

    def mean(run: Run, name: str) -> float:
        usable = [k for k, outcome in enumerate(run.outcome) if outcome in ("trained", "short")]
        return float(np.mean([getattr(run, name)[k, -1] for k in usable]))

    expected.add(("net_as_sharp", "net_sharper", "net_flatter")[sign("lambda")])
    expected.add(("net_as_good", "net_better", "net_worse")[sign("test_accuracy")])
    ratio = mean(large, "loss") / mean(small, "loss")
    expected |= {"net_undertrained"} if ratio > 2 else {"net_behind"} if ratio < 1 / 5 else set()
    if sign("keskar") < 0:
        expected |= (
            {"net_keskar_turns"} if sign("polished") > 0 else {"net_keskar_against"} if sign("lambda") > 0 else set()
        )
    top = float(np.nanmean(study.measures["lambda"][-1]))
    if large.batch == 64 and not study.setting.momentum and abs(top * large.learning_rate / 2 - 1) < 0.05:
        expected.add("net_edge")
    if study.setting.label_noise:
        expected.add("net_label_noise")
    assert set(named) == expected
    for name, scale, codes in (
        ("lambda", 1, {"net_sharper", "net_flatter", "net_as_sharp"}),
        ("test_accuracy", 100, {"net_better", "net_worse", "net_as_good"}),
    ):
        [code] = codes & set(named)
        figures, values = named[code], scale * difference(name)
        assert figures["mean"] == pytest.approx(values.mean())
        assert (figures["low"], figures["high"]) == pytest.approx(t_interval(values))
        assert (figures["wins"], figures["count"]) == ((values > 0).sum(), len(both))
    for code in {"net_undertrained", "net_behind"} & set(named):
        assert named[code]["small_loss"] == pytest.approx(mean(small, "loss"))
        assert named[code]["large_loss"] == pytest.approx(mean(large, "loss"))
    if "net_label_noise" in named:
        for name, run in (("small", small), ("large", large)):
            assert named["net_label_noise"][f"{name}_train"] == pytest.approx(100 * mean(run, "accuracy"))
            assert named["net_label_noise"][f"{name}_test"] == pytest.approx(100 * mean(run, "test_accuracy"))


@settings(max_examples=100, derandomize=True, deadline=None)
@given(
    curvature=st.lists(
        st.tuples(*[st.sampled_from([np.nan, -1.0, 0.5, 2.0, 30.0])] * 2, st.floats(0, 5)), min_size=1, max_size=6
    )
)
def test_interpolation_findings_count_the_seeds_with_two_solutions(curvature: list[tuple[float, ...]]) -> None:
    small, large, rises = np.array(curvature).T
    line = Interpolation(
        np.zeros(1), np.zeros((1, 1)), np.zeros((1, 1)), np.array([small, large]), np.array([rises] * 2)
    )
    finding = interpolation_finding(line)
    finite = [k for k in range(small.size) if np.isfinite(small[k] + large[k])]
    assert finding.code == ("line" if finite else "line_none")
    if finite:
        assert finding.figures["count"] == len(finite)
        assert finding.figures["wins"] == sum(large[k] > small[k] for k in finite)
        assert finding.figures["small"] == pytest.approx(np.mean([small[k] for k in finite]))
        assert finding.figures["train"] == pytest.approx(np.mean([rises[k] for k in finite]))


@settings(max_examples=100, derandomize=True, deadline=None)
@given(values=st.lists(st.floats(0.01, 100), min_size=6, max_size=6), change=st.floats(0, 1e-6))
def test_rescaling_findings_are_ratios_of_the_extremes(values: list[float], change: float) -> None:
    result = Rescaling(*np.zeros((4, 3)), np.array(values[:3]), np.zeros(3), np.array(values[3:]))
    result.logit_change[1] = change
    figures = topic.rescaling_finding(result).figures
    assert figures["lambda_times"] == pytest.approx(max(values[:3]) / min(values[:3]))
    assert figures["filter_times"] == pytest.approx(max(values[3:]) / min(values[3:]))
    assert figures["change"] == change


def test_the_published_finding_counts_networks() -> None:
    figures = topic.published_finding().figures
    assert figures["sharper"] == len([row for row in topic.KESKAR if row.sharp_large - row.sharp_small > 0])
    assert figures["worse"] == len([row for row in topic.KESKAR if row.gap > 0])
    ratios = [row.sharp_large / row.sharp_small for row in topic.KESKAR]
    assert (figures["least"], figures["most"]) == pytest.approx((min(ratios), max(ratios)), abs=0.05)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(batch_size=st.integers(1, 511), seed=st.integers(0, 99))
def test_averaging_the_landscapes_raises_the_sharp_floor_more(batch_size: int, seed: int) -> None:
    """The text of the view says so of every batch size below that of all data."""
    shown = topic.minibatch_landscapes(batch_size, seed=seed)
    sharp, flat = (int(np.abs(shown.w - w).argmin()) for w in (-1.0, 1.0))
    assert shown.mean[sharp] - shown.full[sharp] > shown.mean[flat] - shown.full[flat] > 0
