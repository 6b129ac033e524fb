"""Divergences in the limit in which the probability mass of a class goes to 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.cross_entropy_vs_kl.divergences import (
    Unit,
    cross_entropy_terms,
    js_of_rows,
    kl_terms,
    nats_per,
    sum_of_kl_terms,
)
from core.validate import check_between, check_choice, check_integer

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ZeroMass:
    """Divergences against the mass ε of a class, in `unit`; infinite values are ``inf``.

    Attributes
    ----------
    case : {"missing_class", "disjoint"}
    epsilon : ndarray of shape (n,)
        Exactly 0, then values from 1e-12 to 0.5, where P = Q; or the single value that was asked for.
    kl_pq, kl_qp, ce_pq, ce_qp, js : ndarray of shape (n,)
    unit : {"nats", "bits"}
    """

    case: str
    epsilon: Array
    kl_pq: Array
    kl_qp: Array
    ce_pq: Array
    ce_qp: Array
    js: Array
    unit: Unit


def zero_mass(case: str, *, points: int = 120, epsilon: float | None = None, unit: Unit = "nats") -> ZeroMass:
    """Return all divergences while a mass ε decreases to exactly 0.

    - ``missing_class``: P = (½, ½) and Q = (1 − ε, ε). KL(P ‖ Q) and H(P, Q) diverge as −½ log ε; KL(Q ‖ P) tends to
      log 2.
    - ``disjoint``: P = ((1−ε)/2, (1−ε)/2, ε/2, ε/2) and Q is P reversed. Both KL divergences diverge; JS tends to its
      maximum log 2.

    Parameters
    ----------
    case : {"missing_class", "disjoint"}
    points : int
        Number of values of ε above 0, between 2 and 1000.
    epsilon : float, optional
        A single value of ε from 0 to 0.5, instead of the grid.
    unit : {"nats", "bits"}
        Natural logarithm or base 2.

    Raises
    ------
    InvalidArgument
        ``unknown_choice`` or ``out_of_range``.

    Examples
    --------
    >>> result = zero_mass("disjoint", unit="bits")
    >>> (result.epsilon.shape, float(result.kl_pq[0]), float(result.js[0]))
    ((121,), inf, 1.0)
    >>> round(float(zero_mass("missing_class", epsilon=0.1).kl_pq[0]), 4)
    0.5108
    """
    check_choice(case, "case", ("missing_class", "disjoint"))
    check_integer(points, "points", low=2, high=1000)
    scale = nats_per(unit)
    if epsilon is None:
        masses = np.concatenate([[0.0], np.geomspace(1e-12, 0.5, points)])
    else:
        masses = np.array([check_between(epsilon, "epsilon", 0.0, 0.5)], dtype=np.float64)
    if case == "missing_class":
        p = np.full((masses.size, 2), 0.5)
        q = np.stack([1 - masses, masses], axis=1)
    else:
        p = np.stack([1 - masses, 1 - masses, masses, masses], axis=1) / 2
        q = p[:, ::-1]
    return ZeroMass(
        case=case,
        epsilon=masses,
        kl_pq=sum_of_kl_terms(kl_terms(p, q)) / scale,
        kl_qp=sum_of_kl_terms(kl_terms(q, p)) / scale,
        ce_pq=cross_entropy_terms(p, q).sum(axis=-1) / scale,
        ce_qp=cross_entropy_terms(q, p).sum(axis=-1) / scale,
        js=js_of_rows(p, q) / scale,
        unit=unit,
    )
