"""The page of lessons: ready-made ones, and an editor with the link and the file of the user's own."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from ui.controls import address
from ui.lessons import (
    MAX_NOTE,
    MAX_STEPS,
    MAX_TITLE,
    InvalidLesson,
    Lesson,
    Step,
    check_lesson,
    from_json,
    to_json,
    to_link,
)
from ui.page.lesson import LESSON, known_scenes, read_lesson, step_link, step_parameters
from ui.page.markup import escape_markdown
from ui.page.share import origins_of
from ui.registry import PAGES
from ui.text import Words, ready_made

# The user's own lesson, with an identifier for each step: it stays when the user visits a scene and returns.
DRAFT = "lesson_draft"
# The link and the file that were read last, and why the last one was refused.
LINK, FILE, ERROR = "lesson_link", "lesson_file", "lesson_error"


def show_ready_made(words: Words) -> None:
    """Show the ready-made lessons: each can be started, or copied into the editor."""
    for column, name in zip(st.columns(len(ready_made())), ready_made(), strict=True):
        lesson = read_lesson(name, words.language)
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{lesson.title}**")
            st.caption(words(f"ready.{name}.text"))
            _show_start(words, lesson, name)
            st.button(words("copy"), key=f"lessons_copy_{name}", on_click=_write, args=(lesson,))


@st.fragment
def edit_lesson(words: Words) -> None:
    """Let the user build a lesson."""
    state = st.session_state
    linked = address.parameters().get(LESSON)
    if linked is not None and state.get(LINK) != linked:
        state[LINK] = linked
        _read(lambda: read_lesson(linked, words.language))
    st.markdown(f"## {words('own')}")
    _show_upload(words)
    draft = state.setdefault(DRAFT, _draft(Lesson("", ())))
    if error := state.get(ERROR):
        _show_error(words, error)
    draft["title"] = st.text_input(words("lesson_title"), draft["title"], MAX_TITLE, key=f"lessons_{draft['id']}")
    for index, row in enumerate(draft["rows"]):
        with st.container(border=True):
            _edit_step(words, draft["rows"], index, row)
    full = len(draft["rows"]) >= MAX_STEPS
    st.button(words("add"), icon=":material/add:", on_click=_add, args=(draft["rows"],), disabled=full)
    if draft["rows"]:
        _show_result(words, _lesson(draft))


def _edit_step(words: Words, rows: list[dict[str, Any]], index: int, row: dict[str, Any]) -> None:
    """Show the fields of a step, and the buttons that move and remove it."""
    scenes = [(page, scene) for page, codes in known_scenes().items() for scene in codes]
    names = {place: f"{Words(place[0], words.language)('title')} · {_scene_name(place, words)}" for place in scenes}
    key = f"lessons_{row['id']}"
    place = st.selectbox(
        words("step", number=index + 1),
        scenes,
        scenes.index((row["page"], row["scene"])),
        format_func=names.__getitem__,
        key=f"{key}_scene",
    )
    row["page"], row["scene"] = place
    left, right = st.columns((1, 2))
    row["title"] = left.text_input(words("step_title"), row["title"], MAX_TITLE, key=f"{key}_title")
    row["note"] = right.text_input(words("step_note"), row["note"], MAX_NOTE, key=f"{key}_note")
    with st.container(horizontal=True):
        for name, icon, target in (("up", "arrow_upward", index - 1), ("down", "arrow_downward", index + 1)):
            st.button(
                words(name),
                icon=f":material/{icon}:",
                key=f"{key}_{name}",
                on_click=_move,
                args=(rows, index, target),
                disabled=not 0 <= target < len(rows),
            )
        st.button(words("remove"), icon=":material/delete:", key=f"{key}_remove", on_click=_remove, args=(rows, index))


def _show_result(words: Words, lesson: Lesson) -> None:
    """Show the links and the file of a lesson."""
    try:
        text = to_link(check_lesson(lesson, known_scenes()))
    except InvalidLesson as error:
        _show_error(words, error)
        text = None
    st.download_button(words("download"), to_json(lesson), "lesson.json", "application/json", on_click="ignore")
    if text is None:
        return
    _show_start(words, lesson, text)
    origin = origins_of(st.context.url or "")[-1]
    first = step_link(lesson, text, 1, words.language)
    edit = f"lessons?{urlencode({'lang': words.language, LESSON: text})}"
    links = {"link": first, "present_link": f"{first}&present=1", "edit_link": edit}
    for label, link in links.items():
        st.caption(words(label))
        st.code(f"{origin}/{link}", language=None, wrap_lines=True)


def _show_start(words: Words, lesson: Lesson, text: str) -> None:
    """Show a link to the first step, which keeps the session."""
    step = lesson.steps[0]
    st.page_link(
        PAGES / f"{step.page}.py",
        label=words("begin", count=len(lesson.steps)),
        icon=":material/play_arrow:",
        query_params={"lang": words.language, **step_parameters(step, text, 1)},
    )


def _show_upload(words: Words) -> None:
    """Let the user open the file of a lesson."""
    file = st.file_uploader(words("upload"), ["json"], key="lessons_file")
    if file is not None and st.session_state.get(FILE) != file.file_id:
        st.session_state[FILE] = file.file_id
        _read(lambda: from_json(file.getvalue(), known_scenes()))


def _show_error(words: Words, error: InvalidLesson) -> None:
    details = {name: escape_markdown(str(value)) for name, value in error.details.items()}
    st.error(words(f"lesson_errors.{error.code}", **details), icon=":material/error:")


def _scene_name(place: tuple[str, str], words: Words) -> str:
    page, scene = place
    return Words(page, words.language)(f"scenes.{scene}.name")


def _read(read: Any) -> None:
    """Put a lesson into the editor; if it is refused, the draft stays, and the error is set."""
    try:
        _write(read())
    except InvalidLesson as error:
        st.session_state[ERROR] = error


def _write(lesson: Lesson) -> None:
    st.session_state[DRAFT], st.session_state[ERROR] = _draft(lesson), None


def _draft(lesson: Lesson) -> dict[str, Any]:
    rows = [{"id": secrets.token_hex(4), **asdict(step)} for step in lesson.steps]
    return {"id": secrets.token_hex(4), "title": lesson.title, "rows": rows}


def _lesson(draft: dict[str, Any]) -> Lesson:
    names = ("page", "scene", "title", "note")
    return Lesson(draft["title"], tuple(Step(**{name: row[name] for name in names}) for row in draft["rows"]))


def _add(rows: list[dict[str, Any]]) -> None:
    """Add a step: the scene after the last one."""
    scenes = [(page, scene) for page, codes in known_scenes().items() for scene in codes]
    last = scenes.index((rows[-1]["page"], rows[-1]["scene"])) if rows else -1
    page, scene = scenes[(last + 1) % len(scenes)]
    rows.append({"id": secrets.token_hex(4), **asdict(Step(page, scene))})


def _move(rows: list[dict[str, Any]], index: int, target: int) -> None:
    rows[index], rows[target] = rows[target], rows[index]


def _remove(rows: list[dict[str, Any]], index: int) -> None:
    del rows[index]
