"""Findings: facts about a result that a page turns into sentences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact about a result that is worth a sentence on the page.

    Attributes
    ----------
    code : str
        Key of the sentence.
    figures : dict of str to (float or int)
        Values for the placeholders of the sentence.
    """

    code: str
    figures: dict[str, float | int]
