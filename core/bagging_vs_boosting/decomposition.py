"""The decomposition of the error into bias and variance, for squared and 0–1 loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from core.bagging_vs_boosting.replications import Replications, replicate
from core.bagging_vs_boosting.stumps import Array
from core.progress import Report, no_report

# Number of bootstrap resamples of the training sets for an interval.
N_RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class Estimate:
    """A quantity at every stage and its 95 % interval over training sets, arrays of shape (k,)."""

    value: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Parts of the error against clean labels, averaged over the points.

    Attributes
    ----------
    stages : ndarray of int, shape (k,)
    noise : float
        Irreducible error of the squared loss.
    squared_bias, variance, squared_error : Estimate
        Parts of the squared loss, corrected for the finite number of sets: noise + squared_bias + variance =
        squared_error, exactly.
    main_bias, main_variance, disagreement : Estimate
        Parts of the 0–1 loss: the share of points where the main vote differs from the Bayes rule; how often a
        prediction differs from the main vote; how often it differs from the Bayes rule. The first two do NOT add up to
        the third.
    unbiased_variance, biased_variance : ndarray, shape (k,)
        The parts of `main_variance` where the main vote is right, and where it is wrong, so that differing from it
        helps: disagreement = main_bias + unbiased_variance − biased_variance.
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


def decompose(replications: Replications) -> Decomposition:
    """Split squared loss and 0–1 loss over training sets into bias and variance.

    Let f be a decision trained on a random set, f̄ = E f its mean over sets, and E y = 2η − 1 at a point where η = P(y
    = 1). Then E (y − f)² = 4η(1 − η) + (2η − 1 − f̄)² + E (f − f̄)². The mean f̄ of R sets is itself uncertain, so that
    with it the squared bias is too large by variance / R, and the variance too small by as much. Both are corrected,
    which keeps their sum: the identity stays exact. A small squared bias can be estimated below 0.

    For the 0–1 loss, the main vote is the sign of the majority of the sets' predictions (+1 if tied). Intervals are
    value ± t · s.e. by the bootstrap over training sets, with the points held fixed.

    Parameters
    ----------
    replications : Replications

    Returns
    -------
    Decomposition

    References
    ----------
    Geman, S., Bienenstock, E., Doursat, R. (1992). Neural networks and the bias/variance dilemma. Neural Computation
    4(1), 1-58. doi:10.1162/neco.1992.4.1.1
    Domingos, P. (2000). A unified bias-variance decomposition. ICML 2000, 231-238.

    Examples
    --------
    >>> parts = decompose(replicate("moons", method="adaboost", stages=(1, 5), depth=1, n=20, n_sets=4, n_points=10))
    >>> total = parts.noise + parts.squared_bias.value + parts.variance.value
    >>> bool(np.allclose(total, parts.squared_error.value))
    True
    """
    f, eta = replications.decisions, replications.probability
    target, noise = 2 * eta - 1, 4 * eta * (1 - eta)
    signs = np.where(f >= 0, 1.0, -1.0)
    bayes = np.where(target >= 0, 1.0, -1.0)

    def squared(mean: Array, variance: Array) -> Array:
        """Return the parts of the squared loss from the mean and the variance over the sets at every point."""
        bias, spread = ((target - mean) ** 2).mean(axis=-1), variance.mean(axis=-1)
        correction = spread / (len(f) - 1)
        return np.array([bias - correction, spread + correction, noise.mean() + bias + spread])

    def voted(mean: Array) -> Array:
        main = np.where(mean >= 0, 1.0, -1.0)
        departs = (1 - main * mean) / 2  # share of the sets whose vote differs from the main vote
        wrong = main != bayes
        unbiased, biased = np.where(wrong, 0.0, departs).mean(axis=-1), np.where(wrong, departs, 0.0).mean(axis=-1)
        against = ((1 - bayes * mean) / 2).mean(axis=-1)
        return np.array([wrong.mean(axis=-1), unbiased + biased, against, unbiased, biased])

    mean, vote = f.mean(axis=0), signs.mean(axis=0)
    # The mean squared deviation is more accurate than a difference of squares.
    variance = ((f - mean) ** 2).mean(axis=0)
    full = np.concatenate([squared(mean, variance), voted(vote)])
    full[2] = noise.mean() + ((target - f) ** 2).mean(axis=(0, 2))
    rng = np.random.default_rng(0)
    resampled = np.array(
        [
            np.concatenate(
                [
                    squared(np.tensordot(share, f, 1), np.tensordot(share, f**2, 1) - np.tensordot(share, f, 1) ** 2),
                    voted(np.tensordot(share, signs, 1)),
                ]
            )
            for share in rng.multinomial(len(f), np.full(len(f), 1 / len(f)), size=N_RESAMPLES) / len(f)
        ]
    )
    half_width = float(stdtrit(len(f) - 1, 0.975)) * resampled.std(axis=0, ddof=1)
    estimates = [
        Estimate(v, np.minimum(v, np.maximum(v - w, 0.0)), v + w) for v, w in zip(full, half_width, strict=True)
    ]
    return Decomposition(
        stages=replications.stages,
        noise=float(noise.mean()),
        squared_bias=estimates[0],
        variance=estimates[1],
        squared_error=estimates[2],
        main_bias=estimates[3],
        main_variance=estimates[4],
        disagreement=estimates[5],
        unbiased_variance=full[6],
        biased_variance=full[7],
    )


def bias_variance(dataset: str, *, stages: Sequence[int], report: Report = no_report, **settings: Any) -> Decomposition:
    """Run `replicate` and `decompose` in one call, whose small result is cheap to send from a worker process.

    Parameters
    ----------
    dataset, stages, report
        As in `replicate`.
    **settings
        Other arguments of `replicate`.

    Returns
    -------
    Decomposition

    Examples
    --------
    >>> parts = bias_variance("moons", stages=(1, 5), method="adaboost", depth=1, n=20, n_sets=4, n_points=10)
    >>> parts.variance.value.shape
    (2,)
    """
    return decompose(replicate(dataset, stages=stages, report=report, **settings))
