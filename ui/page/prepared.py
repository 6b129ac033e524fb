"""What a link has prepared for its receiver: hidden pieces of the page, hidden and locked controls, and an exam.

The parameters ``hide`` and ``lock`` are names separated by commas, ``exam`` is a name and a number
(``docs/links.md``).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.exams import Exam, Exams, draw_value
from ui.controls import address

# The pieces of a page that a link can hide, beside the controls.
PIECES = ("predict", "challenges", "claims", "teachers", "code")
HIDE, LOCK, EXAM, ANSWER = "hide", "lock", "exam", "answer"
# The choice of the view is no control of the panel.
VIEW = {"tab"}
# The numbers of an exam question.
MAX_NUMBER = 999


@dataclass(frozen=True, slots=True)
class OpenExam:
    """An exam question that a link has opened.

    Attributes
    ----------
    name : str
    number : int
    exam : Exam
    value : object
        The value of its control.
    answered : bool
        Whether the link shows the answer.
    """

    name: str
    number: int
    exam: Exam
    value: Any
    answered: bool


def hidden_names() -> set[str]:
    """Return the names of the pieces and controls that the link hides."""
    return _names(HIDE)


def locked_names() -> set[str]:
    """Return the names of the controls that the link locks: neither the user nor a scene changes them."""
    return _names(LOCK) - VIEW


def hidden_value(stem: str, exams: Exams, name: str, number: int) -> Any:
    """Return the value of the hidden control of a page's exam question with this number."""
    return draw_value(exams[name], f"{stem} {name} {number}")


def open_exam(stem: str, exams: Exams) -> OpenExam | None:
    """Return the exam question that the link opens on the page ``stem``, if it is one of ``exams``."""
    found = re.fullmatch(r"(\w+)-([0-9]{1,3})", address.parameters().get(EXAM, ""))
    if not found or found[1] not in exams:
        return None
    name, number = found[1], int(found[2])
    value = hidden_value(stem, exams, name, number)
    return OpenExam(name, number, exams[name], value, answered=address.parameters().get(ANSWER) == "1")


def ignored_parameters(controls: Collection[str], exam: OpenExam | None) -> list[str]:
    """Return what the link asks for and a page with these ``controls`` does not have, as ``key=text``."""
    known = {HIDE: {*controls, *PIECES} - VIEW, LOCK: set(controls) - VIEW}
    unknown = [f"{key}={name}" for key, names in known.items() for name in sorted(_names(key) - names)]
    if not exam:
        unknown += [f"{key}={text}" for key in (EXAM, ANSWER) if (text := address.parameters().get(key)) is not None]
    return unknown + [f"{key}={text}" for key, text in address.refused().items()]


def _names(key: str) -> set[str]:
    return {name.strip() for name in address.parameters().get(key, "").split(",") if name.strip()}
