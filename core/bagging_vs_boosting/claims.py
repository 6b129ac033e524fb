"""The claims on trial of `core.bagging_vs_boosting`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import stdtrit

from core import datasets
from core.bagging_vs_boosting.adaboost import fit_adaboost
from core.bagging_vs_boosting.bagging import fit_bagging
from core.bagging_vs_boosting.decomposition import Decomposition, decompose
from core.bagging_vs_boosting.label_noise import noise_errors, paired_interval
from core.bagging_vs_boosting.methods import error_rate
from core.bagging_vs_boosting.replications import Replications, replicate
from core.bagging_vs_boosting.robust_losses import ROBUST_LOSSES, errors_by_loss
from core.bagging_vs_boosting.samples import make_sample
from core.bagging_vs_boosting.stumps import Array
from core.bagging_vs_boosting.tree_correlation import Correlation, correlation
from core.bagging_vs_boosting.trees import grow_one
from core.claims import Claim, Claims, Verdict, verdict_by_cases
from core.lazy_imports import importing

_Evidence = dict[str, float | str]


def _independent_models() -> Claim:
    """The models that bagging averages are independent."""
    sample = make_sample("moons", seed=0)
    x, y = sample.points, sample.labels
    bagged = fit_bagging(x, y, n_trees=50, depth=3)
    boosted = fit_adaboost(x, y, n_trees=50, depth=3)
    # Test whether the last tree depends on the previous ones: grow bagging's last tree on its bootstrap sample alone,
    # and boosting's last tree on the equal weights of a first round.
    single = grow_one(x, y, bagged.counts[-1], 3, seed=0, round_=49)
    first = grow_one(x, y, np.full(len(x), 1 / len(x)), 3, seed=0, round_=49)
    test_points = sample.test_points
    bagged_votes, boosted_votes = bagged.trees.votes(test_points), boosted.trees.votes(test_points)
    bagged_same = float(np.mean(single.votes(test_points)[0] == bagged_votes[-1]))
    boosted_same = float(np.mean(first.votes(test_points)[0] == boosted_votes[-1]))
    average_gap = float(np.abs(bagged.decision(test_points)[-1] - bagged_votes.mean(axis=0)).max())
    evidence: _Evidence = {
        "bagged_same": bagged_same,
        "boosted_same": boosted_same,
        "average_gap": average_gap,
        "unique_share": float((bagged.counts > 0).mean()),
        "correlation": _bagged_trees().rho,
    }
    # Trained without knowledge of each other is not yet independent: trees of one training set have correlated votes.
    apart, averaged = bagged_same == 1.0, average_gap < 1e-12
    independent = abs(float(evidence["correlation"])) < 0.05
    if apart and averaged and independent:
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if apart and averaged else Verdict.FALSE, evidence)


# Number of trees in the claims on independence and on the variance of an average.
_N_MODELS = 20


def _bagged_trees() -> Correlation:
    """Measure how the votes of bagged trees correlate over training sets."""
    return correlation("moons", stages=(1, _N_MODELS), depth=3, n_sets=40)


def _sequential_mistakes() -> Claim:
    """Boosting trains weak learners in sequence, each on what the last one got wrong."""
    sample = make_sample("moons", seed=0)
    run = fit_adaboost(sample.points, sample.labels, n_trees=50, depth=1)
    wrong = run.votes != sample.labels
    # Under the next distribution, the errors of the previous tree have a total weight of one half.
    shares = (run.weights[1:] * wrong[:-1]).sum(axis=1)
    before = (run.weights * wrong).sum(axis=1)[:-1]
    repeats = float(np.mean(wrong[1:][wrong[:-1]]))
    evidence: _Evidence = {
        "share_before": float(before.mean()),
        "share_after": float(shares.mean()),
        "largest_departure": float(np.abs(shares - 0.5).max()),
        "repeated_mistakes": repeats,
        "still_weighted": float((run.weights[-1] > 0).mean()),
    }
    if (shares > before).all() and evidence["largest_departure"] < 1e-9:  # type: ignore[operator]
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if (shares > before).mean() > 0.5 else Verdict.FALSE, evidence)


def _decreases(part: str, before: Decomposition, after: Decomposition) -> bool:
    """Whether a part at the last stage of ``after`` is below the first stage of ``before``, with disjoint intervals."""
    return bool(getattr(after, part).high[-1] < getattr(before, part).low[0])


def _as_votes(replications: Replications) -> Replications:
    """Replace decisions by votes, −1 or +1."""
    return replace(replications, decisions=np.where(replications.decisions >= 0, 1.0, -1.0))


def _bagging_lowers_variance() -> Claim:
    """Bagging lowers variance."""
    evidence: _Evidence = {}
    lowers = []
    for name, depth in (("full", None), ("stump", 1)):
        settings: dict[str, Any] = {"depth": depth, "flip": 0.1, "n_sets": 30}
        single = decompose(_as_votes(replicate("moons", method="adaboost", stages=(1,), **settings)))
        bagged = decompose(replicate("moons", method="bagging", stages=(50,), **settings))
        for key, of in (("one", single), ("bagged", bagged)):
            variance = of.variance
            evidence |= {
                f"{name}_{key}": float(variance.value[0]),
                f"{name}_{key}_low": float(variance.low[0]),
                f"{name}_{key}_high": float(variance.high[0]),
            }
        lowers.append(_decreases("variance", single, bagged))
    return Claim(verdict_by_cases(lowers), evidence)


def _boosting_lowers_bias() -> Claim:
    """Boosting lowers bias."""
    boosted = decompose(replicate("moons", method="adaboost", stages=(1, 10, 50, 200), depth=1, flip=0.1, n_sets=100))
    squared, wrong, variance, error = boosted.squared_bias, boosted.main_bias, boosted.variance, boosted.squared_error
    evidence: _Evidence = {
        "bias_1": float(squared.value[0]),
        "bias_200": float(squared.value[-1]),
        "wrong_1": float(wrong.value[0]),
        "wrong_200": float(wrong.value[-1]),
        "variance_10": float(variance.value[1]),
        "variance_200": float(variance.value[-1]),
        "error_50": float(error.value[2]),
        "error_200": float(error.value[-1]),
    }
    # The scale of AdaBoost's estimate changes with the number of trees, so its bias must fall by votes as well.
    lowers = [_decreases(part, boosted, boosted) for part in ("squared_bias", "main_bias")]
    return Claim(verdict_by_cases(lowers), evidence)


def _boosting_is_better() -> Claim:
    """Boosting has a lower error than bagging."""
    evidence: _Evidence = {}
    ahead: list[bool] = []
    behind: list[bool] = []
    for flip in (0.0, 0.2):
        levels = noise_errors(
            "moons", flip=flip, stages=(100,), n_seeds=8, bagging_depth=3, boosting_depth=3, n=300, n_test=2000
        )
        mean, low, high = paired_interval((levels.boosting - levels.bagging)[:, 0])
        name = f"{flip * 100:.0f}"
        evidence |= {
            f"boosting_{name}": float(levels.boosting.mean()),
            f"bagging_{name}": float(levels.bagging.mean()),
            f"difference_{name}": float(mean),
            f"low_{name}": float(low),
            f"high_{name}": float(high),
        }
        ahead.append(bool(high < 0))
        behind.append(bool(low > 0))
    if all(ahead):
        return Claim(Verdict.HOLDS, evidence)
    # Ahead on some data, and level or behind on others; or never ahead, and behind on some.
    return Claim(Verdict.FALSE if any(behind) and not any(ahead) else Verdict.DEPENDS, evidence)


def _divides_by_n() -> Claim:
    """Averaging n models divides the variance by n."""
    bagged = _bagged_trees()
    # Independent trees, each on its own training set: compare the averages of 20 trees with single trees.
    single = replicate("moons", method="adaboost", stages=(1,), depth=3, n_sets=200, seed=1)
    signs = np.where(single.decisions[:, 0] >= 0, 1.0, -1.0)
    averages = signs.reshape(-1, _N_MODELS, signs.shape[1]).mean(axis=1)
    independent = float(averages.var(axis=0, ddof=1).mean() / signs.var(axis=0, ddof=1).mean())
    measured, low = float(bagged.measured.value[1]), float(bagged.measured.low[1])
    evidence: _Evidence = {
        "models": float(_N_MODELS),
        "one_model": bagged.tree_variance,
        "divided": bagged.tree_variance / _N_MODELS,
        "measured": measured,
        "low": low,
        "high": float(bagged.measured.high[1]),
        "correlation": bagged.rho,
        "predicted": float(bagged.predicted[1]),
        "independent_share": independent,
    }
    if low <= evidence["divided"]:  # type: ignore[operator]
        return Claim(Verdict.HOLDS, evidence)
    # True of independent models, whose ratio is estimated from 10 averages at each point.
    depends = abs(independent * _N_MODELS - 1) < 0.3
    return Claim(Verdict.DEPENDS if depends else Verdict.FALSE, evidence)


def _never_overfits() -> Claim:
    """Boosting does not overfit."""
    evidence: _Evidence = {}
    rises: list[bool] = []
    for flip in (0.0, 0.2):
        # The rounds are fixed in advance: choosing the best round of a curve would bias the comparison.
        levels = noise_errors(
            "moons", flip=flip, stages=(10, 200), n_seeds=10, bagging_depth=1, boosting_depth=3, n=200, n_test=2000
        )
        early, late = levels.boosting.T
        mean, low, high = paired_interval(late - early)
        name = f"{flip * 100:.0f}"
        evidence |= {
            f"early_{name}": float(early.mean()),
            f"late_{name}": float(late.mean()),
            f"rise_{name}": float(mean),
            f"low_{name}": float(low),
            f"high_{name}": float(high),
        }
        rises.append(bool(low > 0))
    return Claim(Verdict.FALSE if any(rises) else Verdict.HOLDS, evidence)


def _trade_off() -> Claim:
    """Bias and variance trade off against each other."""
    depths = (1, 2, 3, 4, 6, None)
    # A single tree is judged by its vote, as a tree of bagging is.
    single = [
        decompose(_as_votes(replicate("moons", method="adaboost", stages=(1,), depth=depth, flip=0.1, n_sets=40)))
        for depth in depths
    ]
    bias: Array = np.array([d.squared_bias.value[0] for d in single])
    variance: Array = np.array([d.variance.value[0] for d in single])
    bagged = decompose(replicate("moons", method="bagging", stages=(1, 50), depth=None, flip=0.1, n_sets=40))
    with importing:
        from scipy import stats
    rank = float(stats.spearmanr(bias, variance).statistic)
    free_lunch = _decreases("variance", bagged, bagged) and bool(
        bagged.squared_bias.value[-1] <= bagged.squared_bias.high[0]
    )
    evidence: _Evidence = {
        "bias_stump": float(bias[0]),
        "variance_stump": float(variance[0]),
        "bias_full": float(bias[-1]),
        "variance_full": float(variance[-1]),
        "rank_correlation": rank,
        "bagging_variance_before": float(bagged.variance.value[0]),
        "bagging_variance_after": float(bagged.variance.value[-1]),
        "bagging_bias_before": float(bagged.squared_bias.value[0]),
        "bagging_bias_after": float(bagged.squared_bias.value[-1]),
    }
    negative_correlation = rank < 0
    if negative_correlation:
        return Claim(Verdict.DEPENDS if free_lunch else Verdict.HOLDS, evidence)
    return Claim(Verdict.FALSE, evidence)


# Ensembles of 50 trees whose confidence is compared with the probability of being right.
_CONFIDENT: dict[str, dict[str, Any]] = {
    "bagging": {"method": "bagging", "depth": None},
    "adaboost": {"method": "adaboost", "depth": 3},
    "gradient": {"method": "gradient", "depth": 3, "learning_rate": 0.1},
}


def _votes_are_probabilities() -> Claim:
    """The share of the votes is the probability of being right."""
    evidence: _Evidence = {}
    calibrated: list[bool] = []
    for name, settings in _CONFIDENT.items():
        replications = replicate("moons", stages=(50,), n_sets=20, **settings)
        confidence, right = _confidence(replications)
        mean, low, high = paired_interval(confidence - right)
        evidence |= {
            f"{name}_confidence": float(confidence.mean()),
            f"{name}_right": float(right.mean()),
            f"{name}_gap": 100 * float(mean),
            f"{name}_half_width": 50 * float(high - low),
            "sets": float(confidence.size),
        }
        # Calibrated to three points on average.
        calibrated.append(bool(max(abs(low), abs(high)) < 0.03))
    return Claim(verdict_by_cases(calibrated), evidence)


def _confidence(replications: Replications) -> tuple[Array, Array]:
    """Return the mean estimated and true probability of the class that is chosen, by training set, shape (R,)."""
    estimates = replications.decisions[:, -1]
    probability = np.where(estimates >= 0, replications.probability, 1 - replications.probability)
    return ((1 + np.abs(estimates)) / 2).mean(axis=1), probability.mean(axis=1)


def _slow_with_many_trees() -> Claim:
    """Boosting is best with a small learning rate and many trees."""
    evidence: _Evidence = {}
    supported: list[bool] = []
    for flip in (0.0, 0.2):
        errors = {rate: _gradient_boosting_errors(flip, rate) for rate in (0.1, 1.0)}
        # The columns are 20 and 200 trees.
        slow_many = errors[0.1][:, 1]
        others = {"slow_few": errors[0.1][:, 0], "fast_few": errors[1.0][:, 0], "fast_many": errors[1.0][:, 1]}
        leads = [bool(paired_interval(slow_many - other)[2] < 0) for other in others.values()]
        supported.append(all(leads))
        name = f"{flip * 100:.0f}"
        evidence |= {f"slow_many_{name}": float(slow_many.mean()), "seeds": float(slow_many.size)}
        evidence |= {f"{key}_{name}": float(other.mean()) for key, other in others.items()}
        mean, low, high = paired_interval(slow_many - others["slow_few"])
        evidence |= {f"change_{name}": float(mean), f"low_{name}": float(low), f"high_{name}": float(high)}
    return Claim(verdict_by_cases(supported), evidence)


def _gradient_boosting_errors(flip: float, learning_rate: float) -> Array:
    """Return clean test errors of gradient boosting with 20 and 200 trees, shape (seeds, 2)."""
    levels = noise_errors(
        "moons",
        flip=flip,
        stages=(20, 200),
        n_seeds=12,
        bagging_depth=1,
        boosting="gradient",
        boosting_depth=3,
        learning_rate=learning_rate,
        n=200,
        n_test=2000,
    )
    return levels.boosting


def _robust_loss_protects() -> Claim:
    """A robust loss protects boosting from wrong labels."""
    evidence: _Evidence = {}
    better: list[bool] = []
    for flip in (0.0, 0.2):
        # The columns are 20 and 100 trees.
        errors = {loss: errors_by_loss(loss, flip=flip, stages=(20, 100), n_seeds=10) for loss in ROBUST_LOSSES}
        name, exponential = f"{flip * 100:.0f}", errors["exponential"]
        evidence["seeds"] = float(len(exponential))
        for loss, of_loss in errors.items():
            few, many = of_loss.mean(axis=0)
            evidence |= {f"{loss}_few_{name}": float(few), f"{loss}_many_{name}": float(many)}
            if loss == "exponential":
                continue
            _, low, high = paired_interval(of_loss - exponential)
            evidence |= {f"{loss}_low_{name}": 100 * float(low[1]), f"{loss}_high_{name}": 100 * float(high[1])}
            if flip:
                better.append(bool((high < 0).any()))
    return Claim(verdict_by_cases(better), evidence)


# The depths among which the out-of-bag error chooses.
_DEPTHS = (1, 2, 3, 4, 6, None)


def _out_of_bag_chooses() -> Claim:
    """The out-of-bag error can choose the depth, without a test set."""
    evidence: _Evidence = {}
    close: list[bool] = []
    for flip in (0.0, 0.2):
        unseen, tested = _errors_by_depth(flip)
        chosen = tested[np.arange(len(tested)), unseen.argmin(axis=1)]
        best = tested.mean(axis=0).argmin()
        _, low, high = paired_interval(chosen - tested[:, best])
        name = f"{flip * 100:.0f}"
        evidence |= {
            f"chosen_{name}": float(chosen.mean()),
            f"best_{name}": float(tested[:, best].mean()),
            f"full_{name}": float(tested[:, -1].mean()),
            f"stump_{name}": float(tested[:, 0].mean()),
            f"low_{name}": 100 * float(low),
            f"high_{name}": 100 * float(high),
            f"least_{name}": float(unseen.min(axis=1).mean()),
            "seeds": float(len(chosen)),
        }
        # At most two points behind the depth that is best on the test sets.
        close.append(bool(high < 0.02))
    return Claim(verdict_by_cases(close), evidence)


def _errors_by_depth(flip: float) -> tuple[Array, Array]:
    """Return out-of-bag errors and clean test errors of 100 bagged trees, shape (seeds, depths)."""
    n_seeds = 20
    unseen, tested = np.empty((2, n_seeds, len(_DEPTHS)))
    for seed in range(n_seeds):
        sample = make_sample("moons", flip=flip, seed=seed, n_test=2000)
        for column, depth in enumerate(_DEPTHS):
            bagged = fit_bagging(sample.points, sample.labels, n_trees=100, depth=depth, seed=seed)
            unseen[seed, column] = error_rate(bagged.oob_decision()[-1], sample.labels)
            tested[seed, column] = error_rate(bagged.decision(sample.test_points)[-1], sample.test_labels)
    return unseen, tested


def _better_trees_better_forest() -> Claim:
    """The better each tree, the better the forest."""
    evidence: _Evidence = {}
    supports: list[bool] = []
    contradicts: list[bool] = []
    for name, positive in (("digits", range(1, 10, 2)), ("breast_cancer", (0,))):
        all_features, sampled, share = _forests(name, tuple(positive))
        half_width = _half_width_over_splits(sampled - all_features, share)
        mean = (sampled - all_features).mean(axis=0)
        for column, of in enumerate(("tree", "forest")):
            evidence |= {
                f"{name}_{of}_all": float(all_features[:, column].mean()),
                f"{name}_{of}_sampled": float(sampled[:, column].mean()),
                f"{name}_{of}_low": 100 * float(mean[column] - half_width[column]),
                f"{name}_{of}_high": 100 * float(mean[column] + half_width[column]),
            }
        evidence["splits"] = float(len(sampled))
        low, high = mean - half_width, mean + half_width
        contradicts.append(bool(low[0] > 0 > high[1]))
        supports.append(bool((low > 0).all()))
    if any(contradicts):
        return Claim(Verdict.DEPENDS if any(supports) else Verdict.FALSE, evidence)
    return Claim(Verdict.HOLDS, evidence)


def _forests(name: str, positive: tuple[int, ...]) -> tuple[Array, Array, float]:
    """Train forests of 50 full trees with all features, and with √p of them drawn for each split.

    Returns
    -------
    all_features, sampled : ndarray, shape (splits, 2)
        Mean error of a tree, and error of the forest, on the test third.
    share : float
        Number of test rows over number of training rows.
    """
    data = {"digits": datasets.digits, "breast_cancer": datasets.breast_cancer}[name]()
    features = np.asarray(data.features, dtype=np.float64)
    labels = np.where(np.isin(data.target, positive), 1.0, -1.0)
    n_train, n_splits = 2 * len(labels) // 3, 10
    errors = np.empty((2, n_splits, 2))
    for split in range(n_splits):
        order = np.random.default_rng(split).permutation(len(labels))
        train, test = order[:n_train], order[n_train:]
        for row, drawn in zip(errors, (None, round(features.shape[1] ** 0.5)), strict=True):
            forest = fit_bagging(features[train], labels[train], n_trees=50, depth=None, features=drawn, seed=split)
            votes, decision = forest.votes_and_decision(features[test])
            row[split] = np.mean(votes != labels[test]), error_rate(decision[-1], labels[test])
    return errors[0], errors[1], (len(labels) - n_train) / n_train


def _half_width_over_splits(differences: Array, share: float) -> Array:
    """Return half of the 95 % interval over random splits of one data set, whose training sets overlap.

    References
    ----------
    Nadeau, C., Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52, 239-281.
    doi:10.1023/A:1024068626366
    """
    n = len(differences)
    half: Array = float(stdtrit(n - 1, 0.975)) * differences.std(axis=0, ddof=1) * np.sqrt(1 / n + share)
    return half


CLAIMS: Claims = {
    "independent_models": _independent_models,
    "sequential_mistakes": _sequential_mistakes,
    "bagging_lowers_variance": _bagging_lowers_variance,
    "boosting_lowers_bias": _boosting_lowers_bias,
    "boosting_is_better": _boosting_is_better,
    "divides_by_n": _divides_by_n,
    "never_overfits": _never_overfits,
    "trade_off": _trade_off,
    "votes_are_probabilities": _votes_are_probabilities,
    "slow_with_many_trees": _slow_with_many_trees,
    "robust_loss_protects": _robust_loss_protects,
    "out_of_bag_chooses": _out_of_bag_chooses,
    "better_trees_better_forest": _better_trees_better_forest,
}
