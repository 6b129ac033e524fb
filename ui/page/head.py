"""The head of a page: menu, language, title and question."""

from __future__ import annotations

import streamlit as st

from ui.controls import address
from ui.controls.panel import Control, Panel
from ui.page.share import ShareMixin
from ui.registry import EXPLAINERS, GROUPS
from ui.text import LANGUAGES, Words


class HeadMixin(ShareMixin):
    """Draws the head."""

    def head(self) -> None:
        """Draw the menu of pages, the choice of language, the title and the question."""
        words = self.words
        stems = ("home", "lessons", *(explainer.stem for explainer in EXPLAINERS))
        codes = tuple(LANGUAGES)

        def choose_language(index: object) -> None:
            if isinstance(index, int) and 0 <= index < len(codes):
                st.session_state.language = codes[index]
                st.session_state.language_in_link = True

        titles = tuple(words("home") if stem == "home" else Words(stem, words.language)("title") for stem in stems)
        # Relative addresses: the app may be served below a base path.
        links = tuple(f"{'.' if stem == 'home' else stem}?lang={words.language}" for stem in stems)
        groups: tuple[tuple[str, tuple[int, ...]], ...] = (("", (0, 1)),)
        for group in GROUPS:
            members = tuple(stems.index(explainer.stem) for explainer in EXPLAINERS if explainer.group == group)
            groups += ((words(f"groups.{group}"), members),)
        menu = Control(
            "menu",
            "menu",
            words("pages"),
            options=titles,
            extra=(
                ("links", links),
                ("current", stems.index(words.stem)),
                ("groups", groups),
                ("shortcuts", words("shortcuts")),
            ),
        )
        language = Control(
            "language_choice",
            "radio",
            words("language"),
            options=tuple(LANGUAGES.values()),
            extra=(("bare", True),),
        )
        title = Control(
            "title",
            "title",
            words("title"),
            extra=(
                ("page", words.stem),
                ("question", words("question")),
                ("short", self.render(words("short")) if words.has("short") else ""),
                ("short_title", words("short_title")),
                ("present", words("present")),
                ("share", words("share.button")),
                ("print", words("print")),
                ("reconnecting", words("reconnecting")),
                ("language", words.language),
                ("exam", self.exam is not None),
            ),
        )
        panel = Panel("head", horizontal=True, on_restore=self._restore)
        panel.add(menu)
        panel.add(title, self.printed_code(), self.on_title)
        panel.add(language, codes.index(words.language), choose_language)
        panel.set_parameter("lang", words.language if st.session_state.language_in_link else None)
        panel.draw()

    def _restore(self, query: object) -> None:
        """Restore the state from the browser's address."""
        if not address.restore(self.prefix, query):
            return
        st.session_state.restored = True
        if (code := address.parameters().get("lang")) in LANGUAGES:
            st.session_state.language, st.session_state.language_in_link = code, True
