"""The scenes of a page: named settings, in the order in which the page is explained."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui.controls import address
from ui.controls.address import link_text
from ui.controls.panel import Control, Panel
from ui.page.markup import render_markup
from ui.page.state import OUTSIDE, PageState, Settings


class ScenesMixin(PageState):
    """Adds the scenes to the control panel."""

    def _add_scenes(self, panel: Panel, scenes: Mapping[str, Settings]) -> None:
        words, key, names = self.words, f"{self.prefix}scene", list(scenes)
        # The active scene is the one whose settings are all set; of several, the one with the most settings.
        matching = [name for name in names if self._is_active(scenes[name])]
        active = max(matching, key=lambda name: len(scenes[name]), default=None)
        if active:
            st.session_state[f"{key}_last"] = names.index(active)

        def show(index: object) -> None:
            if isinstance(index, int) and 0 <= index < len(names):
                self._apply(scenes[names[index]])

        titles = tuple(f"{n}/{len(names)} · {words(f'scenes.{name}.name')}" for n, name in enumerate(names, 1))
        extra = (*((phrase, words(f"scene_{phrase}")) for phrase in ("previous", "next", "none")), ("resets", True))
        control = Control(key, "scenes", words("scenes_title"), options=titles, extra=extra)
        value = [names.index(active) if active else -1, st.session_state.get(f"{key}_last", -1)]
        panel.add(control, value, show)
        text = words(f"scenes.{active}.text") if active else words("scene_none_text")
        panel.texts[key] = render_markup(text)

    def _is_active(self, settings: Settings) -> bool:
        if any(settings.get(name, self.defaults[name]) != value for name, value in self.values.items()):
            return False
        # Controls of views are drawn after the scenes, so their values are read from the address.
        not_compared = {*self.values, *OUTSIDE, "predict"}
        expected = {name: link_text(value) for name, value in settings.items() if name not in not_compared}
        current = {
            name: text
            for key, text in address.parameters(self.prefix).items()
            if (name := key.removeprefix(self.prefix)) not in not_compared
        }
        if "tab" in settings:
            return current == expected
        # A scene of the headline stays active while a view is open.
        return expected.items() <= current.items()
