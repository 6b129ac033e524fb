"""AdaBoost: trees in sequence on reweighted points, and the bound on their training error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.bagging_vs_boosting.methods import check_training_set, check_tree_settings, cumulative_sum
from core.bagging_vs_boosting.stumps import Array, Stumps, StumpSearch
from core.bagging_vs_boosting.trees import Trees, draw_feature_masks, tree_grower, tree_seeds, tree_votes
from core.validate import check_between, check_integer

ENDINGS = ("completed", "perfect", "chance")

# A weighted error that differs from ½ by at most this is ½ up to rounding.
_CHANCE = 1e-12


@dataclass(frozen=True, slots=True)
class AdaBoost:
    """Discrete AdaBoost, round by round.

    Attributes
    ----------
    trees : Stumps or Trees
    weights : ndarray, shape (n_trees, n)
        The distribution on which each tree was grown; after the last round, that of the last round.
    weighted_errors : ndarray, shape (n_trees,)
        ε of each tree under its own distribution; nan after the last round.
    alphas : ndarray, shape (n_trees,)
        Vote weight of each tree; 0 after the last round.
    bound : ndarray, shape (n_trees,)
        ∏ Z, an upper bound of the training error.
    votes : ndarray of int8, shape (n_trees, n)
        Each tree's vote on each training point.
    n_rounds : int
        Number of trees with a positive vote weight.
    ended : str
        One of `ENDINGS`: ``perfect`` if a tree had ε = 0, ``chance`` if a tree had ε ≥ ½ (whose vote weight is 0).
    """

    trees: Stumps | Trees
    weights: Array
    weighted_errors: Array
    alphas: Array
    bound: Array
    votes: NDArray[np.int8]
    n_rounds: int
    ended: str

    def decision(self, points: Array) -> Array:
        """Return Σ αh / Σ α over the first 1, 2, … rounds in [−1, 1], shape (n_trees, m).

        Constant after the last round.
        """
        return self.votes_and_decision(points)[1]

    def votes_and_decision(self, points: Array) -> tuple[NDArray[np.int8], Array]:
        """Return each tree's vote, −1 or +1, and the `decision` with it, both of shape (n_trees, m)."""
        votes = self.trees.votes(points)
        return votes, weighted_mean(votes, self.alphas[:, np.newaxis])

    def estimate(self, points: Array) -> Array:
        """Return 2p − 1 = tanh(Σ αh), shape (n_trees, m), where the vote is taken as half the log odds.

        From a tree without error on, whose α is infinite, it is that tree's vote.

        References
        ----------
        Friedman, J., Hastie, T., Tibshirani, R. (2000). Additive logistic regression: a statistical view of boosting.
        Annals of Statistics 28(2), 337-407. doi:10.1214/aos/1016218223
        """
        return estimate(self.trees.votes(points), self.alphas[:, np.newaxis], self.weighted_errors[:, np.newaxis])


