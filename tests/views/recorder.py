"""A page that records the texts of a view instead of drawing it, for tests at many states."""

from __future__ import annotations

import contextlib
from typing import Any

from ui.text import Words


class Recorder:
    """Stands for `ui.page.Page` in the functions of a view.

    Attributes
    ----------
    looked_up : list of str
        The paths of the phrases, in the order in which they were looked up.
    texts : list of str
        Notices, captions and other texts.
    """

    def __init__(self, stem: str, language: str = "en") -> None:
        self._words = Words(stem, language)
        self.looked_up: list[str] = []
        self.texts: list[str] = []
        self.view = ""
        self.is_secret = False
        words = self._words

        class Recording:
            stem, language, has = words.stem, words.language, staticmethod(words.has)

            def __call__(_, path: str, /, **values: Any) -> str:
                self.looked_up.append(path)
                return words(path, **values)

        self.words = Recording()

    def columns(self, widths: Any, rows: int = 1) -> list[contextlib.AbstractContextManager[None]]:
        count = widths if isinstance(widths, int) else len(widths)
        return [contextlib.nullcontext() for _ in range(count * rows)]

    def fills(self, table: str, **colours: Any) -> tuple[tuple[str, str], ...]:
        return tuple((self.words(f"{table}.{state}"), "#000000") for state in colours)

    def notice(self, *sentences: str) -> None:
        self.texts += sentences

    def text(self, text: str) -> None:
        self.texts.append(text)

    def caption(self, text: str) -> None:
        self.texts.append(text)

    def info(self, text: str, **_: Any) -> None:
        self.texts.append(text)

    def metrics(self, values: dict[str, str]) -> None:
        self.texts += [f"{name} {value}" for name, value in values.items()]

    def chart(self, *_: Any, **__: Any) -> None:
        """Draw nothing."""

    table = images = code_block = chart
