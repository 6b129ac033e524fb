"""A loss with one sharp and one flat minimum of equal depth, and hundreds of SGD runs on it at once.

Each training example sees the landscape shifted sideways by an amount of its own, with mean 0 and variance 1 over the n
examples. A batch of B sees it shifted by the mean over its examples: for a parabola that is exact. Between the two
minima it is the model's choice, and biased: there the mean over batches is a smoothed landscape. Drawn without
replacement, the mean over a batch has the standard deviation √((n − B)/((n − 1) B)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.findings import Finding
from core.validate import InvalidArgument, check_choice, check_integer, check_positive, check_vector

Array = NDArray[np.float64]

# The curvatures at w = −1 and w = 1, and how softly one parabola passes into the other.
SHARP, FLAT = 60.0, 6.0
SOFTNESS = 0.15
N_EXAMPLES = 512
N_RUNS = 250

# The sd of an update's slope goes with the curvature h to this power, near a minimum.
NOISES = {"batch": 1.0, "proportional": 1.0, "label": 0.5, "additive": 0.0}
STARTS = ("sharp", "flat", "uniform")
UNIFORM = (-1.5, 1.5)
# A start at a minimum is off it by at most so much: exactly there, nothing moves without noise, however steep it is.
OFF = 0.01
# With lr/B held, the learning rate is the one asked for at this batch size.
REFERENCE = 32
# A run's path is kept at so many evenly spaced updates, after the start.
STAGES = 20
# Farther out, off every picture, a run is counted as diverged.
LOST = 10.0


def _share_sharp(w: Array) -> Array:
    """Weight of the sharp parabola in the soft minimum: 1/(1 + exp((a − b)/T)), a and b the parabolas."""
    share: Array = 0.5 - 0.5 * np.tanh((27 * w * w + 66 * w + 27) / (2 * SOFTNESS))
    return share


def landscape(w: ArrayLike) -> Array:
    """Return the loss −T ln(exp(−a/T) + exp(−b/T)), with a = 30 (w + 1)², b = 3 (w − 1)² and T = 0.15; nan for nan."""
    at = np.asarray(w, dtype=np.float64)
    a, b = SHARP / 2 * (at + 1) ** 2, FLAT / 2 * (at - 1) ** 2
    with np.errstate(invalid="ignore"):
        value: Array = -SOFTNESS * np.logaddexp(-a / SOFTNESS, -b / SOFTNESS)
    return value


def slope(w: ArrayLike) -> Array:
    """Return the derivative of `landscape`."""
    at = np.asarray(w, dtype=np.float64)
    on_flat = FLAT * (at - 1)
    value: Array = on_flat + _share_sharp(at) * (SHARP * (at + 1) - on_flat)
    return value


def _top() -> float:
    """Find the top between the minima by bisection: the slope is above 0 left of it, below 0 right of it."""
    low, high = -0.9, 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return low


BARRIER = _top()


def shift_sd(batch_size: ArrayLike, *, n: int = N_EXAMPLES) -> Array:
    """Return the standard deviation √((n − B)/((n − 1) B)) of the shift that a batch of B out of n examples sees."""
    size = np.asarray(batch_size, dtype=np.float64)
    sd: Array = np.sqrt((n - size) / ((n - 1) * size))
    return sd


def swing(curvature: float, *, learning_rate: float, batch_size: int, noise: str = "batch") -> float:
    """Return how far SGD swings around the floor of a basin: the standard deviation of w, once it has settled.

    Around a minimum of curvature h, w follows w ← (1 − lr h) w + lr s z with z normal, so that
    sd = lr s / √(1 − (1 − lr h)²), and s = 60 √((n − B)/((n − 1) B)) (h/60)^p is the sd of the update's slope.

    Returns
    -------
    float
        nan if lr h ≥ 2: then it does not settle.
    """
    kept = 1 - learning_rate * curvature
    if abs(kept) >= 1:
        return float("nan")
    sd = float(shift_sd(batch_size)) * SHARP * (curvature / SHARP) ** NOISES[noise]
    return float(learning_rate * sd / np.sqrt(1 - kept**2))


def wilson(successes: ArrayLike, trials: ArrayLike, *, level: float = 0.95) -> tuple[Array, Array]:
    """Return Wilson's interval for a share; nan if there are no trials.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22(158).
    https://doi.org/10.1080/01621459.1927.10502953
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    z = NormalDist().inv_cdf((1 + level) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = k / n
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


@dataclass(frozen=True, slots=True)
class Escape:
    """Where SGD runs on the landscape end, by batch size.

    Attributes
    ----------
    batch_sizes, steps : ndarray of int, shape (m,)
    learning_rates : ndarray, shape (m,)
    stages : ndarray of int, shape (m, STAGES + 1)
        The updates after which the path is kept: evenly spaced, from 0 to the last.
    path : ndarray, shape (m, STAGES + 1, n_runs)
        w there; not a number where a run has diverged, that is, lies beyond ±`LOST`.
    in_sharp, in_flat : ndarray of int, shape (m, STAGES + 1)
        How many runs are on either side of the barrier there.
    flat, low, high : ndarray, shape (m,)
        Share of the runs that end in the flat basin among those that have not diverged, and its Wilson interval (95 %);
        nan if all have.
    diverged : ndarray, shape (m,)
        Share of the runs that have diverged.
    """

    batch_sizes: NDArray[np.int64]
    learning_rates: Array
    steps: NDArray[np.int64]
    stages: NDArray[np.int64]
    path: Array
    in_sharp: NDArray[np.int64]
    in_flat: NDArray[np.int64]
    flat: Array
    low: Array
    high: Array
    diverged: Array


def escape(
    batch_sizes: Sequence[int],
    *,
    learning_rate: float = 0.01,
    steps: int = 1500,
    noise: str = "batch",
    start: str = "sharp",
    hold: bool = False,
    n_runs: int = N_RUNS,
    seed: int = 0,
) -> Escape:
    """Run SGD on the landscape for every batch size: the same starts and the same draws, only scaled differently.

    Parameters
    ----------
    batch_sizes : sequence of int
        From 1 to `N_EXAMPLES`.
    learning_rate : float
        Above 0.
    steps : int
        Updates, 1 … 20 000.
    noise : {"batch", "proportional", "label", "additive"}
        Batch: the update follows the slope at w − δ, where δ is the shift that the batch sees. The others add a normal
        number to the slope at w itself, so that its mean is the full slope everywhere; it is as large on the sharp
        floor as a batch of B makes it there, and goes with the curvature, with its root, as it does when labels are
        redrawn, or is the same everywhere.
    start : {"sharp", "flat", "uniform"}
        Within `OFF` of one of the minima, or uniform between −1.5 and 1.5.
    hold : bool
        Hold lr/B and lr × updates: ``learning_rate`` and ``steps`` are then those of B = `REFERENCE`.
    n_runs : int
        1 … 5000.
    seed : int

    Raises
    ------
    InvalidArgument
        ``out_of_range`` for a batch larger than the data, among others.

    References
    ----------
    HaoChen, J. Z., Wei, C., Lee, J. D., Ma, T. (2021). Shape matters: understanding the implicit bias of the noise
    covariance. arXiv:2006.08680
    """
    sizes = _check_sizes(batch_sizes)
    check_positive(learning_rate, "learning_rate")
    check_integer(steps, "steps", low=1, high=20_000)
    check_choice(noise, "noise", NOISES)
    check_integer(n_runs, "n_runs", low=1, high=5_000)
    ratio = sizes / REFERENCE if hold else np.ones(sizes.size)
    rates, last = learning_rate * ratio, np.maximum(np.rint(steps / ratio), 1).astype(np.int64)
    stages = np.rint(np.linspace(0, last, STAGES + 1, axis=1)).astype(np.int64)
    rng = np.random.default_rng(check_integer(seed, "seed", low=0))
    path = np.empty((sizes.size, STAGES + 1, n_runs))
    # Those that run longest come first, so that the ones still running are a slice.
    order = np.argsort(-last, kind="stable")
    w = np.tile(_starts(start, n_runs, rng), (sizes.size, 1))
    sd, lr = shift_sd(sizes[order])[:, np.newaxis], rates[order][:, np.newaxis]
    running = np.searchsorted(-last[order], -np.arange(1, last.max() + 1), side="right")
    due: dict[int, list[tuple[int, int]]] = {}
    for row, stage in np.ndindex(stages.shape):
        due.setdefault(int(stages[order[row], stage]), []).append((row, stage))
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(int(last.max()) + 1):
            if t:
                k = running[t - 1]
                w[:k] -= lr[:k] * _update_slope(w[:k], sd[:k] * rng.standard_normal(n_runs), noise)
            for row, stage in due.get(t, ()):
                path[order[row], stage] = w[row]
        path[~(np.abs(path) < LOST)] = np.nan
        in_sharp, in_flat = (path <= BARRIER).sum(axis=2), (path > BARRIER).sum(axis=2)
        remaining = in_sharp[:, -1] + in_flat[:, -1]
        share = in_flat[:, -1] / np.where(remaining > 0, remaining, np.nan)
    low, high = wilson(in_flat[:, -1], remaining)
    return Escape(sizes, rates, last, stages, path, in_sharp, in_flat, share, low, high, 1 - remaining / n_runs)


def _check_sizes(batch_sizes: Sequence[int]) -> NDArray[np.int64]:
    check_vector(batch_sizes, "batch_sizes")
    return np.array([check_integer(size, "batch_sizes", low=1, high=N_EXAMPLES) for size in batch_sizes])


def _starts(start: str, n_runs: int, rng: np.random.Generator) -> Array:
    check_choice(start, "start", STARTS)
    if start == "uniform":
        return rng.uniform(*UNIFORM, n_runs)
    return (-1.0 if start == "sharp" else 1.0) + rng.uniform(-OFF, OFF, n_runs)


def _update_slope(w: Array, shift: Array, noise: str) -> Array:
    if noise == "batch":
        return slope(w - shift)
    return slope(w) - shift * _noise_by_curvature(w, noise)


def _noise_by_curvature(w: Array, noise: str) -> Array:
    """Return 60 (h/60)^p, with the two parabolas' curvatures h weighted as the soft minimum weighs them."""
    if noise == "additive":
        return np.full_like(w, SHARP)
    curvature = FLAT + (SHARP - FLAT) * _share_sharp(w)
    return curvature if noise == "proportional" else np.sqrt(SHARP * curvature)


@dataclass(frozen=True, slots=True)
class Shaking:
    """The landscape that each update of one run sees.

    Attributes
    ----------
    w, full, mean : ndarray, shape (k,)
        Where the landscapes are computed, the one of all the data, and the mean of all that batches of this size see:
        the full one, smoothed by the shift's normal distribution (by quadrature; the other noises leave it as it is).
    seen : ndarray, shape (updates, k)
        What update t follows down: it passes through the full landscape where the run stands, or, for batches, is the
        landscape shifted.
    path : ndarray, shape (updates + 1,)
        w before each update, and after the last.
    height : ndarray, shape (updates, 2)
        Height of ``seen`` where the run stands before and after the update.
    """

    w: Array
    full: Array
    mean: Array
    seen: Array
    path: Array
    height: Array


def shaking(
    batch_size: int,
    *,
    learning_rate: float = 0.01,
    noise: str = "batch",
    start: str = "sharp",
    updates: int = 40,
    n_runs: int = N_RUNS,
    seed: int = 0,
) -> Shaking:
    """Follow the first run of `escape` (at this learning rate) through its first updates.

    Raises
    ------
    InvalidArgument
        As `escape`; ``updates`` outside 1 … 200.
    """
    [size] = _check_sizes([batch_size])
    check_positive(learning_rate, "learning_rate")
    check_choice(noise, "noise", NOISES)
    check_integer(updates, "updates", low=1, high=200)
    rng = np.random.default_rng(check_integer(seed, "seed", low=0))
    grid = np.linspace(-1.75, 2.75, 151)
    path = np.empty(updates + 1)
    path[0] = _starts(start, n_runs, rng)[0]
    seen, height = np.empty((updates, grid.size)), np.empty((updates, 2))
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(updates):
            shift = shift_sd(size) * rng.standard_normal(n_runs)[:1]
            path[t + 1] = path[t] - learning_rate * _update_slope(path[t : t + 1], shift, noise)[0]
            places = np.concatenate([path[t : t + 2], grid])
            heights = _seen_loss(places, shift, noise, path[t])
            height[t], seen[t] = heights[:2], heights[2:]
    full = landscape(grid)
    return Shaking(grid, full, _smoothed(grid, size) if noise == "batch" else full, seen, path, height)


def _smoothed(w: Array, batch_size: int) -> Array:
    nodes = np.linspace(-4, 4, 81)
    weights = np.exp(-(nodes**2) / 2)
    mean: Array = landscape(w[:, np.newaxis] - float(shift_sd(batch_size)) * nodes) @ weights / weights.sum()
    return mean


def _seen_loss(w: Array, shift: Array, noise: str, here: float) -> Array:
    """Integrate the slope that an update sees, from the landscape's height at ``here``; a batch's is known."""
    if noise == "batch":
        return landscape(w - shift)
    along = np.linspace(0, 1, 65)
    between = here + (w[:, np.newaxis] - here) * along
    work = np.trapezoid(_noise_by_curvature(between, noise), along, axis=1) * (w - here)
    return landscape(w) - shift * work


def at_size(found: Escape, batch_size: int) -> int:
    """Return the row of ``found`` that has this batch size.

    Raises
    ------
    InvalidArgument
        ``unknown_choice`` if it has none.
    """
    rows = np.flatnonzero(found.batch_sizes == batch_size)
    if not rows.size:
        allowed = ", ".join(map(str, found.batch_sizes))
        raise InvalidArgument("unknown_choice", argument="batch_size", allowed=allowed, value=batch_size)
    return int(rows[0])


def toy_findings(found: Escape, *, batch_size: int, noise: str, start: str, hold: bool) -> list[Finding]:
    """Say what the runs show: where they went, how far the noise swings them, and what stands in its way."""
    row = at_size(found, batch_size)
    rate, runs = float(found.learning_rates[row]), found.path.shape[2]
    said: list[Finding] = []
    lost = found.diverged[row]
    if lost > 0:
        said.append(Finding("diverged", {"share": float(lost), "limit": 2 / FLAT, "rate": rate, "lost": LOST}))
    if lost < 1:
        figures = {"flat": float(found.flat[row]), "low": float(found.low[row]), "high": float(found.high[row])}
        width = (UNIFORM[1] - BARRIER) / (UNIFORM[1] - UNIFORM[0])
        said.append(Finding(start, figures | {"runs": runs, "b": batch_size, "width": width}))
    if rate * SHARP >= 2:
        said.append(Finding("edge", {"limit": 2 / rate, "sharp": SHARP}))
    elif batch_size == N_EXAMPLES:
        said.append(Finding("no_noise", {"n": N_EXAMPLES}))
    else:
        sharp, flat = (
            swing(h, learning_rate=rate, batch_size=batch_size, noise=noise) for h in (SHARP, FLAT)
        )  # fmt: skip
        said.append(
            Finding("swing", {"sharp": sharp, "flat": flat, "sharp_away": BARRIER + 1, "flat_away": 1 - BARRIER})
        )
    if hold:
        said += _held(found)
    return said


def _held(found: Escape) -> list[Finding]:
    """Say whether the same lr/B is the same outcome, and from which batch size the sharp basin holds nobody."""
    alive, said = found.diverged < 1, []
    if alive.any():
        figures = {"least": float(found.flat[alive].min()), "most": float(found.flat[alive].max())}
        apart = found.low[alive].max() > found.high[alive].min()
        said.append(Finding("hold_differs" if apart else "hold_same", figures))
    if (beyond := found.learning_rates * SHARP >= 2).any():
        said.append(Finding("hold_edge", {"b": int(found.batch_sizes[beyond].min())}))
    return said
