"""The bagging and boosting page shows what `core` computes, and explains what cannot be drawn."""

import numpy as np
import pyarrow
import pytest

from core.bagging_vs_boosting import error_rate, fit_adaboost, fit_bagging, make_grid, make_sample
from tests.conftest import Open, errors, rerun, texts
from ui.text import LANGUAGES, Words

STEM = "bagging_vs_boosting"


def drawn(app, alt: str, name: str):
    """Return the data ``name`` of the chart whose alternative text begins with ``alt``."""
    [chart] = [c.proto for c in app.get("vega_lite_chart") if c.proto.alt.startswith(alt)]
    [frame] = [d.data.data for d in chart.datasets if d.name == name]
    return pyarrow.ipc.open_stream(frame).read_all().to_pandas()


def build(app, name: str):
    return drawn(app, "Decision regions", name)


def said(app, path: str, lang: str = "en", **values: object) -> bool:
    """Is the phrase, as far as its first placeholder, on the page?"""
    phrase = Words(STEM, lang)(path).split("{")[0]
    return phrase in texts(app) or any(phrase in box.value for box in app.info)


def test_the_errors_on_screen_are_those_of_the_fits(open_page: Open) -> None:
    lines = build(open_page(STEM, bagging_flip="0.2"), "lines")
    sample = make_sample("moons", flip=0.2)
    for series, fit in (("Bagging: test (clean)", fit_bagging), ("AdaBoost: test (clean)", fit_adaboost)):
        model = fit(sample.points, sample.labels, n_trees=200, depth=3)
        shown = lines[lines.series == series].sort_values("x")
        errors = error_rate(model.decision(sample.test_points), sample.test_labels)
        np.testing.assert_allclose(shown.y, errors[shown.x.to_numpy(int) - 1])
        assert shown.x.tolist() == [*range(1, 21), *range(25, 201, 5)]


def test_the_points_carry_what_each_tree_saw(open_page: Open) -> None:
    app = open_page(STEM, bagging_flip="0.2")
    points, rings, here = build(app, "points"), build(app, "rings"), build(app, "here").iloc[0]
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


def test_the_cells_are_coloured_by_the_votes_and_by_the_last_tree(open_page: Open) -> None:
    app = open_page(STEM, bagging_flip="0.2", bagging_trees="50")
    strips, here = build(app, "strips"), build(app, "here").iloc[0]
    sample, cells = make_sample("moons", flip=0.2), len(strips) // 2
    grid = make_grid(sample, size=cells).points
    bagged = fit_bagging(sample.points, sample.labels, n_trees=50, depth=3)
    boosted = fit_adaboost(sample.points, sample.labels, n_trees=50, depth=3)
    votes = np.reshape([int(digit, 36) for digit in here.votes], (here.stages, 2, cells**2))
    trees = np.zeros((here.stages, 2, cells, cells), bool)
    for stage, rectangles in enumerate(here.trees.split(";")):
        for panel, left, low, width, height in ([int(digit, 36) for digit in each] for each in rectangles.split()):
            trees[stage, panel, low : low + height + 1, left : left + width + 1] = True
    for place, model in enumerate((bagged, boosted)):
        for stage, n_trees in ((0, 1), (2, 3), (-1, 50)):
            np.testing.assert_array_equal(votes[stage, place] > 17.5, model.decision(grid)[n_trees - 1] >= 0)
        np.testing.assert_array_equal(trees[-1, place].ravel(), model.trees.votes(grid)[-1] > 0)


def test_flipping_labels_leaves_the_points_where_they_are_to_the_byte(open_page: Open) -> None:
    assert build(open_page(STEM), "points").equals(build(open_page(STEM, bagging_flip="0.2"), "points"))


