"""The charts and texts on vanishing gradients show what `core` measures."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from core import vanishing_gradients as core
from tests.conftest import Open, chart_of, data_of, figures, rerun, tables, texts
from ui.numbers import format_number
from ui.text import LANGUAGES, Words
from views import vanishing_gradients as view

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
    assert Words(STEM, lang)("notice.overflow", of="A", **found.figures) in texts(app)
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
    assert "the first layer is frozen" in texts(app)
    lines = data(app, "loss", "lines")
    shown = lines[lines.series == "A"]
    run = core.train(core.Net(20), steps=50)
    np.testing.assert_allclose(shown.y, np.median(run.loss, axis=0), rtol=1e-3)


def test_directions_are_counted_except_with_batch_normalisation(open_page: Open) -> None:
    words = Words(STEM, "en")
    app = open_page(STEM, vanishing_tab="inside", vanishing_depth="30", vanishing_b_normalisation="batch")
    [count] = core.kept_directions(core.singular_values(core.Net(30), seeds=1))
    assert words("notice.directions_some", of="A", count=count, width=64) in texts(app)
    assert texts(app).count("∂h/∂h₁") == 1


def test_the_product_by_hand_equals_autograd(open_page: Open) -> None:
    app = open_page(STEM, vanishing_tab="hand", vanishing_normalisation="layer")
    shown = figures(app)
    assert shown["= by hand"] == shown["autograd"]
    assert Words(STEM, "en")("hand.without_norm") in [caption.value for caption in app.caption]
    assert tables(app)[0].shape == (10, 4)


def test_branches_that_start_at_zero_are_explained(open_page: Open) -> None:
    words = Words(STEM, "en")
    zero = {"vanishing_residual": "true", "vanishing_branch": "zero"}
    first = format_number(float(np.median(core.measure(core.Net(residual=True, branch="zero")).gradient[:, 0])), 3)
    assert words("notice.branches_zero", of="A", first=first) in texts(open_page(STEM, **zero))
    app = open_page(STEM, vanishing_tab="hand", **zero)
    shown = figures(app)
    assert shown["= by hand"] == shown["autograd"] == "0"
    assert words("hand.with_alpha") in [caption.value for caption in app.caption]


def test_the_factor_of_a_layer_is_named_only_without_normalisation_and_skips(open_page: Open) -> None:
    words = Words(STEM, "en")
    app = open_page(STEM, vanishing_tab="bend", vanishing_normalisation="layer", vanishing_b_residual="true")
    assert texts(app).count(words("bend.other_factors")) == 2 and words("bend.factor") not in texts(app)
    app = open_page(STEM, vanishing_tab="bend")
    assert texts(app).count(words("bend.factor")) == 2


@pytest.mark.parametrize(("activation", "low"), [("sigmoid", 0.0), ("tanh", -1.0)])
def test_histograms_contain_the_outputs_that_skip_connections_add_up(activation: str, low: float) -> None:
    net = core.Net(30, activation=activation, residual=True)
    layers = core.record_activations(net)
    lower, upper = view.histogram_range(net, layers)
    assert lower <= low and np.abs(layers.h).max() <= upper < 2 * np.abs(layers.h).max()
    assert view.histogram_range(core.Net(30, activation="sigmoid"), layers) == (0.0, 1.0)


def test_the_texts_of_the_scenes_are_true() -> None:
    def factor(net: core.Net) -> float:
        """Return the median factor by which a layer multiplies the gradient."""
        return float(10 ** -core.measure(net).slope)

    skip = core.Net(50, activation="relu", init="he", residual=True)
    # Scene 5: about 1.05 a layer, never 1.5.
    exploding = np.median(core.measure(core.Net(50, init="free", sigma_w=6.0, centred=True)).gradient, axis=0)
    assert (exploding[:-1] / exploding[1:]).max() < 1.5
    assert (exploding[0] / exploding[-1]) ** (1 / 49) == pytest.approx(1.05, abs=0.005)
    assert factor(core.Net(30, normalisation="layer")) == pytest.approx(0.4, abs=0.03)
    # Scene 8: the square grows faster than by 2 a layer. Scene 9: LayerNorm alone is steadier than with skips.
    assert factor(skip) ** 2 > 2.5
    scaled = core.Net(50, activation="relu", init="free", sigma_w=0.2, residual=True)
    assert factor(scaled) == pytest.approx(1.05, abs=0.02)
    both, alone = (core.Net(50, activation="relu", init="he", residual=r, normalisation="layer") for r in (True, False))
    assert abs(core.measure(alone).decades) < abs(core.measure(both).decades) < abs(core.measure(skip).decades)
    # Scene 10: about ten times.
    assert factor(replace(skip, branch="scaled")) ** 49 == pytest.approx(10, rel=0.2)
    # Scenes 13 and 14.
    for bias, expected in ((0.0, 0.61), (2.0, 0.955)):
        assert 10 ** (core.through_time(forget_bias=bias).decades["lstm"] / 99) == pytest.approx(expected, abs=0.005)


def test_scenes_share_the_axis_of_the_gradient(open_page: Open) -> None:
    """Curves of different scenes can be compared; only the scene of overflow has none."""
    extents = set()
    for scene in ({}, {"vanishing_depth": "30"}, {"vanishing_depth": "30", "vanishing_activation": "relu"}):
        shown = data(open_page(STEM, **scene), "gradients", "extent")
        extents.add(tuple(shown.to_numpy().ravel().tolist()))
    assert len(extents) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_gradient_of_the_weights_is_drawn_over_that_of_z(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, vanishing_depth="12", vanishing_of="weights", vanishing_seed="2")
    words = Words(STEM, lang)
    points, lines = data(app, "weights", "points"), data(app, "weights", "lines")
    for name, net in {"a": core.Net(12), "b": core.Net(12, activation="relu", init="he")}.items():
        profile = core.measure(net, seed=2)
        shown = points[points.series == words(f"of_weights.{name}")]
        np.testing.assert_allclose(shown.y, np.median(profile.weight_gradient, axis=0))
        assert shown.x.tolist() == list(range(1, 13))
        line = lines[lines.series == words(f"of_z.{name}")]
        np.testing.assert_allclose(line.y, np.median(profile.gradient, axis=0))
        found = core.weight_finding(profile)
        figures_ = {key: format_number(value, 3) for key, value in found.figures.items()}
        signal = f"{found.figures['signal']:+.1f}".replace("-", "−")
        of = words(f"series.{name}")
        assert words(f"notice.{found.code}", of=of, **{**figures_, "signal": signal}) in texts(app)
