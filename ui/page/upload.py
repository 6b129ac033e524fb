"""The user's own table: upload a file and pick its columns."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlencode

import streamlit as st

from core.tables import Table, check_size, read_table
from core.validate import InvalidArgument
from ui.controls import address
from ui.controls.panel import session_name
from ui.page.controls import ControlsMixin
from ui.page.job import JobMixin
from ui.page.markup import escape_markdown

T = TypeVar("T")

FILE_TYPES = ["csv", "tsv", "txt", "data", "dat"]
# Number of columns left out that are named.
MOST_NAMED = 8


class UploadMixin(ControlsMixin, JobMixin):
    """Reads the user's own table."""

    @contextmanager
    def upload_row(self) -> Iterator[None]:
        """Contain the upload field, the choice of columns and their error messages, above controls and picture."""
        with st.container(key="upload_row", horizontal=True, vertical_alignment="bottom"):
            yield

    def upload_table(
        self,
        control: str,
        roles: Sequence[str],
        build: Callable[[Sequence[str], Sequence[Any]], T],
        *,
        class_role: str | None = None,
    ) -> T | None:
        """Ask for a file and its columns, as `upload_columns`, and return what ``build`` makes of them.

        ``build`` takes the names and the values of the columns in the order of ``roles``, and is called again only for
        other columns. Columns that it refuses (`InvalidArgument`) are explained, and the last valid result is returned;
        None until there is one.
        """
        key, state = f"{self.upload_prefix}result", st.session_state
        with self.upload_row():
            picked = self.upload_columns(control, roles, class_role=class_role)
            if picked:
                names, columns = zip(*picked.values(), strict=True)
                unchanged = [id(column) for column in columns] == [id(column) for column in state.get(f"{key}_of", ())]
                try:
                    if not unchanged:
                        state[key], state[f"{key}_of"] = build(names, columns), columns
                except InvalidArgument as error:
                    self.show_error(error)
        built: T | None = state.get(key)
        return built

    def upload_columns(
        self, control: str, roles: Sequence[str], *, class_role: str | None = None
    ) -> dict[str, Any] | None:
        """Ask for a file and for a column for each of ``roles`` (words at ``upload.<role>``).

        Returns name and column by role; None until there is a table. It needs a usable column for each role. What
        `core.tables.read_table` left out is shown.
        A file that it refuses (`InvalidArgument`) is explained below the field, and the last valid table stays.
        ``class_role`` is the role for which columns of labels can be chosen as well. ``control`` is the control that
        asks for an own table: if a link has set it, a sentence says that the link does not contain the table.
        """
        self.make_private()
        key, state = f"{self.upload_prefix}table", st.session_state
        # The name of the session: after a lost one the browser would show a file that the server does not have.
        file = st.file_uploader(
            self.words("upload.label"), FILE_TYPES, key=f"{key}_file_{session_name()}", help=self.words("upload.help")
        )
        st.html(self._upload_failed())
        if file is not None:
            if state.get(f"{key}_file_id") != file.file_id:
                self._read_file(key, file.getvalue(), min_columns=len(roles), labels=class_role is not None)
                state[f"{key}_file_id"] = file.file_id
            if error := state.get(f"{key}_error"):
                self.show_error(error)
        table: Table | None = state.get(key)
        choices = _choices(table, roles, class_role)
        picked: list[Any] = [
            st.selectbox(
                self.words(f"upload.{role}"),
                names,
                index if names else None,
                disabled=not names,
                key=f"{key}_{role}_{names}",
            )
            for role, (names, index) in choices.items()
        ]
        if table is None:
            if address.is_from_link(f"{self.prefix}{control}"):
                st.info(self.words("upload_again"), icon=":material/upload_file:")
            return None
        for note in self._notes(table):
            st.caption(escape_markdown(note))
        return {role: (name, table.values(name)) for role, name in zip(roles, picked, strict=True)}

    def _read_file(self, key: str, data: bytes, *, min_columns: int, labels: bool) -> None:
        """Read a file in a worker process; set the session's table, or the error if the file is refused."""
        state = st.session_state
        try:
            # A file that is too long is not sent to a worker.
            check_size(data)
            arguments = {"data": data, "min_columns": min_columns, "labels": labels}
            state[key] = self.job("table", read_table, short=True, cached=False, **arguments)
            state[f"{key}_error"] = None
        except InvalidArgument as error:
            state[f"{key}_error"] = error

    def _upload_failed(self) -> str:
        """Return the sentence that ``style.css`` shows instead of an error of the uploader, with a link to the page."""
        words = self.words
        link = f"{words.stem}?{urlencode({'lang': words.language} | address.parameters(self.prefix))}"
        text = f"{html.escape(words('upload_failed'))} <a href='{html.escape(link)}' target='_blank'>"
        return f"<p class='upload-failed' role='alert'>{text}{html.escape(words('upload_new_tab'))}</a></p>"

    def show_error(self, error: InvalidArgument) -> None:
        """Explain an argument that `core` has refused; text from the user's file is shown unchanged."""
        st.error(self.explain(error, markdown=True), icon=":material/error:")

    def _notes(self, table: Table) -> list[str]:
        """Return sentences on what was left out of a table."""
        words = self.words
        notes = []
        if table.left_out:
            listed = [
                words(f"table.reasons.{column.reason}", name=column.name) for column in table.left_out[:MOST_NAMED]
            ]
            listed += ["…"] if len(table.left_out) > MOST_NAMED else []
            notes.append(words("table.left_out", columns=", ".join(listed)))
        if table.rows_left_out:
            used = next(iter(table.columns.values())).size
            notes.append(words("table.rows", used=used, count=table.rows_left_out, line=table.first_left_out))
        if not table.named:
            notes.append(words("table.unnamed"))
        return notes


def _choices(table: Table | None, roles: Sequence[str], class_role: str | None) -> dict[str, tuple[list[str], int]]:
    """Return the names of the columns to choose from, and the default's index, by role."""
    if table is None:
        return {role: ([], 0) for role in roles}
    classes = table.class_names() if class_role in roles else []
    numbers = list(table.columns)
    # The likeliest class is the last choice of a feature.
    features = sorted(numbers, key=lambda name: name in classes[:1])
    choices: dict[str, tuple[list[str], int]] = {}
    for role in roles:
        if role == class_role:
            choices[role] = (classes, 0)
        else:
            choices[role] = (features, len(choices) - (class_role in choices))
    return choices
