"""The verdicts, and the figures behind them, against closed forms."""

import math
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import integrate, special, stats

from core.claims import Claim, Verdict
from core.likelihood_sampling import CLAIMS
from core.likelihood_sampling import claims as module


@pytest.fixture(scope="module")
def claims() -> dict[str, Claim]:
    return {name: compute() for name, compute in CLAIMS.items()}


def test_verdicts(claims: dict[str, Claim]) -> None:
    assert {name: claim.verdict for name, claim in claims.items()} == {
        "thirty": Verdict.DEPENDS,
        "variance_of_the_mean": Verdict.FALSE,
        "independence": Verdict.DEPENDS,
        "repetitions": Verdict.FALSE,
        "logarithm": Verdict.HOLDS,
        "operations": Verdict.FALSE,
        "integral": Verdict.FALSE,
        "random_points": Verdict.FALSE,
    }
    assert all(math.isfinite(value) for claim in claims.values() for value in claim.evidence.values())


def test_coverage_falls_with_the_skewness(claims: dict[str, Claim]) -> None:
    shares = list(claims["thirty"].evidence.values())
    assert shares == sorted(shares, reverse=True)
    assert shares == pytest.approx([0.946, 0.924, 0.882, 0.654], abs=0.02)


@pytest.mark.parametrize(("unit", "sigma"), [("metres", 0.07), ("centimetres", 7.0), ("millimetres", 70.0)])
def test_coverage_with_the_wrong_variance_depends_on_the_unit(
    claims: dict[str, Claim], unit: str, sigma: float
) -> None:
    # The half-width is 1.96·√(σ/N), the standard deviation of the mean σ/√N.
    exact = 1 - 2 * stats.norm.sf(1.959964 / math.sqrt(sigma))
    assert claims["variance_of_the_mean"].evidence[unit] == pytest.approx(exact, abs=0.025)


def test_interquartile_range_of_the_cauchy_mean_is_2_at_any_n(claims: dict[str, Claim]) -> None:
    evidence = claims["independence"].evidence
    assert evidence["cauchy_one"] == pytest.approx(2, rel=0.15)
    assert evidence["cauchy_many"] == pytest.approx(2, rel=0.15)
    assert evidence["exponential_many"] == pytest.approx(1 / math.sqrt(1000), rel=0.1)
    # The variance of a mean of n values of the series is about (1 + ρ)/(1 − ρ)/n times that of one value.
    for name, n in (("dependent_few", 300), ("dependent_many", 3000)):
        assert evidence[name] == pytest.approx(math.sqrt(19 / (1 - 0.81) / n), rel=0.15)


def test_repetitions_do_not_go_below_the_exact_distance(claims: dict[str, Claim]) -> None:
    evidence = claims["repetitions"].evidence
    x = np.linspace(-3, 5, 2001)
    for n in (5, 100):
        exact = np.abs(special.gammainc(n, np.maximum(n + math.sqrt(n) * x, 0)) - stats.norm.cdf(x)).max()
        assert evidence[f"floor_{n}"] == pytest.approx(exact, abs=1e-4)
        assert evidence[f"distance_{n}_100000"] == pytest.approx(exact, abs=0.006)
        assert evidence[f"distance_{n}_100"] > evidence[f"distance_{n}_100000"]


def test_products_underflow_but_take_no_more_operations_than_sums(claims: dict[str, Claim]) -> None:
    assert 480 < claims["logarithm"].evidence["lost"] < 580
    evidence = claims["operations"].evidence
    assert evidence["many"] == 10 * evidence["few"]
    assert 3 < evidence["product"] < 30 and 3 < evidence["sum"] < 30


def test_verdicts_on_the_logarithm_follow_from_the_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    def seconds(power: int) -> Callable[[Callable[..., object], np.ndarray], float]:
        return lambda compute, values: float(values.size) ** (2 if compute is np.prod else power)

    monkeypatch.setattr(module, "_seconds", seconds(1))
    assert CLAIMS["operations"]().verdict is Verdict.HOLDS
    # The logarithm changes nothing if its sum takes as many operations.
    monkeypatch.setattr(module, "_seconds", seconds(2))
    assert CLAIMS["operations"]().verdict is Verdict.FALSE

    def running_products(source: str, *, seed: int) -> SimpleNamespace:
        # One of the products does not underflow.
        return SimpleNamespace(lost={"float64": None if seed == 0 else 500})

    monkeypatch.setattr(module, "running_products", running_products)
    assert CLAIMS["logarithm"]().verdict is Verdict.FALSE


def test_integral_and_its_errors(claims: dict[str, Claim]) -> None:
    evidence = {**claims["integral"].evidence, **claims["random_points"].evidence}
    exact, _ = integrate.quad(lambda x: math.exp(-x * x), -1, 1)
    assert evidence["exact"] == pytest.approx(exact)
    assert evidence["half"] == pytest.approx(exact / 2)
    assert evidence["estimate"] == pytest.approx(exact, abs=0.01)
    five = integrate.fixed_quad(lambda x: np.exp(-(x**2)), -1, 1, n=5)[0]
    assert evidence["error"] == pytest.approx(abs(five - exact), rel=1e-3)
    spread = np.exp(-(np.linspace(-1, 1, 400_001) ** 2)).std()
    assert evidence["needed"] == pytest.approx((2 * spread / abs(five - exact)) ** 2, rel=1e-2)


def test_verdicts_on_the_integral_follow_from_the_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an integral that the estimate doubles, or a rule of a single point, the claims hold."""
    monkeypatch.setattr(module.math, "erf", lambda x: 2 * special.erf(x))
    assert CLAIMS["integral"]().verdict is Verdict.HOLDS
    monkeypatch.undo()
    monkeypatch.setattr(module.np.polynomial.legendre, "leggauss", lambda n: (np.zeros(1), np.full(1, 2.0)))
    assert CLAIMS["random_points"]().verdict is Verdict.HOLDS