def fit_adaboost(
    points: ArrayLike,
    labels: ArrayLike,
    *,
    n_trees: int,
    depth: int | None,
    features: int | None = None,
    learning_rate: float = 1.0,
    seed: int = 0,
) -> AdaBoost:
    """Grow trees in sequence, each on a distribution that depends on the errors of the previous trees.

    Start from w₁(i) = 1/n. Tree h_t has the weighted error ε_t = Σ w_t(i) [h_t(x_i) ≠ y_i] and gets the vote weight
    α_t = ν · ½ ln((1 − ε_t)/ε_t). The next distribution is w_{t+1}(i) = w_t(i) exp(−α_t y_i h_t(x_i)) / Z_t, where
    Z_t = Σ w_t exp(−α_t y h_t) = (1 − ε_t) e^{−α_t} + ε_t e^{α_t}.

    Bound on the training error: unrolling the update gives w_{T+1}(i) ∏ Z_t = (1/n) exp(−y_i F(x_i)) with F = Σ α_t
    h_t. The left side sums to ∏ Z_t. On the right, exp(−yF) ≥ [yF ≤ 0], because the exponent is non-negative where the
    vote is wrong. Hence the training error is at most (1/n) Σ exp(−y_i F(x_i)) = ∏ Z_t. Z_t is smallest at ν = 1, where
    e^{α_t} = √((1 − ε_t)/ε_t) makes it 2√(ε_t (1 − ε_t)), which is below 1 unless ε_t = ½.

    Boosting ends at a tree with ε_t = 0, whose α would be infinite; its vote weight is set so that it outvotes all
    previous trees. Boosting ends before a tree with ε_t ≥ ½, which is no better than chance.

    Parameters
    ----------
    points, labels, n_trees, depth, features, seed
        As in `fit_bagging`.
    learning_rate : float
        ν, 0.01 … 2.

    Returns
    -------
    AdaBoost

    Raises
    ------
    InvalidArgument
        As `fit_bagging`; ``learning_rate`` outside 0.01 … 2.

    References
    ----------
    Freund, Y., Schapire, R. E. (1997). A decision-theoretic generalization of on-line learning and an application to
    boosting. Journal of Computer and System Sciences 55(1), 119-139. doi:10.1006/jcss.1997.1504

    Examples
    --------
    >>> points = [[0.0], [1.0], [2.0], [3.0]]
    >>> ensemble = fit_adaboost(points, [1, 1, -1, 1], n_trees=1, depth=1)
    >>> float(ensemble.weighted_errors[0]), round(float(ensemble.alphas[0]), 4)
    (0.25, 0.5493)
    >>> fit_adaboost(points, [-1, -1, 1, 1], n_trees=5, depth=1).ended
    'perfect'
    """
    x, y = check_training_set(points, labels)
    check_tree_settings(n_trees, depth, features, x.shape[-1])
    check_between(learning_rate, "learning_rate", 0.01, 2.0)
    check_integer(seed, "seed", low=0)
    return boost(x, y, n_trees, depth, features, learning_rate, seed)


def boost(
    x: Array, y: Array, n_trees: int, depth: int | None, features: int | None, learning_rate: float, seed: int
) -> AdaBoost:
    """Run `fit_adaboost` on arguments that are already checked."""
    if depth == 1:
        masks = draw_feature_masks(n_trees, x.shape[1], features, seed)
        stumps, run = boost_stumps(x[np.newaxis], y[np.newaxis], n_trees, learning_rate, masks)
        return _first_set(stumps.of_set(0), run)
    grow, seeds, grown = tree_grower(x, y, depth, features), tree_seeds(n_trees, seed), []
    as_float32 = x.astype(np.float32)

    def grow_next(weights: Array, round_: int) -> NDArray[np.int8]:
        grown.append(grow(weights[0], seeds[round_]))
        return tree_votes(grown[-1], as_float32)[np.newaxis]

    run = run_rounds(y[np.newaxis], n_trees, learning_rate, grow_next)
    # Fill the rounds after the end with the last tree; their vote weight is 0.
    return _first_set(Trees(tuple(grown + [grown[-1]] * (n_trees - len(grown)))), run)


@dataclass(frozen=True, slots=True)
class Rounds:
    """AdaBoost's rounds on S training sets.

    Attributes
    ----------
    weights : ndarray, shape (S, n_trees, n)
    weighted_errors, alphas, bound : ndarray, shape (S, n_trees)
    votes : ndarray of int8, shape (S, n_trees, n)
    endings : tuple of str, length S
        See `AdaBoost`.
    """

    weights: Array
    weighted_errors: Array
    alphas: Array
    bound: Array
    votes: NDArray[np.int8]
    endings: tuple[str, ...]


def boost_stumps(
    x: Array, y: Array, n_trees: int, learning_rate: float, masks: NDArray[np.bool_] | None = None
) -> tuple[Stumps, Rounds]:
    """Boost stumps on S training sets at once.

    Parameters
    ----------
    x : ndarray, shape (S, n, d)
    y : ndarray, shape (S, n)
    n_trees : int
    learning_rate : float
    masks : ndarray of bool, shape (n_trees, d) or None
        Features that the stump of each round may use.

    Returns
    -------
    stumps : Stumps
        Of shape (S, n_trees).
    rounds : Rounds
    """
    search = StumpSearch(x, y)
    rounds: list[Stumps] = []

    def grow_next(weights: Array, round_: int) -> NDArray[np.int8]:
        features = None if masks is None else np.broadcast_to(masks[round_], (len(x), 1, x.shape[-1]))
        rounds.append(search.best(weights[:, np.newaxis], features))
        return rounds[-1].votes_on_own(x)[:, 0]

    run = run_rounds(y, n_trees, learning_rate, grow_next)
    rounds += [rounds[-1]] * (n_trees - len(rounds))
    stumps = Stumps(
        np.concatenate([stump.feature for stump in rounds], axis=1),
        *(
            np.concatenate([getattr(stump, name) for stump in rounds], axis=1)
            for name in ("threshold", "left", "right")
        ),
    )
    return stumps, run


