"""Challenges: tasks on a page that a program checks on every state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

# Values of the controls of a page, by name; ``tab`` is the view on the stage.
Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One state of a page, compared with the task of a challenge.

    Attributes
    ----------
    met : bool
    result : float or None
        The quantity to make small or large, if there is one; finite if the challenge is met.
    """

    met: bool
    result: float | None = None


@dataclass(frozen=True, slots=True)
class Challenge:
    """A task that is checked while one of its views is on the stage.

    Attributes
    ----------
    check : callable
        Takes the settings and the result of the view on the stage, and returns an `Attempt`. It runs on every rerun,
        so it computes next to nothing.
    better : {"smaller", "larger"} or None
        Which of two results is the better one; None if the task has no result.
    views : tuple of str
        The codes of these views.
    """

    check: Callable[[Settings, Any], Attempt]
    better: Literal["smaller", "larger"] | None = None
    views: tuple[str, ...] = ("headline",)

    def better_of(self, one: float | None, other: float | None) -> float | None:
        """Return the better of two results.

        Examples
        --------
        >>> Challenge(lambda settings, result: Attempt(True), "smaller").better_of(200.0, 182.0)
        182.0
        """
        if one is None or other is None:
            return one if other is None else other
        return min(one, other) if self.better == "smaller" else max(one, other)


# The type of CHALLENGES in each topic: by name, in the order of the page.
Challenges = Mapping[str, Challenge]
