"""The notebook of every page runs, and its figures are those on screen."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import nbclient
import nbformat
import numpy as np
import pytest

from tests.conftest import Open
from tests.pages.states import CHEAPEST
from tests.pages.test_every_page import pages, prefix
from tests.pages.test_snippets import cards, numbers
from ui.registry import ROOT
from ui.text import Words, codes


# The library of the kernel warns of its own defaults.
@pytest.mark.filterwarnings("default")
@pages
@pytest.mark.parametrize(("view", "lang"), [(0, "en"), (1, "ko")])
def test_the_notebook_repeats_the_figures_on_screen(
    open_page: Open, files: dict[str, Callable[[], bytes]], stem: str, view: int, lang: str
) -> None:
    settings = CHEAPEST.get(stem, {}) | {f"{prefix(stem)}tab": codes(stem, "tabs")[view]}
    app = open_page(stem, lang=lang, **settings, **{f"{prefix(stem)}behind": "notebook"})
    [(name, make)] = files.items()
    assert name.endswith(".ipynb")
    notebook = nbformat.reads(make().decode(), as_version=4)
    nbformat.validate(notebook)
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}})
    # In a thread of its own, because Playwright runs in this thread and allows no second event loop.
    # ``asyncio.run`` closes the loop; ``client.execute`` would leave it open.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, client.async_execute()).result()
    code, *charts = [cell for cell in notebook.cells if cell.cell_type == "code"]
    printed = numbers("".join(output.get("text", "") for output in code.outputs))
    for figure, value, error in cards(app):
        close = np.abs(printed - value) <= error if np.isfinite(value) else printed == value
        assert close.any(), (figure, value)
    assert len(charts) == 2 * len(app.get("vega_lite_chart"))
    for data, drawn in zip(charts[::2], charts[1::2], strict=True):
        assert data.metadata.jupyter.source_hidden
        assert "vega" in drawn.outputs[-1].data["text/html"]
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    words = Words(stem, lang)
    assert words("question") in text
    assert words("predict.question") in text
    assert text.count("\n- ") >= 3
