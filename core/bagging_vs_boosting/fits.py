"""Bagging, AdaBoost and gradient boosting that keep all their rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.bagging_vs_boosting.stumps import Array, Stumps, StumpSearch
from core.lazy_imports import importing
from core.validate import InvalidArgument, check_between, check_integer, check_vector

MAX_TREES, MAX_DEPTH = 200, 20
METHODS = ("bagging", "adaboost", "gradient")
ENDINGS = ("completed", "perfect", "chance")

# A weighted error within this of ½ is rounding: the learner knows nothing.
_CHANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Trees:
    """Grown scikit-learn trees, whose leaves hold the weighted mean of the labels −1 and +1."""

    grown: tuple[Any, ...]

    def votes(self, points: Array) -> NDArray[np.int8]:
        """Return each tree's vote on each point, −1 or +1, shape (n_trees, m)."""
        as_float32 = points.astype(np.float32)
        voted = np.empty((len(self.grown), len(points)), dtype=np.int8)
        for row, tree in zip(voted, self.grown, strict=True):
            row[:] = np.where(tree.predict(as_float32).ravel() > 0, 1, -1)
        return voted


@dataclass(frozen=True, slots=True)
class Bagging:
    """Trees on bootstrap samples, each with one vote.

    Attributes
    ----------
    trees : Stumps or Trees
    counts : ndarray of int, shape (n_trees, n)
        How often each bootstrap sample drew each training point; 0 is out of bag.
    votes : ndarray of int8, shape (n_trees, n)
        Each tree's vote on each training point.
    """

    trees: Stumps | Trees
    counts: NDArray[np.int64]
    votes: NDArray[np.int8]

    def decision(self, points: Array) -> Array:
        """Return the mean vote of the first 1, 2, … trees in [−1, 1], shape (n_trees, m)."""
        return self.said(points)[1]

    def said(self, points: Array) -> tuple[NDArray[np.int8], Array]:
        """Return each tree's vote, −1 or +1, and the `decision` with it, both of shape (n_trees, m)."""
        votes = self.trees.votes(points)
        return votes, _running_mean(votes)

    def oob_decision(self) -> Array:
        """Return the mean vote of the trees that have not seen a point, shape (n_trees, n); nan before the first."""
        unseen = self.counts == 0
        total = np.cumsum(np.where(unseen, self.votes, 0), axis=0)
        heard = np.cumsum(unseen, axis=0)
        mean: Array = np.divide(total, heard, out=np.full(total.shape, np.nan), where=heard > 0)
        return mean


@dataclass(frozen=True, slots=True)
class AdaBoost:
    """Discrete AdaBoost, round by round.

    Attributes
    ----------
    trees : Stumps or Trees
    weights : ndarray, shape (n_trees, n)
        The distribution that each tree was grown on; after the last round, the last one.
    weighted_errors : ndarray, shape (n_trees,)
        ε of each tree under its own distribution; nan after the last round.
    alphas : ndarray, shape (n_trees,)
        Each tree's say; 0 after the last round.
    bound : ndarray, shape (n_trees,)
        ∏ Z, which no training error exceeds.
    votes : ndarray of int8, shape (n_trees, n)
    n_rounds : int
        Trees that have a say.
    ended : str
        Of `ENDINGS`: ``perfect`` if a tree had ε = 0, ``chance`` if one had ε ≥ ½ (that one has no say).
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
        """Return Σ αh / Σ α over the first 1, 2, … rounds in [−1, 1], shape (n_trees, m); the last value is held."""
        return self.said(points)[1]

    def said(self, points: Array) -> tuple[NDArray[np.int8], Array]:
        """Return each tree's vote, −1 or +1, and the `decision` with it, both of shape (n_trees, m)."""
        votes = self.trees.votes(points)
        return votes, weighted_mean(votes, self.alphas[:, np.newaxis])

    def estimate(self, points: Array) -> Array:
        """Return 2p − 1 = tanh(Σ αh), shape (n_trees, m): the vote read as half the log odds that it estimates.

        References
        ----------
        Friedman, J., Hastie, T., Tibshirani, R. (2000). Additive logistic regression: a statistical view of boosting.
        Annals of Statistics 28(2), 337-407. doi:10.1214/aos/1016218223
        """
        return estimate(self.trees.votes(points), self.alphas[:, np.newaxis])


