"""The controls of the page on gradient descent, SGD and mini-batches, and the user's own table."""

import contextlib
import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core import gd_sgd_minibatch as core
from core.tables import MAX_BYTES, MAX_ROWS
from tests.conftest import Open, address, all_data, change, chart_of, data_of, errors, refusal, rerun, texts
from ui.page.job import JobMixin
from ui.text import LANGUAGES, Words

STEM = "gd_sgd_minibatch"
data = partial(data_of, STEM)


def csv(rows: int = 60, seed: int = 0) -> bytes:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(rows, 2)), columns=["width", "height"])
    table["price"] = 3 * table.width - table.height + rng.normal(size=rows)
    table["shop"] = "north"
    return table.to_csv(index=False).encode()


def upload(app, content: bytes):
    [field] = app.file_uploader
    return rerun(app, field.set_value(("own.csv", content, "text/csv")))


@pytest.mark.parametrize("problem", core.PROBLEMS)
def test_every_problem_is_shown_at_the_largest_learning_rate(open_page: Open, problem: str) -> None:
    for tab in ("axes", "cloud", "ball", "averages"):
        open_page(STEM, gd_problem=problem, gd_rate="4", gd_updates="1000", gd_tab=tab)


@pytest.mark.parametrize("optimiser", core.OPTIMISERS)
def test_every_optimiser_is_shown_at_both_ends_of_its_learning_rate(open_page: Open, optimiser: str) -> None:
    control, ends = ("gd_rate", ("0.002", "4")) if optimiser in core.GRADIENT_SCALED else ("gd_step", ("0.001", "10"))
    for end in ends:
        app = open_page(STEM, lang="en", gd_optimiser=optimiser, **{control: end})
        key = "adaptive" if control == "gd_step" else "above" if end == "4" else "below"
        figures = dict.fromkeys(("rate", "limit", "first", "median"), "§")
        assert Words(STEM, "en")(f"notice.{key}", **figures).split("§")[-1] in texts(app)


def test_batch_of_all_samples_remains_all_samples_of_other_data(open_page: Open) -> None:
    app = open_page(STEM, gd_batch="442")
    app.session_state["gd_problem"] = "cancer"
    rerun(app)
    assert app.session_state["gd_batch"] == 569
    app.session_state["gd_problem"] = "raw"
    rerun(app)
    assert app.session_state["gd_batch"] == 442


# The user's own table


@pytest.mark.parametrize("lang", LANGUAGES)
def test_own_table_is_drawn(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, gd_problem="own")
    before = all_data(app)
    upload(app, csv())
    assert not errors(app)
    assert all_data(app) != before
    table = pd.read_csv(io.BytesIO(csv()))
    problem = core.regression(table.width, table.height, table.price, names=("width", "height"))
    np.testing.assert_allclose(data(app, "paths", "goal").to_numpy()[0], problem.optimum)
    built = app.session_state["upload_gd_result"]
    app.session_state["gd_rate"] = 0.2
    rerun(app)
    assert app.session_state["upload_gd_result"] is built, "results cached for the problem are used again"
    # Without the column of texts there are three to choose from.
    columns = [box for box in app.selectbox if box.key.startswith("upload_gd_table_")]
    assert [box.value for box in columns] == ["width", "height", "price"]
    assert all(box.options == ["width", "height", "price"] for box in columns)
    rerun(app, columns[1].set_value("width"))
    assert errors(app) == [refusal(Words(STEM, lang), "collinear", kept=True, first="width", second="width")]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("content", "code", "details"),
    [
        (b"", "empty_table", {}),
        (b"a,b,c\n1,2,3\n", "too_few_rows", {"low": 3, "value": 1}),
        (b"a,b,c\nx,y,z\nu,v,w\np,q,r\n", "too_few_columns", {"low": 3, "value": 0}),
        (b"a,b,c\n$_1_,2,7\n$_x_,5,8\n3,8,7\n", "text_cell", {"argument": "a", "row": 2, "value": r"\$\_1\_"}),
        (b"a,b,c\n1,2,7\n1,5,8\n1,8,7\n", "constant", {"argument": "a"}),
        (b"a,b,c\n1,2,nan\n4,5,6\n7,8,1\n", "too_few_rows", {"low": 3, "value": 2}),
        (b"a,b,c\n1,2,nan\n4,5,\n7,8,1\n", "missing_cell", {"argument": "c", "row": 2}),
        (b"1,2,3\n" * 1_000_000, "too_many_rows", {"high": MAX_ROWS, "value": 1_000_000}),
        (b"\x00\xff\xfe\x89PNG", "not_a_table", {}),
    ],
)
def test_bad_table_is_explained_and_the_last_valid_picture_stays(
    open_page: Open, lang: str, content: bytes, code: str, details: dict
) -> None:
    app = open_page(STEM, lang=lang, gd_problem="own", gd_tab="cloud")
    upload(app, csv())
    before = all_data(app)
    upload(app, content)
    assert errors(app) == [refusal(Words(STEM, lang), code, kept=True, **details)]
    assert all_data(app) == before


