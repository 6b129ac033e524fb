"""The data of every chart can be read as a table."""

import re

from tests.conftest import Open, tables
from tests.pages.states import CHEAPEST
from tests.pages.test_every_page import codes, languages, pages, prefix
from ui.charts.tabulate import MAX_ROWS
from ui.text import COMMON, Words, phrases

# "x" and "step" are also titles of axes.
NAMES = {path.removeprefix("columns.") for path in phrases(COMMON) if path.startswith("columns.")} - {"x", "step"}


@pages
@languages
def test_every_chart_has_its_data_as_a_table(open_page: Open, stem: str, lang: str) -> None:
    words, charts = Words(stem, lang), 0
    counted = re.escape(words("table_rows"))
    counted = counted.replace(r"\{shown\}", r"(?P<shown>\d+)").replace(r"\{rows\}", r"(?P<rows>[\d,]+)")
    for view in codes(stem, "tabs"):
        state = CHEAPEST.get(stem, {}) | {f"{prefix(stem)}tab": view}
        closed = len(tables(open_page(stem, lang=lang, **state)))
        app = open_page(stem, lang=lang, **state, **{f"{prefix(stem)}behind": "table"})
        shown_tables = tables(app)[closed:]
        assert len(shown_tables) >= len(app.get("vega_lite_chart")), view
        found = [re.search(counted, element.value) for element in app.markdown]
        rows = [(int(match["shown"]), int(match["rows"].replace(",", ""))) for match in found if match]
        assert [len(table) for table in shown_tables] == [shown for shown, _ in rows]
        for table, (shown, total) in zip(shown_tables, rows, strict=True):
            assert shown == min(total, MAX_ROWS)
            assert not NAMES & set(table.columns), "a heading that is a name of the code"
            assert all(str(name).strip() for name in table.columns)
        charts += len(app.get("vega_lite_chart"))
    assert charts >= 2
