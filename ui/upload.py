"""A reader's own table: a file is read, its columns are picked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from core.validate import InvalidArgument
from ui.page import Page


@contextmanager
def place() -> Iterator[None]:
    """Hold a reader's own table and what is said about it: above the controls and the picture."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        yield


def columns(page: Page, parse: Callable[[bytes], Mapping[str, Any]], roles: Sequence[str]) -> dict[str, Any] | None:
    """Let the reader upload a table and pick a column for each of ``roles`` (words at ``upload.<role>``).

    ``parse`` makes columns by name of the file's bytes; what it refuses (`InvalidArgument`) is explained under the
    field, and the last table that it accepted stays. None until there is one.
    """
    page.keep_apart()
    key, kept = f"{page.prefix}table", st.session_state
    file = st.file_uploader(
        page.words("upload.label"), ["csv", "tsv", "txt"], key=f"{key}_file", help=page.words("upload.help")
    )
    if file is not None and kept.get(f"{key}_of") != file.file_id:
        try:
            kept[key], kept[f"{key}_of"] = parse(file.getvalue()), file.file_id
        except InvalidArgument as error:
            st.error(page.explain(error), icon=":material/error:")
    table = kept.get(key, {})
    names = list(table)
    picked = [
        st.selectbox(
            page.words(f"upload.{role}"), names, place if names else None, disabled=not names,
            key=f"{key}_{role}_{names}",
        )
        for place, role in enumerate(roles)
    ]  # fmt: skip
    return {role: (name, table[name]) for role, name in zip(roles, picked, strict=True)} if names else None
