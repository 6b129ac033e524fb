"""The user's own table: upload, paste or choose one, and pick its columns.

The session has one table for all pages. Each page reads it for its own needs.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import streamlit as st

from core.datasets import EXAMPLES
from core.tables import Table, check_size, read_example, read_table
from core.validate import InvalidArgument
from ui.controls import address
from ui.controls.panel import session_name
from ui.page.content import ContentMixin
from ui.page.controls import ControlsMixin
from ui.page.job import JobMixin
from ui.page.markup import escape_markdown

T = TypeVar("T")

FILE_TYPES = ["csv", "tsv", "txt", "data", "dat"]
# Number of columns left out that are named.
MOST_NAMED = 8
# Rows and columns of the preview.
PREVIEW_ROWS, PREVIEW_COLUMNS = 10, 4

# Keys that no page deletes when the user leaves it: the session's table, and how often the file field was emptied.
_SOURCE, _EMPTIED = "own_table", "own_table_emptied"


@dataclass(frozen=True, slots=True)
class Source:
    """The table of a session before it is read.

    Attributes
    ----------
    name : str
        The name of the file, or the code of a data set; empty for pasted text.
    data : bytes or None
        None for a data set of `core.datasets.EXAMPLES`.
    """

    name: str
    data: bytes | None


class UploadMixin(ControlsMixin, ContentMixin, JobMixin):
    """Reads the user's own table."""

    @contextmanager
    def upload_row(self) -> Iterator[None]:
        """Contain the fields for a table, the choice of columns and their messages, above controls and picture."""
        with st.container(key="upload_row", gap="xxsmall"):
            yield

    def upload_table(
        self,
        control: str,
        roles: Sequence[str],
        build: Callable[[Sequence[str], Sequence[Any]], T],
        **options: Any,
    ) -> T | None:
        """Ask for a table and its columns, as `upload_columns`, and return what ``build`` makes of them.

        ``build`` takes the names and the values of the columns in the order of ``roles``, and is called again only for
        other columns. Columns that it refuses (`InvalidArgument`) are explained, and the last valid result is returned;
        None until there is one.
        """
        key, state = f"{self.upload_prefix}result", st.session_state
        with self.upload_row():
            picked = self.upload_columns(control, roles, **options)
            if picked:
                names, columns = zip(*picked.values(), strict=True)
                unchanged = [id(column) for column in columns] == [id(column) for column in state.get(f"{key}_of", ())]
                try:
                    if not unchanged:
                        state[key], state[f"{key}_of"] = build(names, columns), columns
                except InvalidArgument as error:
                    self.show_error(error, kept=key in state)
        built: T | None = state.get(key)
        return built

    def upload_columns(
        self,
        control: str,
        roles: Sequence[str],
        *,
        class_role: str | None = None,
        vectors: bool = False,
        examples: Sequence[str] = EXAMPLES,
    ) -> dict[str, Any] | None:
        """Ask for a table and for a column for each of ``roles`` (words at ``upload.columns.<role>``).

        Returns name and column by role; None until there is a table. It needs a usable column for each role. The first
        rows are shown, and what `core.tables.parse_table` left out.
        A table that is refused (`InvalidArgument`) is explained below the fields, and the last valid table stays.

        Parameters
        ----------
        control : str
            The control that asks for the user's table. If a link has set it, a sentence says that the link does not
            contain the table.
        roles : sequence of str
        class_role : str, optional
            The role for which columns of labels can be chosen as well.
        vectors : bool
            Whether columns are vectors, see `core.tables.parse_table`.
        examples : sequence of str
            The data sets of `core.datasets.EXAMPLES` that can be chosen.
        """
        self.make_private()
        key, state = f"{self.upload_prefix}table", st.session_state
        options = {"min_columns": len(roles), "labels": class_role is not None, "vectors": vectors}
        fields = st.container(horizontal=True, vertical_alignment="bottom")
        # A container of its own: a progress bar among the fields would make the browser create them again.
        progress = st.container()
        # Not a popover: the Tab key does not lead from its button to its fields.
        folded = st.container(key="upload_folded", horizontal=True, vertical_alignment="top")
        self._ask_for_table(key, examples, options, fields, progress, folded)
        table: Table | None = state.get(key)
        choices = {} if table is None else _choices(table, roles, class_role)
        with fields:
            picked: list[Any] = [
                st.selectbox(self.words(f"upload.columns.{role}"), names, index, key=f"{key}_{role}_{names}")
                for role, (names, index) in choices.items()
            ]
            if _SOURCE in state:
                remove = f"{self.upload_prefix}remove"
                st.button(
                    self.words("own.remove"),
                    key=remove,
                    on_click=self._remove,
                    args=(control,),
                    icon=":material/delete:",
                )
        if refused := state.get(f"{key}_refused"):
            self.show_error(refused[1], kept=table is not None)
        labels = class_role is not None
        self._show_source(table, labels=labels)
        if table is None:
            if _SOURCE not in state and address.is_from_link(f"{self.prefix}{control}"):
                st.info(self.words("upload_again"), icon=":material/upload_file:")
            if self.words.has("upload.waiting"):
                st.caption(self.words("upload.waiting"))
            return None
        with folded:
            self._preview(table, picked, labels=labels)
        return {role: (name, table.values(name)) for role, name in zip(roles, picked, strict=True)}

    @property
    def table_code(self) -> tuple[str, str]:
        """The code that reads the session's table, as the snippets need it: an import, and an expression."""
        source: Source | None = st.session_state.get(_SOURCE)
        if source is not None and source.data is None:
            return "from core.datasets import example_csv", f"example_csv({source.name!r})"
        return "from pathlib import Path", 'Path("own.csv").read_bytes()'

    def _ask_for_table(
        self, key: str, examples: Sequence[str], options: dict[str, Any], fields: Any, progress: Any, folded: Any
    ) -> None:
        """Draw the fields for a file, for text and for a data set, and read what was given last.

        ``fields``, ``progress`` and ``folded`` are containers.

        The text and the data set are read before their fields are drawn: fields whose table was read are emptied, and
        the focus stays in them.
        """
        state, words = st.session_state, self.words
        text, example = f"{self.upload_prefix}text", f"{self.upload_prefix}example"
        source: Source | None = state.get(_SOURCE)
        with progress:
            if source is not None and state.get(f"{key}_of") is not source:
                self._read(key, "session", source, options)
                state[f"{key}_of"] = source
            if typed := state.get(text):
                self._read_field(key, text, Source("", typed.encode(errors="replace")), options)
            if chosen := state.get(example):
                self._read_field(key, example, Source(chosen, None), options)
        # The name of the session: after a lost one the browser would show a file that the server does not have.
        field = f"{key}_file_{session_name()}_{state.get(_EMPTIED, 0)}"
        file = fields.file_uploader(words("upload.label"), FILE_TYPES, key=field, help=words("upload.help"))
        with progress:
            st.html(self._upload_failed())
            if file is not None and state.get(f"{key}_file_id") != file.file_id:
                self._read(key, field, Source(file.name, file.getvalue()), options)
                state[f"{key}_file_id"] = file.file_id
        with folded.expander(words("own.more" if examples else "own.only_paste")):
            st.text_area(words("own.paste"), key=text, help=words("own.paste_help"))
            if examples:
                st.selectbox(
                    words("own.examples"),
                    examples,
                    None,
                    format_func=lambda name: words(f"own.example.{name}"),
                    key=example,
                    placeholder=words("own.choose"),
                )
        # A refused table is explained as long as its field contains it.
        refused = state.get(f"{key}_refused")
        if refused and refused[0] != "session" and not state.get(refused[0]):
            del state[f"{key}_refused"]

    def _read_field(self, key: str, field: str, source: Source, options: dict[str, Any]) -> None:
        """Read the table in a field that has changed, and empty the fields if it is accepted."""
        state = st.session_state
        if state.get(f"{field}_seen") == source:
            return
        accepted = self._read(key, field, source, options)
        state[f"{field}_seen"] = None if accepted else source
        if accepted:
            state[field] = None if source.data is None else ""
            state[_EMPTIED] = state.get(_EMPTIED, 0) + 1

    def _read(self, key: str, field: str, source: Source, options: dict[str, Any]) -> bool:
        """Read a table in a worker process and make it that of the session; return whether it was accepted.

        If it is refused, the error is set for the ``field`` that contains it. A rerun can interrupt the reading, so
        callers note what was read afterwards.
        """
        state = st.session_state
        try:
            if source.data is None:
                table = self.job("table", read_example, short=True, example=source.name, **options)
            else:
                # A table that is too long is not sent to a worker.
                check_size(source.data)
                table = self.job("table", read_table, short=True, cached=False, data=source.data, **options)
        except InvalidArgument as error:
            state[f"{key}_refused"] = field, error
            return False
        state[key] = table
        state[_SOURCE] = state[f"{key}_of"] = source
        state.pop(f"{key}_refused", None)
        return True

    def _show_source(self, table: Table | None, *, labels: bool) -> None:
        """Show which table the session has, and what was left out of it."""
        source: Source | None = st.session_state.get(_SOURCE)
        if source is None:
            return
        words = self.words
        name = words(f"own.example.{source.name}") if source.data is None else source.name or words("own.pasted")
        if table is None:
            sentences = [words("own.unread", name=name)]
        else:
            counts = {"rows": _n_rows(table), "columns": len(_usable(table, labels=labels))}
            sentences = [words("own.read", name=name, **counts), *self._notes(table, labels=labels)]
        st.caption(escape_markdown(" ".join(sentences)))

    def _remove(self, control: str) -> None:
        """Remove the session's table, and what this page has computed from it."""
        state = st.session_state
        self.forget_last_valid(control)
        for name in [name for name in state if str(name).startswith(self.upload_prefix)]:
            del state[name]
        state.pop(_SOURCE, None)
        state[_EMPTIED] = state.get(_EMPTIED, 0) + 1

    def _preview(self, table: Table, picked: Sequence[str], *, labels: bool) -> None:
        """Show the first rows of a table, the chosen columns first."""
        usable = _usable(table, labels=labels)
        names = [*dict.fromkeys([*picked, *usable])][:PREVIEW_COLUMNS]
        rows = _n_rows(table)
        counts = {"rows": rows, "shown": min(rows, PREVIEW_ROWS), "columns": len(usable), "shown_columns": len(names)}
        with st.expander(self.words("own.preview", **counts)):
            self.table({name: _cells(table.values(name)[:PREVIEW_ROWS]) for name in names})

    def _upload_failed(self) -> str:
        """Return the sentence that ``style.css`` shows instead of an error of the uploader, with a link to the page."""
        words = self.words
        link = f"{words.stem}?{urlencode({'lang': words.language} | address.parameters(self.prefix))}"
        text = f"{html.escape(words('upload_failed'))} <a href='{html.escape(link)}' target='_blank'>"
        return f"<p class='upload-failed' role='alert'>{text}{html.escape(words('upload_new_tab'))}</a></p>"

    def show_error(self, error: InvalidArgument, *, kept: bool) -> None:
        """Explain an argument that `core` has refused; text from the user's file is shown unchanged.

        ``kept`` is as in `explain`.
        """
        st.error(self.explain(error, kept=kept, markdown=True), icon=":material/error:")

    def _notes(self, table: Table, *, labels: bool) -> list[str]:
        """Return sentences on how a table was read, and what was left out of it."""
        words = self.words
        notes = []
        left_out = [(column.reason, column.name) for column in table.left_out]
        left_out += [] if labels else [("text", name) for name in table.labels]
        if left_out:
            listed = [words(f"table.reasons.{reason}", name=name) for reason, name in left_out[:MOST_NAMED]]
            listed += ["…"] if len(left_out) > MOST_NAMED else []
            notes.append(words("table.left_out", columns=", ".join(listed)))
        if table.rows_left_out:
            counts = {"used": _n_rows(table), "count": table.rows_left_out, "line": table.first_left_out}
            notes.append(words("table.rows", **counts))
        if table.lines_before:
            notes.append(words("table.before", count=table.lines_before))
        if table.commas:
            notes.append(words(f"table.commas.{table.commas}"))
        if not table.named:
            notes.append(words("table.unnamed"))
        return notes


def _choices(table: Table, roles: Sequence[str], class_role: str | None) -> dict[str, tuple[list[str], int]]:
    """Return the names of the columns to choose from, and the default's index, by role."""
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


def _usable(table: Table, *, labels: bool) -> list[str]:
    """Return the names of the columns that can be chosen."""
    return [*table.columns, *(table.labels if labels else ())]


def _n_rows(table: Table) -> int:
    return next(iter((table.columns | table.labels).values())).size


def _cells(column: Any) -> list[str]:
    return [value if isinstance(value, str) else f"{value:.6g}" for value in column.tolist()]
