"""The notebook of every page runs, and its figures are those on screen."""

from collections.abc import Callable
from typing import Any

import nbclient
import nbformat
import numpy as np
import pytest
import streamlit as st

from tests.conftest import Open
from tests.pages.test_every_page import pages, prefix
from tests.pages.test_snippets import cards, numbers
from ui.registry import ROOT
from ui.text import Words


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], bytes]]:
    """Collect what the button makes."""
    offered: list[Callable[[], bytes]] = []
    button = st.download_button

    def record(label: str, data: Callable[[], bytes], name: str, *arguments: Any, **options: Any) -> bool:
        assert name.endswith(".ipynb")
        offered.append(data)
        return button(label, data, name, *arguments, **options)

    monkeypatch.setattr(st, "download_button", record)
    return offered


# The library of the kernel warns of its own defaults.
@pytest.mark.filterwarnings("default")
@pages
def test_the_notebook_repeats_the_figures_on_screen(
    open_page: Open, made: list[Callable[[], bytes]], stem: str
) -> None:
    app = open_page(stem, lang="en", **{f"{prefix(stem)}behind": "notebook"})
    [make] = made
    notebook = nbformat.reads(make().decode(), as_version=4)
    nbformat.validate(notebook)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    code, *charts = [cell for cell in notebook.cells if cell.cell_type == "code"]
    printed = numbers("".join(output.get("text", "") for output in code.outputs))
    for name, value, error in cards(app):
        close = np.abs(printed - value) <= error if np.isfinite(value) else printed == value
        assert close.any(), (name, value)
    assert len(charts) == len(app.get("vega_lite_chart"))
    for cell in charts:
        assert "vega" in cell.outputs[-1].data["text/html"]
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    words = Words(stem, "en")
    assert words("question") in text
    assert words("predict.question") in text
    assert text.count("\n- ") >= 3
