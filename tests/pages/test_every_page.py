"""What holds for every page of the registry, so that a new page is tested without further work."""

import contextlib
import html
import importlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.claims import Verdict
from tests.conftest import Open, address, all_data, change, errors, page_controls, rerun, tables, texts
from tests.pages.states import CHEAPEST, REFUSED, STATES, UPLOADS
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
    """Return the name of the active scene."""
    active, _ = page_controls(app)[f"{prefix(stem)}scene"]["value"]
    return codes(stem, "scenes")[active] if active >= 0 else None


def show(app: AppTest, stem: str, name: str) -> AppTest:
    """Choose a scene."""
    return change(app, **{f"{prefix(stem)}scene": codes(stem, "scenes").index(name)})


def settable(app: AppTest) -> dict[str, dict[str, Any]]:
    """Return the controls with a value, without text fields, by key."""
    kinds = ("slider", "select", "radio", "toggle", "number")
    return {
        key: control
        for key, control in page_controls(app).items()
        if control["kind"] in kinds and key != "language_choice"
    }


def n_elements(app: AppTest) -> int:
    """Return the number of elements on the page."""
    return sum(1 for _ in app.main)


@pages
@languages
def test_a_page_opens_with_its_question(open_page: Open, stem: str, lang: str) -> None:
    app = open_page(stem, lang=lang)
    words = Words(stem, lang)
    head = page_controls(app)["title"]
    assert (head["label"], head["question"]) == (words("title"), words("question"))
    views = [len(json.loads(c.proto.spec).get("vconcat", [c])) for c in app.get("vega_lite_chart")]
    assert sum(views) >= 2, "at least two linked views"


@pages
@languages
def test_every_scene_is_active_after_it_was_chosen(open_page: Open, stem: str, lang: str) -> None:
    app = open_page(stem, lang=lang)
    scenes = codes(stem, "scenes")
    assert len(scenes) >= 5
    for name in scenes:
        show(app, stem, name)
        assert scene(app, stem) == name
        assert Words(stem, lang)(f"scenes.{name}.text") in texts(app).split("\n")


@pages
def test_reset_returns_to_the_first_scene(open_page: Open, stem: str) -> None:
    app, scenes = open_page(stem), codes(stem, "scenes")
    assert scene(app, stem) == scenes[0]
    assert scene(show(app, stem, scenes[-1]), stem) == scenes[-1]
    assert scene(change(app, **{f"{prefix(stem)}reset": 0}), stem) == scenes[0]


@pages
@languages
def test_every_view_draws(open_page: Open, stem: str, lang: str) -> None:
    shown = set()
    for tab in codes(stem, "tabs"):
        app = open_page(stem, lang=lang, **{f"{prefix(stem)}tab": tab})
        offered = page_controls(app)[f"{prefix(stem)}tab"]
        assert offered["options"] == [Words(stem, lang)(f"tabs.{code}") for code in codes(stem, "tabs")]
        assert codes(stem, "tabs")[offered["value"]] == tab
        charts = [chart.proto.alt for chart in app.get("vega_lite_chart")]
        shown.add((*charts, *(box.value for box in app.info), len(tables(app))))
    assert len(shown) == len(codes(stem, "tabs")), "one view at a time"


@pages
@languages
def test_every_prediction_gets_an_answer_and_one_is_right(open_page: Open, stem: str, lang: str) -> None:
    key, answers = f"{prefix(stem)}predict", codes(stem, "predict.options")
    praised, words = 0, Words(stem, lang)
    for index, answer in enumerate(answers):
        app = open_page(stem, lang=lang)
        assert page_controls(app)[key]["text"] == ""
        label = page_controls(app)[key]["options"][index]
        assert label == words(f"predict.options.{answer}")
        text = page_controls(change(app, **{key: index}))[key]["text"]
        right = words("predict_right") in text
        assert right != (words("predict_wrong") in text)
        praised += right
        assert address(app)[key] == answer
    assert praised == 1, "one answer is right"


@pages
def test_pressing_a_chosen_button_again_removes_the_choice(open_page: Open, stem: str) -> None:
    app, key = open_page(stem), f"{prefix(stem)}behind"
    assert page_controls(change(app, **{key: 0}))[key]["value"] == 0
    assert page_controls(change(app, **{key: -1}))[key]["value"] == -1
    assert key not in address(app)


