"""Divergences as the mass of a class goes to 0."""

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
from core.validate import check_choice, check_integer

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ZeroMass:
    """What happens as the mass of a class goes to 0, in `unit`; an infinite value is ``inf``.

    Attributes
    ----------
    case : {"missing_class", "disjoint"}
    epsilon : ndarray of shape (points + 1,)
        First exactly 0, then from 1e-12 to 0.5, where P = Q.
    kl_pq, kl_qp, ce_pq, ce_qp, js : ndarray of shape (points + 1,)
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


def zero_mass(case: str, *, points: int = 120, unit: Unit = "nats") -> ZeroMass:
    """Return all divergences while a mass ε shrinks to exactly 0.

    ``missing_class``: P = (½, ½) and Q = (1 − ε, ε). Q gives up a class that P uses: KL(P ‖ Q) and H(P, Q) grow without
    bound as −½ log ε, KL(Q ‖ P) goes to log 2. ``disjoint``: P = ((1−ε)/2, (1−ε)/2, ε/2, ε/2) and Q its mirror image:
    both KL grow without bound, JS goes to its largest value, log 2.

    Parameters
    ----------
    case : {"missing_class", "disjoint"}
        Which mass shrinks, see above.
    points : int
        Values of ε above 0, between 2 and 1000.
    unit : {"nats", "bits"}
        Natural logarithm or base 2.

    Raises
    ------
    InvalidArgument
        ``unknown_choice`` or ``out_of_range``.
    """
    check_choice(case, "case", ("missing_class", "disjoint"))
    check_integer(points, "points", low=2, high=1000)
    scale = nats_per(unit)
    epsilon = np.concatenate([[0.0], np.geomspace(1e-12, 0.5, points)])
    if case == "missing_class":
        p = np.full((epsilon.size, 2), 0.5)
        q = np.stack([1 - epsilon, epsilon], axis=1)
    else:
        p = np.stack([1 - epsilon, 1 - epsilon, epsilon, epsilon], axis=1) / 2
        q = p[:, ::-1]
    return ZeroMass(
        case=case,
        epsilon=epsilon,
        kl_pq=sum_of_kl_terms(kl_terms(p, q)) / scale,
        kl_qp=sum_of_kl_terms(kl_terms(q, p)) / scale,
        ce_pq=cross_entropy_terms(p, q).sum(axis=-1) / scale,
        ce_qp=cross_entropy_terms(q, p).sum(axis=-1) / scale,
        js=js_of_rows(p, q) / scale,
        unit=unit,
    )
