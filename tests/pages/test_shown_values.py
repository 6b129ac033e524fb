"""The text beside a chart says what the chart shows now, and the chart itself is patched, not created again."""

import html
import re

import numpy as np
import pyarrow
import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import Open, change, page_controls
from tests.pages.states import CHEAPEST
from tests.pages.test_every_page import STEMS, codes, languages, pages, prefix, show
from ui.numbers import format_number
from ui.text import Words

# A control of the headline that changes the data of its charts, and the index of another of its values.
CHANGED = {
    "softmax_stability": "softmax_spread",
    "cross_entropy_vs_kl": "cross_step",
    "likelihood_sampling": "likelihood_n",
    "gd_sgd_minibatch": "gd_rate",
    "batch_size_minima": "batch_progress",
    "bagging_vs_boosting": "bagging_trees",
    "precision_recall": "precision_threshold",
    "cls_vs_average_pooling": "cls_length",
    "vanishing_gradients": "vanishing_seed",
}


def shown_values(app: AppTest) -> list[str]:
    """Return the texts for screen readers beside the charts."""
    bodies = (element.proto.body for element in app.get("html"))
    return [html.unescape(text) for body in bodies for text in re.findall(r"<p class='unseen'>(.*?)</p>", body)]


def charts(app: AppTest) -> list:
    return [chart.proto for chart in app.get("vega_lite_chart")]


@pages
@languages
def test_every_scene_says_what_its_charts_show(open_page: Open, stem: str, lang: str) -> None:
    app = open_page(stem, lang=lang)
    title, seen = Words(stem, lang)("shown.title"), set()
    for name in codes(stem, "scenes"):
        show(app, stem, name)
        texts = shown_values(app)
        assert len(texts) == len(charts(app)), name
        assert all(text.startswith(title) and len(text) > len(title) + 1 for text in texts), (name, texts)
        seen.add(tuple(texts))
    assert len(seen) >= len(codes(stem, "scenes")) / 2, "the texts follow the state"


@pages
def test_the_text_has_the_values_of_the_curves(open_page: Open, stem: str) -> None:
    found = 0
    for view in codes(stem, "tabs"):
        app = open_page(stem, lang="en", **CHEAPEST.get(stem, {}) | {f"{prefix(stem)}tab": view})
        for chart, text in zip(charts(app), shown_values(app), strict=True):
            for dataset in chart.datasets:
                columns = pyarrow.ipc.open_stream(dataset.data.data).read_all().to_pydict()
                if columns.keys() >= {"x", "y", "series"} and columns.keys().isdisjoint({"dotted", "text"}):
                    for name in dict.fromkeys(columns["series"]):
                        y = [y for y, series in zip(columns["y"], columns["series"], strict=True) if series == name]
                        known = np.array([value for value in y if value is not None], float)
                        if known.size:
                            figures = (known[-1], known.min(), known.max())
                            assert name in text and all(format_number(value) in text for value in figures)
                            found += 1
    assert found >= 2 or stem == "softmax_stability"


@pages
@pytest.mark.parametrize("lang", ["en"])
def test_a_changed_control_changes_the_text_and_neither_specification_nor_alternative_text(
    open_page: Open, stem: str, lang: str
) -> None:
    app, key = open_page(stem, lang=lang), CHANGED[stem]
    before, texts = [(chart.spec, chart.alt) for chart in charts(app)], shown_values(app)
    control = page_controls(app)[key]
    if control["kind"] == "number":
        change(app, **{key: "3"})
    else:
        change(app, **{key: (control["value"] + 1) % len(control["options"])})
    assert shown_values(app) != texts
    assert [(chart.spec, chart.alt) for chart in charts(app)] == before


def test_every_page_has_a_control_to_change() -> None:
    assert set(CHANGED) == set(STEMS)