@pages
def test_a_control_of_another_view_keeps_its_value(open_page: Open, stem: str) -> None:
    """A control that the shown view does not use is hidden, and its value stays in the link."""
    cheapest, key = CHEAPEST.get(stem, {}), f"{prefix(stem)}tab"
    headline = set(settable(open_page(stem, **cheapest)))
    kept = 0
    for index, tab in enumerate(codes(stem, "tabs")):
        app = open_page(stem, **cheapest | {key: tab})
        for name, control in settable(app).items():
            if name not in headline and control["kind"] != "number":
                change(app, **{name: (control["value"] + 1) % len(control["options"] or (0, 1))})
                link, value = address(app).get(name), app.session_state[name]
                change(app, **{key: 0})
                assert name not in page_controls(app)
                assert (address(app).get(name), app.session_state[name]) == (link, value)
                change(app, **{key: index})
                assert (address(app).get(name), app.session_state[name]) == (link, value)
                kept += 1
    assert kept >= 1


@pages
def test_the_menu_links_to_the_other_pages(open_page: Open, stem: str) -> None:
    app, stems = open_page(stem, lang="en"), ["home", "lessons", *STEMS]
    menu = page_controls(app)["menu"]
    assert menu["current"] == stems.index(stem)
    assert menu["links"] == [".?lang=en", *(f"{other}?lang=en" for other in ("lessons", *STEMS))]


@pages
def test_switching_the_language_keeps_the_scene(open_page: Open, stem: str) -> None:
    app = show(open_page(stem, lang="en"), stem, codes(stem, "scenes")[-1])
    change(app, language_choice=list(LANGUAGES).index("ko"))
    assert page_controls(app)["title"]["label"] == Words(stem, "ko")("title")
    assert scene(app, stem) == codes(stem, "scenes")[-1]
    assert address(app)["lang"] == "ko"


@pages
@languages
def test_every_claim_gets_a_verdict(open_page: Open, stem: str, lang: str) -> None:
    claims = codes(stem, "claims")
    assert claims
    for name in claims:
        app = open_page(stem, lang=lang, **{f"{prefix(stem)}claim": name})
        offered = page_controls(app)[f"{prefix(stem)}claim"]
        assert offered["options"][offered["value"][0]] == Words(stem, lang)(f"claims.{name}.sentence")
        badges = [f"class='badge {verdict}'" for verdict in Verdict]
        assert sum(badge in offered["text"] for badge in badges) == 1
        assert offered["text"].count("<p") >= 2 or "<table>" in offered["text"], "evidence"


@pages
def test_a_decision_is_kept_in_the_link(open_page: Open, stem: str) -> None:
    app, key = open_page(stem), f"{prefix(stem)}claim"
    change(app, **{key: [0, 2]})
    assert page_controls(app)[key]["value"] == [0, 2]
    assert address(app)[f"{prefix(stem)}decision"] == "false"
    assert page_controls(open_page(stem, **address(app)))[key]["value"] == [0, 2]
    for junk in ([0], [0, 9], [99, 0], [True, None], "x", {}):
        change(app, **{key: junk})
        assert page_controls(app)[key]["value"] == [0, 2]


def ends(key: str, control: Mapping[str, Any], stem: str) -> tuple[str, str]:
    """Return the outermost values of a control, as links write them."""
    if control["kind"] == "toggle":
        return "false", "true"
    if control["kind"] == "number":
        return f"{control.get('min', -1):g}", f"{control.get('max', 1e9):g}"
    if control["kind"] == "slider":
        return tuple(control["options"][end].replace("−", "-") for end in (0, -1))
    options = codes(stem, f"controls.{key.removeprefix(prefix(stem))}.options")
    return options[0], options[-1]


