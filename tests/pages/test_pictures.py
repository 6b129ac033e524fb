"""A picture is drawn once for all sessions with the same settings; a private one is drawn for its session alone."""

import functools
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.conftest import Open, change, errors, rerun
from tests.pages.test_every_page import ends, pages, settable
from ui.page import Page, picture
from ui.text import LANGUAGES


def shown(app: AppTest) -> list[Any]:
    """Return the charts and texts that the app was sent."""
    charts = [
        (chart.proto.alt, chart.proto.spec, [(dataset.name, dataset.data.data) for dataset in chart.proto.datasets])
        for chart in app.get("vega_lite_chart")
    ]
    return [*charts, *(element.proto.body for element in app.get("html"))]


@pages
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_second_session_gets_the_picture_of_the_first(
    open_page: Open, stem: str, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("drawn again")

    st.cache_resource.clear()
    foreign = shown(open_page(stem, lang=next(other for other in LANGUAGES if other != lang)))
    first = shown(open_page(stem, lang=lang))
    assert first != foreign
    monkeypatch.setattr(Page, "chart", refuse)
    assert shown(open_page(stem, lang=lang)) == first


@pages
def test_a_shared_picture_equals_a_newly_drawn_one(open_page: Open, stem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    states: list[dict[str, str]] = [{}]
    for key, control in settable(open_page(stem)).items():
        states += [{key: text} for text in ends(key, control, stem)]
    shared = [shown(open_page(stem, **state)) for state in states]
    monkeypatch.setattr(picture, "_draw_once", lambda _, draw: draw())
    for state, before in zip(states, shared, strict=True):
        assert shown(open_page(stem, **state)) == before, state
    assert len(states) > 6


def test_a_refused_value_keeps_the_sessions_own_picture(open_page: Open) -> None:
    for temperature in ("0.5", "1", "0.5"):
        app = open_page("softmax_stability", softmax_temperature=temperature)
        before = shown(app)
        change(app, softmax_temperature="-1")
        assert len(errors(app)) == 1
        assert shown(app) == before


@pytest.mark.parametrize(
    ("stem", "key"), [("gd_sgd_minibatch", "gd_problem"), ("bagging_vs_boosting", "bagging_dataset")]
)
def test_an_uploaded_table_is_not_shared(open_page: Open, stem: str, key: str) -> None:
    pictures = []
    for sign in (1, -1):
        app = open_page(stem, **{key: "own"})
        rows = "\n".join(f"{i % 7},{i * i % 11},{int(sign * (i % 7) > sign * 3)}" for i in range(60))
        app.file_uploader[0].set_value([("own.csv", f"a,b,c\n{rows}".encode(), "text/csv")])
        pictures.append(shown(rerun(app)))
        assert not errors(app)
    assert pictures[0] != pictures[1]
    assert shown(open_page(stem, **{key: "own"})) not in pictures, "a session without a table"


def test_make_dev_draws_every_picture_again(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw = Page.chart

    def record(self: Page, name: str, *arguments: Any, **options: Any) -> None:
        drawn.append(name)
        draw(self, name, *arguments, **options)

    monkeypatch.setattr(Page, "chart", record)
    monkeypatch.setattr(picture, "_code_may_change", functools.cache(picture._code_may_change.__wrapped__))
    monkeypatch.setattr(st, "get_option", {"server.fileWatcherType": "auto"}.get)
    for times in (1, 2):
        open_page("softmax_stability")
        assert drawn == ["line", "outcomes"] * times
