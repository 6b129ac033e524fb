"""What an ensemble does when its training set is drawn again: bias and variance, correlation between trees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from core.bagging_vs_boosting import fits as fits
from core.bagging_vs_boosting import samples as data
from core.bagging_vs_boosting.stumps import Array
from core.validate import InvalidArgument, check_between, check_choice, check_integer

MAX_SETS = 200
MAX_TREES_GROWN = 20_000
# Bootstrap resamples of the training sets behind an interval.
N_RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class Redraws:
    """One method's decisions after training on each of R independent training sets.

    Attributes
    ----------
    stages : ndarray of int, shape (k,)
        Numbers of trees.
    decisions : ndarray, shape (R, k, m)
        Each method's estimate of 2 P(label = +1 | point) − 1, in [−1, 1]: bagging's mean vote, AdaBoost's tanh Σ αh.
    points : ndarray, shape (m, 2)
        The same for every training set.
    probability : ndarray, shape (m,)
        P(label = +1 | point) in the population, without flipped labels.
    """

    stages: NDArray[np.int64]
    decisions: Array
    points: Array
    probability: Array

    def share_positive(self) -> Array:
        """Return the share of the training sets that vote +1, shape (k, m)."""
        share: Array = (self.decisions >= 0).mean(axis=0)
        return share


def redraw(
    dataset: str,
    *,
    method: str,
    stages: Sequence[int],
    depth: int | None,
    n: int = 200,
    spread: float = 0.25,
    flip: float = 0.0,
    features: int | None = None,
    subsample: float = 1.0,
    learning_rate: float = 1.0,
    n_sets: int = 25,
    seed: int = 0,
    points: ArrayLike | None = None,
    n_points: int = 400,
    report: Callable[[float], None] | None = None,
) -> Redraws:
    """Draw R training sets from a population, flip their labels, train on each, and look at the same points.

    For one seed, every method and every depth sees the same training sets and points.

    Parameters
    ----------
    dataset : str
        One of `POPULATIONS`.
    method : str
        One of `METHODS`. A single tree on the whole training set is ``adaboost`` at stage 1.
    stages : sequence of int
        Increasing numbers of trees, 1 … 200.
    depth, features, subsample, learning_rate
        As in the methods' own functions.
    n, spread, flip, seed
        As `make_sample`.
    n_sets : int
        R, 2 … 200; with the last stage, at most 20 000 trees.
    points : array_like, shape (m, 2) or None
        None for ``n_points`` fresh points of the population.
    report : callable or None
        Called with the fraction of the sets that are done.

    Raises
    ------
    InvalidArgument
        An argument out of its range.
    """
    check_choice(method, "method", fits.METHODS)
    asked = check_population(dataset, n, spread, flip, n_sets, seed)
    at = check_stages(stages, n_sets)
    fits.check_settings(int(at[-1]), depth, features, 2)
    check_between(subsample, "subsample", 0.05, 1.0)
    check_between(learning_rate, "learning_rate", 0.01, 2.0)
    x, y = draw_sets(asked, n, spread, flip, n_sets, seed)
    if points is None:
        check_integer(n_points, "n_points", low=1, high=data.MAX_TEST_POINTS)
        where, _ = data.draw(dataset, np.random.default_rng([seed, 22]), n_points, spread)
    else:
        where = np.asarray(points, dtype=np.float64)
    probability = data.class_probability(dataset, where, spread=spread)
    n_trees = int(at[-1])
    if method == "adaboost" and depth == 1 and features in (None, 2):
        stumps, run = fits.boost_stumps(x, y, n_trees, learning_rate)
        staged = np.array([
            fits.estimate(stumps.of_set(r).votes(where), run.alphas[r, :, np.newaxis])[at - 1]
            for r in range(n_sets)
        ])  # fmt: skip
        return Redraws(at, staged, where, probability)

    def trained(r: int) -> Array:
        if report:
            report(r / n_sets)
        own = set_seed(seed, r)
        if method == "bagging":
            return fits.bag(x[r], y[r], n_trees, depth, features, subsample, own).decision(where)
        if method == "adaboost":
            return fits.boost(x[r], y[r], n_trees, depth, features, learning_rate, own).estimate(where)
        return fits.boost_gradient(x[r], y[r], n_trees, depth, features, subsample, learning_rate, own).decision(where)

    staged = np.array([trained(r)[at - 1] for r in range(n_sets)])
    return Redraws(at, staged, where, probability)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A quantity at every stage and its 95 % interval over training sets, arrays of shape (k,)."""

    value: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Where the error against clean labels comes from, averaged over the points.

    Attributes
    ----------
    stages : ndarray of int, shape (k,)
    noise : float
        Of the squared loss: no prediction goes below.
    squared_bias, variance, squared_error : Estimate
        Of the squared loss. noise + squared_bias + variance = squared_error, exactly.
    main_bias, main_variance, disagreement : Estimate
        Of the 0–1 loss: the share of points where the main vote is not the Bayes rule's; how often a prediction is not
        the main vote; how often it is not the Bayes rule's. The first two do NOT add up to the third.
    unbiased_variance, biased_variance : ndarray, shape (k,)
        The parts of `main_variance` where the main vote is right, and where it is wrong and departing from it helps:
        disagreement = main_bias + unbiased_variance − biased_variance.
    """

    stages: NDArray[np.int64]
    noise: float
    squared_bias: Estimate
    variance: Estimate
    squared_error: Estimate
    main_bias: Estimate
    main_variance: Estimate
    disagreement: Estimate
    unbiased_variance: Array
    biased_variance: Array


def decompose(redraws: Redraws) -> Decomposition:
    """Split squared loss and 0–1 loss over training sets.

    For a decision f trained on a random set, with f̄ = E f over sets and E y = 2η − 1 at a point where
    η = P(y = 1): E (y − f)² = 4η(1 − η) + (2η − 1 − f̄)² + E (f − f̄)². With the means over the R sets at hand this is
    exact; the R sets' mean f̄ is itself uncertain, so that the squared bias here is too large by variance / R.

    In 0–1 loss the main vote is the sign of most sets' predictions (+1 when tied). Intervals are value ± t · s.e. by
    the bootstrap over training sets; they take the points as given.

    References
    ----------
    Geman, S., Bienenstock, E., Doursat, R. (1992). Neural networks and the bias/variance dilemma. Neural Computation
    4(1), 1-58. doi:10.1162/neco.1992.4.1.1
    Domingos, P. (2000). A unified bias-variance decomposition. ICML 2000, 231-238.
    """
    f, eta = redraws.decisions, redraws.probability
    target, noise = 2 * eta - 1, 4 * eta * (1 - eta)
    signs = np.where(f >= 0, 1.0, -1.0)
    bayes = np.where(target >= 0, 1.0, -1.0)

    def squared(mean: Array, mean_square: Array) -> Array:
        bias = ((target - mean) ** 2).mean(axis=-1)
        variance = (mean_square - mean**2).mean(axis=-1)
        return np.array([bias, variance, noise.mean() + bias + variance])

    def voted(mean: Array) -> Array:
        main = np.where(mean >= 0, 1.0, -1.0)
        departs = (1 - main * mean) / 2  # the share of sets whose vote is not the main one
        wrong = main != bayes
        unbiased, biased = np.where(wrong, 0.0, departs).mean(axis=-1), np.where(wrong, departs, 0.0).mean(axis=-1)
        against = ((1 - bayes * mean) / 2).mean(axis=-1)
        return np.array([wrong.mean(axis=-1), unbiased + biased, against, unbiased, biased])

    mean, vote = f.mean(axis=0), signs.mean(axis=0)
    # From differences to the mean, not of squares: exact to rounding.
    variance = ((f - mean) ** 2).mean(axis=0)
    full = np.concatenate([squared(mean, variance + mean**2), voted(vote)])
    full[1] = variance.mean(axis=-1)
    full[2] = noise.mean() + ((target - f) ** 2).mean(axis=(0, 2))
    rng = np.random.default_rng(0)
    again = np.array([
        np.concatenate([squared(*(np.tensordot(share, a, 1) for a in (f, f**2))), voted(np.tensordot(share, signs, 1))])
        for share in rng.multinomial(len(f), np.full(len(f), 1 / len(f)), size=N_RESAMPLES) / len(f)
    ])  # fmt: skip
    reach = float(stdtrit(len(f) - 1, 0.975)) * again.std(axis=0, ddof=1)
    estimates = [Estimate(v, np.maximum(v - w, 0.0), v + w) for v, w in zip(full, reach, strict=True)]
    return Decomposition(
        stages=redraws.stages, noise=float(noise.mean()),
        squared_bias=estimates[0], variance=estimates[1], squared_error=estimates[2],
        main_bias=estimates[3], main_variance=estimates[4], disagreement=estimates[5],
        unbiased_variance=full[6], biased_variance=full[7],
    )  # fmt: skip


def bias_variance(
    dataset: str, *, stages: Sequence[int], report: Callable[[float], None] | None = None, **settings: Any
) -> Decomposition:
    """Run `redraw` and `decompose` it: for a worker, whose result has to travel.

    Parameters
    ----------
    dataset, stages, report
        As `redraw`.
    **settings
        Of `redraw`.
    """
    return decompose(redraw(dataset, stages=stages, report=report, **settings))


@dataclass(frozen=True, slots=True)
class Shares:
    """How far the training sets agree over the plane.

    Attributes
    ----------
    stages : ndarray of int, shape (k,)
    size : int
        Cells a side.
    agreement : ndarray, shape (k, size²)
        From −1 (every training set leads to −1 there) to 1, row by row; 0 where they are divided.
    divided : ndarray, shape (k,)
        The chance that two training sets lead to different votes at a point of the population.
    """

    stages: NDArray[np.int64]
    size: int
    agreement: Array
    divided: Array


def voting_shares(
    dataset: str,
    *,
    stages: Sequence[int],
    size: int = 40,
    n_sets: int = 15,
    spread: float = 0.25,
    seed: int = 0,
    report: Callable[[float], None] | None = None,
    **settings: Any,
) -> Shares:
    """Draw training sets again and map how many of them lead to either vote.

    Parameters
    ----------
    size : int
        Cells a side, 2 … 100; they cover the population.
    dataset, stages, n_sets, spread, seed, report
        As `redraw`.
    **settings
        Others of `redraw`, but for the points.
    """
    check_integer(size, "size", low=2, high=100)
    check_population(dataset, data.MIN_POINTS, spread, 0.0, n_sets, seed)
    everywhere, _ = data.draw(dataset, np.random.default_rng([0, 24]), 2000, spread)
    low, high = everywhere.min(axis=0), everywhere.max(axis=0)
    axes = [low[i] + (np.arange(size) + 0.5) / size * (high[i] - low[i]) for i in (0, 1)]
    cells = np.column_stack([np.tile(axes[0], size), np.repeat(axes[1], size)])
    drawn = redraw(
        dataset, stages=stages, n_sets=n_sets, spread=spread, seed=seed, report=report,
        points=np.concatenate([cells, everywhere[:400]]), **settings,
    )  # fmt: skip
    share = drawn.share_positive()
    at_points = share[:, len(cells) :]
    # Of two different sets out of R, of which R·s vote +1.
    divided = (2 * at_points * (1 - at_points) * n_sets / (n_sets - 1)).mean(axis=-1)
    return Shares(drawn.stages, size, 2 * share[:, : len(cells)] - 1, divided)


@dataclass(frozen=True, slots=True)
class Correlation:
    """How alike bagged trees are over redrawn training sets, and the variance of their average that follows.

    Attributes
    ----------
    stages : ndarray of int, shape (k,)
    rho : float
        Correlation of the votes of two trees of one training set.
    tree_variance : float
        σ², of one tree's vote.
    floor : float
        ρσ², which no number of trees goes below.
    predicted : ndarray, shape (k,)
        ρσ² + (1 − ρ)σ²/t.
    independent : ndarray, shape (k,)
        σ²/t, if every tree had a training set of its own.
    measured : Estimate
        Variance of the average of t trees over OTHER training sets than those that gave ρ and σ².
    """

    stages: NDArray[np.int64]
    rho: float
    tree_variance: float
    floor: float
    predicted: Array
    independent: Array
    measured: Estimate


def correlation(
    dataset: str,
    *,
    stages: Sequence[int],
    depth: int | None,
    n: int = 200,
    spread: float = 0.25,
    flip: float = 0.0,
    features: int | None = None,
    subsample: float = 1.0,
    n_sets: int = 24,
    seed: int = 0,
    n_points: int = 400,
    report: Callable[[float], None] | None = None,
) -> Correlation:
    """Measure ρ and σ² of bagged trees on half of the redrawn sets, and predict the variance on the other half.

    Over training sets Z and resampling Θ, Var h = σ² splits into Var_Z E[h | Z] = ρσ², which all trees of a set share,
    and E_Z Var[h | Z] = (1 − ρ)σ², which averaging divides by the number of trees. Both come from a one-way analysis of
    variance with sets as groups: within s² = mean over sets of the trees' variance, between = Var(set means) − s²/T.
    The variances are averaged over the points, then divided.

    Parameters
    ----------
    n_sets : int
        6 … 200; an odd one is cut by one.
    dataset, stages, depth, n, spread, flip, features, subsample, seed, n_points, report
        As `redraw`; the last stage at least 2.

    Raises
    ------
    InvalidArgument
        An argument out of its range.

    References
    ----------
    Breiman, L. (2001). Random forests. Machine Learning 45, 5-32. doi:10.1023/A:1010933404324
    """
    asked = check_population(dataset, n, spread, flip, n_sets, seed)
    check_integer(n_sets, "n_sets", low=6, high=MAX_SETS)
    at = check_stages(stages, n_sets)
    n_trees = check_integer(int(at[-1]), "stages", low=2)
    fits.check_settings(n_trees, depth, features, 2)
    check_between(subsample, "subsample", 0.05, 1.0)
    check_integer(n_points, "n_points", low=1, high=data.MAX_TEST_POINTS)
    n_sets -= n_sets % 2
    x, y = draw_sets(asked, n, spread, flip, n_sets, seed)
    where, _ = data.draw(dataset, np.random.default_rng([seed, 22]), n_points, spread)
    votes = np.empty((n_sets, n_trees, len(where)), dtype=np.int8)
    for r in range(n_sets):
        if report:
            report(r / n_sets)
        votes[r] = fits.bag(x[r], y[r], n_trees, depth, features, subsample, set_seed(seed, r)).trees.votes(where)
    half = n_sets // 2
    rho, variance = vote_correlation(votes[:half])
    running = np.cumsum(votes[half:], axis=1, dtype=np.int64)[:, at - 1] / at[:, np.newaxis]
    measured = running.var(axis=0, ddof=1).mean(axis=-1)
    without = np.array([np.delete(running, r, axis=0).var(axis=0, ddof=1).mean(axis=-1) for r in range(half)])
    reach = float(stdtrit(half - 1, 0.975)) * np.sqrt((half - 1) * without.var(axis=0))
    return Correlation(
        stages=at, rho=rho, tree_variance=variance, floor=rho * variance,
        predicted=rho * variance + (1 - rho) * variance / at, independent=variance / at,
        measured=Estimate(measured, np.maximum(measured - reach, 0.0), measured + reach),
    )  # fmt: skip


def vote_correlation(votes: NDArray[np.int8]) -> tuple[float, float]:
    """Return ρ and σ² of votes of shape (R, T, m): R sets, T trees each, m points."""
    n_trees = votes.shape[1]
    within = votes.var(axis=1, ddof=1).mean()
    shared = votes.mean(axis=1).var(axis=0, ddof=1).mean() - within / n_trees
    variance = float(shared + within)
    return (float(shared) / variance if variance > 0 else 0.0), variance


def set_seed(seed: int, r: int) -> int:
    """Return the seed of the r-th training set's learner."""
    return seed * MAX_SETS + r


