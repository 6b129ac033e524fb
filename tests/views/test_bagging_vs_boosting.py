"""The charts and texts on bagging and boosting show what `core` computes, and explain what cannot be drawn."""

import numpy as np
import pyarrow
import pytest

from core.bagging_vs_boosting import error_rate, fit_adaboost, fit_bagging, make_grid, make_sample
from tests.conftest import Open, texts
from ui.text import LANGUAGES, Words

STEM = "bagging_vs_boosting"


def drawn(app, alt: str, name: str):
    """Return the data ``name`` of the chart whose alternative text begins with ``alt``."""
    [chart] = [c.proto for c in app.get("vega_lite_chart") if c.proto.alt.startswith(alt)]
    [frame] = [d.data.data for d in chart.datasets if d.name == name]
    return pyarrow.ipc.open_stream(frame).read_all().to_pandas()


def ensemble_data(app, name: str):
    return drawn(app, "Decision regions", name)


def test_errors_are_those_of_the_fits(open_page: Open) -> None:
    lines = ensemble_data(open_page(STEM, bagging_flip="0.2"), "lines")
    sample = make_sample("moons", flip=0.2)
    for series, fit in (("Bagging: test (clean)", fit_bagging), ("AdaBoost: test (clean)", fit_adaboost)):
        model = fit(sample.points, sample.labels, n_trees=200, depth=3)
        shown = lines[lines.series == series].sort_values("x")
        errors = error_rate(model.decision(sample.test_points), sample.test_labels)
        np.testing.assert_allclose(shown.y, errors[shown.x.to_numpy(int) - 1])
        assert shown.x.tolist() == [*range(1, 21), *range(25, 201, 5)]


def test_points_have_the_weights_and_mistakes_of_each_tree(open_page: Open) -> None:
    app = open_page(STEM, bagging_flip="0.2")
    points, rings, here = ensemble_data(app, "points"), ensemble_data(app, "rings"), ensemble_data(app, "here").iloc[0]
    sample = make_sample("moons", flip=0.2)
    first = fit_bagging(sample.points, sample.labels, n_trees=1, depth=3)
    assert points.number.tolist() == list(range(600)), "the left ones, then the right ones"
    # Two digits in base 36 for the first tree, in tenths.
    weights = [int(here.weights[k : k + 2], 36) for k in range(0, 600, 2)]
    np.testing.assert_array_equal(weights, 10 * first.counts[0])
    mistakes = np.sign(first.decision(sample.points)[0]) != sample.labels
    np.testing.assert_array_equal([digit == "1" for digit in here.crossed[:300]], mistakes)
    np.testing.assert_array_equal([digit == "1" for digit in here.classes], np.tile(sample.labels > 0, 2))
    assert here.stages == 36  # 20 trees, then every fifth to the 100 that are asked for
    assert (len(here.weights), len(here.crossed)) == (2 * 600 * 36, 600 * 36)
    np.testing.assert_array_equal(rings[["x", "y"]], points[["x", "y"]][np.tile(sample.flipped, 2)])


def test_cells_are_coloured_by_the_votes_and_by_the_last_tree(open_page: Open) -> None:
    app = open_page(STEM, bagging_flip="0.2", bagging_trees="50")
    strips, here = ensemble_data(app, "strips"), ensemble_data(app, "here").iloc[0]
    sample, cells = make_sample("moons", flip=0.2), len(strips) // 2
    grid = make_grid(sample, size=cells).points
    bagged = fit_bagging(sample.points, sample.labels, n_trees=50, depth=3)
    boosted = fit_adaboost(sample.points, sample.labels, n_trees=50, depth=3)
    votes = np.reshape([int(digit, 36) for digit in here.votes], (here.stages, 2, cells**2))
    trees = np.zeros((here.stages, 2, cells, cells), bool)
    for stage, rectangles in enumerate(here.trees.split(";")):
        for panel, left, low, width, height in ([int(digit, 36) for digit in each] for each in rectangles.split()):
            trees[stage, panel, low : low + height + 1, left : left + width + 1] = True
    for panel, model in enumerate((bagged, boosted)):
        for stage, n_trees in ((0, 1), (2, 3), (-1, 50)):
            np.testing.assert_array_equal(votes[stage, panel] > 17.5, model.decision(grid)[n_trees - 1] >= 0)
        np.testing.assert_array_equal(trees[-1, panel].ravel(), model.trees.votes(grid)[-1] > 0)


def test_flipped_labels_do_not_change_the_data_of_the_points(open_page: Open) -> None:
    assert ensemble_data(open_page(STEM), "points").equals(ensemble_data(open_page(STEM, bagging_flip="0.2"), "points"))


def test_the_number_of_trees_changes_the_end_of_the_slider_and_no_curve(open_page: Open) -> None:
    few, many = open_page(STEM, bagging_trees="10"), open_page(STEM, bagging_trees="200")
    assert set(ensemble_data(few, "here").steps) == {10}
    assert set(ensemble_data(many, "here").steps) == {200}
    assert ensemble_data(few, "lines").equals(ensemble_data(many, "lines"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_full_tree_ends_adaboost_and_a_notice_explains_it(open_page: Open, lang: str) -> None:
    before_the_figures = Words(STEM, lang)("notice.ended_perfect").split("{")[0]
    assert before_the_figures in texts(open_page(STEM, lang=lang, bagging_depth="full"))


def test_the_noise_map_names_significant_winners_only(open_page: Open) -> None:
    app = open_page(STEM, bagging_tab="noise", bagging_n="100")
    cells = drawn(app, "Table of who wins", "cells")
    states = {text[0]: state for text, state in cells[["text", "state"]].itertuples(index=False)}
    assert states.items() <= {"●": "● bagging wins", "▲": "▲ boosting wins", "≈": "≈ not significant"}.items()
    for text in cells.text:
        lead, reach = map(float, text.lstrip("≈●▲").split("±"))
        assert (lead <= reach) == text.startswith("≈") or abs(lead - reach) < 0.1, "rounded to a tenth"


def test_the_parts_of_the_squared_loss_add_up(open_page: Open) -> None:
    app = open_page(STEM, bagging_tab="bias", bagging_depth="1", bagging_n="50")
    lines = drawn(app, "Bias, variance and error of AdaBoost", "lines").pivot_table(
        index="x", columns="series", values="y"
    )
    total = lines["bias²"] + lines["variance"] + lines["noise: no method can do better"]
    np.testing.assert_allclose(total, lines["error = noise + bias² + variance"], atol=1e-12)


@pytest.mark.parametrize("booster", ["adaboost", "gradient"])
def test_the_text_on_margins_names_the_margins_that_are_drawn(open_page: Open, booster: str) -> None:
    app = open_page(STEM, bagging_tab="margins", bagging_booster=booster, bagging_flip="0.2", bagging_trees="50")
    lines = drawn(app, "Share of the training points whose margin", "lines")
    name = Words(STEM, "en")(f"controls.booster.options.{booster}")
    sentence = next(line for line in texts(app).splitlines() if "From 5 trees to 50" in line)
    assert name in sentence
    for series in (f"{name}, now", f"{name}, 5 trees"):
        curve = lines[lines.series == series]
        # The drawn thresholds are 0.01 apart.
        tenth = curve.x[curve.y >= 0.1 - 1e-9].min()
        shown = [
            float(figure.rstrip(".,").replace("−", "-"))
            for figure in sentence.split(name)[0].split("goes")[1].split()
            if figure.rstrip(".,").replace("−", "-").lstrip("-").replace(".", "", 1).isdigit()
        ]
        assert any(abs(tenth - figure) <= 0.02 for figure in shown), (tenth, shown)
