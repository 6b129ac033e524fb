"""Every tooltip names its quantity in the page's language, and rounds its value."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.conftest import Open
from tests.pages.states import CHEAPEST
from tests.pages.test_every_page import codes, languages, pages, prefix
from ui.charts.tooltips import FORMAT
from ui.text import COMMON, phrases

NAMES = {path.removeprefix("columns.") for path in phrases(COMMON) if path.startswith("columns.")}


def tooltips(specification: Any) -> Iterator[dict[str, Any]]:
    if isinstance(specification, dict):
        if "tooltip" in (encoding := specification.get("encoding", {})):
            yield from encoding["tooltip"] if isinstance(encoding["tooltip"], list) else [encoding["tooltip"]]
        for part in specification.values():
            yield from tooltips(part)
    elif isinstance(specification, list):
        for part in specification:
            yield from tooltips(part)


@pages
@languages
def test_tooltips_have_titles_and_rounded_values(open_page: Open, stem: str, lang: str) -> None:
    found = 0
    for view in codes(stem, "tabs"):
        app = open_page(stem, lang=lang, **CHEAPEST.get(stem, {}) | {f"{prefix(stem)}tab": view})
        for chart in app.get("vega_lite_chart"):
            for definition in tooltips(json.loads(chart.proto.spec)):
                found += 1
                title = definition["title"]
                # The text at the end of a path names its quantity itself.
                assert title.strip() or definition["field"] == "text"
                if definition["type"] == "quantitative":
                    assert definition["format"] == FORMAT
                assert title not in NAMES - {"x", "step"}, "a name of the code"  # these two are also titles of axes
                # A symbol such as η is the same in both languages.
                assert lang == "en" or re.search("[가-힣]", title) or not re.search("[a-z]{4}", title), title
    assert found >= 3
