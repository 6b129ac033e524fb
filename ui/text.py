"""Words from the .toml files, by language."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
import tomli

from ui import address
from ui.registry import PAGES

LANGUAGES = {"en": "English", "ko": "한국어"}
COMMON = Path(__file__).with_name("common.toml")


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

    walk(tomli.loads(file.read_text(encoding="utf-8")), "")
    return found


@functools.cache
def sources(stem: str) -> list[tuple[str, str]]:
    """Return a page's literature, from ``sources`` at the head of its file: (authors, year and title; address)."""
    file = PAGES / f"{stem}.toml"
    return [(text, address) for text, address in tomli.loads(file.read_text(encoding="utf-8"))["sources"]]


class Words:
    """The phrases of one page, and behind them the common ones, in one language."""

    def __init__(self, stem: str, language: str) -> None:
        self.stem = stem
        self.language = language
        self._own, self._common = phrases(PAGES / f"{stem}.toml"), phrases(COMMON)

    def __call__(self, path: str, /, **values: Any) -> str:
        """Return the phrase at ``path``, its placeholders filled from ``values`` (KeyError if there is none)."""
        phrase = (self._own if path in self._own else self._common)[path][self.language]
        return phrase.format(**values) if values else phrase

    def has(self, path: str) -> bool:
        """Return whether the page's own file has a phrase at ``path``."""
        return path in self._own


def language() -> str:
    """Return the language of this session: chosen here, else named by the link, else the browser's."""
    if "language" not in st.session_state or address.went_back():
        asked = st.query_params.get("lang")
        browser = (st.context.locale or "en").lower()
        st.session_state.language_named = asked in LANGUAGES
        st.session_state.language = asked if asked in LANGUAGES else "ko" if browser.startswith("ko") else "en"
    return str(st.session_state.language)


def number(value: float, digits: int = 4) -> str:
    """Write a number for reading: significant digits, a real minus sign, and inf, nan and signed zero as they are."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "−0" if math.copysign(1, value) < 0 else "0"
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def written(figures: Mapping[str, float], digits: int = 4) -> dict[str, str]:
    """Write every figure with `number`, whole ones (of type int) in full, to fill a phrase."""
    return {
        name: f"{value:,}" if isinstance(value, int) else number(value, digits) for name, value in figures.items()
    }  # fmt: skip
