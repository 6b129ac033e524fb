"""The charts and texts on gradient descent, SGD and mini-batches show what `core` computes."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from core import gd_sgd_minibatch as core
from tests.conftest import Open, all_data, chart_of, data_of, page_controls, rerun, texts
from ui.numbers import format_figures, format_number
from ui.text import LANGUAGES, Words

STEM = "gd_sgd_minibatch"
chart, data = partial(chart_of, STEM), partial(data_of, STEM)


def all_paths(app) -> pd.DataFrame:
    names = [dataset.name for dataset in chart(app, "paths").datasets if dataset.name.startswith("paths_")]
    return pd.concat([data(app, "paths", name) for name in names], ignore_index=True)


def test_paths_are_those_of_the_runs(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_batch="64", gd_seed="5")
    paths = all_paths(app)
    problem = core.load_problem("diabetes")
    rate = 0.1 * problem.limit
    runs = core.compare(problem, start="corner", batch_size=64, learning_rate=rate, length=100, seed=5)
    for name, run in runs.items():
        path = paths[paths.series == Words(STEM, "en")(f"series.{name}")]
        np.testing.assert_array_equal(path[["x", "y"]], run.path)
        np.testing.assert_allclose(path["value"], run.excess)
        assert path["step"].iloc[[0, -1]].tolist() == [0, 100]
    np.testing.assert_allclose(data(app, "paths", "goal").to_numpy()[0], problem.optimum)


def test_level_sets_have_equal_loss(open_page: Open) -> None:
    levels = data(open_page(STEM, lang="en"), "paths", "levels")
    excess = core.excess_loss(core.load_problem("diabetes"), levels[["x", "y"]].to_numpy())
    assert (pd.Series(excess).groupby(levels["level"]).agg(np.ptp) < 1e-9).all()


def test_batch_size_changes_the_data_of_its_own_run_only(open_page: Open) -> None:
    app = open_page(STEM, lang="en")

    def data_by_name() -> dict[str, bytes]:
        return {d.name: d.data.data for name in ("paths", "loss") for d in chart(app, name).datasets}

    before = data_by_name()
    app.session_state["gd_batch"] = 64
    rerun(app)
    assert {name for name, sent in data_by_name().items() if sent != before[name]} == {"paths_1", "lines_1", "ends"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_run_is_drawn_alone(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, gd_show="one", gd_batch="442")
    assert set(all_paths(app).series) == {Words(STEM, lang)("series.gd")}, "all samples: gradient descent"
    for query in ({"gd_batch": "64"}, {"gd_batch": "442", "gd_replacement": "true"}):
        app = open_page(STEM, lang=lang, gd_show="one", **query)
        assert set(all_paths(app).series) == {Words(STEM, lang)("series.mini")}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_path_that_leaves_the_window_is_labelled(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, gd_start="steep", gd_rate="1.1", gd_show="one", gd_batch="442")
    words = Words(STEM, lang)
    problem = core.load_problem("diabetes")
    # Along the steepest axis every update multiplies the distance by −1.2, so the path leaves the window.
    run = core.descend(problem, start="steep", batch_size=442, learning_rate=1.1 * problem.limit, updates=100)
    inside = ((run.path >= core.window(problem)[0]) & (run.path <= core.window(problem)[1])).all(axis=1)
    left = int(np.flatnonzero(inside)[-1]) + 1
    assert data(app, "paths", "exits").text.tolist() == [words("left", update=left)]
    assert words("notice.left", run=words("series.gd"), update=left) in texts(app)
    paths = all_paths(app)
    assert paths.step.max() == left


def test_one_epoch_uses_every_sample_once(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_unit="epochs", gd_epochs="1")
    last = all_paths(app).groupby("series").step.max()
    words = Words(STEM, "en")
    assert [last[words(f"series.{name}")] for name in ("gd", "mini", "sgd")] == [1, 14, 442]


def test_cloud_starts_where_the_path_starts(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_tab="cloud", gd_batch="1", gd_show="one")
    points, arrow = data(app, "cloud", "points"), data(app, "cloud", "arrow")
    problem = core.load_problem("diabetes")
    np.testing.assert_allclose(points[["x", "y"]], core.sample_gradients(problem, core.start_point(problem, "corner")))
    np.testing.assert_allclose(points[["x", "y"]].mean(), arrow[["x", "y"]].iloc[0], atol=1e-12)


def test_cloud_moves_along_the_path(open_page: Open) -> None:
    problem = core.load_problem("diabetes")
    run = core.descend(problem, start="corner", batch_size=1, learning_rate=0.1 * problem.limit, updates=100, seed=3)
    extents = []
    for along in (0, 40, 100):
        app = open_page(STEM, lang="en", gd_tab="cloud", gd_batch="1", gd_show="one", gd_seed="3", gd_along=along)
        assert data(app, "cloud", "arrow").text.tolist() == [f"at update {along}"]
        np.testing.assert_allclose(
            data(app, "cloud", "points")[["x", "y"]], core.sample_gradients(problem, run.path[along])
        )
        extents.append(data(app, "cloud", "extent"))
    assert extents[0].equals(extents[1]) and extents[1].equals(extents[2]), "the axes stay"


def test_batch_of_all_samples_has_no_cloud_and_a_text_explains_it(open_page: Open) -> None:
    assert Words(STEM, "en")("cloud_none", b=442) in texts(open_page(STEM, lang="en", gd_tab="cloud", gd_batch="442"))


def test_zero_variance_is_a_gap(open_page: Open) -> None:
    points = data(open_page(STEM, lang="en", gd_tab="variance"), "variance", "points")
    without = points[points.series == Words(STEM, "en")("kinds.without")]
    assert without.y.isna().tolist() == [False] * 9 + [True]
    assert (without.y[:9] > 0).all()


def test_noise_ball_agrees_with_its_theory(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_tab="ball", gd_batch="8")
    points, lines = data(app, "ball", "points"), data(app, "ball", "lines")
    words = Words(STEM, "en")
    measured = points[points.series == words("kinds.with")]
    theory = lines[lines.series == words("theory.moments")]
    slack = 2 * (measured.high - measured.low).to_numpy()
    assert (np.abs(measured.y.to_numpy() - theory.y.to_numpy()) <= slack).all()
    assert len(data(app, "distance", "lines")) == 3 * 101


def test_distances_beyond_the_axis_are_gaps(open_page: Open) -> None:
    app = open_page(STEM, gd_tab="ball", gd_updates="1000")
    lines = data(app, "distance", "lines")
    descent = lines[lines.series == Words(STEM, "en")("series.gd")]
    assert descent.y.isna().any(), "gradient descent reaches 1e-16"
    assert descent.y.min() > 1e-4
    problem = core.load_problem("diabetes")
    run = core.descend(problem, start="corner", batch_size=442, learning_rate=0.1 * problem.limit, updates=1000)
    distance = np.linalg.norm(run.path - problem.optimum, axis=1)
    assert descent.y.notna().sum() == (distance > 1e-4).sum()


def test_cost_grows_with_the_batch_size(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_tab="cost")
    points = data(app, "cost", "points")
    samples = points[points.series == Words(STEM, "en")("kinds.samples")]
    assert samples.x.tolist() == core.batch_sizes(442)
    assert samples.y.iloc[-1] > 10 * samples.y.iloc[0]


def test_answer_to_the_prediction_is_measured_over_forty_runs(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_predict="mini", gd_unit="epochs", gd_epochs="1", gd_rate="0.05")
    problem = core.load_problem("diabetes")
    final = {
        name: core.distances(
            problem,
            start="corner",
            batch_size=size,
            learning_rate=0.05 * problem.limit,
            updates=-(-442 // size),
        ).rms[-1]
        for name, size in (("gd", 442), ("mini", 32), ("sgd", 1))
    }
    assert final["sgd"] < final["mini"] < final["gd"]
    start = np.linalg.norm(core.start_point(problem, "corner") - problem.optimum)
    figures = {name: format_number(value, 3) for name, value in {**final, "start": start}.items()}
    assert Words(STEM, "en")("predict.reveal", **figures) in texts(app)


def test_fixed_learning_rate_changes_the_cost(open_page: Open) -> None:
    tuned, fixed = (open_page(STEM, lang="en", gd_tab="cost", gd_tuned=tuned) for tuned in ("true", "false"))
    assert all_data(fixed) != all_data(tuned)


def test_divergence_by_noise_is_mentioned_for_the_squared_loss_only(open_page: Open) -> None:
    assert "diverge" in texts(open_page(STEM, gd_tab="ball"))
    tumours = texts(open_page(STEM, gd_tab="ball", gd_problem="cancer"))
    assert "bounded" in tumours
    assert "makes the mean squared distance" not in tumours


def test_empty_chart_of_the_cost_is_explained(open_page: Open) -> None:
    app = open_page(STEM, gd_problem="raw", gd_tab="cost")
    assert "The chart is empty" in texts(app)
    assert "The chart is empty" not in texts(open_page(STEM, gd_tab="cost"))


def test_views_say_which_controls_they_ignore(open_page: Open) -> None:
    for tab, phrase in (("cost", "plain_steps"), ("ball", "plain_steps"), ("variance", "gradients_only")):
        captions = [caption.value for caption in open_page(STEM, gd_tab=tab).caption]
        assert any(Words(STEM, "en")(phrase) in caption for caption in captions)


def test_cloud_text_has_the_measured_lengths(open_page: Open) -> None:
    app = open_page(STEM, gd_tab="cloud", gd_show="one", gd_start="steep", gd_rate="1.1", gd_updates="5", gd_along=100)
    problem = core.load_problem("diabetes")
    run = core.descend(problem, start="steep", batch_size=32, learning_rate=1.1 * problem.limit, updates=5)
    points, _ = core.truncate_at_exit(run.path, core.window(problem))
    lengths = [np.linalg.norm(core.sample_gradients(problem, point).mean(axis=0)) for point in points[[0, -1]]]
    shown = " to ".join(format_number(length, 3) for length in lengths)
    assert f"the length of the arrow goes from {shown}" in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_averages_are_drawn_and_compared(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, gd_tab="averages", gd_batch="8", gd_updates="300", gd_seed="3")
    words, problem = Words(STEM, lang), core.load_problem("diabetes")
    losses = core.averaged_losses(
        problem, start="corner", batch_size=8, learning_rate=0.1 * problem.limit, length=300, seed=3
    )
    lines = data(app, "averages", "lines")
    for name in core.AVERAGES:
        drawn = lines[lines.series == words(f"series.{name}")]
        assert drawn.x.tolist() == losses.updates.tolist()
        value, low, high = losses.interval(name)
        np.testing.assert_allclose(drawn.y, value)
        np.testing.assert_allclose(drawn.low, np.maximum(low, 1e-8))
        np.testing.assert_allclose(drawn.high, high)
    for finding in core.averages_findings(losses):
        run = words(f"series.{finding.run}")
        figures = format_figures(finding.figures, 3)
        assert words(f"notice.{finding.code}", run=run, **figures).replace("**", "") in texts(app).replace("**", "")
    assert "gd_show" not in page_controls(app)


def test_averages_of_runs_that_overflow_are_explained(open_page: Open) -> None:
    app = open_page(STEM, gd_tab="averages", gd_rate="4", gd_updates="1000")
    assert Words(STEM, "en")("notice.averages_overflow") in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("length", [{"gd_updates": "1"}, {"gd_batch": "442", "gd_unit": "epochs", "gd_epochs": "1"}])
def test_averages_of_a_single_update_are_a_sentence_without_a_chart(open_page: Open, length: dict, lang: str) -> None:
    app = open_page(STEM, lang=lang, gd_tab="averages", **length)
    [box] = app.info
    assert box.value == Words(STEM, lang)("notice.averages_one")
    assert not app.get("vega_lite_chart")
