"""Lessons: the page that builds them, and what the pages show of a lesson that a link has opened."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import Open, address, change, page_controls, rerun, texts
from tests.pages.test_every_page import scene
from ui.lessons import RULES, Lesson, Step, to_json, to_link
from ui.page.lesson import known_scenes, read_lesson
from ui.text import COMMON, LANGUAGES, Words, codes, phrases, ready_made

HOSTILE = "<b>x</b> *y* $z$ \" ' & ]"
MINE = Lesson(
    "Mine", (Step("softmax_stability", "half", HOSTILE, HOSTILE), Step("gd_sgd_minibatch", "floor", "", "Wait."))
)


def lesson_of(app: AppTest, key: str) -> dict[str, Any]:
    return dict(page_controls(app)[key]["lesson"] or [])


def parameters(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ready_made())
def test_a_ready_made_lesson_has_scenes_that_exist_and_words_for_each(name: str, language: str) -> None:
    lesson = read_lesson(name, language)
    assert 5 <= len(lesson.steps) <= 10
    assert len({step.page for step in lesson.steps}) >= 2
    assert all(step.scene in known_scenes()[step.page] for step in lesson.steps)
    assert len(codes("lessons", f"ready.{name}.steps")) == len(lesson.steps)
    assert set(codes("lessons", "ready")) == set(ready_made())


def test_every_rule_has_a_sentence() -> None:
    sentences = {path.removeprefix("lesson_errors.") for path in phrases(COMMON) if path.startswith("lesson_errors.")}
    assert sentences == set(RULES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_lesson_leads_across_pages(open_page: Open, lang: str) -> None:
    name = "losses"
    steps, link = ready_made()[name], parameters(f"?lang={lang}&softmax_scene=calm&lesson={name}&step=1")
    for number, (stem, code) in enumerate(steps, 1):
        app = open_page(stem, **link)
        assert scene(app, stem) == code
        key = f"{stem.split('_')[0]}_scene"
        shown, words = lesson_of(app, key), Words("lessons", lang)
        assert (shown["number"], shown["count"]) == (number, len(steps))
        assert shown["title"] == words(f"ready.{name}.title")
        assert shown["step_title"] == words(f"ready.{name}.steps.{number}.title")
        assert shown["note"] == words(f"ready.{name}.steps.{number}.note")
        assert shown["position"] == words("lesson_step", number=number, count=len(steps))
        assert urlsplit(shown["overview"]).path == "lessons"
        assert (shown["previous"] is None) == (number == 1)
        if (after := shown["next"]) is None:
            break
        assert urlsplit(after).path == steps[number][0]
        link = parameters(after)
        assert link["lang"] == lang
    assert number == len(steps)


def test_a_scene_in_a_link_is_opened_once(open_page: Open) -> None:
    app = open_page("gd_sgd_minibatch", gd_scene="floor", gd_seed="3")
    assert scene(app, "gd_sgd_minibatch") is None
    assert address(app) == {"gd_updates": "1000", "gd_tab": "ball", "gd_seed": "3"}
    change(app, gd_reset=0)
    assert scene(app, "gd_sgd_minibatch") == "equal_updates"
    assert "gd_scene=nothing" in texts(open_page("gd_sgd_minibatch", gd_scene="nothing"))


def test_the_author_of_a_lesson_writes_plain_text(open_page: Open) -> None:
    app = open_page("softmax_stability", lesson=to_link(MINE), softmax_scene="half")
    shown = lesson_of(app, "softmax_scene")
    assert (shown["step_title"], shown["note"]) == (HOSTILE, HOSTILE)
    assert "<b>x" not in "".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("lesson", "step", "code"),
    [
        ("%%%", "1", "not_a_lesson"),
        (to_link(MINE)[:-9], "1", "not_a_lesson"),
        ("losses", "2", "no_step"),
        ("noise", "99", "no_step"),
        ("noise", "-1", "no_step"),
        ("noise", "x" * 5000, "no_step"),
    ],
)
def test_a_bad_lesson_is_explained_and_the_page_opens(
    open_page: Open, lesson: str, step: str, code: str, lang: str
) -> None:
    app = open_page("gd_sgd_minibatch", lang=lang, lesson=lesson, step=step)
    assert lesson_of(app, "gd_scene") == {}
    sentence = Words("gd_sgd_minibatch", lang)(f"lesson_errors.{code}", count=7)
    assert page_controls(app)["gd_no_lesson"]["text"] == sentence


def links(app: AppTest) -> list[str]:
    return [block.value for block in app.code]


def button(app: AppTest, label: str, index: int = 0) -> AppTest:
    [*found] = [one for one in app.button if one.label == label]
    found[index].click()
    return rerun(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_lesson_is_built_and_shared(open_page: Open, lang: str) -> None:
    app, words = open_page("lessons", lang=lang), Words("lessons", lang)
    assert len(app.get("page_link")) == len(ready_made())
    assert not links(app)
    button(app, words("add"))
    button(app, words("add"))
    app.text_input[0].set_value("Mine")
    app.selectbox[1].set_value(("gd_sgd_minibatch", "floor"))
    app.text_input[3].set_value(HOSTILE)
    rerun(app)
    button(app, words("up"), 1)
    first, present, edit = links(app)
    assert urlsplit(first).path == "/gd_sgd_minibatch"
    assert present == f"{first}&present=1"
    shown = open_page("gd_sgd_minibatch", **parameters(first))
    assert scene(shown, "gd_sgd_minibatch") == "floor"
    assert lesson_of(shown, "gd_scene")["title"] == "Mine"
    assert lesson_of(shown, "gd_scene")["step_title"] == HOSTILE
    again = open_page("lessons", **parameters(edit))
    assert [box.value for box in again.selectbox] == [("gd_sgd_minibatch", "floor"), ("softmax_stability", "calm")]
    button(again, words("remove"), 0)
    button(again, words("remove"), 0)
    assert not links(again)


def test_a_ready_made_lesson_can_be_edited(open_page: Open) -> None:
    app, words = open_page("lessons", lang="ko"), Words("lessons", "ko")
    button(app, words("copy"), 1)
    name = list(ready_made())[1]
    assert [box.value for box in app.selectbox] == list(ready_made()[name])
    assert app.text_input[0].value == words(f"ready.{name}.title")
    assert len(links(app)) == 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_file_opens_a_lesson_and_a_bad_one_is_explained(open_page: Open, lang: str) -> None:
    app, words = open_page("lessons", lang=lang), Words("lessons", lang)

    def upload(text: str) -> None:
        app.file_uploader[0].set_value([("lesson.json", text.encode(), "application/json")])
        rerun(app)

    upload(to_json(MINE))
    assert [box.value for box in app.selectbox] == [(step.page, step.scene) for step in MINE.steps]
    upload(to_json(MINE).replace('"version": 1', '"version": 7'))
    assert [box.value for box in app.error] == [words("lesson_errors.version", version=7)]
    assert len(app.selectbox) == 2, "the last lesson stays"
    upload(json.dumps({"version": 1, "title": "", "steps": [{"page": "[x](y)", "scene": "z"}]}))
    assert "\\[x\\]\\(y\\)" in app.error[0].value
    app = open_page("lessons", lang=lang, lesson="AAAA")
    assert [box.value for box in app.error] == [words("lesson_errors.not_a_lesson")]
    upload(to_json(MINE))
    app.selectbox[0].set_value(("gd_sgd_minibatch", "decay"))
    rerun(app)
    assert [box.value for box in rerun(app).selectbox] == [("gd_sgd_minibatch", "decay"), ("gd_sgd_minibatch", "floor")]
    assert not app.error


def test_a_lesson_too_long_for_a_link_is_still_a_file(open_page: Open) -> None:
    notes = ("".join(chr(0x4E00 + (7 * k * k + 137 * n * k) % 9001) for k in range(990)) for n in range(20))
    steps = [{"page": "gd_sgd_minibatch", "scene": "floor", "note": note} for note in notes]
    app = open_page("lessons", lang="en")
    text = json.dumps({"version": 1, "title": "", "steps": steps})
    app.file_uploader[0].set_value([("lesson.json", text.encode(), "application/json")])
    rerun(app)
    assert "too long for a link" in app.error[0].value
    assert not links(app)
    assert len(app.download_button) == 1
