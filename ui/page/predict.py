"""The prediction: a question that the user answers before seeing the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ui.controls import inputs
from ui.controls.panel import Control, Panel
from ui.page.scenes import ScenesMixin
from ui.page.state import Settings


class PredictMixin(ScenesMixin):
    """Asks for a prediction."""

    def predict(self, answers: Mapping[str, Settings], *, right: str, reveal: Callable[[], Mapping[str, Any]]) -> None:
        """Ask a question above the stage; an answer sets the controls to the experiment that decides it.

        The result is shown as long as these settings are on the stage. The question is open on a page that the user
        has not changed yet.

        Parameters
        ----------
        answers : mapping of str to mapping
            For each answer (its words are at ``predict.options.<answer>``) the settings that it applies.
        right : str
            The answer that the experiment confirms.
        reveal : callable
            Computes the placeholders of ``predict.reveal``.
        """
        if "predict" in self.hidden_names():
            return
        words, key = self.words, f"{self.prefix}predict"
        panel = Panel(key)
        extra = {name: words(f"predict_{name}") for name in ("title", "chosen", "again", "reveal")} | {
            "fresh": self._is_set({})
        }
        control = Control(key, "predict", words("predict.question"), extra=tuple(extra.items()))
        options = {answer: words(f"predict.options.{answer}") for answer in answers}

        def apply_answer(answer: str | None) -> None:
            self._apply(answers.get(answer or "", {}), keep_prediction=True)

        chosen = inputs.optional_choice(panel, control, options, on_choice=apply_answer)
        if chosen and self._is_set(answers[chosen]):
            correct = chosen == right
            verdict = words("predict_right" if correct else "predict_wrong")
            text = self.render(f"**{verdict}** {words('predict.reveal', **reveal())}")
            panel.texts[key] = f"<p role='status'{' class=right' if correct else ''}>{text}</p>"
        with self._top:
            panel.draw()
