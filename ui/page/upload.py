"""The user's own table: upload a file and pick its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import streamlit as st

from core.validate import InvalidArgument
from ui.page.controls import ControlsMixin

T = TypeVar("T")


class UploadMixin(ControlsMixin):
    """Reads the user's own table."""

    @contextmanager
    def upload_row(self) -> Iterator[None]:
        """Contain the upload field, the choice of columns and their error messages, above controls and picture."""
        with st.container(horizontal=True, vertical_alignment="bottom"):
            yield

    def upload_table(
        self,
        parse: Callable[[bytes], Mapping[str, Any]],
        roles: Sequence[str],
        build: Callable[[Sequence[str], Sequence[Any]], T],
    ) -> T | None:
        """Ask for a file and its columns, as `upload_columns`, and return what ``build`` makes of them.

        ``build`` takes the names and the values of the columns in the order of ``roles``, and is called again only for
        other columns. Columns that it refuses (`InvalidArgument`) are explained, and the last valid result is returned;
        None until there is one.
        """
        key, state = f"{self.prefix}own", st.session_state
        with self.upload_row():
            picked = self.upload_columns(parse, roles)
            if picked:
                names, columns = zip(*picked.values(), strict=True)
                unchanged = [id(column) for column in columns] == [id(column) for column in state.get(f"{key}_of", ())]
                try:
                    if not unchanged:
                        state[key], state[f"{key}_of"] = build(names, columns), columns
                except InvalidArgument as error:
                    st.error(self.explain(error), icon=":material/error:")
        built: T | None = state.get(key)
        return built

    def upload_columns(
        self, parse: Callable[[bytes], Mapping[str, Any]], roles: Sequence[str]
    ) -> dict[str, Any] | None:
        """Ask for a file and for a column for each of ``roles`` (words at ``upload.<role>``).

        Returns name and column by role; None until there is a table. ``parse`` converts the bytes of the file to
        columns by name. A file that it refuses (`InvalidArgument`) is explained below the field, and the last valid
        table stays.
        """
        self.make_private()
        key, state = f"{self.prefix}table", st.session_state
        file = st.file_uploader(
            self.words("upload.label"), ["csv", "tsv", "txt"], key=f"{key}_file", help=self.words("upload.help")
        )
        if file is not None and state.get(f"{key}_file_id") != file.file_id:
            try:
                state[key], state[f"{key}_file_id"] = parse(file.getvalue()), file.file_id
            except InvalidArgument as error:
                st.error(self.explain(error), icon=":material/error:")
        table = state.get(key, {})
        names = list(table)
        picked = [
            st.selectbox(
                self.words(f"upload.{role}"),
                names,
                index if names else None,
                disabled=not names,
                key=f"{key}_{role}_{names}",
            )
            for index, role in enumerate(roles)
        ]
        return {role: (name, table[name]) for role, name in zip(roles, picked, strict=True)} if names else None
