"""The page on GD, SGD and mini-batches shows what `core` computes, and takes a reader's own table."""

import io
from functools import partial

import numpy as np
import pandas as pd
import pytest

from core import gd_sgd_minibatch as core
from core.tables import MAX_ROWS
from tests.conftest import Open, chart_of, data_of, errors, page_controls, rerun, texts
from ui.numbers import format_number
from ui.text import LANGUAGES, Words

STEM = "gd_sgd_minibatch"
chart, data = partial(chart_of, STEM), partial(data_of, STEM)


def drawn(app) -> list[bytes]:
    return [d.data.data for c in app.get("vega_lite_chart") for d in c.proto.datasets]


def all_paths(app) -> pd.DataFrame:
    names = [dataset.name for dataset in chart(app, "paths").datasets if dataset.name.startswith("paths_")]
    return pd.concat([data(app, "paths", name) for name in names], ignore_index=True)


def csv(rows: int = 60, seed: int = 0) -> bytes:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(rows, 2)), columns=["width", "height"])
    table["price"] = 3 * table.width - table.height + rng.normal(size=rows)
    table["shop"] = "north"
    return table.to_csv(index=False).encode()


def upload(app, content: bytes):
    [field] = app.file_uploader
    return rerun(app, field.set_value(("own.csv", content, "text/csv")))


def test_the_paths_on_screen_are_the_runs(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_batch="64", gd_seed="5")
    paths = all_paths(app)
    on = core.load_problem("diabetes")
    runs = core.compare(on, start="corner", batch_size=64, learning_rate=0.1 * on.limit, length=100, seed=5)
    for name, run in runs.items():
        shown = paths[paths.series == Words(STEM, "en")(f"series.{name}")]
        np.testing.assert_array_equal(shown[["x", "y"]], run.path)
        np.testing.assert_allclose(shown["value"], run.excess)
        assert shown["at"].iloc[[0, -1]].tolist() == [0, 100]
    np.testing.assert_allclose(data(app, "paths", "goal").to_numpy()[0], on.optimum)
    levels = data(app, "paths", "levels")
    excess = core.excess_loss(on, levels[["x", "y"]].to_numpy())
    assert (pd.Series(excess).groupby(levels["level"]).agg(np.ptp) < 1e-9).all()