@dataclass(frozen=True, slots=True)
class GradientBoosting:
    """Regression trees on the gradient of the log loss, by scikit-learn.

    Attributes
    ----------
    model : GradientBoostingClassifier or None
        None if there was one class only.
    constant : float
        The one class, if there was only one.
    start : float
        F before any tree: the log odds of the classes.
    n_trees : int
    """

    model: Any
    constant: float
    start: float
    n_trees: int

    def decision(self, points: Array) -> Array:
        """Return 2p − 1 = tanh(F/2) after 1, 2, … trees in [−1, 1], shape (n_trees, m)."""
        return self.said(points)[1]

    def said(self, points: Array) -> tuple[NDArray[np.int8], Array]:
        """Return the direction, −1 or +1, in which each tree pushes, and the `decision` with it: (n_trees, m) both."""
        if self.model is None:
            constant = np.full((self.n_trees, len(points)), self.constant)
            return constant.astype(np.int8), constant
        scores = self._scores(points)
        return np.where(np.diff(scores, axis=0) > 0, 1, -1).astype(np.int8), np.tanh(scores[1:] / 2)

    def decision_before(self, points: Array) -> Array:
        """Return 2p − 1 before the 1st, 2nd, … tree, shape (n_trees, m): y − that is twice the tree's residual."""
        if self.model is None:
            return np.full((self.n_trees, len(points)), self.constant)
        return np.tanh(self._scores(points)[:-1] / 2)

    def _scores(self, points: Array) -> Array:
        """Return F before any tree and after 1, 2, …, shape (n_trees + 1, m)."""
        staged = np.array([f.ravel() for f in self.model.staged_decision_function(points)])
        return np.concatenate([np.full((1, len(points)), self.start), staged])


def fit_bagging(
    points: ArrayLike,
    labels: ArrayLike,
    *,
    n_trees: int,
    depth: int | None,
    features: int | None = None,
    subsample: float = 1.0,
    seed: int = 0,
) -> Bagging:
    """Grow trees on bootstrap samples: f_T(x) = (1/T) Σ h_t(x).

    A point is left out of a sample of n draws with probability (1 − 1/n)ⁿ → 1/e, so that each tree has some 37 % of
    the points on which it can be tested. The first t trees are the same whatever ``n_trees`` is.

    Parameters
    ----------
    points, labels : array_like, shapes (n, d), (n,)
        Labels are −1 and +1.
    n_trees : int
        1 … 200.
    depth : int or None
        Of every tree, 1 … 20, or None to grow until the leaves are pure. Depth 1 takes the threshold of least weighted
        error; deeper trees are scikit-learn's, split by squared error, which for two classes is the Gini index.
    features : int or None
        Features that a split may choose from, drawn anew for each split (as in a random forest); None for all.
    subsample : float
        Draws, with replacement, as a share of n: 0.05 … 1.
    seed : int

    Raises
    ------
    InvalidArgument
        Labels that are not −1 or +1, points that are not finite, an argument out of its range.

    References
    ----------
    Breiman, L. (1996). Bagging predictors. Machine Learning 24, 123-140. doi:10.1007/BF00058655
    """
    x, y = check_training_set(points, labels)
    check_settings(n_trees, depth, features, x.shape[-1])
    check_between(subsample, "subsample", 0.05, 1.0)
    check_integer(seed, "seed", low=0)
    return bag(x, y, n_trees, depth, features, subsample, seed)


