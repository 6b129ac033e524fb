"""For teachers: what a lesson on the page can achieve, how to teach it, and exam questions. Folded, and for paper."""

from __future__ import annotations

import html
import random
from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from ui.controls.panel import Control, Panel
from ui.page.exams import ExamsMixin
from ui.page.markup import render_markup
from ui.page.prepared import ANSWER, EXAM, MAX_NUMBER, PIECES, hidden_value
from ui.page.share import origins_of, scene_parameters
from ui.text import codes, plan

# The lengths of the plans, in minutes.
PLANS = (10, 25)


class TeachersMixin(ExamsMixin):
    """Shows the notes for teachers."""

    def teachers(self) -> None:
        """Offer the notes (words at ``teachers``, plans at ``plan10`` and ``plan25``) and the exam questions.

        They are sent when they are unfolded.
        """
        if "teachers" in self.hidden_names():
            return

        @st.fragment
        def draw() -> None:
            with st.container(key="teachers"):
                folded = st.expander(self.words("teachers_title"), key=f"{self.prefix}teachers", on_change="rerun")
                if folded.open:
                    with folded:
                        self._show_notes()

        draw()

    def _show_notes(self) -> None:
        words, key = self.words, f"{self.prefix}exam_number"
        panel = Panel(f"{self.prefix}notes", horizontal=True)
        panel.add(Control(f"{self.prefix}print_notes", "notes", words("teachers_print")))
        panel.draw()
        st.html(f"<div class='notes'>{self._lesson_text()}</div>")
        if not self.exams:
            return
        number = st.session_state.setdefault(key, 1)

        def draw_number() -> None:
            st.session_state[key] = random.randrange(1, MAX_NUMBER + 1)

        st.html(f"<div class='notes'><h2>{words('teachers_exams')}</h2><p>{words('teachers_exams_note')}</p></div>")
        st.button(words("teachers_draw"), on_click=draw_number, key=f"{self.prefix}draw_number")
        for name in self.exams:
            self._show_question(name, number)

    def _show_question(self, name: str, number: int) -> None:
        """Show an exam question with its answer, and the links to both."""
        words, exam = self.words, self.exams[name]
        value = self.value_text(exam.control, hidden_value(words.stem, self.exams, name, number))
        lines = (
            f"**{words('exam.title', number=number)}** {words(f'teachers.exams.{name}.question')}",
            f"*{words('teachers_answer')}* {value}. {words(f'teachers.exams.{name}.answer')}",
        )
        st.html(f"<div class='notes'>{''.join(f'<p>{render_markup(line)}</p>' for line in lines)}</div>")
        answer: dict[str, str] = {ANSWER: "1"}
        for label, more in (("exam.student", {}), ("exam.answer", answer)):
            st.caption(words(label))
            query = {"lang": words.language, **scene_parameters(self.prefix, exam.settings)}
            query |= {EXAM: f"{name}-{number}", **more}
            origin = origins_of(st.context.url or "")[-1]
            st.code(f"{origin}/{words.stem}?{urlencode(query)}", language=None, wrap_lines=True)

    def _lesson_text(self) -> str:
        """Return outcomes, plans and questions as HTML."""
        words, stem = self.words, self.words.stem
        # For paper: on screen, both are at the top of the page.
        parts = [f"<header><h1>{html.escape(words('title'))}</h1><p>{html.escape(words('question'))}</p></header>"]
        outcomes = [words(f"teachers.outcomes.{code}") for code in codes(stem, "teachers.outcomes")]
        parts.append(_section(words("teachers_outcomes"), _items(outcomes)))
        for minutes in PLANS:
            steps = plan(stem, minutes)
            rows = "".join(self._step(minutes, code) for minutes, code in steps)
            parts.append(_section(words("teachers_plan", minutes=minutes), f"<ol class='plan'>{rows}</ol>"))
        questions = [self._question(code) for code in codes(stem, "teachers.questions")]
        parts.append(_section(words("teachers_questions"), "".join(questions)))
        return "".join(parts)

    def _step(self, minutes: int, code: str) -> str:
        """Return a step of a plan: minutes, the name of its scene with a link, and what to do."""
        words = self.words
        time = words("teachers_minutes", minutes=minutes)
        if code in PIECES:
            name = f"<strong>{html.escape(words(f'share.pieces.{code}'))}</strong>"
        else:
            query = urlencode({"lang": words.language, **scene_parameters(self.prefix, self.scenes[code])})
            link = html.escape(f"{words.stem}?{query}")
            # In a new tab, so that the notes stay open.
            name = f"<a href='{link}' target='_blank'>{html.escape(words(f'scenes.{code}.name'))}</a>"
        return f"<li><b>{time}</b><span>{name}: {render_markup(words(f'teachers.steps.{code}'))}</span></li>"

    def _question(self, code: str) -> str:
        """Return a question with the expected answer and the misconception behind wrong ones."""
        words, path = self.words, f"teachers.questions.{code}"
        lines = [f"**{words(f'{path}.question')}**"]
        lines += [f"*{words(f'teachers_{part}')}* {words(f'{path}.{part}')}" for part in ("answer", "misconception")]
        return f"<div class='ask'>{''.join(f'<p>{render_markup(line)}</p>' for line in lines)}</div>"


def _section(title: str, content: str) -> str:
    return f"<h2>{html.escape(title)}</h2>{content}"


def _items(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{render_markup(sentence)}</li>' for sentence in sentences)}</ul>"
