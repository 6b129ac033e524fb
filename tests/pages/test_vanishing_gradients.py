"""The page on vanishing gradients shows what `core` measures, and says where numbers end."""

import importlib
from functools import partial

import numpy as np
import pytest

from core import vanishing_gradients as core
from tests.conftest import Open, chart_of, data_of, figures, rerun, texts
from ui.text import LANGUAGES, Words

STEM = "vanishing_gradients"
data = partial(data_of, STEM)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_points_are_autograds(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, vanishing_depth="17", vanishing_activation="tanh", vanishing_seed="4")
    points = data(app, "gradients", "points")
    for name, net in {"a": core.Net(17, activation="tanh"), "b": core.Net(17, activation="relu", init="he")}.items():
        shown = points[points.series == Words(STEM, lang)(f"series.{name}")]
        measured = core.measure(net if name == "b" else core.Net(17, activation="tanh"), seed=4).gradient
        np.testing.assert_allclose(shown.y, np.median(measured, axis=0))
        np.testing.assert_allclose(shown[["low", "high"]].T, [measured.min(axis=0), measured.max(axis=0)])
        assert shown.x.tolist() == list(range(1, 18))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_overflow_is_named_with_its_layer(open_page: Open, lang: str) -> None:
    link = {"activation": "relu", "init": "free", "sigma_w": "1000", "dtype": "float32", "depth": "50"}
    app = open_page(STEM, lang=lang, **{f"vanishing_{name}": value for name, value in link.items()})
    net = core.Net(50, activation="relu", init="free", sigma_w=1000.0)
    [found] = [f for f in core.findings(net, core.measure(net, dtype="float32")) if f.code == "overflow"]
    said = Words(STEM, lang)("notice.overflow", of="A", layer=found.figures["layer"])
    assert said in texts(app)
    points = data(app, "gradients", "points")
    assert points[points.series == "A"].y.isna().all()


def test_a_first_move_to_any_depth_finds_what_the_warm_up_has_measured(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("core.vanishing_gradients.thumbnail"), "MAX_DEPTH", 3)
    core.warm_up()
    measured = core.measure.cache_info().misses
    open_page(STEM, vanishing_depth="3")
    assert core.measure.cache_info().misses == measured


def test_width_one_at_full_depth_with_every_extreme(open_page: Open) -> None:
    link = {"vanishing_width": "1", "vanishing_depth": "50", "vanishing_init": "free", "vanishing_sigma_w": "1e+07"}
    for activation in core.ACTIVATIONS:
        for tab in ("inside", "bend", "hand"):
            open_page(STEM, vanishing_activation=activation, vanishing_tab=tab, **link)


def test_the_axis_widens_only_when_a_curve_would_leave_it_and_by_its_data_alone(open_page: Open) -> None:
    app = open_page(STEM, vanishing_depth="9")
    specs, ends = [], []
    for depth in (9, 10, 50):
        app.session_state["vanishing_depth"] = depth
        rerun(app)
        specs.append(chart_of(STEM, app, "gradients").spec)
        [[low, high]] = data(app, "gradients", "extent")[["low", "high"]].to_numpy()
        ends.append((low, high))
        shown = data(app, "gradients", "points")
        assert shown[["low", "y", "high"]].notna().all(axis=None)
        assert low < shown.low.min() <= shown.high.max() < high
    assert len(set(specs)) == 1, "another spec is another SVG node"
    assert ends[0] == ends[1] != ends[2]
    assert ends[2][0] < ends[1][0]


def test_depth_does_not_train(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    called = []
    monkeypatch.setattr(core, "train", lambda **arguments: called.append(arguments))
    app = open_page(STEM)
    app.session_state["vanishing_depth"] = 23
    rerun(app)
    assert not called


def test_training_says_that_the_first_layer_is_frozen(open_page: Open) -> None:
    app = open_page(STEM, vanishing_depth="20", vanishing_tab="training", vanishing_steps="50")
    assert "the early layers are frozen" in texts(app)
    cells = data(app, "loss", "lines")
    shown = cells[cells.series == "A"]
    run = core.train(core.Net(20), steps=50)
    np.testing.assert_allclose(shown.y, np.median(run.loss, axis=0), rtol=1e-3)


def test_forget_bias_moves_the_lstm(open_page: Open) -> None:
    def shown(forget: str) -> float:
        app = open_page(STEM, vanishing_tab="time", vanishing_forget=forget)
        return float(figures(app)["LSTM"].replace("−", "-"))

    assert shown("0") < -15 < -5 < shown("2")


def test_by_hand_is_autograd_on_screen(open_page: Open) -> None:
    app = open_page(STEM, vanishing_tab="hand", vanishing_normalisation="layer")
    shown = figures(app)
    assert shown["= by hand"] == shown["autograd"]
    assert Words(STEM, "en")("hand.without_norm") in [caption.value for caption in app.caption]
    assert app.dataframe[0].value.shape == (10, 4)
