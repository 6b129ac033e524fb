"""Every chart can be saved as SVG, PNG and HTML, with title, legend and data."""

import html
import re
from collections.abc import Callable

from tests.conftest import Open
from tests.pages.test_every_page import languages, pages, prefix
from ui.text import Words

# What the buttons make, by name of the file.
Files = dict[str, Callable[[], bytes]]


def svg_texts(svg: bytes) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode())]


@pages
@languages
def test_the_picture_has_title_legend_and_axes(open_page: Open, files: Files, stem: str, lang: str) -> None:
    app = open_page(stem, lang=lang, **{f"{prefix(stem)}behind": "picture"})
    assert not app.exception
    assert len(files) == 3 * len(app.get("vega_lite_chart"))
    keys = set(
        re.findall(r"<span class='key'>.*?</i>? ?([^<]*)</span>", "".join(h.proto.body for h in app.get("html")))
    )
    shown: set[str] = set()
    for name, make in files.items():
        assert re.fullmatch(rf"{stem}_headline_\w+_\d{{4}}-\d\d-\d\d\.(svg|png|html)", name)
        if name.endswith(".svg"):
            written = make()
            shown |= set(svg_texts(written))
            assert b"currentColor" not in written and b"NaN" not in written
            assert any(text.startswith(Words(stem, lang)("title")) for text in svg_texts(written))
    assert {html.unescape(key).strip() for key in keys} <= {text.strip() for text in shown}
