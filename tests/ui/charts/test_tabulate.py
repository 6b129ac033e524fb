"""Tables of charts' data: rounded values under readable headings, without what only says how a mark is drawn."""

import numpy as np

from ui.charts import frames
from ui.charts.panels import SECOND
from ui.charts.tabulate import MAX_ROWS, tables


def heading(column: str) -> str:
    return f"<{column}>"


def test_curves_over_the_same_x_are_side_by_side() -> None:
    x = np.array([1.0, 2.0])
    [table] = tables({"lines": frames.long(x, {"a": x / 3, "b": np.array([np.nan, 1e-9])})}, heading)
    assert table.columns == {"<x>": ["1", "2"], "a": ["0.3333", "0.6667"], "b": ["–", "1e−9"]}


def test_split_curves_are_one_table() -> None:
    parts = frames.numbered("lines", [frames.long(np.arange(3.0), {name: np.arange(3.0)}) for name in "ab"])
    [table] = tables(parts, heading)
    assert list(table.columns) == ["<x>", "a", "b"]


def test_curves_with_intervals_keep_them() -> None:
    curve = {"a": (np.array([2.0]), np.array([1.0]), np.array([3.0]))}
    [table] = tables({"points": frames.intervals(np.array([8.0]), curve), "here": {"x": [8.0]}}, heading)
    assert table.columns == {"<x>": ["8"], "<y>": ["2"], "<series>": ["a"], "<low>": ["1"], "<high>": ["3"]}


def test_a_long_table_has_rows_at_equal_distances() -> None:
    x = np.arange(10_001.0)
    [table] = tables({"lines": frames.long(x, {"a": x})}, heading)
    shown = [int(float(text.replace("e", "E"))) for text in table.columns["a"]]
    assert (len(shown), table.rows) == (MAX_ROWS, 10_001)
    assert (shown[0], shown[-1]) == (0, 10_000)
    assert max(np.diff(shown)) <= 60  # written with four digits


def test_bars_have_the_text_that_is_shown() -> None:
    [table] = tables({"bars": frames.grouped(["1", "2"], {"P": [1 / 3, np.inf]})}, heading)
    assert table.columns == {"<category>": ["1", "2"], "<series>": ["P", "P"], "<text>": ["0.333", "∞"]}


def test_panels_have_a_title_and_positions_of_their_own() -> None:
    data = {
        "images": {"x": [0.0, SECOND], "url": ["…", "…"], "title": ["left", "right"]},
        "points": {"x": np.array([0.25, SECOND + 0.25]), "y": np.array([0.5, 0.5]), "kind": ["A", "A"]},
        "rings": {"x": [], "y": []},
    }
    [table] = tables(data, heading)
    assert table.columns["<title>"] == ["left", "right"]
    assert table.columns["<x>"] == ["0.25", "0.25"]


def test_the_edges_of_cells_are_left_out() -> None:
    cells = frames.surface_cells(np.arange(2.0), np.arange(2.0), np.eye(2))
    [table] = tables({"cells": cells}, heading)
    assert list(table.columns) == ["<x>", "<y>", "<value>"] and table.rows == 4


def test_an_empty_data_set_has_no_table() -> None:
    assert tables({"points": {"x": np.array([]), "y": np.array([]), "kind": np.array([])}}, heading) == []
