"""A picture is drawn once for all readers whose controls stand alike, and what only one reader has for them alone."""

import functools
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.conftest import Open, errors, move, rerun
from tests.pages.test_every_page import controls, ends, pages
from ui import page
from ui.text import LANGUAGES


def shown(app: AppTest) -> list[Any]:
    """Return the charts and the texts that the app has been sent."""
    charts = [
        (chart.proto.alt, chart.proto.spec, [(dataset.name, dataset.data.data) for dataset in chart.proto.datasets])
        for chart in app.get("vega_lite_chart")
    ]
    return [*charts, *(element.proto.body for element in app.get("html"))]


@pages
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_second_reader_is_shown_what_was_drawn_for_the_first(
    open_page: Open, stem: str, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("drawn anew")

    st.cache_resource.clear()
    foreign = shown(open_page(stem, lang=next(other for other in LANGUAGES if other != lang)))
    first = shown(open_page(stem, lang=lang))
    assert first != foreign
    monkeypatch.setattr(page.Page, "draw", refuse)
    assert shown(open_page(stem, lang=lang)) == first


@pages
def test_a_kept_picture_is_the_one_that_would_be_drawn(
    open_page: Open, stem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[dict[str, str]] = [{}]
    for key, part in controls(open_page(stem)).items():
        states += [{key: text} for text in ends(key, part, stem)]
    kept = [shown(open_page(stem, **state)) for state in states]
    monkeypatch.setattr(page, "_draw_once", lambda _, own, draw: (draw(), own._drawn, own._said))
    for state, before in zip(states, kept, strict=True):
        assert shown(open_page(stem, **state)) == before, state
    assert len(states) > 6


def test_what_was_refused_leaves_each_reader_their_own_picture(open_page: Open) -> None:
    for temperature in ("0.5", "1", "0.5"):
        app = open_page("softmax_stability", softmax_temperature=temperature)
        before = shown(app)
        move(app, softmax_temperature="-1")
        assert len(errors(app)) == 1
        assert shown(app) == before


@pytest.mark.parametrize(
    ("stem", "key"), [("gd_sgd_minibatch", "gd_problem"), ("bagging_vs_boosting", "bagging_dataset")]
)
def test_a_table_of_ones_own_is_drawn_for_oneself(open_page: Open, stem: str, key: str) -> None:
    pictures = []
    for sign in (1, -1):
        app = open_page(stem, **{key: "own"})
        rows = "\n".join(f"{i % 7},{i * i % 11},{int(sign * (i % 7) > sign * 3)}" for i in range(60))
        app.file_uploader[0].set_value([("own.csv", f"a,b,c\n{rows}".encode(), "text/csv")])
        pictures.append(shown(rerun(app)))
        assert not errors(app)
    assert pictures[0] != pictures[1]
    assert shown(open_page(stem, **{key: "own"})) not in pictures, "no table yet"


def test_code_that_is_being_written_draws_anew(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw = page.Page.draw

    def note(self: page.Page, name: str, *given: Any, **options: Any) -> None:
        drawn.append(name)
        draw(self, name, *given, **options)

    monkeypatch.setattr(page.Page, "draw", note)
    monkeypatch.setattr(page, "_code_changes", functools.cache(page._code_changes.__wrapped__))
    monkeypatch.setattr(st, "get_option", {"server.fileWatcherType": "auto"}.get)
    for times in (1, 2):
        open_page("softmax_stability")
        assert drawn == ["line", "outcomes"] * times