def bag(
    x: Array, y: Array, n_trees: int, depth: int | None, features: int | None, subsample: float, seed: int
) -> Bagging:
    """Do what `fit_bagging` says, its arguments already checked."""
    n, d = x.shape
    counts = draw_bootstraps(n_trees, n, subsample, seed)
    if depth == 1:
        asked = _draw_features(n_trees, d, features, seed)
        best = StumpSearch(x[np.newaxis], y[np.newaxis]).best(
            counts[np.newaxis].astype(np.float64), None if asked is None else asked[np.newaxis]
        )
        trees: Stumps | Trees = best.of_set(0)
    else:
        grow = _grower(x, y, depth, features)
        states = _tree_seeds(n_trees, seed)
        trees = Trees(tuple(grow(row, state) for row, state in zip(counts.astype(np.float64), states, strict=True)))
    return Bagging(trees, counts, trees.votes(x))


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
    """Grow trees in sequence, each on the distribution that the mistakes of those before have shaped.

    From w₁(i) = 1/n: tree h_t has the weighted error ε_t = Σ w_t(i) [h_t(x_i) ≠ y_i], gets the say
    α_t = ν · ½ ln((1 − ε_t)/ε_t), and w_{t+1}(i) = w_t(i) exp(−α_t y_i h_t(x_i)) / Z_t, where
    Z_t = Σ w_t exp(−α_t y h_t) = (1 − ε_t) e^{−α_t} + ε_t e^{α_t}.

    The bound on the training error: unrolling the update gives w_{T+1}(i) ∏ Z_t = (1/n) exp(−y_i F(x_i)) with
    F = Σ α_t h_t. The left side sums to ∏ Z_t; on the right, exp(−yF) ≥ [yF ≤ 0], since the exponent is not negative
    where the vote is wrong. Hence training error ≤ (1/n) Σ exp(−y_i F(x_i)) = ∏ Z_t. Z_t is least at ν = 1, where
    e^{α_t} = √((1 − ε_t)/ε_t) makes it 2√(ε_t (1 − ε_t)): below 1 as long as ε_t differs from ½.

    Boosting ends at a tree with ε_t = 0, whose α would be infinite: it is given a say that outvotes all others. It ends
    before a tree with ε_t ≥ ½, which is no better than chance.

    Parameters
    ----------
    points, labels, n_trees, depth, features, seed
        As `fit_bagging`.
    learning_rate : float
        ν, 0.01 … 2.

    Raises
    ------
    InvalidArgument
        As `fit_bagging`.

    References
    ----------
    Freund, Y., Schapire, R. E. (1997). A decision-theoretic generalization of on-line learning and an application to
    boosting. Journal of Computer and System Sciences 55(1), 119-139. doi:10.1006/jcss.1997.1504
    """
    x, y = check_training_set(points, labels)
    check_settings(n_trees, depth, features, x.shape[-1])
    check_between(learning_rate, "learning_rate", 0.01, 2.0)
    check_integer(seed, "seed", low=0)
    return boost(x, y, n_trees, depth, features, learning_rate, seed)


def boost(
    x: Array, y: Array, n_trees: int, depth: int | None, features: int | None, learning_rate: float, seed: int
) -> AdaBoost:
    """Do what `fit_adaboost` says, its arguments already checked."""
    if depth == 1:
        asked = _draw_features(n_trees, x.shape[1], features, seed)
        stumps, run = boost_stumps(x[np.newaxis], y[np.newaxis], n_trees, learning_rate, asked)
        return _adaboost(stumps.of_set(0), run)
    grow, as_float32 = _grower(x, y, depth, features), x.astype(np.float32)
    states, grown = _tree_seeds(n_trees, seed), []

    def grow_next(weights: Array, round_: int) -> NDArray[np.int8]:
        grown.append(grow(weights[0], states[round_]))
        return np.where(grown[-1].predict(as_float32).ravel() > 0, 1, -1).astype(np.int8)[np.newaxis]

    run = run_rounds(y[np.newaxis], n_trees, learning_rate, grow_next)
    # Rounds that were not needed keep the last tree, without a say.
    return _adaboost(Trees(tuple(grown + [grown[-1]] * (n_trees - len(grown)))), run)


def fit_gradient_boosting(
    points: ArrayLike,
    labels: ArrayLike,
    *,
    n_trees: int,
    depth: int | None,
    features: int | None = None,
    subsample: float = 1.0,
    learning_rate: float = 0.1,
    seed: int = 0,
) -> GradientBoosting:
    """Add regression trees that follow the gradient of the log loss: F_t = F_{t−1} + ν h_t, P(y = 1) = 1/(1 + e^{−F}).

    Parameters
    ----------
    points, labels, n_trees, depth, features, seed
        As `fit_bagging`.
    subsample : float
        Share of the points, drawn without replacement, that each tree is grown on.
    learning_rate : float
        ν, 0.01 … 2.

    Raises
    ------
    InvalidArgument
        As `fit_bagging`.

    References
    ----------
    Friedman, J. H. (2001). Greedy function approximation: a gradient boosting machine. Annals of Statistics 29(5),
    1189-1232. doi:10.1214/aos/1013203451
    """
    x, y = check_training_set(points, labels)
    check_settings(n_trees, depth, features, x.shape[-1])
    check_between(subsample, "subsample", 0.05, 1.0)
    check_between(learning_rate, "learning_rate", 0.01, 2.0)
    check_integer(seed, "seed", low=0)
    return boost_gradient(x, y, n_trees, depth, features, subsample, learning_rate, seed)


