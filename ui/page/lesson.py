"""The lesson that a link has opened: the parameters ``lesson`` and ``step`` (``docs/links.md``)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from ui.controls import address
from ui.lessons import InvalidLesson, Lesson, Scenes, Step, from_link
from ui.registry import EXPLAINERS
from ui.text import Words, codes, ready_made

LESSON, STEP = "lesson", "step"


@dataclass(frozen=True, slots=True)
class OpenLesson:
    """A lesson, and the step that is shown.

    Attributes
    ----------
    lesson : Lesson
    text : str
        The lesson in links: the name of a ready-made one, or what `ui.lessons.to_link` returns.
    number : int
        The number of the step, from 1.
    """

    lesson: Lesson
    text: str
    number: int

    def link(self, number: int, language: str) -> str | None:
        """Return the relative address of a step; None if there is no such step."""
        if not 1 <= number <= len(self.lesson.steps):
            return None
        return step_link(self.lesson, self.text, number, language)

    def overview(self, language: str) -> str:
        """Return the relative address of the page of lessons with this one."""
        return f"lessons?{urlencode({'lang': language, LESSON: self.text})}"


def step_link(lesson: Lesson, text: str, number: int, language: str) -> str:
    """Return the relative address of a step, counted from 1; ``text`` is the lesson in links."""
    step = lesson.steps[number - 1]
    return f"{step.page}?{urlencode({'lang': language, **step_parameters(step, text, number)})}"


def step_parameters(step: Step, text: str, number: int) -> dict[str, str]:
    """Return the parameters of a step: its scene, the lesson and the number."""
    return {f"{step.page.split('_')[0]}_scene": step.scene, LESSON: text, STEP: str(number)}


def known_scenes() -> Scenes:
    """Return the codes of the scenes of every page."""
    return {explainer.stem: codes(explainer.stem, "scenes") for explainer in EXPLAINERS}


def read_lesson(text: str, language: str) -> Lesson:
    """Return the lesson of a link: a ready-made one by its name, in the language, or any other.

    Raises
    ------
    InvalidLesson
    """
    if text not in ready_made():
        return from_link(text, known_scenes())
    words, path = Words("lessons", language), f"ready.{text}"
    steps = (
        Step(page, scene, words(f"{path}.steps.{number}.title"), words(f"{path}.steps.{number}.note"))
        for number, (page, scene) in enumerate(ready_made()[text], 1)
    )
    return Lesson(words(f"{path}.title"), tuple(steps))


def open_lesson(stem: str, language: str) -> OpenLesson | None:
    """Return the lesson that the link opens on the page ``stem``; None without one.

    Raises
    ------
    InvalidLesson
        It is no lesson, or its step with this number is not on the page.
    """
    parameters = address.parameters()
    if LESSON not in parameters or stem not in known_scenes():
        return None
    lesson = read_lesson(parameters[LESSON], language)
    number = parameters.get(STEP, "1")
    numbers = {str(k): k for k, step in enumerate(lesson.steps, 1) if step.page == stem}
    if number not in numbers:
        raise InvalidLesson("no_step", count=len(lesson.steps))
    return OpenLesson(lesson, parameters[LESSON], numbers[number])
