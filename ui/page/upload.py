"""The user's own table: upload a file and pick its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from core.validate import InvalidArgument
from ui.page.controls import ControlsMixin


class UploadMixin(ControlsMixin):
    """Reads the user's own table."""

    @contextmanager
    def upload_row(self) -> Iterator[None]:
        """Contain the upload field, the choice of columns and their error messages, above controls and picture."""
        with st.container(horizontal=True, vertical_alignment="bottom"):
            yield

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
