"""Words from the .toml files, by language."""

from __future__ import annotations

import functools
import string
import tomllib
from pathlib import Path
from typing import Any

import streamlit as st

from ui.numbers import format_share
from ui.particles import choose_particles
from ui.registry import PAGES
from ui.server.streamlit_internals import is_history_navigation

LANGUAGES = {"en": "English", "ko": "한국어"}
COMMON = Path(__file__).with_name("common.toml")


@functools.cache
def _load(file: Path) -> dict[str, Any]:
    """Return the content of a file, which all callers share: none may change it."""
    return tomllib.loads(file.read_text(encoding="utf-8"))


@functools.cache
def phrases(file: Path) -> dict[str, dict[str, str]]:
    """Return a file's phrases by dotted path: ``{"controls.offset.label": {"en": …, "ko": …}}``."""
    found: dict[str, dict[str, str]] = {}

    def walk(table: dict[str, Any], path: str) -> None:
        if any(isinstance(value, str) for value in table.values()):
            found[path] = table
            return
        for name, inner in table.items():
            if isinstance(inner, dict):
                walk(inner, f"{path}.{name}" if path else name)

    walk(_load(file), "")
    return found


@functools.cache
def sources(stem: str) -> list[tuple[str, str]]:
    """Return a page's literature, from ``sources`` at the head of its file: (authors, year and title; address)."""
    return [(text, address) for text, address in _load(PAGES / f"{stem}.toml")["sources"]]


@functools.cache
def plan(stem: str, minutes: int) -> list[tuple[int, str]]:
    """Return the steps of a page's plan for a lesson, from ``plan<minutes>`` at the head of its file.

    Each has its minutes and the code of a scene or of a piece of the page, such as ``claims``.
    """
    return [(length, code) for length, code in _load(PAGES / f"{stem}.toml").get(f"plan{minutes}", [])]


@functools.cache
def ready_made() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the page and the scene of each step of the ready-made lessons, by name, from ``pages/lessons.toml``."""
    order = _load(PAGES / "lessons.toml")["order"]
    return {name: tuple((page, scene) for page, scene in steps) for name, steps in order.items()}


def codes(stem: str, table: str) -> tuple[str, ...]:
    """Return the names directly below a table of a page's words, in order."""
    start = f"{table}."
    paths = (path.removeprefix(start) for path in phrases(PAGES / f"{stem}.toml") if path.startswith(start))
    return tuple(dict.fromkeys(path.split(".")[0] for path in paths))


@functools.cache
def table(name: str, language: str) -> dict[str, str]:
    """Return a table of the common words by name."""
    start = f"{name}."
    return {
        path.removeprefix(start): phrase[language] for path, phrase in phrases(COMMON).items() if path.startswith(start)
    }


class _Filler(string.Formatter):
    """Fills placeholders as `str.format` does; a share such as ``{right:.1%}`` is written by `format_share`.

    A difference of shares, such as ``{lead:+.1%}``, may be rounded to 0.
    """

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.endswith("%") and not format_spec.startswith("+"):
            return format_share(value, int(format_spec.strip(".%")))
        filled: str = super().format_field(value, format_spec)
        return filled


def fill(phrase: str, **values: Any) -> str:
    """Return a phrase with its placeholders filled.

    Examples
    --------
    >>> fill("{right:.0%} of {n}", right=0.998, n=500)
    '99.8% of 500'
    """
    return _Filler().vformat(phrase, (), values)


class Words:
    """The phrases of one page in one language; a phrase that the page does not have is looked up in the common file."""

    def __init__(self, stem: str, language: str) -> None:
        self.stem = stem
        self.language = language
        self._own, self._common = phrases(PAGES / f"{stem}.toml"), phrases(COMMON)

    def __call__(self, path: str, /, **values: Any) -> str:
        """Return the phrase at ``path`` (KeyError if there is none) with its placeholders filled from ``values``.

        Korean particles are chosen by the values, see `ui.particles`.
        """
        phrase = (self._own if path in self._own else self._common)[path][self.language]
        text = fill(phrase, **values) if values else phrase
        return choose_particles(text) if self.language == "ko" else text

    def has(self, path: str) -> bool:
        """Return whether the page's own file has a phrase at ``path``."""
        return path in self._own


def language() -> str:
    """Return the session's language: the one chosen here, else the one in the link, else the browser's."""
    if "language" not in st.session_state or is_history_navigation():
        asked = st.query_params.get("lang")
        browser = (st.context.locale or "en").lower()
        st.session_state.language_in_link = asked in LANGUAGES
        st.session_state.language = asked if asked in LANGUAGES else "ko" if browser.startswith("ko") else "en"
    return str(st.session_state.language)
