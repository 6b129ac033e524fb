"""Claims about sampling and the likelihood, and the computations that test them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, ndtr

from core.claims import Claim, Claims, Verdict, verdict_by_cases
from core.likelihood_sampling.experiment import cover
from core.likelihood_sampling.intervals import clt_intervals
from core.likelihood_sampling.products import running_products

Array = NDArray[np.float64]


def _thirty() -> Claim:
    """With n ≥ 30 the mean is normal, whatever the population."""
    rng, size = np.random.default_rng(0), (4000, 30)
    normal = rng.standard_normal(size)
    populations = {
        "uniform": (rng.random(size), 0.5),
        "exponential": (rng.standard_exponential(size), 1.0),
        "lognormal_1": (np.exp(normal), math.exp(0.5)),
        "lognormal_2": (np.exp(2 * normal), math.exp(2)),
    }
    shares = {name: cover(clt_intervals(samples), mean).share for name, (samples, mean) in populations.items()}
    near = [abs(share - 0.95) <= 0.015 for share in shares.values()]
    verdict = verdict_by_cases(near)
    return Claim(verdict, dict(shares))


def _variance_of_the_mean() -> Claim:
    """The mean of N values is distributed as N(μ, σ/N)."""
    n, sigma = 100, 0.07
    means = np.random.default_rng(0).standard_normal((4000, n)).mean(axis=1)
    evidence: dict[str, float | str] = {}
    for unit, scale in (("metres", 1), ("centimetres", 100), ("millimetres", 1000)):
        # σ/N as a variance, with σ in this unit.
        half = 1.959964 * math.sqrt(sigma * scale / n)
        evidence[unit] = float((np.abs(sigma * scale * means) <= half).mean())
    evidence["right"] = float((np.abs(means) <= 1.959964 / math.sqrt(n)).mean())
    wrong = any(abs(float(evidence[unit]) - 0.95) > 0.02 for unit in ("metres", "centimetres", "millimetres"))
    return Claim(Verdict.FALSE if wrong else Verdict.HOLDS, evidence)


def _independence() -> Claim:
    """If values are drawn independently, their mean converges."""
    rng = np.random.default_rng(0)
    draws = rng.standard_cauchy((1000, 1000))
    ranges = {n: float(np.subtract(*np.quantile(draws[:, :n].mean(axis=1), (0.75, 0.25)))) for n in (1, 1000)}
    exponential = rng.standard_exponential((1000, 1000))
    spread = {n: float(exponential[:, :n].mean(axis=1).std()) for n in (10, 1000)}
    # A series in which each value keeps 0.9 of the one before it.
    value, total, deviations = rng.standard_normal(500) / math.sqrt(1 - 0.81), np.zeros(500), {}
    for step in range(1, 3001):
        total += value
        if step in (300, 3000):
            deviations[step] = float((total / step).std())
        value = 0.9 * value + rng.standard_normal(500)
    evidence: dict[str, float | str] = {
        "cauchy_one": ranges[1],
        "cauchy_many": ranges[1000],
        "exponential_few": spread[10],
        "exponential_many": spread[1000],
        "dependent_few": deviations[300],
        "dependent_many": deviations[3000],
    }
    converges = spread[1000] < 0.2 * spread[10]
    fails = ranges[1000] > 0.5 * ranges[1]
    verdict = Verdict.DEPENDS if converges and fails else Verdict.HOLDS if converges else Verdict.FALSE
    return Claim(verdict, evidence)


def _repetitions() -> Claim:
    """Repeat the sampling at least 100 times, and the means become normal."""
    rng, evidence = np.random.default_rng(0), {}
    for n in (5, 100):
        for repetitions in (100, 100_000):
            # The sum of n exponential values has a gamma distribution.
            standard = np.sort((rng.standard_gamma(n, repetitions) - n) / math.sqrt(n))
            steps = np.arange(repetitions + 1) / repetitions
            normal = ndtr(standard)
            distance = max(float((steps[1:] - normal).max()), float((normal - steps[:-1]).max()))
            evidence[f"distance_{n}_{repetitions}"] = distance
        grid = np.linspace(-3, 5, 4001)
        sums = np.maximum(n + math.sqrt(n) * grid, 0.0)
        evidence[f"floor_{n}"] = float(np.abs(gammainc(n, sums) - ndtr(grid)).max())
    # However often it is repeated, the distance does not fall below that of the exact distribution.
    stuck = evidence["distance_5_100000"] > 0.8 * evidence["floor_5"]
    return Claim(Verdict.FALSE if stuck else Verdict.HOLDS, dict(evidence))


def _logarithm() -> Claim:
    """With the logarithm, even very large data can be computed."""
    lost = [running_products("normal", seed=seed).lost["float64"] for seed in range(5)]
    z = np.random.default_rng(0).standard_normal(1_000_000)
    total = float((-0.5 * z**2 - 0.5 * math.log(2 * math.pi)).sum())
    helps = None not in lost and math.isfinite(total)
    return Claim(
        Verdict.HOLDS if helps else Verdict.FALSE,
        {
            "lost": float(np.median([n for n in lost if n is not None])),
            "values": float(z.size),
            "total": total,
        },
    )


def _seconds(compute: Callable[[Array], object], values: Array) -> float:
    """Return the shortest of seven computing times."""
    times = []
    for _ in range(7):
        start = time.perf_counter()
        compute(values)
        times.append(time.perf_counter() - start)
    return min(times)


def _sum_of_logarithms(values: Array) -> float:
    return float(np.log(values).sum())


def _operations_of_logarithm() -> Claim:
    """The logarithm reduces the number of operations from O(n²) to O(n)."""
    few, many = 100_000, 1_000_000
    z = np.random.default_rng(0).standard_normal(many)
    densities = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    product, total = (
        _seconds(compute, densities) / _seconds(compute, densities[:few]) for compute in (np.prod, _sum_of_logarithms)
    )
    # Ten times the values take 10 times as long if the operations grow as n, and 100 times as long if they grow as n².
    between = math.sqrt(10 * 100)
    reduces = product > between > total
    return Claim(
        Verdict.HOLDS if reduces else Verdict.FALSE,
        {"few": float(few), "many": float(many), "product": product, "sum": total},
    )


def _integral() -> Claim:
    """½∫exp(−x²)dx over −1 … 1 is about (2/N) Σ exp(−xᵢ²) for random xᵢ."""
    exact = math.sqrt(math.pi) * math.erf(1)
    x = np.random.default_rng(0).uniform(-1, 1, 100_000)
    estimate = 2 * float(np.exp(-(x**2)).mean())
    return Claim(
        Verdict.FALSE if abs(estimate - exact / 2) > 0.1 else Verdict.HOLDS,
        {"points": float(x.size), "half": exact / 2, "estimate": estimate, "exact": exact},
    )


def _only_random_points() -> Claim:
    """∫exp(−x²)dx over −1 … 1 can only be computed with random xᵢ."""
    exact = math.sqrt(math.pi) * math.erf(1)
    nodes, weights = np.polynomial.legendre.leggauss(5)
    gauss = float(weights @ np.exp(-(nodes**2)))
    error = abs(gauss - exact)
    # The standard deviation of the integrand decides how many random points have this error (root mean square).
    variance = math.sqrt(math.pi / 2) * math.erf(math.sqrt(2)) / 2 - (exact / 2) ** 2
    needed = 4 * variance / error**2
    return Claim(Verdict.FALSE if error < 1e-4 else Verdict.HOLDS, {"exact": exact, "error": error, "needed": needed})


CLAIMS: Claims = {
    "thirty": _thirty,
    "variance_of_the_mean": _variance_of_the_mean,
    "independence": _independence,
    "repetitions": _repetitions,
    "logarithm": _logarithm,
    "operations": _operations_of_logarithm,
    "integral": _integral,
    "random_points": _only_random_points,
}
