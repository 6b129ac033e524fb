"""Claims: sentences from lecture notes, each with a computed verdict and its evidence."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.progress import Report


class Verdict(StrEnum):
    """The result of testing a sentence by computation."""

    HOLDS = "holds"
    DEPENDS = "depends"  # true under a condition that the sentence omits
    FALSE = "false"
    UNTESTED = "untested"  # no computation in this project can decide it


def verdict_by_cases(holds: Sequence[bool]) -> Verdict:
    """Return the verdict on a sentence from the cases in which it holds: all, some or none.

    Examples
    --------
    >>> str(verdict_by_cases([True, True])), str(verdict_by_cases([True, False])), str(verdict_by_cases([False]))
    ('holds', 'depends', 'false')
    """
    return Verdict.HOLDS if all(holds) else Verdict.DEPENDS if any(holds) else Verdict.FALSE


@dataclass(frozen=True, slots=True)
class Claim:
    """The verdict on one sentence.

    Attributes
    ----------
    verdict : Verdict
        Derived from `evidence` when the claim is computed.
    evidence : dict of str to (float or str)
        The computed values behind the verdict, by the placeholder names in the texts of the page.
    """

    verdict: Verdict
    evidence: dict[str, float | str]


# The type of CLAIMS in each topic: functions that compute the claims, by key, in the order of the page.
Claims = Mapping[str, Callable[[], Claim]]


def compute_claim(topic: str, key: str, report: Report) -> Claim:
    """Compute one claim of a topic: a job for a worker process, which imports the topic by its name.

    Parameters
    ----------
    topic, key : str
        The package in `core`, and a key of its ``CLAIMS``.
    report : callable
        Called once at the start, with 0.
    """
    report(0.0)
    claims: Claims = importlib.import_module(f"core.{topic}").CLAIMS
    return claims[key]()
