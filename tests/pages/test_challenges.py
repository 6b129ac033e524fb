"""The challenges of every page: what meets them, where that is stored, and what a link may say."""

import html
import importlib
import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.challenges import Challenges
from tests.conftest import Open, address, change, page_controls
from tests.pages.states import CHEAPEST
from tests.pages.test_every_page import codes, prefix
from ui.controls.address import link_text
from ui.registry import EXPLAINERS
from ui.text import LANGUAGES, Words

# Challenges are optional.
STEMS = [one.stem for one in EXPLAINERS if hasattr(importlib.import_module(f"core.{one.stem}"), "CHALLENGES")]
pages = pytest.mark.parametrize("stem", STEMS)
languages = pytest.mark.parametrize("lang", LANGUAGES)


def challenges(stem: str) -> Challenges:
    found: Challenges = importlib.import_module(f"core.{stem}").CHALLENGES
    return found


def examples(stem: str, table: str) -> dict[str, dict[str, str]]:
    """Return settings of the tests of `core`, as links: ``SOLUTIONS`` or ``NEAR_MISSES``."""
    settings: dict[str, dict[str, Any]] = getattr(importlib.import_module(f"tests.core.{stem}.test_challenges"), table)
    return {
        name: {prefix(stem) + control: link_text(value) for control, value in values.items()}
        for name, values in settings.items()
    }


def met(app: AppTest, stem: str) -> set[str]:
    """Return the challenges that are shown as met."""
    outcomes = page_controls(app)[f"{prefix(stem)}won"]["value"]
    return {name for name, outcome in zip(challenges(stem), outcomes, strict=True) if outcome is not None}


def written(app: AppTest, stem: str) -> set[str]:
    """Return the challenges that the link says are met."""
    text = address(app).get(f"{prefix(stem)}won", "")
    return {part.partition(":")[0] for part in text.split(",") if part}


@pages
@languages
def test_a_page_lists_its_challenges(open_page: Open, stem: str, lang: str) -> None:
    names, words = list(challenges(stem)), Words(stem, lang)
    assert len(names) >= 3
    assert codes(stem, "challenges") == names
    listed = page_controls(open_page(stem, lang=lang))[f"{prefix(stem)}won"]
    assert listed["options"] == [words(f"challenges.{name}.task") for name in names]
    assert listed["value"] == [None] * len(names)


@pages
def test_defaults_meet_no_challenge(open_page: Open, stem: str) -> None:
    for tab in codes(stem, "tabs"):
        app = open_page(stem, **CHEAPEST.get(stem, {}) | {f"{prefix(stem)}tab": tab})
        assert met(app, stem) == written(app, stem) == set()


@pages
def test_scenes_meet_no_challenge(open_page: Open, stem: str) -> None:
    app, key = open_page(stem), f"{prefix(stem)}scene"
    for index in range(len(codes(stem, "scenes"))):
        change(app, **{key: index})
    assert met(app, stem) == set()


@pages
@languages
def test_a_solution_meets_its_challenge(open_page: Open, stem: str, lang: str) -> None:
    words = Words(stem, lang)
    for index, (name, settings) in enumerate(examples(stem, "SOLUTIONS").items()):
        app = open_page(stem, lang=lang, **settings)
        assert name in met(app, stem)
        assert name in written(app, stem)
        result, insight = page_controls(app)[f"{prefix(stem)}won"]["value"][index]
        assert bool(result) == (challenges(stem)[name].better is not None)
        shown = html.unescape(re.sub("<[^>]*>", "", insight))
        assert shown == words(f"challenges.{name}.insight").replace("`", "")


@pages
def test_near_misses_do_not_meet_a_challenge(open_page: Open, stem: str) -> None:
    for name, settings in examples(stem, "NEAR_MISSES").items():
        assert name not in met(open_page(stem, **settings), stem)


@pages
def test_met_challenges_stay_after_reset_and_in_the_link(open_page: Open, stem: str) -> None:
    name, settings = next(iter(examples(stem, "SOLUTIONS").items()))
    app, key = open_page(stem, **settings), f"{prefix(stem)}won"
    won = address(app)[key]
    change(app, **{f"{prefix(stem)}reset": 0})
    assert name in met(app, stem)
    assert address(app)[key] == won
    assert name in met(open_page(stem, **{key: won}), stem)
    assert page_controls(app)[f"{prefix(stem)}scene"]["value"][0] == 0, "the first scene is active"
    assert page_controls(app)[f"{prefix(stem)}predict"]["fresh"]


@pages
def test_invalid_link_values_meet_no_challenge(open_page: Open, stem: str) -> None:
    for junk in ("", "nothing", ",,:", "1", *(f"{name}:{text}" for name in challenges(stem) for text in ("nan", "x"))):
        assert met(open_page(stem, **{f"{prefix(stem)}won": junk}), stem) == set()
    for name, challenge in challenges(stem).items():
        junk = name if challenge.better else f"{name}:1"
        assert met(open_page(stem, **{f"{prefix(stem)}won": junk}), stem) == set()


def test_a_challenge_keeps_its_better_result(open_page: Open) -> None:
    first = {"softmax_spread": "0", "softmax_classes": "1000", "softmax_offset": "84"}
    app = open_page("softmax_stability", **first)
    assert address(app)["softmax_won"] == "equal:84"
    offsets = page_controls(app)["softmax_offset"]["options"]
    change(app, softmax_offset=offsets.index("82"))
    assert address(app)["softmax_won"] == "equal:82"
    change(app, softmax_offset=offsets.index("83"))
    assert address(app)["softmax_won"] == "equal:82"


def test_met_challenges_survive_a_visit_to_another_page(open_page: Open) -> None:
    app = open_page("softmax_stability", softmax_won="equal:83")
    app.switch_page("pages/gd_sgd_minibatch.py").run()
    app.switch_page("pages/softmax_stability.py").run()
    assert address(app)["softmax_won"] == "equal:83"


def test_a_link_hides_the_challenges(open_page: Open) -> None:
    app = open_page("softmax_stability", hide="challenges")
    assert "softmax_won" not in page_controls(app)
    assert "softmax_behind" in page_controls(app)
    app = open_page("softmax_stability", hide="code")
    assert "softmax_won" in page_controls(app)
    assert "softmax_behind" not in page_controls(app)
