"""Challenges: tasks that are checked on every state, with the best results so far."""

from __future__ import annotations

import math

import streamlit as st

from core.challenges import Challenges
from ui.controls import address
from ui.controls.address import link_text
from ui.controls.panel import Control, Panel
from ui.numbers import format_number
from ui.page.state import PageState

# The best result of each challenge that was met, by name; None if the challenge has no result.
Won = dict[str, float | None]


class ChallengesMixin(PageState):
    """Lists the challenges."""

    def _add_challenges(self, panel: Panel, challenges: Challenges) -> None:
        """Check the challenges and add them to a panel (words at ``challenges.<name>.{task,insight}``).

        Challenges that were met stay met in this session, on all visits of the page, and in its links.
        """
        words, key = self.words, f"{self.prefix}won"
        # The key does not start with the prefix of the page: the state of the page is forgotten when the user leaves.
        stored = f"won_{self.prefix}"
        won: Won = dict(st.session_state.get(stored, {}))
        _add(won, read_won(address.parameters().get(key, ""), challenges), challenges)
        _add(won, self._met_now(challenges), challenges)
        st.session_state[stored] = won
        extra = (("met", words("challenges_met")), ("solved", words("challenges_solved")))
        tasks = tuple(words(f"challenges.{name}.task") for name in challenges)
        control = Control(key, "challenges", words("challenges_title"), options=tasks, extra=extra)
        panel.add(control, [self._outcome(name, won) if name in won else None for name in challenges])
        panel.set_parameter(key, write_won(won, challenges) or None)

    def _met_now(self, challenges: Challenges) -> Won:
        attempts = {
            name: challenge.check(self.values, self.result)
            for name, challenge in challenges.items()
            if self.view in challenge.views
        }
        return {name: attempt.result for name, attempt in attempts.items() if attempt.met}

    def _outcome(self, name: str, won: Won) -> tuple[str, str]:
        """Return the best result of a challenge as text, and its insight as HTML."""
        result = won[name]
        best = "" if result is None else self.words("challenges_best", result=format_number(result))
        return best, self.render(self.words(f"challenges.{name}.insight"))


def read_won(text: str, challenges: Challenges) -> Won:
    """Read challenges that were met from a link; what is not valid is ignored.

    Examples
    --------
    >>> from core.challenges import Attempt, Challenge
    >>> challenges = {"cheap": Challenge(lambda settings, result: Attempt(True), "smaller")}
    >>> read_won("cheap:182,cheap:nan,cheap,other:1", challenges)
    {'cheap': 182.0}
    """
    won: Won = {}
    for part in text.split(","):
        name, colon, number = part.partition(":")
        if name not in challenges:
            continue
        has_result = challenges[name].better is not None
        if not has_result and not colon:
            won[name] = None
        elif has_result and (result := _finite(number)) is not None:
            won[name] = challenges[name].better_of(won.get(name), result)
    return won


def write_won(won: Won, challenges: Challenges) -> str:
    """Return the text of a link.

    Examples
    --------
    >>> write_won({"kill": None, "cheap": 182.0}, dict.fromkeys(("cheap", "kill")))
    'cheap:182,kill'
    """
    parts = {name: "" if won[name] is None else f":{link_text(won[name] or 0.0)}" for name in challenges if name in won}
    return ",".join(name + result for name, result in parts.items())


def _add(won: Won, more: Won, challenges: Challenges) -> None:
    """Add more challenges that were met; of two results the better one stays."""
    for name, result in more.items():
        won[name] = challenges[name].better_of(won.get(name), result)


def _finite(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
