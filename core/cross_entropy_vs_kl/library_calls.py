"""The results of KL and cross-entropy calls of PyTorch and SciPy, and the quantities that they compute."""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import kl_div, rel_entr, softmax

from core.cross_entropy_vs_kl.distributions import check_pair
from core.cross_entropy_vs_kl.divergences import cross_entropy_terms, kl_terms, sum_of_kl_terms
from core.lazy_imports import importing

Array = NDArray[np.float64]

REDUCTIONS = ("sum", "batchmean", "mean", "none")
UNNAMED = "none_of_these"
NOT_A_NUMBER = "not_a_number"


@dataclass(frozen=True, slots=True)
class LibraryCall:
    """One call and the quantities that equal its result.

    Attributes
    ----------
    library : str
        ``torch`` (P and Q are float64 tensors of shape (1, K), ``F`` is torch.nn.functional) or ``scipy`` (arrays of
        shape (K,)).
    call : str
        The source text of the call.
    value : float
        The result, in nats if it is an amount of information.
    returned : tuple of str
        The names in `CallTable.quantities` whose value equals the result, ``("none_of_these",)`` or
        ``("not_a_number",)``. There are several names if quantities coincide, as CE and KL do for a one-hot P, or if
        they are all infinite.
    options : dict of str to str
        The options of a call of torch's kl_div: ``order`` (``target_p`` or ``target_q``), ``input`` and ``target``
        (``log`` or ``probabilities``), ``log_target`` (``true`` or ``false``) and ``reduction``. Empty for other calls.
    """

    library: str
    call: str
    value: float
    returned: tuple[str, ...]
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class CallTable:
    """Calls on one pair of distributions.

    Attributes
    ----------
    p, q : ndarray of shape (K,)
    quantities : dict of str to float
        The quantities that a call may be intended to compute, by name, in nats.
    calls : tuple of LibraryCall
    """

    p: Array
    q: Array
    quantities: dict[str, float]
    calls: tuple[LibraryCall, ...]


@dataclass(frozen=True, slots=True)
class ReportedBug:
    """A call that was reported as a bug in PyTorch although it behaves as documented.

    Attributes
    ----------
    number : int
        Issue number in pytorch/pytorch.
    title : str
        The report's title or first sentence.
    url : str
    misconception : str
        ``argument_order``, ``log_input`` or ``unnormalised``.
    a, b : tuple of float
        The tensors of the call.
    numbers_reported : bool
        Whether the tensors are from the report. Otherwise they are a biased and a fair coin.
    call, fix : str
        The reported call, and a call that returns the intended divergence.
    """

    number: int
    title: str
    misconception: str
    a: tuple[float, ...]
    b: tuple[float, ...]
    numbers_reported: bool
    call: str
    fix: str

    @property
    def url(self) -> str:
        """Address of the issue."""
        return f"https://github.com/pytorch/pytorch/issues/{self.number}"


@dataclass(frozen=True, slots=True)
class BugReplay:
    """The results of a reported call with the installed version of PyTorch.

    Attributes
    ----------
    bug : ReportedBug
    value, fixed_value : float
        The results of ``bug.call`` and ``bug.fix``.
    """

    bug: ReportedBug
    value: float
    fixed_value: float