def test_moving_the_trees_moves_the_end_of_the_slider_and_no_curve(open_page: Open) -> None:
    few, many = open_page(STEM, bagging_trees="10"), open_page(STEM, bagging_trees="200")
    assert set(build(few, "here").steps) == {10}
    assert set(build(many, "here").steps) == {200}
    assert build(few, "lines").equals(build(many, "lines"))


def test_depths_differ_only_on_request(open_page: Open) -> None:
    same, apart = open_page(STEM, bagging_depth="1"), open_page(STEM, bagging_depth="1", bagging_boost_depth="3")
    lines = [build(app, "lines") for app in (same, apart)]
    bagging, boosting = (
        [frame[frame.series.str.startswith(name)].y.to_numpy() for frame in lines] for name in ("Bagging", "AdaBoost")
    )
    np.testing.assert_array_equal(*bagging)
    assert not np.array_equal(*boosting)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_full_tree_ends_adaboost_and_the_page_says_so(open_page: Open, lang: str) -> None:
    assert said(open_page(STEM, lang=lang, bagging_depth="full"), "notice.ended_perfect", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("tab", ["redrawn", "bias", "floor"])
def test_real_data_cannot_be_drawn_again(open_page: Open, lang: str, tab: str) -> None:
    app = open_page(STEM, lang=lang, bagging_dataset="wine", bagging_tab=tab)
    assert said(app, "only_populations", lang)


def table(rows: int, seed: int = 0) -> bytes:
    rng = np.random.default_rng(seed)
    lines = [f"{a:.3f},{b:.3f},{int(a + b > 0)}" for a, b in rng.normal(size=(rows, 2))]
    return "\n".join(["left,right,class", *lines]).encode()


def upload(app, data: bytes):
    app.file_uploader[0].set_value([("own.csv", data, "text/csv")])
    return rerun(app)


def test_an_uploaded_table_is_grown_on(open_page: Open) -> None:
    app = upload(open_page(STEM, bagging_dataset="own"), table(100))
    assert not errors(app)
    assert len(build(app, "points")) == 2 * 70, "70 % of the rows, on both sides"
    assert "Across: left, up: right" in texts(app)
    app = rerun(app, app.selectbox(key="bagging_table_second_['left', 'right', 'class']").set_value("left"))
    assert "Across: left, up: left" in texts(app)


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty_table"), (table(5), "too_few_rows"), (b"a,b,c\n1,2,x\n1,2,y\n1,3,z\n", "constant")]
)
def test_a_bad_table_is_explained_and_the_picture_stays(open_page: Open, data: bytes, code: str) -> None:
    app = upload(open_page(STEM, bagging_dataset="own"), data)
    [said] = errors(app)
    shape = Words(STEM, "en")(f"errors.{code}").split("{")[0]
    assert said.startswith(shape)
    assert len(build(app, "points")) == 2 * 300, "moons, until there is a table"


def test_the_map_names_winners_and_says_where_there_is_none(open_page: Open) -> None:
    app = open_page(STEM, bagging_tab="noise", bagging_n="100")
    cells = drawn(app, "Table of who wins", "cells")
    states = {text[0]: state for text, state in cells[["text", "state"]].itertuples(index=False)}
    assert states.items() <= {"●": "● bagging wins", "▲": "▲ boosting wins", "≈": "≈ not significant"}.items()
    for text in cells.text:
        lead, reach = map(float, text[1:].split("±"))
        assert (lead <= reach) == text.startswith("≈") or abs(lead - reach) < 0.1, "rounded to a tenth"


def test_the_squared_loss_on_screen_adds_up(open_page: Open) -> None:
    app = open_page(STEM, bagging_tab="bias", bagging_depth="1", bagging_n="50")
    lines = drawn(app, "Bias, variance and error of AdaBoost", "lines").pivot_table(
        index="x", columns="series", values="y"
    )
    total = lines["bias²"] + lines["variance"] + lines["noise: nobody can do better"]
    np.testing.assert_allclose(total, lines["error = noise + bias² + variance"], atol=1e-12)
