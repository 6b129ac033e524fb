"""What the page contract promises, walked over the registry: a new page is covered by its line there."""

import contextlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.conftest import Open, move, parts, texts
from tests.pages.states import LEAST, STATES
from ui.registry import EXPLAINERS, PAGES
from ui.text import LANGUAGES, Words, phrases

STEMS = [explainer.stem for explainer in EXPLAINERS]
pages = pytest.mark.parametrize("stem", STEMS)
languages = pytest.mark.parametrize("lang", LANGUAGES)


def prefix(stem: str) -> str:
    return stem.split("_")[0] + "_"


def codes(stem: str, table: str) -> list[str]:
    """Return the names directly below a table of the page's words, in order."""
    depth = table.count(".") + 1
    return list(
        dict.fromkeys(p.split(".")[depth] for p in phrases(PAGES / f"{stem}.toml") if p.startswith(f"{table}."))
    )


def scene(app: AppTest, stem: str) -> str | None:
    """Return the scene that the page says it shows."""
    active, _ = parts(app)[f"{prefix(stem)}scene"]["place"]
    return codes(stem, "scenes")[active] if active >= 0 else None


def show(app: AppTest, stem: str, name: str) -> AppTest:
    """Choose a scene."""
    return move(app, **{f"{prefix(stem)}scene": codes(stem, "scenes").index(name)})


def controls(app: AppTest) -> dict[str, dict[str, Any]]:
    """Return what a reader can set on the page, but for texts, by key."""
    kinds = ("slider", "select", "row", "toggle", "number")
    return {key: part for key, part in parts(app).items() if part["kind"] in kinds and key != "language_choice"}


def elements(app: AppTest) -> int:
    """Return how much there is on the page."""
    return sum(1 for _ in app.main)


@pages
@languages
def test_a_page_opens_with_its_question(open_page: Open, stem: str, lang: str) -> None:
    app = open_page(stem, lang=lang)
    words = Words(stem, lang)
    head = parts(app)["title"]
    assert (head["label"], head["question"]) == (words("title"), words("question"))
    views = [len(json.loads(c.proto.spec).get("vconcat", [c])) for c in app.get("vega_lite_chart")]
    assert sum(views) >= 2, "at least two linked views"


@pages
@languages
def test_every_scene_shows_itself(open_page: Open, stem: str, lang: str) -> None:
    app = open_page(stem, lang=lang)
    scenes = codes(stem, "scenes")
    assert len(scenes) >= 5
    for name in scenes:
        show(app, stem, name)
        assert scene(app, stem) == name
        assert Words(stem, lang)(f"scenes.{name}.text") in texts(app).split("\n")


@pages
def test_a_reset_goes_back_to_the_first_scene(open_page: Open, stem: str) -> None:
    app, scenes = open_page(stem), codes(stem, "scenes")
    assert scene(app, stem) == scenes[0]
    assert scene(show(app, stem, scenes[-1]), stem) == scenes[-1]
    assert scene(move(app, **{f"{prefix(stem)}reset": 0}), stem) == scenes[0]


@pages
@languages
def test_every_tab_draws(open_page: Open, stem: str, lang: str) -> None:
    closed = elements(open_page(stem, lang=lang))
    for tab in codes(stem, "tabs"):
        app = open_page(stem, lang=lang, **{f"{prefix(stem)}tab": tab})
        offered = parts(app)[f"{prefix(stem)}tab"]
        assert offered["options"] == [Words(stem, lang)(f"tabs.{code}") for code in codes(stem, "tabs")]
        assert codes(stem, "tabs")[offered["place"]] == tab
        assert elements(app) > closed


@pages
@languages
def test_every_prediction_is_answered(open_page: Open, stem: str, lang: str) -> None:
    key, answers = f"{prefix(stem)}predict", codes(stem, "predict.options")
    praised, words = 0, Words(stem, lang)
    for place, answer in enumerate(answers):
        app = open_page(stem, lang=lang)
        assert parts(app)[key]["text"] == ""
        asked = parts(app)[key]["options"][place]
        assert asked == words(f"predict.options.{answer}")
        said = parts(move(app, **{key: place}))[key]["text"]
        right = words("predict_right") in said
        assert right != (words("predict_wrong") in said)
        praised += right
        assert answer in app.query_params[key]
    assert praised == 1, "one answer is right"


