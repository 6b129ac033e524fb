"""Claims on trial: a sentence from lecture notes, and what computing it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a computation can say of a sentence."""

    HOLDS = "holds"
    DEPENDS = "depends"  # right under a condition that the sentence leaves out
    FALSE = "false"
    UNTESTED = "untested"  # cannot be settled by anything this project computes


@dataclass(frozen=True, slots=True)
class Claim:
    """The verdict on one sentence.

    Attributes
    ----------
    verdict : Verdict
        Decided from `evidence` when the claim is computed, never written down beforehand.
    evidence : dict of str to (float or str)
        The computed figures that the verdict rests on, by the names that the page's words use for them.
    """

    verdict: Verdict
    evidence: dict[str, float | str]


# What a topic module offers as CLAIMS: in order, a function for each claim, called when the claim is opened.
Claims = Mapping[str, Callable[[], Claim]]
