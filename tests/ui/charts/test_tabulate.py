"""Tables of charts' data: rounded values under readable headings, without what only says how a mark is drawn."""

import codecs
import csv
import io

import numpy as np
import pandas as pd
from pyarrow import parquet

from ui.charts import frames
from ui.charts.panels import SECOND
from ui.charts.tabulate import MAX_ROWS, tables, to_csv, to_parquet


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
        "regions": {"x": [0.0], "x2": [1.0], "y": [0.0], "y2": [1.0], "value": [1.0]},
        "titles": {"x": [0.0, SECOND], "text": ["left", "right"]},
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


def test_texts_that_a_spreadsheet_would_run_are_harmless() -> None:
    texts = np.array(["=HYPERLINK(1)", "+1+1", "-2+3", "@A1", "-0.5", "a=1"], object)
    written = to_csv({"=name": texts, "y": np.arange(6.0)}, ["page"]).decode("utf-8-sig")
    rows = list(csv.reader(written.splitlines()[1:]))
    assert [row[0] for row in rows] == ["'=name", "'=HYPERLINK(1)", "'+1+1", "'-2+3", "'@A1", "-0.5", "a=1"]


def test_both_files_have_the_full_precision() -> None:
    columns = {
        "gap": np.array([1 / 3, np.nan]),
        "name": np.array(["손실, 테스트", 'a"b'], object),
        "n": np.array([1, 2]),
    }
    comments = ["교차 엔트로피", "http://localhost/page?lang=ko"]
    frame = pd.read_csv(io.BytesIO(to_csv(columns, comments)), comment="#", encoding="utf-8-sig")
    whole = parquet.read_table(io.BytesIO(to_parquet(columns, comments)))
    assert whole.schema.metadata[b"comment"].decode().split("\n") == comments
    pd.testing.assert_frame_equal(frame, whole.to_pandas(), check_dtype=False)
    assert frame.gap[0] == 1 / 3
    assert to_csv(columns, comments).startswith(codecs.BOM_UTF8)
