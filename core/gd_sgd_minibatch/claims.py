"""Claims about gradient descent, SGD and mini-batches, and the computations that test them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.claims import Claim, Claims, Verdict, verdict_by_cases
from core.gd_sgd_minibatch.cost import samples_to_target
from core.gd_sgd_minibatch.landscapes import basins, overfit, share_in_best_basin
from core.gd_sgd_minibatch.noise import gradient_variance
from core.gd_sgd_minibatch.problems import Problem, excess_loss, load_problem, sample_gradients, start_point
from core.gd_sgd_minibatch.simulation import Options, batches, simulate, updates_per_epoch

Array = NDArray[np.float64]


def _gradient_descent_path(problem: Problem, start: Array, learning_rate: float, updates: int) -> Array:
    options = Options(batch_size=problem.n, learning_rates=np.array([learning_rate]), updates=updates)
    return simulate(problem, options, start=start, seeds=range(1))[0][:, :, 0, 0]


def _exact_gradient() -> Claim:
    """GD has the exact gradient."""
    problem = load_problem("diabetes")
    w, step = start_point(problem, "corner"), 1e-3
    # The loss is quadratic, so central differences are exact up to rounding.
    shifts = step * np.eye(2)
    slope = (excess_loss(problem, w + shifts) - excess_loss(problem, w - shifts)) / (2 * step)
    first_step = _gradient_descent_path(problem, w, 1.0, 1)
    evidence: dict[str, float | str] = {
        "gradient_norm": float(np.linalg.norm(slope)),
        "gd_error": float(np.abs((first_step[0] - first_step[1]) - slope).max()),
    }
    return Claim(Verdict.HOLDS if float(evidence["gd_error"]) < 1e-9 else Verdict.FALSE, evidence)


def _noisy_gradient() -> Claim:
    """The gradient of SGD is noisy."""
    problem = load_problem("diabetes")
    start, optimum = (sample_gradients(problem, w) for w in (start_point(problem, "corner"), problem.optimum))
    full = start.mean(axis=0)
    deviations = [float(np.sqrt(gradients.var(axis=0).sum())) for gradients in (start, optimum)]
    evidence: dict[str, float | str] = {
        "gradient_norm": float(np.linalg.norm(full)),
        "start_deviation": deviations[0],
        "optimum_deviation": deviations[1],
        "uphill_share": float(np.mean(start @ full < 0)),
    }
    noisy = [deviation > 1e-3 for deviation in deviations]
    return Claim(verdict_by_cases(noisy), evidence)


def _unbiased() -> Claim:
    """The mini-batch gradient is unbiased."""
    problem = load_problem("diabetes")
    w = start_point(problem, "corner")
    worst = {}
    for replacement in (False, True):
        drawn = gradient_variance(problem, w, batch_sizes=[32], replacement=replacement, draws=1000, n_seeds=20)
        worst[replacement] = float(np.abs(drawn.bias / drawn.bias_error).max())
    single = sample_gradients(problem, w).mean(axis=0) - (problem.hessian @ (w - problem.optimum))
    evidence: dict[str, float | str] = {
        "single_error": float(np.abs(single).max()),
        "draws": float(drawn.draws * drawn.n_seeds),
        "standard_errors": worst[False],
        "standard_errors_replacement": worst[True],
    }
    unbiased = float(evidence["single_error"]) < 1e-12 and max(worst.values()) < 4
    return Claim(Verdict.HOLDS if unbiased else Verdict.FALSE, evidence)


def _iterations_per_epoch() -> Claim:
    """Iterations per epoch = dataset size / batch size."""
    n, counted = load_problem("diabetes").n, {}
    for batch_size in (1, 7, 32, 100, 221):
        drawn = batches(n, batch_size, seeds=range(1), updates=n, replacement=False)
        seen, counted[batch_size] = 0, 0
        while seen < n:
            batch = next(drawn)
            assert batch is not None
            seen += batch.size
            counted[batch_size] += 1
    evidence: dict[str, float | str] = {
        "n": float(n),
        "quotient": n / 32,
        "counted": float(counted[32]),
        "last_batch": float(n - 32 * (counted[32] - 1)),
        "dropped": float(n // 32),
    }
    equal = all(count == n / batch_size for batch_size, count in counted.items())
    divisible = all(count * batch_size == n for batch_size, count in counted.items() if n % batch_size == 0)
    if equal:
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if divisible else Verdict.FALSE, evidence)


def _noise_escapes() -> Claim:
    """The noise lets SGD escape from local minima."""
    landscape = basins()
    local = float(landscape.minima[2])
    others = [float(minimum) for minimum in np.delete(landscape.minima, landscape.losses.argmin())]
    escaped = [share_in_best_basin(start=start, batch_size=1, learning_rate=0.1) for start in others]
    evidence: dict[str, float | str] = {
        "starts": float(len(others)),
        "least_escapes": min(escaped),
        "most_escapes": max(escaped),
        "gd_escapes": share_in_best_basin(start=local, batch_size=basins().x.size, learning_rate=0.1),
        "small_rate_escapes": share_in_best_basin(start=local, batch_size=1, learning_rate=0.003),
        "sgd_escapes": share_in_best_basin(start=local, batch_size=1, learning_rate=0.1),
    }
    escapes = float(evidence["sgd_escapes"]) - float(evidence["gd_escapes"]) > 0.2
    if escapes and min(float(evidence["small_rate_escapes"]), min(escaped)) > 0.2:
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if escapes else Verdict.FALSE, evidence)


def _noise_regularises() -> Claim:
    """The noise of SGD prevents overfitting."""
    fitted = overfit()
    small, large = min(fitted.last), max(fitted.last)
    evidence: dict[str, float | str] = {
        "gd_best_test": fitted.lowest[large],
        "gd_last_test": fitted.last[large],
        "sgd_best_test": fitted.lowest[small],
        "sgd_last_test": fitted.last[small],
        "difference": fitted.difference,
        "half_width": fitted.half_width,
        "splits": float(fitted.n_splits),
    }
    overfits_less = fitted.difference + fitted.half_width < 0
    # Overfitting is prevented if the test loss ends within 5 % of its lowest value.
    if overfits_less and fitted.last[small] < 1.05 * fitted.lowest[small]:
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if overfits_less else Verdict.FALSE, evidence)


def _noise_traps() -> Claim:
    """The noise makes SGD fall into local optima."""
    landscape = basins()
    best, local = float(landscape.minima[landscape.losses.argmin()]), float(landscape.minima[2])
    evidence: dict[str, float | str] = {
        "falls_small_rate": 1 - share_in_best_basin(start=best, batch_size=1, learning_rate=0.1),
        "falls_large_rate": 1 - share_in_best_basin(start=best, batch_size=1, learning_rate=0.3),
        "falls_gd": 1 - share_in_best_basin(start=best, batch_size=landscape.x.size, learning_rate=0.3),
        "leaves": share_in_best_basin(start=local, batch_size=1, learning_rate=0.1),
    }
    falls = [float(evidence[name]) > 0.2 for name in ("falls_small_rate", "falls_large_rate")]
    return Claim(verdict_by_cases(falls), evidence)


def _step_too_large() -> Claim:
    """A step that is too large does not learn."""
    problem, updates = load_problem("diabetes"), 200
    start = start_point(problem, "corner")
    grown = {}
    for share in (0.99, 1.01, 1.1):
        path = _gradient_descent_path(problem, start, share * problem.limit, updates)
        grown[share] = float(np.linalg.norm(path[-1] - problem.optimum) / np.linalg.norm(start - problem.optimum))
    evidence: dict[str, float | str] = {
        "limit": problem.limit,
        "updates": float(updates),
        "below": grown[0.99],
        "above": grown[1.01],
        "far_above": grown[1.1],
    }
    # The gradients of the logistic loss are bounded, and its curvature falls away from the optimum.
    tumours = load_problem("cancer")
    path = _gradient_descent_path(tumours, np.zeros(2), 1.1 * tumours.limit, updates)
    evidence["logistic_first"], evidence["logistic_last"] = (float(x) for x in excess_loss(tumours, path[[0, -1]]))
    learns, fails = grown[0.99] < 1, grown[1.01] > 1 and grown[1.1] > 1
    learns_beyond = float(evidence["logistic_last"]) < float(evidence["logistic_first"])
    if learns and fails and not learns_beyond:
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if grown[1.1] > 1 else Verdict.FALSE, evidence)


def _less_computing() -> Claim:
    """SGD does less computing."""
    problem = load_problem("diabetes")
    start, shares = start_point(problem, "corner"), np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.5])
    sizes = (1, problem.n)
    loose, tight = (
        samples_to_target(
            problem,
            start=start,
            target=target,
            batch_sizes=sizes,
            learning_rates=shares * problem.limit,
            max_updates=10_000,
        )
        for target in (0.02, 1e-9)
    )
    seconds = {size: _seconds_per_update(problem, size) for size in sizes}
    evidence: dict[str, float | str] = {
        "sgd_updates": float(loose.updates[0]),
        "sgd_samples": float(loose.samples[0]),
        "gd_updates": float(loose.updates[1]),
        "gd_samples": float(loose.samples[1]),
        "gd_tight_samples": float(tight.samples[1]),
        "sgd_tight_reached": float(tight.reached[0]),
        "sgd_microseconds": 1e6 * seconds[1],
        "gd_microseconds": 1e6 * seconds[problem.n],
    }
    # A run that never reaches the target costs nan, which is not cheaper.
    cheaper = [bool(result.samples[0] < result.samples[1]) for result in (loose, tight)]
    return Claim(verdict_by_cases(cheaper), evidence)


def _seconds_per_update(problem: Problem, batch_size: int) -> float:
    """Return the median duration of an update over 200 updates: the median ignores occasional disturbances."""
    options = Options(batch_size=batch_size, learning_rates=np.array([0.1]), updates=200)
    return float(np.median(np.diff(simulate(problem, options, start=problem.optimum, seeds=range(1))[1])))


def _squared_l2() -> Claim:
    """Squaring the L2 error changes only the convenience of the derivative."""
    problem = load_problem("diabetes")
    start = problem.optimum + np.array([0.01, 0.01])

    def squared(w: Array) -> Array:
        slope: Array = 2 * problem.inputs.T @ (problem.inputs @ w - problem.target)
        return slope

    def norm(w: Array) -> Array:
        error = problem.inputs @ w - problem.target
        slope: Array = problem.inputs.T @ error / np.linalg.norm(error)
        return slope

    limits = {slope: _largest_rate(slope, start, problem.optimum) for slope in (squared, norm)}
    ends = [_descend(slope, start, limits[slope] / 2, 300) for slope in (squared, norm)]
    evidence: dict[str, float | str] = {
        "minimiser_distance": float(np.abs(ends[0] - ends[1]).max()),
        "limit_squared": limits[squared],
        "limit_norm": limits[norm],
        "ratio": limits[norm] / limits[squared],
    }
    same_minimiser = float(evidence["minimiser_distance"]) < 1e-6
    same_limit = math.isclose(limits[squared], limits[norm], rel_tol=0.01)
    if same_minimiser and same_limit:
        return Claim(Verdict.HOLDS, evidence)
    # Different limits are a counter-example: squaring changes more than the derivative's convenience.
    return Claim(Verdict.FALSE, evidence)


def _descend(slope: Callable[[Array], Array], start: Array, learning_rate: float, updates: int) -> Array:
    w = start
    for _ in range(updates):
        w = w - learning_rate * slope(w)
    return w


def _largest_rate(slope: Callable[[Array], Array], start: Array, optimum: Array) -> float:
    """Return the largest learning rate at which 300 updates end closer to the optimum than they start (bisection)."""
    low, high = 1e-5, 1.0
    for _ in range(20):
        middle = math.sqrt(low * high)
        with np.errstate(over="ignore", invalid="ignore"):
            distance = np.linalg.norm(_descend(slope, start, middle, 300) - optimum)
        low, high = (middle, high) if distance < np.linalg.norm(start - optimum) else (low, middle)
    return low


def _noise_scale(problem: Problem, w: Array) -> float:
    """Return tr Σ / |g|²: the variance of single gradients over the squared length of the full one.

    References
    ----------
    McCandlish, S., Kaplan, J., Amodei, D., OpenAI Dota Team (2018). An empirical model of large-batch training.
    arXiv:1812.06162
    """
    gradients = sample_gradients(problem, w)
    return float(gradients.var(axis=0).sum() / (gradients.mean(axis=0) ** 2).sum())


def _twice_the_batch() -> Claim:
    """Twice the batch needs half the updates."""
    problem, target = load_problem("diabetes"), 0.001
    start = start_point(problem, "corner")
    sizes = (1, 2, 4, 128, 256)
    shares = np.array([0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5])
    cost = samples_to_target(
        problem,
        start=start,
        target=target,
        batch_sizes=sizes,
        learning_rates=shares * problem.limit,
        max_updates=2000,
    )
    updates = dict(zip(sizes, map(float, cost.updates), strict=True))
    # The noise is compared with the gradient, which shrinks on the way to the target.
    path = _gradient_descent_path(problem, start, 0.1 * problem.limit, 200)
    arrived = path[np.flatnonzero(excess_loss(problem, path) <= target)[0]]
    evidence: dict[str, float | str] = {f"updates_{size}": count for size, count in updates.items()}
    evidence |= {
        "target": target,
        "noise_scale_first": _noise_scale(problem, start),
        "noise_scale_last": _noise_scale(problem, arrived),
    }
    # Counts of updates are coarse: up to 60 % counts as half.
    halved = [updates[2 * size] <= 0.6 * updates[size] for size in (1, 128)]
    return Claim(verdict_by_cases(halved), evidence)


def _linear_scaling() -> Claim:
    """With k times the batch, use k times the learning rate: the result is the same."""
    problem, base, share, epochs = load_problem("diabetes"), 8, 0.02, 2
    start = start_point(problem, "corner")
    ends = {}
    for batch_size in (base, 4 * base, problem.n):
        rate = share * batch_size / base * problem.limit
        ends[batch_size] = float(_final_excess(problem, start, rate, batch_size, epochs).mean())
    evidence: dict[str, float | str] = {
        "small": ends[base],
        "scaled": ends[4 * base],
        "full": ends[problem.n],
        "full_share": share * problem.n / base,
        "start": float(excess_loss(problem, start)),
        "epochs": float(epochs),
    }
    alike = [0.8 < ends[size] / ends[base] < 1.25 for size in (4 * base, problem.n)]
    return Claim(verdict_by_cases(alike), evidence)


def _final_excess(problem: Problem, start: Array, rate: float, batch_size: int, epochs: int) -> Array:
    """Return the excess loss of 50 runs of SGD after some epochs."""
    updates = epochs * updates_per_epoch(problem.n, batch_size)
    options = Options(batch_size=batch_size, learning_rates=np.array([rate]), updates=updates)
    return excess_loss(problem, simulate(problem, options, start=start, seeds=range(50))[0][-1, :, 0, :].T)


def _averaging() -> Claim:
    """The average of SGD's iterates is better than the last one (Polyak–Ruppert averaging).

    References
    ----------
    Polyak, B. T., Juditsky, A. B. (1992). Acceleration of stochastic approximation by averaging. doi:10.1137/0330046
    """
    problem = load_problem("diabetes")
    evidence: dict[str, float | str] = {"share": 0.05}
    better: list[bool] = []
    for name, updates in (("short", 20), ("long", 2000)):
        last, average = _last_and_average(problem, 0.05 * problem.limit, updates)
        difference = average - last
        half_width = float(1.96 * difference.std(ddof=1) / math.sqrt(difference.size))
        evidence |= {
            f"updates_{name}": float(updates),
            f"last_{name}": float(last.mean()),
            f"average_{name}": float(average.mean()),
            f"half_width_{name}": half_width,
            "runs": float(difference.size),
        }
        better.append(bool(difference.mean() + half_width < 0))
    return Claim(verdict_by_cases(better), evidence)


def _last_and_average(problem: Problem, rate: float, updates: int) -> tuple[Array, Array]:
    """Return the excess loss of the last iterate and of the mean of all iterates, of 100 runs of single samples."""
    options = Options(batch_size=1, learning_rates=np.array([rate]), updates=updates)
    path = simulate(problem, options, start=start_point(problem, "corner"), seeds=range(100))[0][1:, :, 0, :]
    return excess_loss(problem, path[-1].T), excess_loss(problem, path.mean(axis=0).T)


CLAIMS: Claims = {
    "exact_gradient": _exact_gradient,
    "noisy_gradient": _noisy_gradient,
    "unbiased": _unbiased,
    "iterations_per_epoch": _iterations_per_epoch,
    "noise_escapes": _noise_escapes,
    "noise_regularises": _noise_regularises,
    "noise_traps": _noise_traps,
    "step_too_large": _step_too_large,
    "less_computing": _less_computing,
    "squared_l2": _squared_l2,
    "twice_the_batch": _twice_the_batch,
    "linear_scaling": _linear_scaling,
    "averaging": _averaging,
}