def test_own_table_returns_after_another_problem_was_chosen(open_page: Open) -> None:
    app = open_page(STEM, gd_problem="own")
    upload(app, csv(rows=40))
    before = all_data(app)[:4]
    app.session_state["gd_problem"] = "cancer"
    rerun(app)
    app.session_state["gd_problem"] = "own"
    rerun(app)
    assert app.session_state["gd_batch"] <= 40
    app.session_state["gd_batch"] = 32
    rerun(app)
    assert all_data(app)[:4] == before
    for tab in ("axes", "cloud", "variance", "ball", "averages", "cost"):
        app.session_state["gd_tab"] = tab
        rerun(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_says_that_there_is_no_own_table_yet(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, gd_problem="own")
    message = Words(STEM, lang)("no_table")
    assert message in [caption.value for caption in app.caption]
    upload(app, csv())
    assert message not in [caption.value for caption in app.caption]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_link_to_an_own_table_says_that_the_table_is_missing(open_page: Open, lang: str) -> None:
    message = Words(STEM, lang)("upload_again")
    app = open_page(STEM, lang=lang, gd_problem="own")
    assert [box.value for box in app.info] == [message]
    upload(app, csv())
    assert not app.info
    app = open_page(STEM, lang=lang)
    change(app, gd_problem="own")
    assert not app.info, "the user has chosen it, not a link"


def test_a_file_that_is_too_long_is_refused_before_a_job(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(STEM, gd_problem="own")
    names: list[str] = []
    job = JobMixin.job

    def recorded(page: JobMixin, name: str, *arguments: Any, **keywords: Any) -> Any:
        names.append(name)
        return job(page, name, *arguments, **keywords)

    monkeypatch.setattr(JobMixin, "job", recorded)
    upload(app, b"1," * (MAX_BYTES // 2 + 1))
    assert errors(app) == [refusal(Words(STEM, "en"), "too_large", kept=False, high=5)]
    assert "table" not in names


@pytest.mark.parametrize(("rows", "optimiser"), [(60, "sgd"), (25, "adam"), (600, "momentum")])
def test_snippet_of_an_own_table_prints_the_figures_on_screen(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, optimiser: str
) -> None:
    app = open_page(STEM, gd_problem="own", gd_behind="code", gd_optimiser=optimiser, gd_rate="0.02")
    upload(app, csv(rows))
    (tmp_path / "own.csv").write_bytes(csv(rows))
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(app.code[0].value, "<the snippet>", "exec"), {"__name__": "snippet"})
    last = [
        float(line.split()[-1]) for line in printed.getvalue().splitlines() if line.startswith(("gd ", "mini ", "sgd "))
    ]
    names = [dataset.name for dataset in chart_of(STEM, app, "paths").datasets if dataset.name.startswith("paths_")]
    shown = [data(app, "paths", name)["value"].iloc[-1] for name in sorted(names)]
    np.testing.assert_allclose(last, shown, rtol=1e-9)


def test_snippet_before_an_upload_runs(open_page: Open) -> None:
    app = open_page(STEM, gd_problem="own", gd_behind="code")
    assert "load_problem('diabetes')" in app.code[0].value


def test_reset_after_a_small_own_table_returns_to_the_first_scene(open_page: Open) -> None:
    app = open_page(STEM, gd_problem="own")
    upload(app, csv(rows=24))
    assert app.session_state["gd_batch"] == 24
    change(app, gd_reset=0)
    assert app.session_state["gd_problem"] == "diabetes"
    assert app.session_state["gd_batch"] == 32
    assert "gd_batch" not in address(app)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"gd_problem": "cancer", "gd_optimiser": "adam", "gd_schedule": "cosine", "gd_batch": "64"},
        {"gd_problem": "valley", "gd_optimiser": "nesterov", "gd_momentum": "0.5", "gd_rate": "0.05", "gd_seed": "7"},
        {"gd_start": "flat", "gd_unit": "epochs", "gd_epochs": "2", "gd_replacement": "true", "gd_rate": "0.02"},
    ],
)
def test_snippet_prints_the_figures_on_screen(open_page: Open, query: dict[str, str]) -> None:
    app = open_page(STEM, gd_behind="code", **query)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(app.code[0].value, "<the snippet>", "exec"), {"__name__": "snippet"})
    last = [
        float(line.split()[-1]) for line in printed.getvalue().splitlines() if line.startswith(("gd ", "mini ", "sgd "))
    ]
    shown = [data(app, "paths", f"paths_{number}")["value"].iloc[-1] for number in range(3)]
    np.testing.assert_array_equal(last, shown)
