"""Fixtures of the tests of pages."""

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], bytes]]:
    """Collect the functions that make the files which a page offers, by the name of the file."""
    offered: dict[str, Callable[[], bytes]] = {}
    button = st.download_button

    def record(label: str, data: Callable[[], bytes], name: str, *arguments: Any, **options: Any) -> bool:
        offered[name] = data
        return button(label, data, name, *arguments, **options)

    monkeypatch.setattr(st, "download_button", record)
    return offered
