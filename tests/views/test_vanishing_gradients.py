"""The charts and texts on vanishing gradients show what `core` measures."""

from functools import partial

import numpy as np
import pytest

from core import vanishing_gradients as core
from tests.conftest import Open, chart_of, data_of, figures, rerun, texts
from ui.text import LANGUAGES, Words

STEM = "vanishing_gradients"
data = partial(data_of, STEM)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_points_are_the_measured_gradients(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, vanishing_depth="17", vanishing_activation="tanh", vanishing_seed="4")
    points = data(app, "gradients", "points")
    for name, net in {"a": core.Net(17, activation="tanh"), "b": core.Net(17, activation="relu", init="he")}.items():
        shown = points[points.series == Words(STEM, lang)(f"series.{name}")]
        measured = core.measure(net, seed=4).gradient
        np.testing.assert_allclose(shown.y, np.median(measured, axis=0))
        np.testing.assert_allclose(shown[["low", "high"]].T, [measured.min(axis=0), measured.max(axis=0)])
        assert shown.x.tolist() == list(range(1, 18))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_overflow_is_reported_with_its_layer(open_page: Open, lang: str) -> None:
    link = {"activation": "relu", "init": "free", "sigma_w": "1000", "dtype": "float32", "depth": "50"}
    app = open_page(STEM, lang=lang, **{f"vanishing_{name}": value for name, value in link.items()})
    net = core.Net(50, activation="relu", init="free", sigma_w=1000.0)
    [found] = [f for f in core.findings(net, core.measure(net, dtype="float32")) if f.code == "overflow"]
    assert Words(STEM, lang)("notice.overflow", of="A", layer=found.figures["layer"]) in texts(app)
    points = data(app, "gradients", "points")
    assert points[points.series == "A"].y.isna().all()


def test_the_axis_widens_only_when_a_curve_would_leave_it_and_the_specification_stays(open_page: Open) -> None:
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


def test_training_reports_that_the_first_layer_is_frozen(open_page: Open) -> None:
    app = open_page(STEM, vanishing_depth="20", vanishing_tab="training", vanishing_steps="50")
    assert "the early layers are frozen" in texts(app)
    lines = data(app, "loss", "lines")
    shown = lines[lines.series == "A"]
    run = core.train(core.Net(20), steps=50)
    np.testing.assert_allclose(shown.y, np.median(run.loss, axis=0), rtol=1e-3)


def test_the_product_by_hand_equals_autograd(open_page: Open) -> None:
    app = open_page(STEM, vanishing_tab="hand", vanishing_normalisation="layer")
    shown = figures(app)
    assert shown["= by hand"] == shown["autograd"]
    assert Words(STEM, "en")("hand.without_norm") in [caption.value for caption in app.caption]
    assert app.dataframe[0].value.shape == (10, 4)
