"""Each finding appears exactly where its condition, computed in another way, holds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.likelihood_sampling import (
    WIDTHS,
    CoverageCurves,
    compare_proposals,
    coverage_curves,
    curve_findings,
    draw,
    findings,
    first_sample,
    make_source,
    misfit,
    product_findings,
    proposal_findings,
    rank_correlation,
    run,
    running_products,
    scatter_finding,
    scatter_of_estimates,
)
from tests.core.likelihood_sampling.test_experiment import STATES, experiment


@settings(max_examples=150, derandomize=True, deadline=None)
@given(**STATES)
def test_findings_of_random_experiments(**state) -> None:
    result = experiment(**state)
    one = first_sample(result)
    found = {finding.code: finding.figures for finding in findings(result, one)}
    ci = stats.binomtest(result.coverage.contained, result.coverage.samples).proportion_ci(0.95, "wilson")
    expected = "short" if ci.high < result.level - 0.01 else "long" if ci.low > result.level + 0.01 else "close"
    assert [code for code in ("short", "long", "close") if code in found] == [expected]

    low, high, truth = result.intervals.low, result.intervals.high, result.truth
    below, above = int((high < truth).sum()), int((low > truth).sum())
    means, deviations = result.samples.mean(axis=1), result.samples.std(axis=1)
    correlation = 0.0
    if np.ptp(means) > 0 and np.ptp(deviations) > 0:
        correlation = stats.spearmanr(means.round(10), deviations.round(10)).statistic
    if abs(correlation - 0.3) > 0.02:  # rounding may break ties
        lopsided = result.method == "clt" and below + above >= 10 and below >= 0.9 * (below + above)
        assert ("small_means" in found) == (lopsided and correlation >= 0.3)
    if "small_means" in found:
        assert found["small_means"]["below"] == below and found["small_means"]["missed"] == below + above

    is_cauchy_mean = result.source.name == "cauchy" and result.method == "clt"
    assert ("no_convergence" in found) == (is_cauchy_mean and result.n > 10)
    same = (result.samples == result.samples[:, :1]).all(axis=1)
    if result.method == "clt":
        assert found.get("equal", {"share": 0.0})["share"] == pytest.approx(same.mean(), abs=0.002)
    known = {"normal", "exponential", "lognormal", "bernoulli", "cauchy"}
    assert ("unknown_model" in found) == (result.source.name not in known and result.method != "clt")
    wrong = misfit(result.source, result.method)
    assert ("wrong_limit" in found) == (result.source.name == "exponential" and result.method == "lognormal")
    if result.source.name == "lognormal" and result.method == "exponential":
        deviation_over_mean = math.sqrt(math.expm1(result.source.shape**2))
        assert ("wrong_width" in found) == (deviation_over_mean > 1.25)
        assert ("wrong_width_wide" in found) == (deviation_over_mean < 0.8)
    else:
        assert not {"wrong_width", "wrong_width_wide"} & set(found)
    assert wrong is not None or not {"wrong_limit", "wrong_width", "wrong_width_wide"} & set(found)

    estimate, left, right = one.by_likelihood[0], *np.abs(np.array(one.by_likelihood[1:]) - one.by_likelihood[0])
    width = one.by_likelihood[2] - one.by_likelihood[1]
    longer = max(left, right) >= 1.25 * min(left, right)
    assert ("arms" in found) == (bool(one.model) and width > 0 and longer), estimate


def test_default_scenes_have_their_findings() -> None:
    def codes(name: str, n: int, method: str) -> list[str]:
        result = run(make_source(name), n, method)
        return [finding.code for finding in findings(result, first_sample(result))]

    assert codes("normal", 30, "clt") == ["close"]
    assert codes("lognormal", 30, "clt")[:2] == ["short", "small_means"]
    assert codes("lognormal", 30, "right")[0] == "close"
    assert codes("exponential", 10, "lognormal")[:2] == ["close", "wrong_limit"]
    assert codes("exponential", 1000, "lognormal")[:2] == ["short", "wrong_limit"]
    assert codes("cauchy", 1000, "clt")[:2] == ["long", "no_convergence"]
    assert codes("cauchy", 1000, "right")[0] == "close"
    assert {"short", "equal"} <= set(codes("bernoulli", 30, "clt"))
    assert codes("tumours", 300, "lognormal")[:2] == ["short", "unknown_model"]


def test_half_widths_of_cauchy_means_do_not_shrink() -> None:
    result = run(make_source("cauchy"), 1000)
    [finding] = [f for f in findings(result, first_sample(result)) if f.code == "no_convergence"]
    few = stats.t.ppf(0.975, 9) * stats.sem(draw(make_source("cauchy"), 10, 1000), axis=1)
    assert finding.figures["half_few"] == pytest.approx(np.median(few))
    assert finding.figures["half"] > 0.7 * finding.figures["half_few"]


@settings(max_examples=80, derandomize=True, deadline=None)
@given(**STATES)
def test_scatter_findings_of_random_experiments(**state) -> None:
    result = experiment(**state)
    found = scatter_finding(result, scatter_of_estimates(result))
    estimates, width = np.sort(result.intervals.estimate), float(result.intervals.width[0])
    sigma = (np.quantile(estimates, 0.841345) - np.quantile(estimates, 0.158655)) / 2
    if result.source.name in ("bernoulli", "own"):
        sigma = math.sqrt(sum((estimate - estimates.mean()) ** 2 for estimate in estimates) / estimates.size)
    assert scatter_of_estimates(result).scatter == pytest.approx(sigma)
    if not (width > 0 and math.isfinite(width) and sigma > 0):
        assert found.code == "no_width"
    else:
        ratio = width / sigma
        assert found.code == ("too_narrow" if ratio < 0.8 else "too_wide" if ratio > 1.25 else "predicted")


@pytest.mark.parametrize("p", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("n", [2, 3, 10])
def test_the_scatter_of_proportions_is_that_of_the_binomial_distribution(p: float, n: int) -> None:
    assert run(make_source("bernoulli", p=p), n).scatter == pytest.approx(stats.binom(n, p).std() / n, rel=0.2)


@pytest.mark.parametrize("name", ["normal", "exponential", "lognormal", "bernoulli", "cauchy", "tumours"])
@pytest.mark.parametrize("seed", [0, 1])
def test_curve_findings_follow_from_the_curves(name: str, seed: int) -> None:
    curves = coverage_curves(make_source(name), seed=seed)
    found = dict(curve_findings(curves))
    assert list(found) == list(curves.share)
    for method, finding in found.items():
        low, high, share = curves.low[method], curves.high[method], curves.share[method]
        if finding.code == "worse":
            best = int(np.flatnonzero(curves.sizes == finding.figures["best_n"])[0])
            distances = np.abs(share - curves.level)
            assert distances[best] == distances.min() and distances[best] < distances[-1]
            assert high[-1] < low[best] and high[-1] < curves.level
        elif finding.code == "reached":
            assert low[-1] <= curves.level <= high[-1]
        else:
            assert (low[-1] > curves.level) == (finding.code == "above")
            assert (high[-1] < curves.level) == (finding.code == "still_short")
    if name == "exponential":
        assert found["lognormal"].code == "worse" and found["right"].code != "worse"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    contained=st.lists(st.integers(0, 1000), min_size=3, max_size=3),
    level=st.sampled_from([0.8, 0.9, 0.95, 0.99]),
)
def test_more_data_are_called_worse_only_if_the_coverage_moves_away_from_the_level(
    contained: list[int], level: float
) -> None:
    bounds = [stats.binomtest(count, 1000).proportion_ci(0.95, "wilson") for count in contained]
    low, high = (np.array([getattr(ci, end) for ci in bounds]) for end in ("low", "high"))
    curves = CoverageCurves(
        np.array([2.0, 30.0, 1000.0]), {"clt": np.array(contained) / 1000}, {"clt": low}, {"clt": high}, level, 1000
    )
    [(_, finding)] = curve_findings(curves)
    # The largest distance from the level within the interval of each size, and the smallest one at the last size.
    farthest = [max(abs(end - level) for end in ci) for ci in bounds]
    nearest_now = 0.0 if bounds[-1].low <= level <= bounds[-1].high else min(abs(end - level) for end in bounds[-1])
    nearest = min(range(3), key=lambda k: abs(contained[k] / 1000 - level))
    worse = contained[-1] / 1000 < level and farthest[nearest] < nearest_now
    assert (finding.code == "worse") == worse
    if worse:
        assert finding.figures["best_n"] == (2, 30, 1000)[nearest]
        assert level - finding.figures["share"] > abs(finding.figures["best"] - level)


@settings(max_examples=20, derandomize=True, deadline=None)
@given(density=st.sampled_from(["normal", "wide", "narrow", "coin", "classes"]), seed=st.integers(0, 9999))
def test_product_findings_name_the_first_lost_value(density: str, seed: int) -> None:
    products = running_products(density, seed=seed)
    for dtype, finding in product_findings(products):
        at, values = finding.figures["at"], products.products[dtype]
        if finding.code == "product_finite":
            assert at == values.size and np.isfinite(values).all()
        else:
            assert finding.code == ("product_infinite" if products.log10[at - 1] > 0 else "product_zero")
            assert np.isfinite(values[: at - 1]).all() and np.isnan(values[at - 1 :]).all()


@settings(max_examples=40, derandomize=True, deadline=None)
@given(width=st.sampled_from(WIDTHS), seed=st.integers(0, 99))
def test_proposal_findings_of_random_proposals(width: float, seed: int) -> None:
    proposals = compare_proposals(seed=seed)
    first, *twins = proposal_findings(proposals, width)
    assert first.code == ("infinite" if 2 * width**2 <= 1 else "finite")
    at = WIDTHS.index(width)
    assert first.figures["share"] == proposals.share[at]
    gaps = {w: abs(proposals.effective[k] - proposals.effective[at]) for k, w in enumerate(WIDTHS) if w > 1}
    assert bool(twins) == (width < 1 and min(gaps.values()) <= 0.1)
    if twins:
        assert gaps[twins[0].figures["twin"]] == min(gaps.values())


@settings(max_examples=60, derandomize=True, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=30))
def test_rank_correlation_is_spearmans(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs, dtype=float).T
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        assert rank_correlation(first, second) == 0
    else:
        assert rank_correlation(first, second) == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-9)
