"""Definitions of technical terms, from ``glossary.toml``, and their places in a text."""

from __future__ import annotations

import functools
import html
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GLOSSARY = Path(__file__).with_name("glossary.toml")

# The content of these elements is left as it is.
_OPAQUE = frozenset({"a", "button", "code", "pre", "script", "span", "style"})
# A tag, or an entity, which no term may contain a part of.
_MARKUP = re.compile(r"<(?P<closing>/?)(?P<name>[A-Za-z][\w-]*)[^>]*?(?P<empty>/?)>|<[^>]*>|&#?\w+;")
# What may follow a Korean noun within its word: particles, and endings of 하다 and 되다.
_ENDINGS = "|".join(
    (
        "은|는|이|가|을|를|의|에|로|으로|와|과|도|만|나|이나|란|이란|라는|이라는|라고|이라고|라면|이라면|라서|이라서",
        "들|들은|들이|들을|들의|들에|들로|에는|에도|에서|에서는|에서도|에만|까지|까지도|부터|마다|처럼|보다|조차|밖에|뿐|별|별로",
        "로는|으로는|로도|으로도|로만|으로만|로서|으로서|인|인지|이고|고|이며|며|이다|다|이면|면|일|이므로|이지만|이라|입니다|입니까",
        "하는|한|할|하면|하고|하지|하게|하도록|해|합니다|했습니다|되는|된|될|되면|되고|되지|되어|됩니다|되었습니다|됐습니다",
    )
)


@dataclass(frozen=True, slots=True)
class Term:
    """A technical term in one language.

    Attributes
    ----------
    key : str
        Its name in ``glossary.toml``.
    names : tuple of str
        The term, then other forms in which it occurs.
    definition : str
        One or two sentences.
    pages : tuple of str
        Stems of the pages on which the term has this meaning; empty if on all.
    """

    key: str
    names: tuple[str, ...]
    definition: str
    pages: tuple[str, ...]


@functools.cache
def terms(language: str, page: str | None = None) -> tuple[Term, ...]:
    """Return all terms in a language, or those of one page.

    Examples
    --------
    >>> [term.names[0] for term in terms("ko") if term.key == "learning_rate"]
    ['학습률']
    """
    found = (
        Term(
            key,
            (entry[language], *entry.get(f"{language}_forms", ())),
            entry["definition"][language],
            tuple(entry.get("pages", ())),
        )
        for key, entry in _entries().items()
    )
    return tuple(term for term in found if page is None or not term.pages or page in term.pages)


@functools.cache
def avoided() -> dict[str, tuple[str, ...]]:
    """Return, by key, the Korean words that the pages do not use for a term: one word for one thing."""
    return {key: tuple(entry["ko_not"]) for key, entry in _entries().items() if "ko_not" in entry}


def mark_terms(text: str, language: str, *, page: str | None = None, seen: set[str] | None = None) -> str:
    """Wrap the first occurrence of each term in a ``<span class="term">`` that has the definition.

    English terms are found as whole words, with or without a plural in -s; Korean ones at the beginning of a word, with
    or without a particle. Of two terms that begin at the same place the longer one is marked. Tags and the content of
    links, code and spans are left as they are.

    Parameters
    ----------
    text : str
        HTML.
    language : str
        ``en`` or ``ko``.
    page : str, optional
        The stem of a page, to leave out terms that have another meaning there.
    seen : set of str, optional
        Keys of terms that were marked before and are not marked again. Terms that are marked now are added.

    Returns
    -------
    str

    Examples
    --------
    >>> seen = set()
    >>> marked = mark_terms("<p>Seeds differ.</p>", "en", seen=seen)
    >>> marked.startswith('<p><span class="term" tabindex="0" data-definition="The number')
    True
    >>> marked.endswith(">Seeds</span> differ.</p>")
    True
    >>> mark_terms("<p>Seeds differ.</p>", "en", seen=seen)
    '<p>Seeds differ.</p>'
    """
    marked, keys = _mark(text, language, page, frozenset(seen or ()))
    if seen is not None:
        seen |= keys
    return marked


@functools.lru_cache(maxsize=2048)
def _mark(text: str, language: str, page: str | None, seen: frozenset[str]) -> tuple[str, frozenset[str]]:
    """Return the text with marks, and the keys of the marked terms. Pages show the same texts again and again."""
    pattern, by_name = _index(language, page)
    found: set[str] = set()

    def mark(match: re.Match[str]) -> str:
        term = by_name[_lower_first(match["name"])]
        if term.key in seen or term.key in found:
            return match[0]
        found.add(term.key)
        definition = html.escape(term.definition)
        return f'<span class="term" tabindex="0" data-definition="{definition}">{match[0]}</span>'

    pieces, opaque, end = [], 0, 0
    for markup in [*_MARKUP.finditer(text), None]:
        between = text[end : markup.start() if markup else len(text)]
        pieces.append(between if opaque else pattern.sub(mark, between))
        if markup:
            pieces.append(markup[0])
            end = markup.end()
            if (markup["name"] or "").lower() in _OPAQUE and not markup["empty"]:
                opaque = max(0, opaque - 1) if markup["closing"] else opaque + 1
    return "".join(pieces), frozenset(found)


@functools.cache
def _index(language: str, page: str | None) -> tuple[re.Pattern[str], dict[str, Term]]:
    """Return a pattern that finds the terms' names, and the terms by name."""
    by_name = {_lower_first(name): term for term in terms(language, page) for name in term.names}
    # Grouped by the first letter, so that most places in a text need one comparison.
    groups: dict[str, list[str]] = {}
    for name in sorted(by_name, key=len, reverse=True):
        groups.setdefault(name[0], []).append(re.escape(name[1:]))
    alternatives = (f"{_either_case(first)}(?:{'|'.join(rests)})" for first, rests in groups.items())
    name = f"(?P<name>{'|'.join(alternatives)})"
    if language == "ko":
        return re.compile(rf"(?<![\w-]){name}(?=(?:{_ENDINGS})?(?![\w-]))"), by_name
    return re.compile(rf"(?<![\w-]){name}s?(?![\w-])"), by_name


def _either_case(letter: str) -> str:
    """Return a pattern for the first letter of a name, which a sentence may begin with."""
    return f"[{letter}{letter.upper()}]" if letter.isalpha() and letter.upper() != letter else re.escape(letter)


def _lower_first(name: str) -> str:
    """Return a name as it is written within a sentence; names such as GD or Adam stay as they are."""
    is_word = name[:1].isalpha() and name[1:].islower()
    return name[0].lower() + name[1:] if is_word else name


@functools.cache
def _entries() -> dict[str, dict[str, Any]]:
    return tomllib.loads(GLOSSARY.read_text(encoding="utf-8"))