def draw_sets(dataset: str, n: int, spread: float, flip: float, n_sets: int, seed: int) -> tuple[Array, Array]:
    """Draw R training sets with flipped labels, shapes (R, n, 2) and (R, n)."""
    x, y = data.draw(dataset, np.random.default_rng([seed, 21]), n_sets * n, spread)
    labels = y.reshape(n_sets, n)
    rng = np.random.default_rng([seed, 23])
    seen = np.array([data.flip_labels(row, flip, rng)[0] for row in labels])
    return x.reshape(n_sets, n, 2), seen


def check_population(dataset: str, n: int, spread: float, flip: float, n_sets: int, seed: int) -> str:
    """Refuse what cannot be drawn again."""
    check_integer(n, "n", low=data.MIN_POINTS, high=data.MAX_POINTS)
    data.check_spread(spread)
    data.check_flip(flip)
    check_integer(n_sets, "n_sets", low=2, high=MAX_SETS)
    check_integer(seed, "seed", low=0)
    return check_choice(dataset, "dataset", data.POPULATIONS)


def check_stages(stages: Sequence[int], n_sets: int) -> NDArray[np.int64]:
    """Return increasing numbers of trees, or raise `InvalidArgument`."""
    if not len(stages):
        raise InvalidArgument("too_few", argument="stages", low=1, value=0)
    at = np.array([check_integer(stage, "stages", low=1, high=fits.MAX_TREES) for stage in sorted(set(stages))])
    if at[-1] * n_sets > MAX_TREES_GROWN:
        raise InvalidArgument("too_many", argument="n_sets × stages", high=MAX_TREES_GROWN, value=int(at[-1] * n_sets))
    return at
