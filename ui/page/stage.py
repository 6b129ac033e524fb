"""The stage: the one place where a page shows its picture, with the scenes and the views to choose from at its top."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ui.controls import address, inputs
from ui.controls.panel import Panel
from ui.page.exams import ExamsMixin
from ui.page.scenes import ScenesMixin
from ui.text import codes

HEADLINE = "headline"


class StageMixin(ScenesMixin, ExamsMixin):
    """Shows one view at a time."""

    def shows(self, *views: str) -> bool:
        """Whether one of these views is on the stage."""
        return self.view in views

    def stage(self, views: Mapping[str, Callable[[], Any]]) -> None:
        """Show a view, below the scenes and the tabs of all views (names at ``tabs.<code>``).

        The first view is the ``headline``. Only the one on the stage is computed. What it returns is the result that
        the challenges check. An exam shows its question instead of scenes and tabs.
        """
        words, key = self.words, f"{self.prefix}tab"
        assert tuple(views) == tuple(codes(words.stem, "tabs"))
        with self._stage:
            panel = Panel(f"{self.prefix}stage")
            if self.exam:
                # Another view may show what is hidden.
                self._show_exam()
            else:
                self._add_scenes(panel)
                labels = {code: words(f"tabs.{code}") for code in views}
                inputs.choice(panel, key, words("tabs_title"), labels, HEADLINE, help=None, kind="tabs")
                panel.draw()
            self.charts.clear()
            self.findings.clear()
            self.result = views[self.view]()

    def _read_view(self) -> None:
        """Read which view is on the stage; controls and scenes need it before the stage is drawn."""
        views = codes(self.words.stem, "tabs")
        self.view = address.read_parameter(f"{self.prefix}tab", inputs.one_of(views), HEADLINE)
        if self.view not in views:
            self.view = HEADLINE
        self._register("tab", self.view, HEADLINE)
