"""The prediction: a question that the user answers before seeing the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ui.controls import inputs
from ui.controls.panel import Control, Panel
from ui.page.markup import render_markup
from ui.page.state import PageState, Settings


class PredictMixin(PageState):
    """Asks for a prediction."""

    def predict(self, answers: Mapping[str, Settings], *, right: str, reveal: Callable[[], Mapping[str, Any]]) -> None:
        """Ask a question; an answer sets the controls to the experiment that decides it.

        It is drawn outside of the fragment that the controls rerun, because it does not depend on them.

        Parameters
        ----------
        answers : mapping of str to mapping
            For each answer (its words are at ``predict.options.<answer>``) the settings that it applies.
        right : str
            The answer that the experiment confirms.
        reveal : callable
            Computes the placeholders of ``predict.reveal``; called once an answer is chosen.
        """
        words, key = self.words, f"{self.prefix}predict"
        panel = Panel(key)
        control = Control(
            key,
            "buttons",
            words("predict.question"),
            extra=(("look", "predict"), ("lead", words("predict_title")), ("resets", True)),
        )
        options = {answer: words(f"predict.options.{answer}") for answer in answers}

        def apply_answer(answer: str | None) -> None:
            self._apply(answers.get(answer or "", {}), keep=("predict",))

        chosen = inputs.optional_choice(panel, control, options, on_choice=apply_answer)
        if chosen:
            correct = chosen == right
            verdict = words("predict_right" if correct else "predict_wrong")
            text = render_markup(f"**{verdict}** {words('predict.reveal', **reveal())}")
            panel.texts[key] = f"<p role='status'{' class=right' if correct else ''}>{text}</p>"
        panel.draw()
