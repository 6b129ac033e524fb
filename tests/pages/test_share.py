"""A teacher prepares a page: what a link hides and locks, and the dialog that writes such a link."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import Open, all_data, change, page_controls, texts
from tests.pages.test_every_page import prefix, scene
from ui.page.prepared import PIECES
from ui.registry import EXPLAINERS
from ui.text import LANGUAGES, Words

STEMS = [explainer.stem for explainer in EXPLAINERS]


def names(app, stem: str) -> set[str]:
    return {key.removeprefix(prefix(stem)) for key in page_controls(app)}


@pytest.mark.parametrize("stem", STEMS)
def test_a_link_hides_controls_and_pieces(open_page: Open, stem: str) -> None:
    shown = names(open_page(stem), stem)
    controls = sorted(shown & {"seed", "rate", "offset", "dtype", "smoothing", "depth", "n", "batch"})
    app = open_page(stem, hide=",".join([*controls, *PIECES]))
    assert not app.exception
    assert shown - names(app, stem) >= {*controls, "predict", "claim", "behind"}
    assert "hide=" not in texts(app), "nothing was ignored"


def test_a_hidden_control_keeps_the_value_of_the_link(open_page: Open) -> None:
    app = open_page("gd_sgd_minibatch", gd_seed="7", hide="seed")
    assert app.session_state["gd_seed"] == 7
    assert "seed" not in names(app, "gd_sgd_minibatch")


def test_pages_with_different_hidden_values_share_no_picture(open_page: Open) -> None:
    # The picture of the first page is cached, and the second one has the same values to show.
    one, other = (open_page("gd_sgd_minibatch", gd_seed=seed, hide="seed") for seed in (7, 8))
    assert all_data(one) != all_data(other)


def test_a_locked_control_keeps_its_value(open_page: Open) -> None:
    app = open_page("bagging_vs_boosting", bagging_flip="0.1", lock="flip")
    assert page_controls(app)["bagging_flip"]["locked"]
    assert not page_controls(app)["bagging_depth"]["locked"]
    change(app, bagging_flip=3)
    assert app.session_state["bagging_flip"] == 0.1
    # The sixth scene flips 20 % of the labels.
    change(app, bagging_scene=5)
    assert app.session_state["bagging_flip"] == 0.1
    assert app.session_state["bagging_tab"] == "noise"


def test_a_scene_is_active_only_if_locked_controls_agree_with_it(open_page: Open) -> None:
    stem = "bagging_vs_boosting"
    assert scene(open_page(stem, lock="flip"), stem) == "honest"
    app = open_page(stem, bagging_flip="0.1", lock="flip,tab")
    assert "lock=tab" in texts(app)
    assert scene(app, stem) is None
    for index in (5, 6):
        change(app, bagging_scene=index)
        # The texts of scenes speak of their settings; N and P continue from the last one.
        active, last = page_controls(app)["bagging_scene"]["value"]
        assert last == index
        assert active in (-1, 6)


def test_a_prediction_is_judged_only_by_its_own_settings(open_page: Open) -> None:
    app = open_page("bagging_vs_boosting", bagging_flip="0.1", lock="flip")
    change(app, bagging_predict=0)
    assert app.session_state["bagging_predict"] == "boosting"
    assert page_controls(app)["bagging_predict"]["text"] == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_unknown_link_values_are_named_once(open_page: Open, lang: str) -> None:
    answers = {"gd_claim": "none", "gd_decision": "perhaps", "gd_predict": "luck"}
    app = open_page("gd_sgd_minibatch", lang=lang, hide="rate,nothing,<b>", lock="predict", gd_rate="fast", **answers)
    expected = Words("gd_sgd_minibatch", lang)("link_ignored", parameters="")
    assert expected in texts(app)
    for ignored in ("hide=nothing", "lock=predict", "gd_rate=fast", "hide=<b>", *map("=".join, answers.items())):
        assert ignored in texts(app)
    assert "<b>" not in page_controls(app)["gd_ignored"]["text"]
    assert not app.exception


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("stem", STEMS)
def test_the_dialog_offers_every_control_by_its_name(open_page: Open, stem: str, lang: str) -> None:
    app = open_page(stem, lang=lang)
    change(app, title="share")
    assert not app.exception
    hide, lock = app.multiselect
    assert len(hide.options) == len(lock.options) + len(PIECES)
    assert all(option.strip() for option in hide.options)
    assert set(lock.options) <= set(hide.options)


def test_the_link_of_the_dialog_opens_what_was_chosen(open_page: Open) -> None:
    stem = "gd_sgd_minibatch"
    app = open_page(stem, gd_seed="3", gd_predict="sgd")
    change(app, title="share")
    shown = link(app)
    assert shown == {"lang": ["en"], "gd_seed": ["3"]}, "the link has no answers"
    app.selectbox[0].select_index(2).run()
    app.multiselect[0].set_value(["predict", "seed"]).run()
    app.multiselect[1].set_value(["rate"]).run()
    app.checkbox[0].check().run()
    shown = link(app)
    assert (shown["hide"], shown["lock"], shown["present"]) == (["predict,seed"], ["rate"], ["1"])
    received = open_page(stem, **{key: value for key, [value] in shown.items()})
    assert scene(received, stem) == "equal_samples"
    assert "predict" not in names(received, stem)


def link(app) -> dict[str, list[str]]:
    [code] = app.code
    parts = urlsplit(code.value)
    assert parts.path.endswith("gd_sgd_minibatch")
    return parse_qs(parts.query)
