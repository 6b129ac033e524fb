"""Every challenge: a solution exists, the defaults do not solve it, and a near miss does not.

The settings are in ``tests/core/<stem>/test_challenges.py``, beside what is special about a topic's challenges.
"""

import importlib
from types import ModuleType

import pytest

from ui.registry import EXPLAINERS

STEMS = [explainer.stem for explainer in EXPLAINERS]
CASES = [
    (stem, name)
    for stem in STEMS
    for name in getattr(importlib.import_module(f"core.{stem}.challenges"), "CHALLENGES", ())
]
challenges = pytest.mark.parametrize(("stem", "name"), CASES)


def cases(stem: str) -> ModuleType:
    """Return the settings of a topic's challenges, with the function that checks them."""
    return importlib.import_module(f"tests.core.{stem}.test_challenges")


@challenges
def test_every_challenge_has_a_solution(stem: str, name: str) -> None:
    expected = cases(stem).RESULTS[name]
    solved = cases(stem).attempt(name, cases(stem).SOLUTIONS[name])
    assert solved.met
    assert solved.result == (None if expected is None else pytest.approx(expected, rel=1e-3))
    assert (importlib.import_module(f"core.{stem}").CHALLENGES[name].better is None) == (expected is None)


@challenges
def test_defaults_do_not_solve_a_challenge(stem: str, name: str) -> None:
    assert not cases(stem).attempt(name, {}).met


@challenges
def test_near_misses_do_not_solve_a_challenge(stem: str, name: str) -> None:
    assert not cases(stem).attempt(name, cases(stem).NEAR_MISSES[name]).met


def test_every_page_has_three_challenges() -> None:
    assert {stem: [one for one, _ in CASES].count(stem) for stem in STEMS} == dict.fromkeys(STEMS, 3)
