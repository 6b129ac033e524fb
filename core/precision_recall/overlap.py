"""Precision, recall and F1 of a generated text: how many of its words, or letters, are in a reference."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from core.validate import check_choice


def tokens(text: str, unit: str) -> list[str]:
    """Split a text into ``words``, ``letters`` or ``pairs`` of letters next to each other, spaces left out.

    Raises
    ------
    InvalidArgument
        ``unit`` is another one.

    Examples
    --------
    >>> tokens("a cat", "letters"), tokens("a cat", "pairs")
    (['a', 'c', 'a', 't'], ['ac', 'ca', 'at'])
    """
    check_choice(unit, "unit", ("words", "letters", "pairs"))
    if unit == "words":
        return text.split()
    letters = [letter for letter in text if not letter.isspace()]
    return letters if unit == "letters" else ["".join(pair) for pair in pairwise(letters)]


def overlap_precision(generated: Sequence[str], reference: Sequence[str], *, clipped: bool) -> float:
    """Return the share of generated tokens that are in the reference; ``clipped``: each no more often than there.

    nan if nothing is generated.

    References
    ----------
    Papineni, K., Roukos, S., Ward, T., Zhu, W.-J. (2002). BLEU: a method for automatic evaluation of machine
    translation. ACL 2002, 311-318. doi:10.3115/1073083.1073135

    Examples
    --------
    >>> reference = "the cat is on the mat".split()
    >>> [round(7 * overlap_precision(["the"] * 7, reference, clipped=clipped)) for clipped in (False, True)]
    [7, 2]
    """
    counts, allowed = Counter(generated), Counter(reference)
    shared = counts & allowed if clipped else Counter({token: n for token, n in counts.items() if token in allowed})
    return shared.total() / len(generated) if generated else math.nan


def overlap_f1(generated: Sequence[str], reference: Sequence[str]) -> float:
    """Return F1 of the clipped overlap: 2 · shared / (generated + reference), the Dice coefficient of the two bags.

    nan if both are empty.

    Examples
    --------
    >>> overlap_f1("mat the on".split(), "on the mat".split())
    1.0
    """
    shared, total = (Counter(generated) & Counter(reference)).total(), len(generated) + len(reference)
    return 2 * shared / total if total else math.nan