@pages
def test_a_choice_that_is_pressed_again_is_let_go(open_page: Open, stem: str) -> None:
    app, key = open_page(stem), f"{prefix(stem)}tab"
    assert parts(move(app, **{key: 0}))[key]["place"] == 0
    assert parts(move(app, **{key: -1}))[key]["place"] == -1
    assert key not in app.query_params


@pages
def test_the_menu_leads_to_the_other_pages(open_page: Open, stem: str) -> None:
    app, stems = open_page(stem, lang="en"), ["home", *STEMS]
    menu = parts(app)["menu"]
    assert menu["here"] == stems.index(stem)
    assert menu["links"] == [".?lang=en", *(f"{other}?lang=en" for other in STEMS)]
    other = STEMS[STEMS.index(stem) - 1]
    move(app, menu=stems.index(other))
    assert parts(app)["title"]["label"] == Words(other, "en")("title")
    assert scene(app, other) == codes(other, "scenes")[0]


@pages
def test_the_language_is_switched_where_one_is(open_page: Open, stem: str) -> None:
    app = show(open_page(stem, lang="en"), stem, codes(stem, "scenes")[-1])
    move(app, language_choice=list(LANGUAGES).index("ko"))
    assert parts(app)["title"]["label"] == Words(stem, "ko")("title")
    assert scene(app, stem) == codes(stem, "scenes")[-1]
    assert "ko" in app.query_params["lang"]


@pages
@languages
def test_every_claim_gets_a_verdict(open_page: Open, stem: str, lang: str) -> None:
    claims = codes(stem, "claims")
    assert claims
    for name in claims:
        app = open_page(stem, lang=lang, **{f"{prefix(stem)}claim": name})
        offered = parts(app)[f"{prefix(stem)}claim"]
        assert offered["options"][offered["place"]] == Words(stem, lang)(f"claims.{name}.sentence")
        assert sum("-badge[" in text.value for text in app.markdown) == 1
        assert any(Words(stem, lang)(f"claims.{name}.sentence") in text.value for text in app.markdown)


def ends(key: str, part: Mapping[str, Any], stem: str) -> tuple[str, str]:
    """Return the outermost values of a control, as links write them."""
    if part["kind"] == "toggle":
        return "false", "true"
    if part["kind"] == "number":
        return f"{part.get('min', -1):g}", f"{part.get('max', 1e9):g}"
    if part["kind"] == "slider":
        return tuple(part["options"][end].replace("−", "-") for end in (0, -1))
    options = codes(stem, f"controls.{key.removeprefix(prefix(stem))}.options")
    return options[0], options[-1]


def in_every_tab(
    open_page: Open, stem: str, values: Callable[[AppTest], Mapping[str, Iterable[str]]]
) -> Iterator[tuple[str, str, AppTest]]:
    """Open every tab with each of its controls at each of its ``values``; yield the control, its value and the page.

    One value in all tabs before the next: what they share, the picture above them, is then computed once.
    """
    least = LEAST.get(stem, {})
    tabs: dict[tuple[str, str], list[str]] = {}
    for tab in codes(stem, "tabs"):
        for key, offered in values(open_page(stem, **least | {f"{prefix(stem)}tab": tab})).items():
            for text in offered:
                tabs.setdefault((key, text), []).append(tab)
    for (key, text), among in tabs.items():
        for tab in among:
            yield key, text, open_page(stem, **least | {f"{prefix(stem)}tab": tab, key: text})


@pages
@pytest.mark.slow
def test_every_control_at_both_ends(open_page: Open, stem: str) -> None:
    def outermost(app: AppTest) -> dict[str, tuple[str, str]]:
        return {key: ends(key, part, stem) for key, part in controls(app).items()}

    moved = set()
    for key, text, app in in_every_tab(open_page, stem, outermost):
        found = app.session_state[key]
        if isinstance(found, bool | str):
            assert str(found).lower() == text
        else:
            assert float(found) == pytest.approx(float(text), rel=1e-5)
        moved.add(key)
    assert len(moved) >= 4, "controls in the folded part, of the tabs and above them"