_BIASED, _FAIR = (0.9, 0.1), (0.5, 0.5)
_HALVES = (0.5, 0.5)
REPORTED_BUGS = (
    ReportedBug(
        number=57459,
        title="KLDivLoss and F.kl_div compute KL(Q || P) rather than KL(P || Q)",
        misconception="argument_order",
        a=_BIASED,
        b=_FAIR,
        numbers_reported=False,
        call='F.kl_div(a.log(), b, reduction="sum")',
        fix='F.kl_div(b.log(), a, reduction="sum")',
    ),
    ReportedBug(
        number=7337,
        title="Does F.kl_div(a, b) mean KL(b||a), not KL(a||b) ?",
        misconception="argument_order",
        a=_FAIR,
        b=_BIASED,
        numbers_reported=False,
        call='F.kl_div(a.log(), b, reduction="sum")',
        fix='F.kl_div(b.log(), a, reduction="sum")',
    ),
    ReportedBug(
        number=5282,
        title="Possible bug in KL divergence",
        misconception="log_input",
        a=_BIASED,
        b=_FAIR,
        numbers_reported=False,
        call='F.kl_div(a, b, reduction="sum")',
        fix='F.kl_div(a.log(), b, reduction="sum")',
    ),
    ReportedBug(
        number=43348,
        title="Does the KL divergence calculation correct?",
        misconception="log_input",
        a=_HALVES,
        b=_HALVES,
        numbers_reported=True,
        call='F.kl_div(a, b, reduction="sum")',
        fix='F.kl_div(a.log(), b, reduction="sum")',
    ),
    ReportedBug(
        number=60928,
        title="Negative loss value of nn.KLDivLoss",
        misconception="unnormalised",
        a=(0.1132, 0.5477, 0.3390),
        b=(0.1541, 0.0511, 0.0947),
        numbers_reported=True,
        call='F.kl_div(a.log(), b, reduction="mean")',
        fix='F.kl_div(a.log(), b / b.sum(), reduction="sum")',
    ),
)


def tabulate_calls(p: ArrayLike, q: ArrayLike) -> CallTable:
    """Call PyTorch and SciPy in many ways and identify each result by comparing it with known quantities.

    ``F.kl_div(input, target)`` computes Σ target · (log target − input): its input must be log-probabilities, and its
    target is the *first* distribution of KL. All 64 combinations of its options are called: which of P and Q is the
    target, whether each is given as a logarithm, ``log_target``, and the reduction.

    Parameters
    ----------
    p, q : array_like of shape (K,)
        Distributions over the same classes.

    Raises
    ------
    InvalidArgument
        If P or Q is not a distribution, or they differ in length.

    References
    ----------
    PyTorch, torch.nn.functional.kl_div. https://pytorch.org/docs/stable/generated/torch.nn.functional.kl_div.html

    Examples
    --------
    >>> table = tabulate_calls([0.9, 0.1], [0.5, 0.5])
    >>> returned = {call.call: call.returned for call in table.calls}
    >>> returned['F.kl_div(Q.log(), P, reduction="sum")']
    ('kl_pq',)
    >>> returned["scipy.stats.entropy(Q, P)"]
    ('kl_qp',)
    """
    p, q = check_pair(p, q)
    with importing:
        import scipy.stats
        import torch
        from torch.nn import functional as F

    P, Q = torch.tensor(p)[None], torch.tensor(q)[None]
    quantities = _quantities(p, q, label=int(P.argmax(1)))
    calls: list[LibraryCall] = []

    def add(library: str, call: str, value: Any, options: dict[str, str] | None = None) -> None:
        number = float(value)
        calls.append(LibraryCall(library, call, number, _matching_names(number, quantities), options or {}))

    ways = itertools.product((True, False), (True, False), (True, False), (False, True), REDUCTIONS)
    for target_is_p, log_input, target_as_log, log_target, reduction in ways:
        (input_name, source), (target_name, target) = (("Q", Q), ("P", P)) if target_is_p else (("P", P), ("Q", Q))
        value = _kl_div_without_warning(
            source.log() if log_input else source,
            target.log() if target_as_log else target,
            reduction=reduction,
            log_target=log_target,
        )
        call = (
            f"F.kl_div({input_name}{'.log()' * log_input}, {target_name}{'.log()' * target_as_log}, "
            f'reduction="{reduction}"{", log_target=True" * log_target}){".sum()" * (reduction == "none")}'
        )
        options = {
            "order": "target_p" if target_is_p else "target_q",
            "input": "log" if log_input else "probabilities",
            "target": "log" if target_as_log else "probabilities",
            "log_target": "true" if log_target else "false",
            "reduction": reduction,
        }
        add("torch", call, value.sum(), options)

    # Without a batch axis, "batchmean" treats the classes as the batch.
    add("torch", 'F.kl_div(Q[0].log(), P[0], reduction="batchmean")', F.kl_div(Q[0].log(), P[0], reduction="batchmean"))
    add("torch", "F.cross_entropy(Q.log(), P)", F.cross_entropy(Q.log(), P))
    add("torch", "F.cross_entropy(P.log(), Q)", F.cross_entropy(P.log(), Q))
    add("torch", "F.cross_entropy(Q.log(), P.argmax(1))", F.cross_entropy(Q.log(), P.argmax(1)))
    add("torch", "F.cross_entropy(Q, P)", F.cross_entropy(Q, P))
    add("torch", "F.cross_entropy(Q, P.argmax(1))", F.cross_entropy(Q, P.argmax(1)))

    for first, second, a, b in (("P", "Q", p, q), ("Q", "P", q, p)):
        add("scipy", f"scipy.stats.entropy({first}, {second})", scipy.stats.entropy(a, b))
        add("scipy", f"scipy.special.rel_entr({first}, {second}).sum()", rel_entr(a, b).sum())
        add("scipy", f"scipy.special.kl_div({first}, {second}).sum()", kl_div(a, b).sum())
    return CallTable(p=p, q=q, quantities=quantities, calls=tuple(calls))