def run_rounds(
    y: Array, n_trees: int, learning_rate: float, grow_next: Callable[[Array, int], NDArray[np.int8]]
) -> Rounds:
    """Run AdaBoost's rounds on S training sets at once; see `fit_adaboost`.

    Parameters
    ----------
    y : ndarray, shape (S, n)
    n_trees : int
    learning_rate : float
    grow_next : callable
        Called as ``grow_next(weights, round)`` with weights of shape (S, n); grows the next tree of every set and
        returns the trees' votes, shape (S, n).

    Returns
    -------
    Rounds

    Examples
    --------
    >>> labels = np.array([[1.0, 1.0, 1.0, -1.0]])
    >>> rounds = run_rounds(labels, 1, 1.0, lambda weights, round_: np.ones((1, 4), dtype=np.int8))
    >>> round(float(rounds.alphas[0, 0]), 4), round(float(rounds.bound[0, 0]), 4)
    (0.5493, 0.866)
    """
    sets, n = y.shape
    weights = np.empty((sets, n_trees, n))
    votes = np.empty((sets, n_trees, n), dtype=np.int8)
    errors, alphas = np.full((sets, n_trees), np.nan), np.zeros((sets, n_trees))
    factors = np.ones((sets, n_trees))
    w = np.full((sets, n), 1 / n)
    running = np.ones(sets, dtype=bool)
    for t in range(n_trees):
        h = grow_next(w, t)
        weights[:, t], votes[:, t] = w, h
        error = np.minimum((w * (h != y)).sum(axis=1), 1.0)
        errors[:, t] = np.where(running, error, np.nan)
        running &= (error > 0) & (error < 0.5 - _CHANCE)
        if not running.any():
            weights[:, t + 1 :], votes[:, t + 1 :] = w[:, np.newaxis], h[:, np.newaxis]
            break
        # A set that has ended keeps its weights: an error of ½ gives the vote weight 0.
        e = np.where(running, error, 0.5)
        alphas[:, t] = learning_rate * np.log((1 - e) / e) / 2
        updated = w * np.exp(-alphas[:, t, np.newaxis] * y * h)
        factors[:, t] = np.where(running, updated.sum(axis=1), 1.0)
        w = updated / factors[:, t, np.newaxis]
    perfect, chance = errors == 0, errors >= 0.5 - _CHANCE
    # A tree without errors outvotes all previous trees.
    alphas = np.where(perfect, 1 + alphas.sum(axis=1, keepdims=True), alphas)
    factors[perfect] = 0.0
    bound: Array = np.cumprod(factors, axis=1, dtype=np.float64)
    endings = np.select([perfect.any(axis=1), chance.any(axis=1)], ["perfect", "chance"], "completed")
    return Rounds(weights, errors, alphas, bound, votes, tuple(endings.tolist()))


def _first_set(trees: Stumps | Trees, run: Rounds) -> AdaBoost:
    """Return the rounds of the first training set as an `AdaBoost`."""
    return AdaBoost(
        trees,
        run.weights[0],
        run.weighted_errors[0],
        run.alphas[0],
        run.bound[0],
        run.votes[0],
        n_rounds=int(np.count_nonzero(run.alphas[0])),
        ended=run.endings[0],
    )


def estimate(votes: NDArray[np.int8], alphas: Array, errors: Array) -> Array:
    """Return tanh(Σ αh) over the first 1, 2, … of votes (T, m).

    ``alphas`` and weighted ``errors`` have shape (T, 1). A tree of error 0 has an infinite α here.
    """
    infinite = np.where(errors == 0, np.inf, alphas)
    # Rounds after the end have α = 0, so that no infinite votes of opposite signs are added.
    estimated: Array = np.tanh(cumulative_sum(infinite * votes))
    return estimated


def weighted_mean(votes: NDArray[np.int8], alphas: Array) -> Array:
    """Return the mean of the first 1, 2, … of votes (T, m) with vote weights (T, 1); 0 if all are zero."""
    weight = np.cumsum(alphas, axis=0)
    mean = cumulative_sum(alphas * votes)
    mean /= np.where(weight > 0, weight, 1.0)
    return mean
