"""Training of P and Q together: cross-entropy and KL divergence become different objectives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.cross_entropy_vs_kl.distributions import MAX_CLASSES, MIN_CLASSES
from core.cross_entropy_vs_kl.divergences import Unit, nats_per, sum_of_kl_terms
from core.cross_entropy_vs_kl.gradients import log_softmax
from core.validate import check_between, check_integer, check_positive

Array = NDArray[np.float64]

MAX_LEARNING_RATE = 100.0


@dataclass(frozen=True, slots=True)
class JointRuns:
    """Runs that train P and Q together, in `JointTraining.unit`.

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
    """Training on cross-entropy and on KL from the same starting points.

    Attributes
    ----------
    by_cross_entropy, by_kl : JointRuns
    unit : {"nats", "bits"}
    """

    by_cross_entropy: JointRuns
    by_kl: JointRuns
    unit: Unit


def train_jointly(
    *,
    classes: int = 5,
    runs: int = 5,
    steps: int = 500,
    learning_rate: float = 1.0,
    seed: int = 0,
    unit: Unit = "nats",
) -> JointTraining:
    r"""Minimise H(P, Q) and KL(P ‖ Q) over the logits of P *and* of Q, by gradient descent.

    Both losses are :math:`H(P, Q) - \lambda H(P)`, with λ = 0 for cross-entropy and λ = 1 for KL. With :math:`d_i =
    \lambda\log p_i - \log q_i`, the gradient is :math:`p_i (d_i - \sum_j p_j d_j)` for the logits of P and
    :math:`q_i - p_i` for those of Q. Cross-entropy also decreases when P becomes deterministic; KL does not. The
    initial logits are normally distributed and the same for both losses.

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
        At least 0; seed of the initial logits.
    unit : {"nats", "bits"}
        Natural logarithm or base 2.

    Raises
    ------
    InvalidArgument
        If a setting is out of its range or the unit is unknown.

    Examples
    --------
    >>> trained = train_jointly(classes=3, runs=4)
    >>> trained.by_kl.p.shape
    (4, 501, 3)
    >>> bool(trained.by_cross_entropy.entropy_p[:, -1].max() < 0.01 < trained.by_kl.entropy_p[:, -1].min())
    True
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
