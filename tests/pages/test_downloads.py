"""The files of every page contain what the charts show, under readable names, with the link."""

import csv
import io
from collections.abc import Callable
from typing import Any

from pyarrow import parquet

from tests.conftest import Open
from tests.pages.test_every_page import languages, pages, prefix
from tests.pages.test_tables import NAMES
from ui.text import Words

# What makes each file, by its name.
Files = dict[str, Callable[[], bytes]]


@pages
@languages
def test_csv_and_parquet_are_the_same_table(open_page: Open, files: Files, stem: str, lang: str) -> None:
    app = open_page(stem, lang=lang, **{f"{prefix(stem)}behind": "data"})
    assert len(files) == len(app.download_button) >= 2
    for name, make in files.items():
        if not name.endswith(".csv"):
            continue
        title, link, *rows = make().decode("utf-8-sig").splitlines()
        assert title.startswith(f"# {Words(stem, lang)('title')}")
        assert f"lang={lang}" in link
        heading, *cells = csv.reader(rows)
        assert not NAMES & set(heading), "a heading that is a name of the code"
        whole = parquet.read_table(io.BytesIO(files[name.removesuffix(".csv") + ".parquet"]()))
        assert heading == whole.column_names
        assert len(cells) == whole.num_rows > 0
        for column, values in zip(zip(*cells, strict=True), whole.columns, strict=True):
            expected = ["" if value is None else value for value in values.to_pylist()]
            assert [_same(text, value) for text, value in zip(column, expected, strict=True)] == expected


def _same(text: str, value: Any) -> Any:
    """Return a cell as what the other file has, a number or a text."""
    return (
        type(value)(text) if isinstance(value, int | float) and not isinstance(value, bool) else text.removeprefix("'")
    )
