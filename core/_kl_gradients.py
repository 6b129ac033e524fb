"""Cross-entropy and KL as losses: their gradients, with P fixed and with P learned too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from core._divergences import (
    MAX_CLASSES,
    MIN_CLASSES,
    Unit,
    check_pair,
    cross_entropy_terms,
    entropy_terms,
    kl_terms,
    nats_per,
    sum_of_kl_terms,
)
from core.validate import check_between, check_integer, check_positive, check_vector

Array = NDArray[np.float64]

MAX_LOGIT = 350.0  # beyond, a probability and its inverse leave float64
MAX_LEARNING_RATE = 100.0


@dataclass(frozen=True, slots=True)
class LogitGradients:
    """Gradients with respect to the logits of Q, nats a logit.

    Attributes
    ----------
    q : ndarray of shape (K,)
        softmax(z).
    cross_entropy, kl : ndarray of shape (K,)
        Each differentiated through its own formula.
    """

    q: Array
    cross_entropy: Array
    kl: Array


def logit_gradients(p: ArrayLike, logits: ArrayLike) -> LogitGradients:
    r"""Return the gradients of H(P, Q) and KL(P ‖ Q) at Q = softmax(z), with P fixed.

    Cross-entropy through the log-softmax: :math:`-\sum_i p_i z_i + \log\sum_j e^{z_j}` has the gradient
    :math:`q - p`. KL through its ratios :math:`r_i = p_i / q_i`: :math:`\partial KL/\partial r_i = p_i / r_i` and
    :math:`\partial r_i/\partial z_k = -r_i (\delta_{ik} - q_k)`. That the two agree is a result.

    Parameters
    ----------
    p : array_like of shape (K,)
        A distribution.
    logits : array_like of shape (K,)
        z, each between −350 and 350.

    Raises
    ------
    InvalidArgument
        If P is no distribution, a logit is out of range, or the lengths differ.
    """
    z = check_vector(logits, "logits")
    for extreme in (z.min(), z.max()):
        check_between(float(extreme), "logits", -MAX_LOGIT, MAX_LOGIT)
    q = np.asarray(softmax(z))
    p, q = check_pair(p, q)
    return LogitGradients(q=q, cross_entropy=cross_entropy_gradient_of_rows(p, q), kl=kl_gradient_of_rows(p, q))


def cross_entropy_gradient_of_rows(p: Array, q: Array) -> Array:
    return q - p


def kl_gradient_of_rows(p: Array, q: Array) -> Array:
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        r = p / q
        # A class with p = 0 adds nothing to KL, whatever q is there.
        slope = np.where(p > 0, p / r * r, 0.0)
    return np.asarray(q * slope.sum(axis=-1, keepdims=True) - slope)


@dataclass(frozen=True, slots=True)
class LossPath:
    """Both losses on the straight path from Q to P, in `unit`.

    Attributes
    ----------
    t : ndarray of shape (steps + 1,)
        0 at Q, 1 at P.
    q : ndarray of shape (steps + 1, K)
        (1 − t) Q + t P.
    cross_entropy, kl : ndarray of shape (steps + 1,)
        They differ by `entropy_p` at every t.
    entropy_p : float
    cross_entropy_gradient, kl_gradient : ndarray of shape (steps + 1, K)
        With respect to the logits of q(t); nan where the loss is infinite.
    largest_gradient_difference : float
        Between the two, over the path.
    largest_loss : float
        The largest finite cross-entropy on the path.
    term_range : (float, float)
        Between which a class's terms of H(P, Q), KL(P ‖ Q) and KL(Q ‖ P) lie on the whole path, and 0; infinite ones
        apart.
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
    """Walk from Q to P in a straight line between the distributions, and measure both losses and their gradients.

    The line runs between probabilities, not logits, so that it exists for a one-hot P too. Q of the path is P at the
    end: there KL is 0 and cross-entropy is H(P). The gradient q − p only shrinks on the way; it keeps its direction.

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
        If P or Q is no distribution, they differ in length, ``steps`` is out of range, or the unit is unknown.
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


@dataclass(frozen=True, slots=True)
class JointRuns:
    """Runs that learn P and Q together, in `JointTraining.unit`.

    Attributes
    ----------
    p, q : ndarray of shape (runs, steps + 1, K)
    entropy_p, cross_entropy, kl : ndarray of shape (runs, steps + 1)
    """

    p: Array
    q: Array
    entropy_p: Array
    cross_entropy: Array
    kl: Array


@dataclass(frozen=True, slots=True)
class JointTraining:
    """The same starts trained on cross-entropy and on KL.

    Attributes
    ----------
    by_cross_entropy, by_kl : JointRuns
    unit : {"nats", "bits"}
    """

    by_cross_entropy: JointRuns
    by_kl: JointRuns
    unit: Unit


def learn_both(
    *,
    classes: int = 5,
    runs: int = 5,
    steps: int = 500,
    learning_rate: float = 1.0,
    seed: int = 0,
    unit: Unit = "nats",
) -> JointTraining:
    r"""Minimise H(P, Q) and KL(P ‖ Q) over the logits of P *and* of Q, by gradient descent.

    Both are :math:`H(P, Q) - \lambda H(P)`, with λ = 0 for cross-entropy and 1 for KL. With :math:`d_i = \lambda\log
    p_i - \log q_i`, the gradient is :math:`p_i (d_i - \sum_j p_j d_j)` for P's logits and :math:`q_i - p_i` for Q's.
    Cross-entropy can fall further by making P certain; KL has no such wish. Starts are normal logits, the same for
    both losses.

    Parameters
    ----------
    classes : int
        Between 2 and 8.
    runs : int
        Between 1 and 50.
    steps : int
        Between 1 and 2000.
    learning_rate : float
        Above 0, at most 100.
    seed : int
        At least 0; draws the starts.
    unit : {"nats", "bits"}
        Natural logarithm or base 2.

    Raises
    ------
    InvalidArgument
        If a setting is out of its range or the unit is unknown.
    """
    check_integer(classes, "classes", low=MIN_CLASSES, high=MAX_CLASSES)
    check_integer(runs, "runs", low=1, high=50)
    check_integer(steps, "steps", low=1, high=2000)
    check_positive(learning_rate, "learning_rate")
    check_between(learning_rate, "learning_rate", 0.0, MAX_LEARNING_RATE)
    check_integer(seed, "seed", low=0)
    scale = nats_per(unit)

    start = np.random.default_rng(seed).normal(size=(2, runs, classes))
    p_logits, q_logits = np.stack([start[0]] * 2), np.stack([start[1]] * 2)
    entropy_weight = np.array([0.0, 1.0])[:, None, None]  # λ: cross-entropy, KL
    log_p = np.empty((steps + 1, 2, runs, classes))
    log_q = np.empty_like(log_p)
    for step in range(steps + 1):
        log_p[step], log_q[step] = log_softmax(p_logits), log_softmax(q_logits)
        p, q = np.exp(log_p[step]), np.exp(log_q[step])
        d = entropy_weight * log_p[step] - log_q[step]
        p_logits = p_logits - learning_rate * p * (d - (p * d).sum(axis=-1, keepdims=True))
        q_logits = q_logits - learning_rate * (q - p)

    by_loss = [_joint_runs(log_p[:, loss], log_q[:, loss], scale) for loss in (0, 1)]
    return JointTraining(by_cross_entropy=by_loss[0], by_kl=by_loss[1], unit=unit)


def log_softmax(z: Array) -> Array:
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _joint_runs(log_p: Array, log_q: Array, scale: float) -> JointRuns:
    log_p, log_q = log_p.swapaxes(0, 1), log_q.swapaxes(0, 1)
    p = np.exp(log_p)
    return JointRuns(
        p=p,
        q=np.exp(log_q),
        entropy_p=0.0 - (p * log_p).sum(axis=-1) / scale,
        cross_entropy=0.0 - (p * log_q).sum(axis=-1) / scale,
        kl=sum_of_kl_terms(p * (log_p - log_q)) / scale,
    )
