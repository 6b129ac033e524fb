"""The charts and texts on bagging and boosting show what `core` computes, and explain what cannot be drawn."""

from functools import partial

import numpy as np
import pandas as pd
import pyarrow
import pytest

from core.bagging_vs_boosting import error_rate, fit_adaboost, fit_bagging, make_grid, make_sample
from tests.conftest import Open, data_of, texts
from ui.charts.panels import SECOND
from ui.text import LANGUAGES, Words

STEM = "bagging_vs_boosting"
# Cells along a side of a panel, as in the page's script.
CELLS = 36
data = partial(data_of, STEM)


def drawn(app, alt: str, name: str):
    """Return the data ``name`` of the chart whose alternative text begins with ``alt``."""
    [chart] = [c.proto for c in app.get("vega_lite_chart") if c.proto.alt.startswith(alt)]
    [frame] = [d.data.data for d in chart.datasets if d.name == name]
    return pyarrow.ipc.open_stream(frame).read_all().to_pandas()


def test_errors_are_those_of_the_fits(open_page: Open) -> None:
    lines = data(open_page(STEM, bagging_flip="0.2"), "errors", "lines")
    sample = make_sample("moons", flip=0.2)
    for series, fit in (("Bagging: test (clean)", fit_bagging), ("AdaBoost: test (clean)", fit_adaboost)):
        model = fit(sample.points, sample.labels, n_trees=200, depth=3)
        shown = lines[lines.series == series].sort_values("x")
        errors = error_rate(model.decision(sample.test_points), sample.test_labels)
        np.testing.assert_allclose(shown.y, errors[shown.x.to_numpy(int) - 1])
        assert shown.x.tolist() == [*range(1, 21), *range(25, 201, 5)]


@pytest.mark.parametrize("trees", [1, 7, 50])
def test_points_have_the_weights_and_mistakes_of_the_last_tree(open_page: Open, trees: int) -> None:
    app = open_page(STEM, bagging_flip="0.2", bagging_tab="trees", bagging_trees=trees)
    points, crosses = data(app, "trees", "points"), data(app, "trees", "crosses")
    sample = make_sample("moons", flip=0.2)
    bagged = fit_bagging(sample.points, sample.labels, n_trees=trees, depth=3)
    boosted = fit_adaboost(sample.points, sample.labels, n_trees=trees, depth=3)
    last = [model.trees.votes(sample.points)[-1] for model in (bagged, boosted)]
    mistakes = np.concatenate([vote != sample.labels for vote in last])
    assert len(points) == 600, "the left ones, then the right ones"
    np.testing.assert_array_equal(points.area[:300], np.minimum(42 * bagged.counts[-1], 420))
    np.testing.assert_array_equal(crosses[["x", "y"]], points[["x", "y"]][mistakes])
    labels = np.where(np.tile(sample.labels > 0, 2), "labelled B", "labelled A")
    np.testing.assert_array_equal(points.kind, labels)


def test_rings_are_around_flipped_labels(open_page: Open) -> None:
    app = open_page(STEM, bagging_flip="0.2")
    points, rings = data(app, "votes", "points"), data(app, "votes", "rings")
    sample = make_sample("moons", flip=0.2)
    np.testing.assert_array_equal(rings[["x", "y"]], points[["x", "y"]][np.tile(sample.flipped, 2)])


def value_at(regions: pd.DataFrame, x: float, y: float) -> float:
    """Return the value of the only cell at a place; it is positive for the fill of the second class."""
    [value] = regions.value[(regions.x < x) & (x < regions.x2) & (regions.y < y) & (y < regions.y2)]
    return value


@pytest.mark.parametrize("trees", [1, 3, 50, 200])
def test_cells_are_coloured_by_the_votes_and_by_the_last_tree(open_page: Open, trees: int) -> None:
    sample = make_sample("moons", flip=0.2)
    models = [fit(sample.points, sample.labels, n_trees=trees, depth=3) for fit in (fit_bagging, fit_adaboost)]
    for tab, name in (("headline", "votes"), ("trees", "trees")):
        app = open_page(STEM, bagging_flip="0.2", bagging_trees=trees, bagging_tab=tab)
        regions = data(app, name, "regions")
        grid = make_grid(sample, size=CELLS)
        centres = (np.arange(CELLS) + 0.5) / CELLS
        for left, model in zip((0, SECOND), models, strict=True):
            shown = np.ravel([[value_at(regions, left + x, y) for x in centres] for y in centres])
            if tab == "headline":
                decision = model.decision(grid.points)[-1]
                np.testing.assert_array_equal(shown > 0, decision >= 0)
                # The tone: the square root of the majority, in five steps of 0.18 above 0.1.
                np.testing.assert_allclose(np.abs(shown), 0.1 + 0.18 * np.rint(5 * np.sqrt(np.abs(decision))))
            else:
                np.testing.assert_array_equal(shown, model.trees.votes(grid.points)[-1])


def test_flipped_labels_do_not_move_the_points(open_page: Open) -> None:
    before, after = (data(open_page(STEM, bagging_flip=flip), "votes", "points") for flip in ("0", "0.2"))
    assert before[["x", "y"]].equals(after[["x", "y"]])
    assert not before.kind.equals(after.kind)


def test_the_number_of_trees_changes_the_votes_and_no_curve(open_page: Open) -> None:
    few, many = open_page(STEM, bagging_trees="10"), open_page(STEM, bagging_trees="200")
    assert [data(app, "errors", "here").x.tolist() for app in (few, many)] == [[10], [200]]
    assert data(few, "errors", "lines").equals(data(many, "errors", "lines"))
    assert not data(few, "votes", "regions").equals(data(many, "votes", "regions"))


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
            for figure in sentence.split(f"{name}:")[1].split()
            if figure.rstrip(".,").replace("−", "-").lstrip("-").replace(".", "", 1).isdigit()
        ]
        assert any(abs(tenth - figure) <= 0.02 for figure in shown), (tenth, shown)


def test_titles_name_the_trees_of_an_ensemble_that_has_ended(open_page: Open) -> None:
    app = open_page(STEM, bagging_depth="full", bagging_trees="50")
    titles = data(app, "votes", "titles").text.tolist()
    sample = make_sample("moons", n=300)
    run = fit_adaboost(sample.points, sample.labels, n_trees=50, depth=None)
    assert (run.ended, run.n_rounds) == ("perfect", 1), "the first full tree makes no mistake"
    assert [title.split()[-1] for title in titles] == ["50", "1"]
