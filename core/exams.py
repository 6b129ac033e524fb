"""Exam questions: a control is hidden, and its value is to be found from what the page shows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Exam:
    """An exam question of a page.

    Attributes
    ----------
    control : str
        The name of the control that is hidden.
    values : tuple
        The values that it may have; the charts tell them apart.
    settings : mapping of str to Any
        The values of the other controls that differ from their defaults.
    """

    control: str
    values: tuple[Any, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)


# The type of EXAMS in each topic: by name, in the order of the page.
Exams = Mapping[str, Exam]


def draw_value(exam: Exam, key: str) -> Any:
    """Draw the hidden value: the same for the same ``key``, which names the question and its number.

    Examples
    --------
    >>> exam = Exam("rate", (0.01, 0.1, 1.0))
    >>> drawn = [draw_value(exam, f"gd_sgd_minibatch rate {number}") for number in range(1, 50)]
    >>> drawn == [draw_value(exam, f"gd_sgd_minibatch rate {number}") for number in range(1, 50)]
    True
    >>> sorted(set(drawn))
    [0.01, 0.1, 1.0]
    """
    digest = hashlib.sha256(key.encode()).digest()
    return exam.values[int.from_bytes(digest[:8], "big") % len(exam.values)]