def in_every_view(
    open_page: Open, stem: str, values: Callable[[AppTest], Mapping[str, Iterable[str]]]
) -> Iterator[tuple[str, str, AppTest]]:
    """Open every view with each of its controls at each of its ``values``; yield the control, its value and the page.

    Each value in all views before the next one: the picture, which they share, is then computed once.
    """
    cheapest = CHEAPEST.get(stem, {})
    tabs: dict[tuple[str, str], list[str]] = {}
    for tab in codes(stem, "tabs"):
        for key, offered in values(open_page(stem, **cheapest | {f"{prefix(stem)}tab": tab})).items():
            for text in offered:
                tabs.setdefault((key, text), []).append(tab)
    for (key, text), among in tabs.items():
        for tab in among:
            yield key, text, open_page(stem, **cheapest | {f"{prefix(stem)}tab": tab, key: text})


@pages
@pytest.mark.slow
def test_every_control_at_both_ends(open_page: Open, stem: str) -> None:
    def outermost(app: AppTest) -> dict[str, tuple[str, str]]:
        return {key: ends(key, control, stem) for key, control in settable(app).items()}

    seen = set()
    for key, text, app in in_every_view(open_page, stem, outermost):
        found = app.session_state[key]
        if isinstance(found, bool | str):
            assert str(found).lower() == text
        else:
            assert float(found) == pytest.approx(float(text), rel=1e-5)
        seen.add(key)
    assert len(seen) >= 4, "controls of the panel, of the expander and of views"


@pages
@languages
def test_invalid_parameters_in_the_address_are_ignored(open_page: Open, stem: str, lang: str) -> None:
    before = open_page(stem, lang=lang)
    keys = [
        *settable(before),
        f"{prefix(stem)}tab",
        f"{prefix(stem)}predict",
        f"{prefix(stem)}claim",
        f"{prefix(stem)}behind",
    ]
    shown = texts(before)
    for junk in ("", "junk", "-1e999", "nan", "[]", "<script>", "9" * 400):
        # A value that is invalid elsewhere may be a correct answer: softmax([1000, 1001, 1002]) is nan.
        asked = [key for key in keys if not (key.endswith("predict") and junk in codes(stem, "predict.options"))]
        after = open_page(stem, lang=lang, **dict.fromkeys(asked, junk))
        note = page_controls(after)[f"{prefix(stem)}ignored"]["text"]
        assert f"{prefix(stem)}tab=" in note
        assert texts(after).replace(html.unescape(note), "").strip() == shown.strip(), junk


@pages
def test_an_unknown_language_falls_back(open_page: Open, stem: str) -> None:
    assert page_controls(open_page(stem, lang="xx"))["title"]["label"] == Words(stem, "en")("title")


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
    """Open scenes, views, choices, predictions and claims: an unused phrase is dead, or its state is untested."""
    used: set[str] = set()
    call, has = Words.__call__, Words.has

    def record(self: Words, path: str, /, **values: object) -> str:
        used.add(path)
        return call(self, path, **values)

    def options(app: AppTest) -> dict[str, list[str]]:
        return {key: codes(stem, f"controls.{key.removeprefix(prefix(stem))}.options") for key in settable(app)}

    monkeypatch.setattr(Words, "__call__", record)
    st.cache_resource.clear()  # a cached picture would look up no phrases
    app = open_page(stem)
    for name in codes(stem, "scenes"):
        show(app, stem, name)
    for _ in in_every_view(open_page, stem, options):
        pass
    app.session_state[f"{prefix(stem)}teachers"] = True
    rerun(app)
    for index in range(len(codes(stem, "predict.options"))):
        change(open_page(stem), **{f"{prefix(stem)}predict": index})
    for state in STATES.get(stem, []):
        open_page(stem, **state)
    if stem in UPLOADS:
        state, tables = UPLOADS[stem]
        app = open_page(stem, **state)
        for table in tables:
            app.file_uploader[0].set_value([("own.csv", table, "text/csv")])
            rerun(app)
    for name in codes(stem, "claims"):
        open_page(stem, **{f"{prefix(stem)}claim": name})
    # The insights of challenges that are met.
    results = importlib.import_module(f"tests.core.{stem}.test_challenges").RESULTS
    won = [name if result is None else f"{name}:{result}" for name, result in results.items()]
    open_page(stem, **{f"{prefix(stem)}won": ",".join(won)})
    open_page("home")
    assert has(Words(stem, "en"), "question")
    assert set(phrases(PAGES / f"{stem}.toml")) - used == set()


