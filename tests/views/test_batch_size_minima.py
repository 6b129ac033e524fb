"""The charts and texts on batch size and minima show what `core` computes, and explain what cannot be drawn."""

import dataclasses
import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import batch_size_minima as core
from tests.conftest import Open, chart_of, data_of, figures, rerun, tables, texts
from tests.core.batch_size_minima.test_findings_at_random_settings import BARRIER, studies
from tests.views.recorder import Recorder
from ui.charts.summary import summary
from ui.numbers import format_figures, format_number, format_share
from ui.text import LANGUAGES, Words
from views import batch_size_minima as view

STEM = "batch_size_minima"
chart, data = partial(chart_of, STEM), partial(data_of, STEM)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_shares_and_runs_are_those_of_escape(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, batch_rate="0.015", batch_noise="label", batch_seed="7", batch_batch="32")
    shown = data(app, "share", "points")
    found = core.escape(tuple(shown.x.astype(int)), learning_rate=0.015, noise="label", seed=7)
    np.testing.assert_allclose(shown[["y", "low", "high"]].T, [found.flat, found.low, found.high])
    row = core.row_of_batch_size(found, 32)
    assert data(app, "share", "here").x.tolist() == [32]
    for percent, stage in (("100", 20), ("25", 5), ("0", 0)):
        app = open_page(
            STEM,
            lang=lang,
            batch_rate="0.015",
            batch_noise="label",
            batch_seed="7",
            batch_batch="32",
            batch_progress=percent,
        )
        points, runs = data(app, "runs", "points"), found.path[row, stage, :100]
        np.testing.assert_allclose(points.x, runs)
        np.testing.assert_allclose(points.y, core.landscape(runs))
        assert data(app, "runs", "texts").text.tolist() == [
            Words(STEM, lang)(f"texts.{basin}", n=counts[row, stage])
            for basin, counts in (("sharp", found.in_sharp), ("flat", found.in_flat))
        ]


def test_batch_size_and_learning_rate_change_no_specification(open_page: Open) -> None:
    for tab, names in (("headline", ("runs", "share")), ("shaking", ("seen",))):
        app = open_page(STEM, batch_tab=tab)
        before = {name: chart(app, name).spec for name in names}
        app.session_state["batch_batch"] = 12
        app.session_state["batch_rate"] = 0.03
        rerun(app)
        assert before == {name: chart(app, name).spec for name in before}


def test_each_update_descends_the_landscape_that_is_drawn(open_page: Open) -> None:
    shown = core.minibatch_landscapes(16, seed=3)
    for update in (1, 17, 40):
        app = open_page(STEM, batch_tab="shaking", batch_batch="16", batch_seed="3", batch_update=update)
        lines, points = data(app, "seen", "lines"), data(app, "seen", "points")
        curve = lines[lines.series == Words(STEM, "en")("series.seen")]
        np.testing.assert_allclose(curve.y, shown.seen[update - 1])
        np.testing.assert_allclose(points.x, shown.path[update - 1 : update + 1])
        np.testing.assert_allclose(points.y, shown.height[update - 1])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_diverged_runs_are_not_drawn_and_are_reported(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, batch_rate="0.5", batch_batch="8")
    assert data(app, "share", "points").y.isna().all()
    points, spec = data(app, "runs", "points"), chart(app, "runs").spec
    assert (points.x.isna().all() and points.y.isna().all()) or "clip" in spec
    assert Words(STEM, lang)("notice.diverged_beyond", share=1.0, limit=1 / 3, rate=0.5, lost=10.0) in texts(app)