def test_the_batch_size_moves_its_own_run_alone(open_page: Open) -> None:
    app = open_page(STEM, lang="en")

    def shown() -> dict[str, bytes]:
        return {d.name: d.data.data for name in ("paths", "loss") for d in chart(app, name).datasets}

    before = shown()
    app.session_state["gd_batch"] = 64
    rerun(app)
    assert {name for name, sent in shown().items() if sent != before[name]} == {"paths_1", "lines_1"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_run_alone(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, gd_show="one", gd_batch="442")
    assert set(all_paths(app).series) == {Words(STEM, lang)("series.mini")}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_path_that_leaves_is_labelled(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, gd_start="steep", gd_rate="1.1", gd_show="one", gd_batch="442")
    words = Words(STEM, lang)
    on = core.load_problem("diabetes")
    # Along the steepest axis every update multiplies the distance by −1.2; the frame is left by a factor.
    run = core.descend(on, start="steep", batch_size=442, learning_rate=1.1 * on.limit, updates=100)
    inside = ((run.path >= core.window(on)[0]) & (run.path <= core.window(on)[1])).all(axis=1)
    left = int(np.flatnonzero(inside)[-1]) + 1
    assert data(app, "paths", "exits").text.tolist() == [words("left", update=left)]
    assert words("notice.left", run=words("series.mini"), update=left) in texts(app)
    paths = all_paths(app)
    assert paths.step.max() == left


@pytest.mark.parametrize("problem", core.PROBLEMS)
def test_every_problem_at_the_largest_step(open_page: Open, problem: str) -> None:
    for tab in ("axes", "cloud", "ball"):
        open_page(STEM, gd_problem=problem, gd_rate="4", gd_updates="1000", gd_tab=tab)


@pytest.mark.parametrize("optimiser", core.OPTIMISERS)
def test_every_optimiser_at_both_ends_of_its_rate(open_page: Open, optimiser: str) -> None:
    control, ends = ("gd_rate", ("0.002", "4")) if optimiser in core.GRADIENT_SCALED else ("gd_step", ("0.001", "10"))
    for end in ends:
        app = open_page(STEM, lang="en", gd_optimiser=optimiser, **{control: end})
        key = "adaptive" if control == "gd_step" else "above" if end == "4" else "below"
        assert Words(STEM, "en")(f"notice.{key}", rate="§", limit="§").split("§")[-1] in texts(app)


def test_equal_epochs_are_one_look_at_every_patient(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_unit="epochs", gd_epochs="1")
    last = all_paths(app).groupby("series").step.max()
    words = Words(STEM, "en")
    assert [last[words(f"series.{name}")] for name in ("gd", "mini", "sgd")] == [1, 14, 442]


def test_the_cloud_is_drawn_where_the_path_goes(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_tab="cloud", gd_batch="1", gd_show="one")
    points, arrows = data(app, "cloud", "points"), data(app, "cloud", "arrows")
    on = core.load_problem("diabetes")
    np.testing.assert_allclose(
        points[points.stop == 0][["x", "y"]], core.sample_gradients(on, core.start_point(on, "corner"))
    )
    np.testing.assert_allclose(points.groupby("stop")[["x", "y"]].mean(), arrows[["x", "y"]], atol=1e-12)
    assert len(points) == 31 * 442


def test_a_batch_of_all_has_no_cloud_and_says_so(open_page: Open) -> None:
    assert Words(STEM, "en")("cloud_none") in texts(open_page(STEM, lang="en", gd_tab="cloud", gd_batch="442"))


def test_the_variance_at_all_samples_is_a_gap_not_a_zero(open_page: Open) -> None:
    points = data(open_page(STEM, lang="en", gd_tab="variance"), "variance", "points")
    without = points[points.series == Words(STEM, "en")("kinds.without")]
    assert without.y.isna().tolist() == [False] * 9 + [True]
    assert (without.y[:9] > 0).all()


def test_the_ball_and_its_theory(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_tab="ball", gd_batch="8")
    points, lines = data(app, "ball", "points"), data(app, "ball", "lines")
    words = Words(STEM, "en")
    measured = points[points.series == words("kinds.with")]
    theory = lines[lines.series == words("theory.moments")]
    slack = 2 * (measured.high - measured.low).to_numpy()
    assert (np.abs(measured.y.to_numpy() - theory.y.to_numpy()) <= slack).all()
    assert len(data(app, "distance", "lines")) == 3 * 101


def test_the_cost_grows_with_the_batch(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_tab="cost")
    points = data(app, "cost", "points")
    samples = points[points.series == Words(STEM, "en")("kinds.samples")]
    assert samples.x.tolist() == core.batch_sizes(442)
    assert samples.y.iloc[-1] > 10 * samples.y.iloc[0]
    fixed = open_page(STEM, lang="en", gd_tab="cost", gd_tuned="false")
    assert drawn(fixed) != drawn(app)


def test_the_answer_to_the_prediction_holds_for_forty_runs(open_page: Open) -> None:
    app = open_page(STEM, lang="en", gd_predict="mini")
    on = core.load_problem("diabetes")
    left = {
        name: core.distances(
            on, start="corner", batch_size=size, learning_rate=0.05 * on.limit, updates=-(-442 // size)
        ).rms[-1]
        for name, size in (("gd", 442), ("mini", 32), ("sgd", 1))
    }
    assert left["sgd"] < left["mini"] < left["gd"]
    said = Words(STEM, "en")("predict.reveal", **{name: format_number(value, 3) for name, value in left.items()})
    assert said in page_controls(app)["gd_predict"]["text"]


def test_all_stays_all_when_the_data_change(open_page: Open) -> None:
    app = open_page(STEM, gd_batch="442")
    app.session_state["gd_problem"] = "cancer"
    rerun(app)
    assert app.session_state["gd_batch"] == 569
    app.session_state["gd_problem"] = "raw"
    rerun(app)
    assert app.session_state["gd_batch"] == 442


# A table of the reader's own


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_own_table_is_drawn(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, gd_problem="own")
    before = drawn(app)
    upload(app, csv())
    assert not errors(app)
    assert drawn(app) != before
    table = pd.read_csv(io.BytesIO(csv()))
    on = core.regression(table.width, table.height, table.price, names=("width", "height"))
    np.testing.assert_allclose(data(app, "paths", "goal").to_numpy()[0], on.optimum)
    problem = app.session_state["gd_own"]
    app.session_state["gd_rate"] = 0.2
    rerun(app)
    assert app.session_state["gd_own"] is problem, "what a move needs of it is not computed anew"
    # Without the text column there are three to choose from.
    columns = [box for box in app.selectbox if box.key.startswith("gd_table_")]
    assert [box.value for box in columns] == ["width", "height", "price"]
    assert all(box.options == ["width", "height", "price"] for box in columns)
    rerun(app, columns[1].set_value("width"))
    assert errors(app) == [Words(STEM, lang)("errors.collinear", first="width", second="width")]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("content", "code", "details"),
    [
        (b"", "empty_table", {}),
        (b"a,b,c\n1,2,3\n", "too_few_rows", {"low": 3, "value": 1}),
        (b"a,b,c\nx,y,z\nu,v,w\np,q,r\n", "text_cell", {"argument": "a", "row": 2, "value": "x"}),
        (b"a,b,c\n1,2,7\n1,5,8\n1,8,7\n", "constant", {"argument": "a"}),
        (b"a,b,c\n1,2,nan\n4,5,6\n7,8,1\n", "missing_cell", {"argument": "c", "row": 2}),
        (b"1,2,3\n" * 1_000_000, "too_many_rows", {"high": MAX_ROWS, "value": 1_000_000}),
        (b"\x00\xff\xfe\x89PNG", "not_a_table", {}),
    ],
)
def test_a_bad_table_is_explained_and_the_last_good_picture_stays(
    open_page: Open, lang: str, content: bytes, code: str, details: dict
) -> None:
    app = open_page(STEM, lang=lang, gd_problem="own", gd_tab="cloud")
    upload(app, csv())
    before = drawn(app)
    upload(app, content)
    assert errors(app) == [Words(STEM, lang)(f"errors.{code}", **details)]
    assert drawn(app) == before


def test_an_own_table_survives_a_look_elsewhere(open_page: Open) -> None:
    app = open_page(STEM, gd_problem="own")
    upload(app, csv(rows=40))
    before = drawn(app)[:4]
    app.session_state["gd_problem"] = "cancer"
    rerun(app)
    app.session_state["gd_problem"] = "own"
    rerun(app)
    assert app.session_state["gd_batch"] <= 40
    app.session_state["gd_batch"] = 32
    rerun(app)
    assert drawn(app)[:4] == before
    for tab in ("axes", "cloud", "variance", "ball", "cost"):
        app.session_state["gd_tab"] = tab
        rerun(app)
