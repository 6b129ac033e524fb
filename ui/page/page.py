"""A page: what `open_page` returns to the scripts in ``pages/``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import streamlit as st

from core.exams import Exams
from ui.controls import address
from ui.lessons import InvalidLesson
from ui.page.claims import ClaimsMixin
from ui.page.content import ContentMixin
from ui.page.head import HeadMixin
from ui.page.job import JobMixin
from ui.page.lesson import open_lesson
from ui.page.navigation import require_app
from ui.page.picture import PictureMixin
from ui.page.predict import PredictMixin
from ui.page.prepared import open_exam
from ui.page.sources import SourcesMixin
from ui.page.teachers import TeachersMixin
from ui.page.upload import UploadMixin
from ui.server import memory
from ui.server.turns import in_turn
from ui.text import language


class Page(
    HeadMixin,
    PredictMixin,
    TeachersMixin,
    UploadMixin,
    PictureMixin,
    ContentMixin,
    ClaimsMixin,
    JobMixin,
    SourcesMixin,
):
    """All pieces of a page, one module and one mixin each, as in Streamlit's own `DeltaGenerator`."""


def open_page(file: str, exams: Exams | None = None) -> Page:
    """Draw a page's head and return the page; ``file`` is the script's ``__file__``, ``exams`` its exam questions."""
    require_app()
    page = Page(Path(file).stem, language(), exams)
    if st.session_state.get("page") not in (None, page.prefix):
        # The user comes from another page: this one starts from its link, not from an earlier visit.
        for key in [key for key in st.session_state if str(key).startswith((page.prefix, page.upload_prefix))]:
            del st.session_state[key]
        address.forget()
    st.session_state.page = page.prefix
    address.begin_run(page.prefix)
    page.exam = open_exam(page.words.stem, page.exams)
    try:
        page.lesson = open_lesson(page.words.stem, page.words.language)
    except InvalidLesson as error:
        page.lesson_error = error
    page.head()
    return page


def fragment(draw: Callable[[], None]) -> Callable[[], None]:
    """Decorate the part of a page that its controls rerun. The reruns of different sessions take turns."""

    @wraps(draw)
    def rerun() -> None:
        memory.note_use()
        draw()

    run: Callable[[], None] = st.fragment(in_turn(rerun))
    return run