def sentence(page: Recorder, *words: str) -> str:
    """Return the only text with one of the words."""
    [text] = [text for text in page.texts if any(word in text for word in words)]
    return text


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    rate=st.sampled_from([0.01, 0.1, 0.2, 0.3, 0.5]),
    batch_size=st.sampled_from([8, 32, 512]),
    noise=st.sampled_from(tuple(core.NOISES)),
    start=st.sampled_from(core.STARTS),
    steps=st.sampled_from([50, 300]),
    seed=st.integers(0, 99),
    language=st.sampled_from(sorted(LANGUAGES)),
)
def test_the_headline_says_of_which_runs_a_share_is(rate, batch_size, noise, start, steps, seed, language) -> None:
    options = {"noise": noise, "start": start, "constant_ratio": False}
    result = core.escape([batch_size], learning_rate=rate, steps=steps, seed=seed, **options)
    page, drawn = Recorder(STEM, language), {}

    def say(phrase: str, /, **values: str) -> str:
        return page.words(f"shown.{phrase}", **values)

    page.chart = lambda name, build, data, **_: drawn.update({name: summary(data, say)})
    view.headline(page, result, batch_size, 100, options)
    ends = result.path[0, -1]
    left = ends[np.isfinite(ends)]
    assert ("counted.left" in page.looked_up) == (0 < left.size < 250)
    assert ("counted.all" in page.looked_up) == (left.size == 250)
    if left.size:
        text = sentence(page, "Started in the", "Started at", "출발한 실행", "출발해 발산하지")
        share = re.findall(r"\*\*([\d.]+)%\*\*", text)
        assert share == [format_share(np.mean(left > BARRIER)).rstrip("%")]
        assert (f"({left.size} of 250)" in text or f"(250개 중 {left.size}개)" in text) == (left.size < 250)
    # The picture has the first 100 runs; those that have diverged are nowhere on it.
    counted = int(np.isfinite(ends[:100]).sum())
    name = page.words("kinds.run")
    assert "nan" not in " ".join([*page.texts, *drawn.values()])
    assert re.search(rf"{name}: {counted}(,|개)", drawn["runs"]) or not counted


def test_published_results_are_marked_as_published(open_page: Open) -> None:
    app = open_page(STEM, batch_tab="keskar")
    [table] = tables(app)
    assert table.shape == (6, 8)
    assert list(table.iloc[0]) == [
        "F1",
        "MNIST",
        "1.23",
        "205.14",
        "166.8",
        "98.03",
        "97.81",
        "0.22",
    ]
    assert "Published, not measured here" in texts(app)
    assert any("1609.04836" in caption.value for caption in app.caption)


# Trained networks

QUICK = {"batch_seeds": "3", "batch_updates": "100", "batch_examples": "256"}


def trained(**changes) -> core.Study:
    """Return what links with `QUICK` train."""
    return core.study(core.Setting((4, 16, 64, 256), examples=256, seeds=3, updates=100, **changes))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_measures_and_findings_are_those_of_the_study(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, batch_tab="training", batch_seed="5", batch_learning_rate="0.4", **QUICK)
    study = trained(learning_rate=0.4, seed=5)
    for name in (*core.MEASURES, "test_accuracy"):
        points = data(app, f"measure_{name}", "points")
        assert points.x.tolist() == [4, 16, 64, 256]
        np.testing.assert_allclose(points[["y", "low", "high"]].T, core.by_batch(study, name))
    curves = data(app, "net_sharpness", "lines")
    last = curves[curves.series == "B = 256"]
    np.testing.assert_allclose(last.y, np.median(study.runs[-1].sharpness[:, 1:], axis=0))
    assert set(curves[curves.series == "2/lr"].y) == {5.0}
    for finding in core.study_findings(study):
        assert Words(STEM, lang)(f"notice.{finding.code}", **format_figures(finding.figures, 3)) in texts(app)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(study=studies(), language=st.sampled_from(sorted(LANGUAGES)))
def test_texts_on_a_training_name_no_error_and_no_result_that_there_is_not(study: core.Study, language: str) -> None:
    page = Recorder(STEM, language)
    usable = np.array([run.usable for run in study.runs])
    errors = np.where(usable, 0.25, np.nan)
    measures = {**study.measures, "trace": 4 * errors, "filter": 2 * errors}
    view.training(page, dataclasses.replace(study, measures=measures, trace_error=errors, filter_error=errors))
    assert ("measures_errors" in page.looked_up) == bool(usable.any())
    assert "–" not in page.texts[-1]
    # "The opposite" of what λmax says exists only if λmax says something.
    opposite = [text for text in page.texts if "opposite" in text or "반대로" in text]
    differs = core.compare(study, "lambda")
    assert not opposite or differs.low > 0 or differs.high < 0
    top = [text for text in page.texts if "edge of stability" in text]
    assert not any("cannot" in text or "없습니다" in text for text in top), "λmax may lie above 2/lr"


