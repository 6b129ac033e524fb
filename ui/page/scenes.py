"""The scenes of a page: named settings, in the order in which the page is explained."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui.controls import address
from ui.controls.inputs import one_of
from ui.controls.panel import Control, Panel
from ui.page.markup import render_markup
from ui.page.state import PageState, Settings


class ScenesMixin(PageState):
    """Adds the scenes to a panel."""

    def _add_scenes(self, panel: Panel) -> None:
        words, key, scenes = self.words, f"{self.prefix}scene", self.scenes
        names = list(scenes)
        active = next((index for index, name in enumerate(names) if self._is_set(scenes[name])), -1)
        if active >= 0:
            st.session_state[f"{key}_last"] = active

        def show(index: object) -> None:
            if isinstance(index, int) and 0 <= index < len(names):
                # A locked control may differ from the scene, which is then not active.
                st.session_state[f"{key}_last"] = index
                self._apply(scenes[names[index]])

        titles = tuple(f"{n}/{len(names)} · {words(f'scenes.{name}.name')}" for n, name in enumerate(names, 1))
        phrases = ("previous", "next", "none", "controls", "leave")
        extra: tuple[tuple[str, Any], ...] = tuple((phrase, words(f"scene_{phrase}")) for phrase in phrases)
        extra += (("end", render_markup(words("scene_end"))), ("lesson", self._lesson_strip()))
        control = Control(key, "scenes", words("scenes_title"), options=titles, extra=extra)
        # The last active scene is the one from which previous and next continue.
        panel.add(control, [active, st.session_state.get(f"{key}_last", -1)], show)
        panel.set_parameter(key, None)
        text = words(f"scenes.{names[active]}.text") if active >= 0 else words("scene_none_text")
        panel.texts[key] = self.render(text)

    def _open_scene(self) -> None:
        """Open the scene that the link names, before the controls are added; other parameters of the link stay."""
        key, linked = f"{self.prefix}scene", address.parameters()
        if key not in linked or self.exam:
            return
        name = address.read_parameter(key, one_of(self.scenes), None)
        for setting, value in self.scenes.get(name or "", {}).items():
            if self.prefix + setting not in linked:
                st.session_state[self.prefix + setting] = value
        # From now on, the parameters of the controls say what is set.
        del st.session_state[key]
        address.set_parameter(key, None)

    def _lesson_strip(self) -> tuple[tuple[str, Any], ...] | None:
        """Return what the stage shows of the open lesson, by name: its title and page, the step, and the links."""
        if not self.lesson:
            return None
        lesson, number, language = self.lesson, self.lesson.number, self.words.language
        step = lesson.lesson.steps[number - 1]
        count = len(lesson.lesson.steps)
        position = self.words("lesson_step", number=number, count=count)
        return (
            ("title", lesson.lesson.title),
            ("overview", lesson.overview(language)),
            ("position", position),
            ("number", number),
            ("count", count),
            ("step_title", step.title),
            ("note", step.note),
            ("previous", lesson.link(number - 1, language)),
            ("next", lesson.link(number + 1, language)),
        )

    def _is_set(self, settings: Settings) -> bool:
        """Whether every control has its value in ``settings``, else its default."""
        return all(value == settings.get(name, self.defaults[name]) for name, value in self.values.items())

    def _apply(self, settings: Settings, *, keep_prediction: bool = False) -> None:
        """Set every control that is not locked: to its value in ``settings``, else to its default."""
        for name, value in {**self.defaults, **settings}.items():
            if name not in self.locked_names():
                st.session_state[self.prefix + name] = value
        if not keep_prediction:
            st.session_state[f"{self.prefix}predict"] = None