def boost_gradient(
    x: Array,
    y: Array,
    n_trees: int,
    depth: int | None,
    features: int | None,
    subsample: float,
    learning_rate: float,
    seed: int,
) -> GradientBoosting:
    """Do what `fit_gradient_boosting` says, its arguments already checked."""
    if (y == y[0]).all():
        return GradientBoosting(None, float(y[0]), 0.0, n_trees)
    with importing:
        from sklearn import config_context
        from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(
        n_estimators=n_trees, max_depth=depth, learning_rate=learning_rate, max_features=features,
        subsample=max(subsample, 2 / len(y)), random_state=seed,
    )  # fmt: skip
    # Weights that grow beyond all bounds on pure leaves are clipped by scikit-learn.
    with np.errstate(all="ignore"), config_context(assume_finite=True, skip_parameter_validation=True):
        model.fit(x, y > 0)
    return GradientBoosting(model, 0.0, float(np.log((y > 0).sum() / (y < 0).sum())), n_trees)


def error_rate(decision: Array, labels: Array) -> Array:
    """Return the share of wrong signs along the last axis; a tied vote is half a mistake, nan (no vote) left out."""
    judged = np.isfinite(decision)
    wrong = np.where(judged, (1 - np.sign(np.where(judged, decision, 0.0)) * labels) / 2, 0.0)
    number = judged.sum(axis=-1)
    rate: Array = np.divide(wrong.sum(axis=-1), number, out=np.full(number.shape, np.nan), where=number > 0)
    return rate


def draw_bootstraps(n_trees: int, n: int, subsample: float, seed: int) -> NDArray[np.int64]:
    """Count how often each of n points is drawn by each tree, shape (n_trees, n)."""
    size = max(1, round(subsample * n))
    drawn = np.random.default_rng([seed, 11]).integers(n, size=(n_trees, size))
    return np.bincount((drawn + n * np.arange(n_trees)[:, np.newaxis]).ravel(), minlength=n_trees * n).reshape(
        n_trees, n
    )


@dataclass(frozen=True, slots=True)
class Rounds:
    """AdaBoost's rounds on S training sets: arrays of shape (S, n_trees), `weights` and `votes` (S, n_trees, n)."""

    weights: Array
    weighted_errors: Array
    alphas: Array
    bound: Array
    votes: NDArray[np.int8]
    endings: tuple[str, ...]


def boost_stumps(
    x: Array, y: Array, n_trees: int, learning_rate: float, asked: NDArray[np.bool_] | None = None
) -> tuple[Stumps, Rounds]:
    """Boost stumps on S training sets at once: points (S, n, d), labels (S, n), stumps of shape (S, n_trees)."""
    search = StumpSearch(x, y)
    found: list[Stumps] = []

    def grow_next(weights: Array, round_: int) -> NDArray[np.int8]:
        features = None if asked is None else np.broadcast_to(asked[round_], (len(x), 1, x.shape[-1]))
        found.append(search.best(weights[:, np.newaxis], features))
        return found[-1].votes_on_own(x)[:, 0]

    run = run_rounds(y, n_trees, learning_rate, grow_next)
    found += [found[-1]] * (n_trees - len(found))
    stumps = Stumps(
        np.concatenate([stump.feature for stump in found], axis=1),
        *(np.concatenate([getattr(stump, name) for stump in found], axis=1) for name in ("threshold", "left", "right")),
    )
    return stumps, run


def run_rounds(
    y: Array, n_trees: int, learning_rate: float, grow_next: Callable[[Array, int], NDArray[np.int8]]
) -> Rounds:
    """Run AdaBoost's rounds on S training sets at once; see `fit_adaboost`.

    ``grow_next(weights, round)`` grows the next tree of every set on weights (S, n) and returns their votes (S, n).
    """
    sets, n = y.shape
    weights = np.empty((sets, n_trees, n))
    votes = np.empty((sets, n_trees, n), dtype=np.int8)
    errors, alphas = np.full((sets, n_trees), np.nan), np.zeros((sets, n_trees))
    factors = np.ones((sets, n_trees))
    endings = np.full(sets, "completed", dtype="<U9")
    w = np.full((sets, n), 1 / n)
    running = np.ones(sets, dtype=bool)
    for t in range(n_trees):
        h = grow_next(w, t)
        weights[:, t], votes[:, t] = w, h
        error = np.minimum((w * (h != y)).sum(axis=1), 1.0)
        errors[:, t] = np.where(running, error, np.nan)
        perfect, chance = running & (error == 0), running & (error >= 0.5 - _CHANCE)
        endings[perfect], endings[chance] = "perfect", "chance"
        alphas[perfect, t] = 1 + alphas[perfect].sum(axis=1)
        factors[perfect, t] = 0.0
        running &= ~(perfect | chance)
        if running.any():
            e = error[running]
            alpha = learning_rate * np.log((1 - e) / e) / 2
            grown = w[running] * np.exp(-alpha[:, np.newaxis] * y[running] * h[running])
            alphas[running, t] = alpha
            factors[running, t] = grown.sum(axis=1)
            w[running] = grown / grown.sum(axis=1, keepdims=True)
        else:
            weights[:, t + 1 :], votes[:, t + 1 :] = w[:, np.newaxis], h[:, np.newaxis]
            break
    bound: Array = np.cumprod(factors, axis=1, dtype=np.float64)
    return Rounds(weights, errors, alphas, bound, votes, tuple(endings.tolist()))


