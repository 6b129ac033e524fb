"""Lessons: scenes of several pages in an order of their own, with titles and notes; in a link and as a file.

A file is JSON. A link has the same text, compressed and with the characters of base64url. Both come from users and may
be anything.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

# The version of the format. Files and links of other versions are refused.
VERSION = 1
MAX_STEPS = 50
# The longest title and note, in characters.
MAX_TITLE, MAX_NOTE = 120, 1000
# The longest text in a link, in characters: with the rest of an address, what proxies commonly accept.
MAX_LINK = 6000
# The largest file, and what a link may expand to, in bytes.
MAX_BYTES = 250_000

RULES = (
    "not_a_lesson",
    "version",
    "too_long",
    "link_too_long",
    "text_too_long",
    "too_many_steps",
    "no_steps",
    "unknown_scene",
    "no_step",
)

# The codes of the scenes of each page, by stem.
Scenes = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a lesson.

    Attributes
    ----------
    page, scene : str
        The stem of an explainer, and the code of one of its scenes.
    title, note : str
        Plain text of the author; may be empty.
    """

    page: str
    scene: str
    title: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson: a title and its steps."""

    title: str
    steps: tuple[Step, ...]


class InvalidLesson(ValueError):
    """Raised for a text that is no lesson that can be shown.

    Attributes
    ----------
    code : str
        The violated rule, one of `RULES`. The pages have a sentence for each.
    details : dict
        The values of the placeholders of the sentence.
    """

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


def to_json(lesson: Lesson) -> str:
    """Return the text of the file of a lesson.

    Examples
    --------
    >>> lesson = Lesson("Losses", (Step("softmax_stability", "calm"),))
    >>> from_json(to_json(lesson), {"softmax_stability": ["calm"]}) == lesson
    True
    """
    return json.dumps({"version": VERSION, **asdict(lesson)}, ensure_ascii=False, indent=1)


def from_json(text: str | bytes, scenes: Scenes) -> Lesson:
    """Return the lesson of a file; ``scenes`` are those that a lesson may have.

    Raises
    ------
    InvalidLesson
    """
    if len(text) > MAX_BYTES:
        raise InvalidLesson("too_long", high=MAX_BYTES // 1000)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidLesson("not_a_lesson") from None
    if not isinstance(found, dict) or not isinstance(version := found.get("version"), int):
        raise InvalidLesson("not_a_lesson")
    if version != VERSION:
        raise InvalidLesson("version", version=version if abs(version) < 10**6 else "?")
    steps = found.get("steps")
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise InvalidLesson("not_a_lesson")
    title = _text(found, "title", MAX_TITLE)
    return check_lesson(Lesson(title, tuple(_step(step) for step in steps[: MAX_STEPS + 1])), scenes)


def to_link(lesson: Lesson) -> str:
    """Return a lesson as text for a link, of letters, digits, - and _.

    Raises
    ------
    InvalidLesson
        The text would be too long for a link.

    Examples
    --------
    >>> lesson = Lesson("Losses", (Step("softmax_stability", "calm", "Begin"),))
    >>> from_link(to_link(lesson), {"softmax_stability": ["calm"]}) == lesson
    True
    """
    text = base64.urlsafe_b64encode(zlib.compress(to_json(lesson).encode(), 9)).decode().rstrip("=")
    if len(text) > MAX_LINK:
        raise InvalidLesson("link_too_long", high=MAX_LINK)
    return text


def from_link(text: str, scenes: Scenes) -> Lesson:
    """Return the lesson of a link; ``scenes`` are those that a lesson may have.

    Raises
    ------
    InvalidLesson
    """
    if len(text) > MAX_LINK:
        raise InvalidLesson("link_too_long", high=MAX_LINK)
    try:
        packed = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        # A short text may expand to gigabytes: no more than the limit is expanded.
        unpacked = zlib.decompressobj().decompress(packed, MAX_BYTES + 1)
    except (ValueError, zlib.error):
        raise InvalidLesson("not_a_lesson") from None
    return from_json(unpacked, scenes)


def check_lesson(lesson: Lesson, scenes: Scenes) -> Lesson:
    """Return a lesson that has steps, not too many, and only scenes that exist.

    Raises
    ------
    InvalidLesson
    """
    if not lesson.steps:
        raise InvalidLesson("no_steps")
    if len(lesson.steps) > MAX_STEPS:
        raise InvalidLesson("too_many_steps", high=MAX_STEPS)
    for number, step in enumerate(lesson.steps, 1):
        if step.scene not in scenes.get(step.page, ()):
            raise InvalidLesson("unknown_scene", number=number, page=step.page[:40], scene=step.scene[:40])
    return lesson


def _step(found: Mapping[str, Any]) -> Step:
    names = {"page": MAX_TITLE, "scene": MAX_TITLE, "title": MAX_TITLE, "note": MAX_NOTE}
    return Step(**{name: _text(found, name, most) for name, most in names.items()})


def _text(found: Mapping[str, Any], name: str, most: int) -> str:
    """Return a text of at most ``most`` characters; empty if it is missing."""
    text = found.get(name, "")
    if not isinstance(text, str):
        raise InvalidLesson("not_a_lesson")
    if len(text) > most:
        raise InvalidLesson("text_too_long", high=most)
    # Half of a surrogate pair cannot be sent.
    return text.encode(errors="replace").decode()