@pages
@languages
def test_junk_in_the_address_changes_nothing(open_page: Open, stem: str, lang: str) -> None:
    before = open_page(stem, lang=lang)
    keys = [
        *controls(before),
        f"{prefix(stem)}tab",
        f"{prefix(stem)}predict",
        f"{prefix(stem)}claim",
        f"{prefix(stem)}behind",
    ]
    shown = texts(before)
    for junk in ("", "junk", "-1e999", "nan", "[]", "<script>", "9" * 400):
        # What is junk elsewhere may be an answer: softmax([1000, 1001, 1002]) is nan.
        asked = [key for key in keys if not (key.endswith("predict") and junk in codes(stem, "predict.options"))]
        after = open_page(stem, lang=lang, **dict.fromkeys(asked, junk))
        assert texts(after) == shown, junk


@pages
def test_an_unknown_language_falls_back(open_page: Open, stem: str) -> None:
    assert parts(open_page(stem, lang="xx"))["title"]["label"] == Words(stem, "en")("title")


@pages
def test_the_code_on_the_page_runs(open_page: Open, stem: str) -> None:
    app = open_page(stem, **{f"{prefix(stem)}behind": "code"})
    snippet, *sources = [block.value for block in app.code]
    assert sources and all(source.lstrip().startswith(("def ", "@", "class ")) for source in sources)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(snippet, f"<the snippet of {stem}>", "exec"), {"__name__": "snippet"})
    assert printed.getvalue().strip()


@pages
def test_the_data_can_be_downloaded(open_page: Open, stem: str) -> None:
    app = open_page(stem, **{f"{prefix(stem)}behind": "data"})
    assert app.download_button


@pages
@pytest.mark.slow
def test_every_phrase_is_used(open_page: Open, stem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Walk scenes, tabs, choices, predictions, claims: a phrase that never came up is dead, or its state untested."""
    used: set[str] = set()
    said, has = Words.__call__, Words.has

    def record(self: Words, path: str, /, **values: object) -> str:
        used.add(path)
        return said(self, path, **values)

    def options(app: AppTest) -> dict[str, list[str]]:
        return {key: codes(stem, f"controls.{key.removeprefix(prefix(stem))}.options") for key in controls(app)}

    monkeypatch.setattr(Words, "__call__", record)
    st.cache_resource.clear()  # a picture that another test has drawn says nothing
    app = open_page(stem)
    for name in codes(stem, "scenes"):
        show(app, stem, name)
    for _ in in_every_tab(open_page, stem, options):
        pass
    for answer in codes(stem, "predict.options"):
        open_page(stem, **{f"{prefix(stem)}predict": answer})
    for state in STATES.get(stem, []):
        open_page(stem, **state)
    for name in codes(stem, "claims"):
        open_page(stem, **{f"{prefix(stem)}claim": name})
    open_page("home")
    assert has(Words(stem, "en"), "question")
    assert set(phrases(PAGES / f"{stem}.toml")) - used == set()


@pages
def test_what_a_browser_says_of_a_control_is_checked(open_page: Open, stem: str) -> None:
    app = open_page(stem)
    before = {key: part["place"] for key, part in parts(app).items()}
    for junk in (-1, 10**9, None, [], {}, 1.5, "nan", float("nan")):
        for key in controls(app):
            move(app, **{key: junk})
        assert {key: part["place"] for key, part in parts(app).items()} == before, junk


@pages
def test_a_move_stands_in_the_session_and_in_the_link(open_page: Open, stem: str) -> None:
    app = open_page(stem)
    for key, part in controls(app).items():
        if part["kind"] == "number":
            place: Any = "3"
        else:
            options = part["options"] or ("false", "true")
            place = (part["place"] + 1) % len(options)
        move(app, **{key: place})
        assert parts(app)[key]["place"] == place
        assert key in app.query_params
        link = "".join(app.query_params[key])  # a text, or a list of one
        assert open_page(stem, **{key: link}).session_state[key] == app.session_state[key]
        move(app, **{f"{prefix(stem)}reset": 0})
        assert key not in app.query_params
