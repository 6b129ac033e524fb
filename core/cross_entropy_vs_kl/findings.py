"""Findings about a pair of distributions, and about a library call; a page turns each code into a sentence."""

from __future__ import annotations

import numpy as np

from core.cross_entropy_vs_kl.divergences import Comparison
from core.cross_entropy_vs_kl.library_calls import LibraryCall
from core.findings import Finding

# Relative difference of the two divergences from which their order is worth a sentence. Smaller ones look equal.
_ORDER_MATTERS = 0.01


def findings(compared: Comparison) -> list[Finding]:
    """Return the findings about a pair of distributions; there is at least one.

    The codes are:

    - ``infinite``: KL(P ‖ Q) is infinite.
    - ``one_hot``: H(P) is 0 and KL(P ‖ Q) is finite, so both losses are equal.
    - ``apart``: H(P) is positive and KL(P ‖ Q) is finite, so the losses differ.
    - ``negative``: a term of KL(P ‖ Q) is negative, and the sum is finite.
    - ``order``: KL(P ‖ Q) and KL(Q ‖ P) are finite and differ by more than 1 % of the larger one.
    - ``order_infinite``: exactly one of them is infinite.

    Parameters
    ----------
    compared : Comparison
        The result of `compare`.

    Returns
    -------
    list of Finding
        Its figures are in the unit of ``compared``.

    Examples
    --------
    >>> from core.cross_entropy_vs_kl import compare
    >>> [finding.code for finding in findings(compare([1.0, 0.0], [0.5, 0.5]))]
    ['one_hot', 'order_infinite']
    >>> [finding.code for finding in findings(compare([0.5, 0.5], [0.9, 0.1]))]
    ['apart', 'negative', 'order']
    """
    entropy, ce, kl, reverse = compared.entropy_p, compared.ce_pq, compared.kl_pq, compared.kl_qp
    found = []
    if np.isinf(kl):
        found.append(Finding("infinite", {"kl_pq": kl, "ce_pq": ce, "js": compared.js}))
    elif entropy == 0:
        found.append(Finding("one_hot", {"ce_pq": ce}))
    else:
        found.append(Finding("apart", {"entropy_p": entropy, "kl_pq": kl, "ce_pq": ce}))
    negative = int((compared.kl_pq_terms < 0).sum())
    if negative and np.isfinite(kl):
        found.append(Finding("negative", {"count": negative, "kl_pq": kl}))
    if np.isinf(kl) != np.isinf(reverse):
        found.append(Finding("order_infinite", {"kl_pq": kl, "kl_qp": reverse}))
    elif np.isfinite(kl) and abs(kl - reverse) > _ORDER_MATTERS * max(kl, reverse):
        found.append(Finding("order", {"kl_pq": kl, "kl_qp": reverse}))
    return found


def call_finding(call: LibraryCall) -> Finding:
    """Return the finding about a library call that is meant to return KL(P ‖ Q).

    - ``call_right``: it does.
    - ``call_nan``: it returns something that is not a number.
    - ``call_wrong``: otherwise, it returns another number.

    Examples
    --------
    >>> call_finding(LibraryCall("torch", "F.kl_div(…)", 0.5, ("kl_qp",), {})).code
    'call_wrong'
    """
    if "kl_pq" in call.returned:
        return Finding("call_right", {})
    return Finding("call_nan" if np.isnan(call.value) else "call_wrong", {})
