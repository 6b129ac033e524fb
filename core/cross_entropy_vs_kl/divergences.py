"""Entropy, cross-entropy, KL divergence and Jensen–Shannon divergence, in total and by class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import rel_entr, xlogy

from core.cross_entropy_vs_kl.distributions import check_distribution, check_pair
from core.validate import check_choice

Array = NDArray[np.float64]
Unit = Literal["nats", "bits"]

NATS_PER_UNIT = {"nats": 1.0, "bits": math.log(2.0)}


def convert_unit(value: float, *, source: Unit, target: Unit) -> float:
    """Convert an amount of information between nats and bits: 1 bit = ln 2 nats.

    Raises
    ------
    InvalidArgument
        ``unknown_choice`` if a unit is neither ``nats`` nor ``bits``.

    Examples
    --------
    >>> round(convert_unit(1.0, source="bits", target="nats"), 4)
    0.6931
    """
    check_choice(source, "source", NATS_PER_UNIT)
    check_choice(target, "target", NATS_PER_UNIT)
    return value * NATS_PER_UNIT[source] / NATS_PER_UNIT[target]


def entropy(p: ArrayLike, *, unit: Unit = "nats") -> float:
    r"""Return the entropy :math:`H(P) = -\sum_i p_i \log p_i`, with :math:`0 \log 0 = 0`.

    Parameters
    ----------
    p : array_like of shape (K,)
        A distribution.
    unit : {"nats", "bits"}
        Natural logarithm or base 2.

    Raises
    ------
    InvalidArgument
        If ``p`` is not a distribution or the unit is unknown.

    References
    ----------
    Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal 27.
    doi:10.1002/j.1538-7305.1948.tb01338.x

    Examples
    --------
    >>> entropy([0.5, 0.25, 0.25], unit="bits")
    1.5
    """
    terms = entropy_terms(check_distribution(p, "P"))
    return float(terms.sum() / nats_per(unit))


def cross_entropy(p: ArrayLike, q: ArrayLike, *, unit: Unit = "nats") -> float:
    r"""Return the cross-entropy :math:`H(P, Q) = -\sum_i p_i \log q_i`.

    It is infinite if P has mass in a class in which Q has none. Parameters as in `kl_divergence`.

    Raises
    ------
    InvalidArgument
        If P or Q is not a distribution, they differ in length, or the unit is unknown.

    References
    ----------
    Good, I. J. (1952). Rational decisions. Journal of the Royal Statistical Society B 14.
    doi:10.1111/j.2517-6161.1952.tb00104.x

    Examples
    --------
    >>> cross_entropy([1, 0], [0.25, 0.75], unit="bits")
    2.0
    >>> cross_entropy([0.5, 0.5], [1.0, 0.0])
    inf
    """
    terms = cross_entropy_terms(*check_pair(p, q))
    return float(terms.sum() / nats_per(unit))


def kl_divergence(p: ArrayLike, q: ArrayLike, *, unit: Unit = "nats") -> float:
    r"""Return :math:`KL(P \| Q) = \sum_i p_i \log (p_i / q_i) \ge 0`.

    Parameters
    ----------
    p, q : array_like of shape (K,)
        Distributions over the same classes. A class with ``p = 0`` adds 0; a class with ``p > 0`` and ``q = 0`` adds
        infinity.
    unit : {"nats", "bits"}
        Natural logarithm or base 2.

    Raises
    ------
    InvalidArgument
        If P or Q is not a distribution, they differ in length, or the unit is unknown.

    References
    ----------
    Kullback, S. and Leibler, R. A. (1951). On information and sufficiency. Annals of Mathematical Statistics 22.
    doi:10.1214/aoms/1177729694

    Examples
    --------
    >>> kl_divergence([1.0, 0.0], [0.5, 0.5], unit="bits")
    1.0
    >>> kl_divergence([0.5, 0.5], [1.0, 0.0], unit="bits")
    inf
    """
    terms = kl_terms(*check_pair(p, q))
    return float(sum_of_kl_terms(terms) / nats_per(unit))


def js_divergence(p: ArrayLike, q: ArrayLike, *, unit: Unit = "nats") -> float:
    r"""Return the Jensen–Shannon divergence :math:`\tfrac12 KL(P\|M) + \tfrac12 KL(Q\|M)`, :math:`M = (P+Q)/2`.

    It is between 0 and ln 2 (1 bit), even for different supports, and its square root is a metric. Parameters as in
    `kl_divergence`.

    Raises
    ------
    InvalidArgument
        If P or Q is not a distribution, they differ in length, or the unit is unknown.

    References
    ----------
    Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Transactions on Information Theory 37.
    doi:10.1109/18.61115

    Endres, D. M. and Schindelin, J. E. (2003). A new metric for probability distributions. IEEE Transactions on
    Information Theory 49. doi:10.1109/TIT.2003.813506

    Examples
    --------
    >>> js_divergence([1.0, 0.0], [0.0, 1.0], unit="bits")
    1.0
    """
    return float(js_of_rows(*check_pair(p, q)) / nats_per(unit))


@dataclass(frozen=True, slots=True)
class Comparison:
    """All quantities of a pair of distributions, in `unit`, with their terms by class.

    Attributes
    ----------
    p, q : ndarray of shape (K,)
    unit : {"nats", "bits"}
    entropy_p, entropy_q : float
    ce_pq, ce_qp : float
        H(P, Q) and H(Q, P).
    kl_pq, kl_qp : float
        KL(P ‖ Q) and KL(Q ‖ P).
    js : float
    entropy_terms, ce_pq_terms, kl_pq_terms, kl_qp_terms : ndarray of shape (K,)
        The terms of H(P), H(P, Q), KL(P ‖ Q) and KL(Q ‖ P), by class. A term of KL can be negative; the sum cannot.
    identity_difference : float
        |H(P, Q) − (H(P) + KL(P ‖ Q))|; 0 where both are infinite.
    """

    p: Array
    q: Array
    unit: Unit
    entropy_p: float
    entropy_q: float
    ce_pq: float
    ce_qp: float
    kl_pq: float
    kl_qp: float
    js: float
    entropy_terms: Array
    ce_pq_terms: Array
    kl_pq_terms: Array
    kl_qp_terms: Array
    identity_difference: float


def compare(p: ArrayLike, q: ArrayLike, *, unit: Unit = "nats") -> Comparison:
    r"""Return all quantities of a pair of distributions, in total and by class: :math:`H(P, Q) = H(P) + KL(P\|Q)`.

    Parameters
    ----------
    p, q : array_like of shape (K,)
        Distributions over the same classes.
    unit : {"nats", "bits"}
        Natural logarithm or base 2.

    Raises
    ------
    InvalidArgument
        If P or Q is not a distribution, they differ in length, or the unit is unknown.

    Examples
    --------
    >>> result = compare([0.5, 0.5], [0.25, 0.75])
    >>> [round(value, 4) for value in (result.entropy_p, result.kl_pq, result.ce_pq)]
    [0.6931, 0.1438, 0.837]
    >>> [round(float(term), 4) for term in result.kl_pq_terms]
    [0.3466, -0.2027]
    """
    p, q = check_pair(p, q)
    scale = nats_per(unit)
    h_terms, ce_terms = entropy_terms(p) / scale, cross_entropy_terms(p, q) / scale
    pq_terms, qp_terms = kl_terms(p, q) / scale, kl_terms(q, p) / scale
    h, ce = float(h_terms.sum()), float(ce_terms.sum())
    kl_pq, kl_qp = float(sum_of_kl_terms(pq_terms)), float(sum_of_kl_terms(qp_terms))
    return Comparison(
        p=p,
        q=q,
        unit=unit,
        entropy_p=h,
        entropy_q=float(entropy_terms(q).sum() / scale),
        ce_pq=ce,
        ce_qp=float(cross_entropy_terms(q, p).sum() / scale),
        kl_pq=kl_pq,
        kl_qp=kl_qp,
        js=float(js_of_rows(p, q) / scale),
        entropy_terms=h_terms,
        ce_pq_terms=ce_terms,
        kl_pq_terms=pq_terms,
        kl_qp_terms=qp_terms,
        identity_difference=0.0 if ce == h + kl_pq else abs(ce - (h + kl_pq)),
    )


# The functions below do not validate their arguments. They take distributions along the last axis and return nats.


def entropy_terms(p: Array) -> Array:
    """Return the terms of H(P), by class."""
    return np.asarray(0.0 - xlogy(p, p))  # the subtraction avoids a negative zero


def cross_entropy_terms(p: Array, q: Array) -> Array:
    """Return the terms of H(P, Q), by class."""
    return np.asarray(0.0 - xlogy(p, q))


def kl_terms(p: Array, q: Array) -> Array:
    """Return the terms of KL(P ‖ Q), by class."""
    return np.asarray(rel_entr(p, q))


def sum_of_kl_terms(terms: Array) -> Array:
    """Sum the terms of KL, which is not negative by Gibbs' inequality: a negative rounding error becomes 0."""
    return np.asarray(np.maximum(terms.sum(axis=-1), 0.0))


def js_of_rows(p: Array, q: Array) -> Array:
    """Return the Jensen–Shannon divergence along the last axis."""
    twice_m = p + q  # not halved: half of the smallest mass underflows to 0, which would make JS infinite
    return (sum_of_kl_terms(kl_terms(2 * p, twice_m)) + sum_of_kl_terms(kl_terms(2 * q, twice_m))) / 4


def nats_per(unit: Unit) -> float:
    """Return the number of nats per unit.

    Raises
    ------
    InvalidArgument
        ``unit`` is not one of `NATS_PER_UNIT`.
    """
    check_choice(unit, "unit", NATS_PER_UNIT)
    return NATS_PER_UNIT[unit]
