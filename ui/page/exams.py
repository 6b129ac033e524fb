"""An exam: a control is hidden, and only the answer link shows its value."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui.numbers import format_number
from ui.page.markup import notice_card
from ui.page.state import PageState


class ExamsMixin(PageState):
    """Shows the exam question that the link has opened (words at ``teachers.exams.<name>.{question,answer}``)."""

    def _open_exam(self) -> None:
        """Set the hidden control, before it is added to the panel."""
        if self.exam:
            st.session_state[self.prefix + self.exam.exam.control] = self.exam.value

    def _unlisted(self) -> set[str]:
        """Return the key of the hidden control: the address does not contain its value."""
        return {self.prefix + self.exam.exam.control} if self.exam else set()

    def _show_exam(self) -> None:
        """Show the question, and the answer if the link asks for it."""
        if not self.exam:
            return
        words, path = self.words, f"teachers.exams.{self.exam.name}"
        sentences = [words(f"{path}.question")]
        if self.exam.answered:
            sentences += [f"**{self.value_text(self.exam.exam.control, self.exam.value)}**", words(f"{path}.answer")]
        title = words("exam.title", number=self.exam.number)
        st.html(f"<div translate='no'>{notice_card(title, [self.render(sentence) for sentence in sentences])}</div>")

    def value_text(self, control: str, value: Any) -> str:
        """Return the label of a control with a value, as the panel shows it."""
        is_code = isinstance(value, str)
        text = self.words(f"controls.{control}.options.{value}") if is_code else format_number(value, 6)
        return f"{self.words(f'controls.{control}.label')}: {text}"