def _adaboost(trees: Stumps | Trees, run: Rounds) -> AdaBoost:
    return AdaBoost(
        trees, run.weights[0], run.weighted_errors[0], run.alphas[0], run.bound[0], run.votes[0],
        n_rounds=int(np.count_nonzero(run.alphas[0])), ended=run.endings[0],
    )  # fmt: skip


def _running_mean(votes: NDArray[np.int8]) -> Array:
    total = np.cumsum(votes, axis=-2, dtype=np.int64)
    mean: Array = total / np.arange(1, votes.shape[-2] + 1)[:, np.newaxis]
    return mean


def estimate(votes: NDArray[np.int8], alphas: Array) -> Array:
    """Return tanh(Σ αh) over the first 1, 2, … of votes (…, T, m) with alphas (…, T, 1)."""
    estimated: Array = np.tanh(np.cumsum(alphas * votes, axis=-2))
    return estimated


def weighted_mean(votes: NDArray[np.int8], alphas: Array) -> Array:
    """Average votes (…, T, m) by alphas (…, T, 1) over the first 1, 2, … of them; 0 while none has a say."""
    total, say = np.cumsum(alphas * votes, axis=-2), np.cumsum(alphas, axis=-2)
    return np.divide(total, say, out=np.zeros_like(total), where=say > 0)


def _grower(x: Array, y: Array, depth: int | None, features: int | None) -> Callable[[Array, int], Any]:
    """Return a function that grows a scikit-learn tree on weighted points."""
    with importing:
        from sklearn import config_context
        from sklearn.tree import DecisionTreeRegressor

    as_float32 = np.asfortranarray(x, dtype=np.float32)
    # Half of what a small tree takes would be making its generator and checking anew what has been checked.
    random = np.random.RandomState(0)

    def grow(weights: Array, state: int) -> Any:
        random.seed(state)
        tree = DecisionTreeRegressor(max_depth=depth, max_features=features, random_state=random)
        with config_context(assume_finite=True, skip_parameter_validation=True):
            return tree.fit(as_float32, y, sample_weight=weights, check_input=False).tree_

    return grow


def grow_one(x: Array, y: Array, weights: Array, depth: int, *, seed: int, round_: int) -> Trees:
    """Grow the tree of one round by itself on given weights, with the randomness it has in its ensemble; depth > 1."""
    return Trees((_grower(x, y, depth, None)(weights, _tree_seeds(round_ + 1, seed)[round_]),))


def _draw_features(n_trees: int, d: int, features: int | None, seed: int) -> NDArray[np.bool_] | None:
    if features is None or features == d:
        return None
    drawn = np.random.default_rng([seed, 12]).random((n_trees, d)).argsort(axis=1)
    asked: NDArray[np.bool_] = drawn < features
    return asked


def _tree_seeds(n_trees: int, seed: int) -> list[int]:
    return [int(state) for state in np.random.default_rng([seed, 13]).integers(2**31, size=n_trees)]


def check_training_set(points: ArrayLike, labels: ArrayLike) -> tuple[Array, Array]:
    """Return points (n, d) and labels (n,) as float64, or raise `InvalidArgument`."""
    y = check_vector(labels, "labels")
    x = np.asarray(points, dtype=np.float64)
    if x.ndim != 2:
        raise InvalidArgument("not_a_vector", argument="points", value=x.shape)
    if len(x) != y.size:
        raise InvalidArgument("length_mismatch", argument="points", other="labels", value=len(x), expected=y.size)
    if not np.isfinite(x).all():
        raise InvalidArgument("not_finite", argument="points", value=float(x[~np.isfinite(x)][0]))
    if not np.isin(y, (-1, 1)).all():
        odd = float(y[~np.isin(y, (-1, 1))][0])
        raise InvalidArgument("unknown_choice", argument="labels", allowed="-1, 1", value=odd)
    return x, y


def check_settings(n_trees: int, depth: int | None, features: int | None, d: int) -> None:
    """Refuse what no method can grow."""
    check_integer(n_trees, "n_trees", low=1, high=MAX_TREES)
    if depth is not None:
        check_integer(depth, "depth", low=1, high=MAX_DEPTH)
    if features is not None:
        check_integer(features, "features", low=1, high=d)
