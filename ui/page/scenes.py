"""The scenes of a page: named settings that tell its story in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.controls.inputs import link_text
from ui.controls.panel import Control, Panel
from ui.page.markup import render_markup
from ui.page.state import PageState, Settings


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
        extra = tuple((phrase, words(f"scene_{phrase}")) for phrase in ("previous", "next", "none"))
        control = Control(key, "scenes", words("scenes_title"), options=titles, extra=extra)
        value = [names.index(active) if active else -1, st.session_state.get(f"{key}_last", -1)]
        panel.add(control, value, show)
        text = words(f"scenes.{active}.text") if active else words("scene_none_text")
        panel.texts[key] = render_markup(text)

    def _is_active(self, settings: Settings) -> bool:
        if any(settings.get(name, self.defaults[name]) != value for name, value in self.values.items()):
            return False
        if not all(self._is_set(name, value) for name, value in settings.items() if name not in self.values):
            return False
        # A scene that opens a view also requires the default values of the other controls inside views. Those of views
        # that were drawn before are known by their defaults.
        named = {**self.values, **settings}
        others = {name: default for name, default in self.defaults.items() if name not in named}
        at_defaults = all(
            st.session_state.get(self.prefix + name, default) == default for name, default in others.items()
        )
        return at_defaults or "tab" not in settings

    def _is_set(self, name: str, value: Any) -> bool:
        # A control inside a view is drawn after the scenes: in the first run only the link knows its value.
        key = self.prefix + name
        if key in st.session_state:
            return bool(st.session_state[key] == value)
        return st.query_params.get(key) == (link_text(value) if isinstance(value, float) else str(value))