def replay_bugs() -> tuple[BugReplay, ...]:
    """Repeat every call of `REPORTED_BUGS` and the corresponding intended call.

    Examples
    --------
    >>> replay = {replay.bug.number: replay for replay in replay_bugs()}[60928]
    >>> round(replay.value, 4)
    -0.0648
    """
    with importing:
        import torch

    replays = []
    for bug in REPORTED_BUGS:
        a, b = torch.tensor(bug.a, dtype=torch.float64), torch.tensor(bug.b, dtype=torch.float64)
        if bug.misconception == "argument_order":
            value = _kl_div_without_warning(a.log(), b, reduction="sum")
            fixed = _kl_div_without_warning(b.log(), a, reduction="sum")
        elif bug.misconception == "log_input":
            value = _kl_div_without_warning(a, b, reduction="sum")
            fixed = _kl_div_without_warning(a.log(), b, reduction="sum")
        else:
            value = _kl_div_without_warning(a.log(), b, reduction="mean")
            fixed = _kl_div_without_warning(a.log(), b / b.sum(), reduction="sum")
        replays.append(BugReplay(bug=bug, value=float(value), fixed_value=float(fixed)))
    return tuple(replays)


def _kl_div_without_warning(source: Any, target: Any, **options: Any) -> Any:
    """Call torch's kl_div and suppress its warning about ``reduction="mean"``, which the table shows anyway."""
    with importing:
        from torch.nn import functional as F

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="reduction: 'mean'", category=UserWarning)
        return F.kl_div(source, target, **options)


def _quantities(p: Array, q: Array, label: int) -> dict[str, float]:
    kl_pq = float(sum_of_kl_terms(kl_terms(p, q)))
    kl_qp = float(sum_of_kl_terms(kl_terms(q, p)))
    one_hot = np.eye(p.size)[label]
    return {
        "kl_pq": kl_pq,
        "kl_qp": kl_qp,
        "ce_pq": float(cross_entropy_terms(p, q).sum()),
        "ce_qp": float(cross_entropy_terms(q, p).sum()),
        "kl_pq_over_classes": kl_pq / p.size,
        "kl_qp_over_classes": kl_qp / p.size,
        "hard_label_ce": float(cross_entropy_terms(one_hot, q).sum()),
        "double_softmax_ce": float(cross_entropy_terms(p, softmax(q)).sum()),
        "double_softmax_hard_label_ce": float(cross_entropy_terms(one_hot, softmax(q)).sum()),
    }


def _matching_names(value: float, quantities: dict[str, float]) -> tuple[str, ...]:
    if math.isnan(value):
        return (NOT_A_NUMBER,)
    names = tuple(n for n, known in quantities.items() if math.isclose(value, known, rel_tol=1e-9, abs_tol=1e-12))
    return names or (UNNAMED,)
