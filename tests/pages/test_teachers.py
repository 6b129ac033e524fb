"""The notes for teachers of every page, and its exam questions, which keep the hidden value to themselves."""

import html
import importlib
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow
import pytest
from streamlit.testing.v1 import AppTest

from core.exams import Exams
from tests.conftest import Open, address, change, page_controls, rerun, texts
from tests.pages.test_every_page import codes, prefix, scene
from ui.page.prepared import PIECES, hidden_value
from ui.page.share import scene_parameters
from ui.registry import EXPLAINERS
from ui.text import LANGUAGES, Words, plan

STEMS = [explainer.stem for explainer in EXPLAINERS]
pages = pytest.mark.parametrize("stem", STEMS)


def exams_of(stem: str) -> Exams:
    return importlib.import_module(f"core.{stem}").EXAMS


def number_of(stem: str, name: str, value: Any) -> int:
    """Return the first number of an exam question that has a value."""
    return next(number for number in range(1000) if hidden_value(stem, exams_of(stem), name, number) == value)


def parameters(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query))


def notes(open_page: Open, stem: str, **link: Any) -> AppTest:
    """Open a page and unfold its notes for teachers."""
    app = open_page(stem, **link)
    app.session_state[f"{prefix(stem)}teachers"] = True
    return rerun(app)


@pages
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_notes_have_plans_and_questions(open_page: Open, stem: str, lang: str) -> None:
    words, app = Words(stem, lang), notes(open_page, stem, lang=lang)
    shown = texts(app)
    assert len(codes(stem, "teachers.outcomes")) == 3
    assert len(codes(stem, "teachers.questions")) >= 3
    for minutes in (10, 25):
        steps = plan(stem, minutes)
        assert sum(length for length, _ in steps) == minutes
        assert {code for _, code in steps} <= {*codes(stem, "scenes"), *PIECES}
        assert words("teachers_plan", minutes=minutes) in shown
    bodies = "".join(element.proto.body for element in app.get("html"))
    links = re.findall(r"<a href='([^']*)' target='_blank'>([^<]*)</a>", bodies)
    assert [html.unescape(name) for _, name in links] == [
        words(f"scenes.{code}.name") for minutes in (10, 25) for _, code in plan(stem, minutes) if code not in PIECES
    ]
    last, name = links[-1]
    received = open_page(stem, **parameters(html.unescape(last)))
    assert words(f"scenes.{scene(received, stem)}.name") == html.unescape(name)
    assert received.session_state["language"] == lang


@pages
def test_the_notes_link_exam_questions_and_their_answers(open_page: Open, stem: str) -> None:
    app, words = notes(open_page, stem, lang="ko"), Words(stem, "ko")
    assert set(exams_of(stem)) == set(codes(stem, "teachers.exams"))
    app.button[0].click().run()
    links = [parameters(block.value) for block in app.code]
    assert len(links) == 2 * len(exams_of(stem)) == 6
    for (name, exam), question, answer in zip(exams_of(stem).items(), links[::2], links[1::2], strict=True):
        assert question | {"answer": "1"} == answer
        assert question["exam"].startswith(f"{name}-")
        assert prefix(stem) + exam.control not in question
        received = page_controls(open_page(stem, **answer))
        assert received[prefix(stem) + exam.control]["locked"]
        shown = texts(open_page(stem, **answer))
        assert words(f"teachers.exams.{name}.answer").replace("*", "") in shown.replace("*", "")


def sent(app: AppTest) -> list[Any]:
    """Return all that a page sends, without the data of its charts."""
    boxes = [element.value for kind in (app.info, app.caption, app.code) for element in kind]
    # Without numbers: the height of a table depends on its rows.
    charts = [(chart.proto.alt, re.sub(r"\d+", "", chart.proto.spec)) for chart in app.get("vega_lite_chart")]
    return [texts(app), boxes, page_controls(app), address(app), charts]


def data(app: AppTest) -> list[list[dict[str, Any]]]:
    """Return the rows of the data sets of all charts."""
    sets = [dataset.data.data for chart in app.get("vega_lite_chart") for dataset in chart.proto.datasets]
    return [pyarrow.ipc.open_stream(one).read_all().to_pylist() for one in sets]


@pages
def test_only_the_charts_of_an_exam_depend_on_the_hidden_value(open_page: Open, stem: str) -> None:
    for index, (name, exam) in enumerate(exams_of(stem).items()):
        key, lang = prefix(stem) + exam.control, list(LANGUAGES)[index % 2]
        link = {"lang": lang, **scene_parameters(prefix(stem), exam.settings), key: "junk"}
        shown, drawn = [], []
        for value in exam.values:
            number = number_of(stem, name, value)
            app = open_page(stem, exam=f"{name}-{number}", **link)
            assert app.session_state[key] == value
            assert key not in page_controls(app)
            title = Words(stem, lang)("exam.title", number=number)
            assert title in texts(app)
            shown.append([texts(app).replace(title, ""), *sent(app)[1:]])
            drawn.append(data(app))
            # A rule at the value, or a label with it, would be the answer.
            assert not [
                rows for rows in data(app) if len(rows) == 1 and value in (rows[0].get("x"), rows[0].get("text"))
            ]
        assert all(one == shown[0] for one in shown), name
        assert all(one != other for k, one in enumerate(drawn) for other in drawn[:k]), name


def test_nothing_in_an_exam_sets_the_hidden_control(open_page: Open) -> None:
    stem, number = "gd_sgd_minibatch", number_of("gd_sgd_minibatch", "rate", 0.3)
    app = open_page(stem, exam=f"rate-{number}", gd_start="steep", gd_behind="code", gd_claim="unbiased")
    assert not app.code
    assert not {"gd_scene", "gd_tab", "gd_predict", "gd_claim", "gd_won", "gd_behind"} & page_controls(app).keys()
    change(app, gd_reset=0)
    assert (app.session_state["gd_rate"], app.session_state["gd_updates"]) == (0.3, 20)
    app = open_page(stem, exam=f"rate-{number}", answer="1")
    change(app, gd_rate=0)
    assert app.session_state["gd_rate"] == 0.3
    assert "gd_rate" not in address(app)


@pytest.mark.parametrize("exam", ["rate", "rate-", "rate-1000", "rate--1", "depth-1", "rate-１", "<b>-1"])
def test_an_exam_that_the_page_does_not_have_is_ignored_and_named(open_page: Open, exam: str) -> None:
    app = open_page("gd_sgd_minibatch", exam=exam, answer="1")
    assert {"gd_scene", "gd_rate"} <= page_controls(app).keys()
    assert f"exam={exam}, answer=1" in texts(app)
    assert "<b>" not in page_controls(app)["gd_ignored"]["text"]
