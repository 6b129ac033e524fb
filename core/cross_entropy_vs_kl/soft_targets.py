"""Soft targets: label smoothing and knowledge distillation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.cross_entropy_vs_kl.divergences import Unit, entropy_terms, nats_per
from core.cross_entropy_vs_kl.gradients import cross_entropy_gradient_of_rows, kl_gradient_of_rows, log_softmax
from core.validate import check_between, check_integer, check_positive, check_vector

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelSmoothing:
    """The smoothed target, and both losses against the lead of the true class's logit, in `unit`.

    Attributes
    ----------
    target : ndarray of shape (classes,)
        The true class is the first.
    floor : float
        H(target), the lower bound of the cross-entropy.
    optimal_gap : float
        The difference between the logit of the true class and the others at the minimum; inf without smoothing.
    gap : ndarray of shape (201,)
        Differences from 0 to 12.
    cross_entropy, kl : ndarray of shape (201,)
        At the logits (gap, 0, …, 0).
    unit : {"nats", "bits"}
    """

    target: Array
    floor: float
    optimal_gap: float
    gap: Array
    cross_entropy: Array
    kl: Array
    unit: Unit


def smooth_labels(*, classes: int = 10, epsilon: float = 0.1, unit: Unit = "nats") -> LabelSmoothing:
    r"""Mix a one-hot target with the uniform distribution, with weights :math:`1-\varepsilon` and :math:`\varepsilon`.

    Parameters
    ----------
    classes : int
        K, between 2 and 1000.
    epsilon : float
        Between 0 and 1.
    unit : {"nats", "bits"}
        Natural logarithm or base 2.

    Raises
    ------
    InvalidArgument
        If a setting is out of its range or the unit is unknown.

    References
    ----------
    Szegedy, C. et al. (2016). Rethinking the Inception architecture for computer vision. arXiv:1512.00567

    Müller, R., Kornblith, S. and Hinton, G. (2019). When does label smoothing help? arXiv:1906.02629

    Examples
    --------
    At the minimum q equals the target, so the logits differ by log(0.91 / 0.01).

    >>> smoothed = smooth_labels(classes=10, epsilon=0.1)
    >>> [round(float(p), 3) for p in smoothed.target[:2]]
    [0.91, 0.01]
    >>> round(smoothed.optimal_gap, 3)
    4.511
    """
    check_integer(classes, "classes", low=2, high=1000)
    check_between(epsilon, "epsilon", 0.0, 1.0)
    scale = nats_per(unit)
    target = np.full(classes, epsilon / classes)
    target[0] += 1 - epsilon
    floor = float(entropy_terms(target).sum())
    gap = np.linspace(0.0, 12.0, 201)
    log_q = log_softmax(np.concatenate([gap[:, None], np.zeros((gap.size, classes - 1))], axis=1))
    ce = -(log_q @ target)
    return LabelSmoothing(
        target=target,
        floor=floor / scale,
        optimal_gap=math.log(target[0] / target[1]) if epsilon > 0 else math.inf,
        gap=gap,
        cross_entropy=ce / scale,
        kl=(ce - floor) / scale,
        unit=unit,
    )


@dataclass(frozen=True, slots=True)
class Band:
    """The distribution of a quantity over random draws.

    Attributes
    ----------
    median, low, high : ndarray of shape (T,)
        The median and the central 95 % range of the draws.
    """

    median: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Distillation:
    """The gradient g of the soft loss with respect to the student's logits, over random teachers and students.

    Attributes
    ----------
    temperatures : ndarray of shape (T,)
    norm, scaled_norm : Band
        |g|, and T²|g|: Hinton et al. use the factor T² to make the gradient comparable to that of the hard loss.
    cosine : Band
        Cosine between g and the gradient of ½|z − v|²/K, the squared error of the logits.
    limit_norm : Band
        |z − v|/K, the limit of T²|g|; shape (1,).
    largest_difference : float
        Largest difference between the gradients of cross-entropy and KL, over all draws, temperatures and logits.
    """

    temperatures: Array
    norm: Band
    scaled_norm: Band
    cosine: Band
    limit_norm: Band
    largest_difference: float


def distil(
    temperatures: ArrayLike = (1.0, 2.0, 4.0, 10.0, 20.0),
    *,
    classes: int = 10,
    draws: int = 200,
    logit_scale: float = 2.0,
    seed: int = 0,
) -> Distillation:
    r"""Measure :math:`g = \partial H(P_T, Q_T)/\partial z = (q_T - p_T)/T` for P = softmax(v/T) and Q = softmax(z/T).

    Teacher logits v and student logits z are normally distributed and shifted to mean 0, as Hinton et al. assume; the
    shift does not change the softmax. For high T, :math:`T^2 g \to (z - v)/K`: the loss becomes the squared error of
    the logits.

    Parameters
    ----------
    temperatures : array_like of shape (T,)
        Between 1 and 50 values, each above 0.
    classes : int
        K, between 2 and 100.
    draws : int
        Between 2 and 1000.
    logit_scale : float
        Standard deviation of the logits, above 0.
    seed : int
        At least 0; seed of the teachers and students.

    Raises
    ------
    InvalidArgument
        If a setting is out of its range.

    References
    ----------
    Hinton, G., Vinyals, O. and Dean, J. (2015). Distilling the knowledge in a neural network. arXiv:1503.02531

    Examples
    --------
    Twice the temperature divides a small gradient by four.

    >>> result = distil([100.0, 200.0])
    >>> round(float(result.norm.median[0] / result.norm.median[1]), 1)
    4.0
    """
    temperature = check_vector(temperatures, "temperatures", at_most=50)
    check_positive(float(temperature.min()), "temperatures")
    check_integer(classes, "classes", low=2, high=100)
    check_integer(draws, "draws", low=2, high=1000)
    check_positive(logit_scale, "logit_scale")
    check_integer(seed, "seed", low=0)

    v, z = np.random.default_rng(seed).normal(scale=logit_scale, size=(2, draws, classes))
    v, z = v - v.mean(axis=-1, keepdims=True), z - z.mean(axis=-1, keepdims=True)
    error = (z - v) / classes
    error_norm = np.linalg.norm(error, axis=-1)
    norms, cosines = np.empty((draws, temperature.size)), np.empty((draws, temperature.size))
    largest = 0.0
    for column, tau in enumerate(temperature):
        p, q = np.exp(log_softmax(v / tau)), np.exp(log_softmax(z / tau))
        g = cross_entropy_gradient_of_rows(p, q) / tau
        largest = max(largest, float(np.abs(g - kl_gradient_of_rows(p, q) / tau).max()))
        norms[:, column] = np.linalg.norm(g, axis=-1)
        cosines[:, column] = (g * error).sum(axis=-1) / (norms[:, column] * error_norm)
    return Distillation(
        temperatures=temperature,
        norm=_band(norms),
        scaled_norm=_band(norms * temperature**2),
        cosine=_band(cosines),
        limit_norm=_band(error_norm[:, None]),
        largest_difference=largest,
    )


def _band(values: Array) -> Band:
    low, median, high = np.percentile(values, [2.5, 50.0, 97.5], axis=0)
    return Band(median=median, low=low, high=high)
