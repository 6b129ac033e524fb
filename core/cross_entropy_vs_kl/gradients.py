"""Gradients of cross-entropy and KL divergence with respect to the logits of Q, with P fixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from core.cross_entropy_vs_kl.distributions import check_pair
from core.cross_entropy_vs_kl.divergences import (
    Unit,
    cross_entropy_terms,
    entropy_terms,
    kl_terms,
    nats_per,
    sum_of_kl_terms,
)
from core.validate import check_between, check_integer, check_vector

Array = NDArray[np.float64]

MAX_LOGIT = 350.0  # for larger logits, a probability underflows or its inverse overflows


@dataclass(frozen=True, slots=True)
class LogitGradients:
    """Gradients with respect to the logits of Q, in nats per unit of a logit.

    Attributes
    ----------
    q : ndarray of shape (K,)
        softmax(z).
    cross_entropy, kl : ndarray of shape (K,)
        Each loss differentiated through its own formula.
    """

    q: Array
    cross_entropy: Array
    kl: Array


def logit_gradients(p: ArrayLike, logits: ArrayLike) -> LogitGradients:
    r"""Return the gradients of H(P, Q) and KL(P ‖ Q) at Q = softmax(z), with P fixed.

    Cross-entropy is differentiated through the log-softmax: :math:`-\sum_i p_i z_i + \log\sum_j e^{z_j}` has the
    gradient :math:`q - p`. KL is differentiated through its ratios :math:`r_i = p_i / q_i`: :math:`\partial KL/\partial
    r_i = p_i / r_i` and :math:`\partial r_i/\partial z_k = -r_i (\delta_{ik} - q_k)`. The two gradients are equal, but
    neither formula assumes it.

    Parameters
    ----------
    p : array_like of shape (K,)
        A distribution.
    logits : array_like of shape (K,)
        z, each between −350 and 350.

    Raises
    ------
    InvalidArgument
        If P is not a distribution, a logit is out of range, or the lengths differ.

    Examples
    --------
    >>> result = logit_gradients([1.0, 0.0], [0.0, 0.0])
    >>> (result.q.tolist(), result.cross_entropy.tolist(), result.kl.tolist())
    ([0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5])
    """
    z = check_vector(logits, "logits")
    for extreme in (z.min(), z.max()):
        check_between(float(extreme), "logits", -MAX_LOGIT, MAX_LOGIT)
    q = np.asarray(softmax(z))
    p, q = check_pair(p, q)
    return LogitGradients(q=q, cross_entropy=cross_entropy_gradient_of_rows(p, q), kl=kl_gradient_of_rows(p, q))


def cross_entropy_gradient_of_rows(p: Array, q: Array) -> Array:
    """Return the gradient of H(P, Q) with respect to the logits of Q, along the last axis."""
    return q - p


def kl_gradient_of_rows(p: Array, q: Array) -> Array:
    """Return the gradient of KL(P ‖ Q) with respect to the logits of Q, along the last axis."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        r = p / q
        # A class with p = 0 adds 0 to KL for every q. Where the ratio overflows, p / r · r is p.
        slope = np.where(p > 0, np.where(np.isinf(r) & (q > 0), p, p / r * r), 0.0)
    return np.asarray(q * slope.sum(axis=-1, keepdims=True) - slope)


@dataclass(frozen=True, slots=True)
class LossPath:
    """Both losses along the straight line from Q to P, in `unit`.

    Attributes
    ----------
    t : ndarray of shape (steps + 1,)
        0 at Q, 1 at P.
    q : ndarray of shape (steps + 1, K)
        (1 − t) Q + t P.
    cross_entropy, kl : ndarray of shape (steps + 1,)
        Their difference is `entropy_p` at every t.
    entropy_p : float
    cross_entropy_gradient, kl_gradient : ndarray of shape (steps + 1, K)
        With respect to the logits of q(t); nan where the loss is infinite.
    largest_gradient_difference : float
        Largest absolute difference of the two gradients along the path.
    largest_loss : float
        Largest finite cross-entropy along the path.
    term_range : (float, float)
        Range of 0 and all finite terms of H(P, Q), KL(P ‖ Q) and KL(Q ‖ P) along the path.
    unit : {"nats", "bits"}
    """

    t: Array
    q: Array
    cross_entropy: Array
    kl: Array
    entropy_p: float
    cross_entropy_gradient: Array
    kl_gradient: Array
    largest_gradient_difference: float
    largest_loss: float
    term_range: tuple[float, float]
    unit: Unit


def loss_path(p: ArrayLike, q: ArrayLike, *, steps: int = 100, unit: Unit = "nats") -> LossPath:
    """Compute both losses and their gradients along the straight line from Q to P.

    The line connects probabilities, not logits, so it also exists for a one-hot P. At its end KL is 0 and cross-entropy
    is H(P). Along the line the gradient q − p shrinks without changing its direction.

    Parameters
    ----------
    p, q : array_like of shape (K,)
        Distributions over the same classes.
    steps : int
        Between 1 and 1000.
    unit : {"nats", "bits"}
        Natural logarithm or base 2.

    Raises
    ------
    InvalidArgument
        If P or Q is not a distribution, they differ in length, ``steps`` is out of range, or the unit is unknown.

    Examples
    --------
    >>> path = loss_path([0.5, 0.5], [0.9, 0.1], steps=2)
    >>> path.q.tolist()
    [[0.9, 0.1], [0.7, 0.3], [0.5, 0.5]]
    >>> [round(float(gap), 4) for gap in path.cross_entropy - path.kl]
    [0.6931, 0.6931, 0.6931]
    """
    p, q = check_pair(p, q)
    check_integer(steps, "steps", low=1, high=1000)
    scale = nats_per(unit)
    t = np.linspace(0.0, 1.0, steps + 1)
    path = (1 - t)[:, None] * q + t[:, None] * p
    ce_terms, pq_terms = cross_entropy_terms(p, path), kl_terms(p, path)
    kl = sum_of_kl_terms(pq_terms)
    finite = np.isfinite(kl)[:, None]
    ce_gradient = np.where(finite, cross_entropy_gradient_of_rows(p, path), np.nan)
    kl_gradient = kl_gradient_of_rows(p, path)
    terms = np.array([ce_terms, pq_terms, kl_terms(path, p)]) / scale
    terms = np.where(np.isfinite(terms), terms, 0.0)
    losses = ce_terms.sum(axis=-1) / scale
    return LossPath(
        t=t,
        q=path,
        cross_entropy=losses,
        kl=kl / scale,
        entropy_p=float(entropy_terms(p).sum() / scale),
        cross_entropy_gradient=ce_gradient / scale,
        kl_gradient=kl_gradient / scale,
        largest_gradient_difference=float(np.nanmax(np.abs(ce_gradient - kl_gradient)) / scale),
        largest_loss=float(losses.max(initial=0.0, where=np.isfinite(losses))),
        term_range=(float(terms.min(initial=0.0)), float(terms.max(initial=0.0))),
        unit=unit,
    )


def log_softmax(z: Array) -> Array:
    """Return log softmax(z) along the last axis."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