@pages
def test_invalid_values_from_the_browser_are_ignored(open_page: Open, stem: str) -> None:
    app = open_page(stem)
    before = {key: control["value"] for key, control in page_controls(app).items()}
    for junk in (-1, 10**9, None, [], {}, 1.5, "nan", float("nan")):
        for key in settable(app):
            change(app, **{key: junk})
        assert {key: control["value"] for key, control in page_controls(app).items()} == before, junk


@pytest.mark.parametrize("stem", REFUSED)
def test_a_refused_value_is_explained_at_its_control_and_in_no_view_without_it(open_page: Open, stem: str) -> None:
    explained = 0
    for tab in codes(stem, "tabs"):
        controls = page_controls(open_page(stem, **REFUSED[stem] | {f"{prefix(stem)}tab": tab}))
        wrong = {key for key, control in controls.items() if control["error"]}
        assert wrong <= set(REFUSED[stem]), tab
        assert bool(wrong) == bool(set(list(REFUSED[stem])[:1]) & set(controls)), tab
        explained += bool(wrong)
    assert explained > 0, "a view explains it"


@languages
@pytest.mark.parametrize("stem", REFUSED)
def test_a_value_that_is_refused_in_a_new_session_is_not_used_and_the_message_says_so(
    open_page: Open, stem: str, lang: str
) -> None:
    app = open_page(stem, lang=lang, **REFUSED[stem])
    [message] = errors(app)
    assert message.endswith(Words(stem, lang)("refused.unused"))
    source = {key: value for key, value in REFUSED[stem].items() if key.endswith("source")}
    assert all_data(app) == all_data(open_page(stem, lang=lang, **source))


@pages
def test_a_changed_control_is_in_the_session_and_in_the_link(open_page: Open, stem: str) -> None:
    app = open_page(stem)
    for key, control in settable(app).items():
        if control["kind"] == "number":
            value: Any = "3"
        else:
            options = control["options"] or ("false", "true")
            value = (control["value"] + 1) % len(options)
        change(app, **{key: value})
        assert page_controls(app)[key]["value"] == value
        link = address(app)[key]
        assert open_page(stem, **{key: link}).session_state[key] == app.session_state[key]
        change(app, **{f"{prefix(stem)}reset": 0})
        assert key not in address(app)


@pages
def test_sender_and_receiver_of_a_link_see_the_same_scene(open_page: Open, stem: str) -> None:
    cheapest = CHEAPEST.get(stem, {})
    for tab in codes(stem, "tabs"):
        app = open_page(stem, **cheapest | {f"{prefix(stem)}tab": tab})
        outside = set(settable(open_page(stem, **cheapest)))
        for key, control in settable(app).items():
            if key in outside or control["kind"] == "number":
                continue
            options = control["options"] or ("false", "true")
            change(app, **{key: (control["value"] + 1) % len(options)})
            assert scene(open_page(stem, **address(app)), stem) == scene(app, stem), (tab, key)


@pages
def test_the_end_of_a_page_links_to_the_neighbouring_explainers(open_page: Open, stem: str) -> None:
    links = [element.proto.page for element in open_page(stem, lang="ko").get("page_link")]
    here = STEMS.index(stem)
    assert links == [STEMS[index] for index in (here - 1, here + 1) if 0 <= index < len(STEMS)]


# What may follow the number 1: verbs, and the symbol s of the proposal's width.
AFTER_ONE = {"is", "has", "was", "does", "needs", "plus", "minus", "times", "always", "this", "its", "as"}


@pages
def test_no_plural_follows_a_count_of_one(open_page: Open, stem: str) -> None:
    for tab in codes(stem, "tabs"):
        app = open_page(stem, lang="en", **CHEAPEST.get(stem, {}) | {f"{prefix(stem)}tab": tab})
        for key, control in settable(app).items():
            if control["kind"] == "slider" and key in page_controls(app):
                change(app, **{key: 0})
        words = re.findall(r"(?<![\d.,^⁻−-])\b1 ([a-z]+s)\b", texts(app))
        assert [word for word in words if word not in AFTER_ONE] == [], tab