@pytest.mark.parametrize("method", ["momentum", "sam"])
def test_the_edge_of_plain_descent_is_not_drawn_for_other_methods(open_page: Open, method: str) -> None:
    app = open_page(STEM, batch_tab="training", batch_method=method, **QUICK)
    study = trained(**{"momentum": {"momentum": 0.9}, "sam": {"sam": 0.1}}[method])
    curves = data(app, "net_sharpness", "lines")
    assert set(curves.series) == {f"B = {size}" for size in (4, 16, 64, 256)}
    last = curves[curves.series == "B = 256"]
    np.testing.assert_allclose(last.y, np.median(study.runs[-1].sharpness[:, 1:], axis=0))


def test_with_linear_scaling_the_edge_is_that_of_the_largest_batch(open_page: Open) -> None:
    app = open_page(STEM, batch_tab="training", batch_protocol="linear", batch_epochs="3", **QUICK)
    curves = data(app, "net_sharpness", "lines")
    assert set(curves[curves.series == "2/lr"].y) == {2 / 0.8}
    assert curves[curves.series == "B = 4"].x.max() == 3 * 64 and curves[curves.series == "B = 256"].x.max() == 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_divergence_is_reported_and_leaves_gaps(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, batch_tab="training", batch_learning_rate="3", **QUICK)
    words = Words(STEM, lang)
    assert words("notice.net_diverged", models="12", all="12", rate="3", smallest="4") in texts(app)
    assert words("notice.net_too_few", count="0", needed=3) in texts(app)
    assert data(app, "net_loss", "lines").groupby("series").y.apply(lambda y: np.isnan(y.iloc[-1])).all()
    for tab in ("slices", "dinh"):
        app = open_page(STEM, lang=lang, batch_tab=tab, batch_learning_rate="3", **QUICK)
        assert [box.value for box in app.info] == [words("notice.line_none")]


def test_only_diverged_batch_sizes_are_missing(open_page: Open) -> None:
    app = open_page(STEM, batch_tab="training", batch_learning_rate="1.6", **QUICK)
    shown = data(app, "measure_lambda", "points").set_index("x").y
    assert np.isnan(shown[4]) and np.isfinite(shown[[64, 256]]).all()


def test_slices_are_those_of_the_solutions(open_page: Open) -> None:
    app = open_page(STEM, batch_tab="slices", **QUICK)
    study = trained()
    line = core.interpolate(study)
    shown = data(app, "slice_line", "lines")
    np.testing.assert_allclose(shown[shown.series == "test loss"].y, np.median(line.test, axis=0))
    cells = data(app, "plane_large", "cells")
    np.testing.assert_allclose(cells.value, core.plane(study, batch_index=3, seed_index=0).loss.ravel())


@pytest.mark.parametrize("alpha", core.ALPHAS[::5])
def test_rescaling_changes_the_curvature_and_not_the_function(open_page: Open, alpha: float) -> None:
    app = open_page(STEM, batch_tab="dinh", batch_alpha=f"{alpha:g}", **QUICK)
    same = core.rescaling(trained(), [alpha])
    shown = figures(app)
    assert shown["λmax"] == format_number(same.lambda_max[0]) and shown["test accuracy"] == f"{same.accuracy[0]:.2%}"
    assert shown["filter-normalised"] == format_number(same.filter[0])
    assert data(app, "dinh", "here").x.tolist() == [alpha]


def test_alpha_changes_no_specification(open_page: Open) -> None:
    app = open_page(STEM, batch_tab="dinh", **QUICK)
    before = chart(app, "dinh").spec
    app.session_state["batch_alpha"] = 0.2
    rerun(app)
    assert chart(app, "dinh").spec == before and data(app, "dinh", "here").x.tolist() == [0.2]
