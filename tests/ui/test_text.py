"""Both languages are complete."""

import re
import string
from pathlib import Path

import pytest

from core.claims import Verdict
from core.validate import MESSAGES
from ui.numbers import format_number
from ui.registry import EXPLAINERS, GROUPS, PAGES
from ui.text import COMMON, LANGUAGES, phrases

FILES = [COMMON, PAGES / "home.toml", *(PAGES / f"{e.stem}.toml" for e in EXPLAINERS)]
EVERY = [(file, path) for file in FILES for path in phrases(file)]
HANGUL = re.compile("[가-힣]")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(("file", "path"), EVERY, ids=lambda value: value.stem if isinstance(value, Path) else value)
def test_a_phrase_has_both_languages(file: Path, path: str) -> None:
    phrase = phrases(file)[path]
    assert set(phrase) == set(LANGUAGES)
    assert all(text.strip() for text in phrase.values())
    assert not HANGUL.search(phrase["en"])
    # A phrase with several English words has some Korean; single terms and formulas may stay as they are.
    if len(re.findall(r"[A-Za-z]{4,}", re.sub(r"\{[^}]*\}|`[^`]*`", "", phrase["en"]))) > 3:
        assert HANGUL.search(phrase["ko"]), phrase["ko"]


@pytest.mark.parametrize(("file", "path"), EVERY, ids=lambda value: value.stem if isinstance(value, Path) else value)
def test_both_languages_tell_the_same_figures(file: Path, path: str) -> None:
    phrase = phrases(file)[path]
    try:
        names = {language: placeholders(text) for language, text in phrase.items()}
    except ValueError:
        # LaTeX in a phrase that is never filled in.
        return
    assert names["en"] == names["ko"]


def test_every_error_of_core_has_a_sentence() -> None:
    said = {path.removeprefix("errors.") for path in phrases(COMMON) if path.startswith("errors.")}
    assert said == set(MESSAGES)
    for code, message in MESSAGES.items():
        assert placeholders(phrases(COMMON)[f"errors.{code}"]["en"]) <= placeholders(message)


def test_every_verdict_and_group_has_a_name() -> None:
    assert {f"verdicts.{verdict}" for verdict in Verdict} | {f"groups.{group}" for group in GROUPS} <= set(
        phrases(COMMON)
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "−0"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float("nan"), "nan"),
        (1234.5678, "1235"),
        (-0.5, "−0.5"),
        (1.5e-10, "1.5e−10"),
        (6.02e23, "6.02e23"),
    ],
)
def test_numbers_are_written_for_reading(value: float, text: str) -> None:
    assert format_number(value) == text
