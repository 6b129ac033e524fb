"""The code that a page shows, at random states of every view, run in a plain Python process.

The figures on screen are among the numbers that it prints.
"""

from __future__ import annotations

import html
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.ipc
import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import Open, errors, figures, page_controls, rerun
from tests.pages.states import CHEAPEST
from ui.registry import EXPLAINERS, ROOT
from ui.text import codes

STEMS = [explainer.stem for explainer in EXPLAINERS]

# By page and view: the name of a data set and its column, whose values in all charts on screen the code prints.
SHOWN: dict[str, dict[str, tuple[str, str]]] = {
    "softmax_stability": {"online": ("lines", "y")},
    "cross_entropy_vs_kl": {
        "headline": ("bars", "value"),
        "path": ("lines", "y"),
        "smoothing": ("lines", "y"),
        "distillation": ("lines", "y"),
    },
    "likelihood_sampling": {
        "headline": ("points", "y"),
        "scatter": ("lines", "y"),
        "coverage": ("lines", "y"),
        "product": ("lines", "y"),
        "proposal": ("points", "y"),
    },
    "gd_sgd_minibatch": {
        "cloud": ("points", "x"),
        "variance": ("points", "y"),
        "ball": ("points", "y"),
        "averages": ("lines", "y"),
        "cost": ("points", "y"),
    },
    "batch_size_minima": {
        "headline": ("points", "low"),
        "shaking": ("points", "x"),
        "training": ("points", "y"),
        "slices": ("cells", "value"),
    },
    "bagging_vs_boosting": {"weights": ("lines", "y"), "bias": ("lines", "y"), "floor": ("lines", "y")},
    "precision_recall": {
        "headline": ("bins", "y"),
        "curves": ("lines", "y"),
        "steps": ("lines", "y"),
        "threshold": ("lines", "y"),
        "models": ("lines", "y"),
        "positives": ("lines", "y"),
    },
    "cls_vs_average_pooling": {"headline": ("lines", "y"), "dilution": ("lines", "y"), "digits": ("cells", "value")},
    "vanishing_gradients": {
        "headline": ("points", "y"),
        "inside": ("lines", "y"),
        "training": ("lines", "y"),
        "time": ("lines", "y"),
    },
}
# The settings with the shortest trainings, as links.
CHEAP = {**CHEAPEST, "bagging_vs_boosting": {"bagging_n": "50"}}
# Controls whose other values take long: trainings.
FIXED = {
    "batch_size_minima": {"seeds", "updates", "epochs", "examples", "sizes", "protocol", "steps"},
    "bagging_vs_boosting": {"dataset", "n", "boost_depth"},
    "cls_vs_average_pooling": {"seeds", "size"},
    "vanishing_gradients": {"width", "steps"},
    "gd_sgd_minibatch": {"problem", "tuned"},
}
# States for each view, where the code trains for long.
N_STATES = {"bagging_vs_boosting": 1, "cls_vs_average_pooling": 1}
# Runs many programs one after another, each with a fresh namespace.
RUNNER = """
import contextlib, io, json, sys
import numpy as np

np.set_printoptions(threshold=sys.maxsize, precision=12, floatmode="maxprec")
results = []
for program in json.load(sys.stdin):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "<the snippet>", "exec"), {"__name__": "snippet"})
    results.append(printed.getvalue())
print(json.dumps(results))
"""


def prefix(stem: str) -> str:
    return stem.split("_")[0] + "_"


def random_state(app: AppTest, stem: str, rng: random.Random) -> dict[str, str]:
    """Return a link with other values of some controls that are shown."""
    state = {}
    for key, control in page_controls(app).items():
        name = key.removeprefix(prefix(stem))
        if not key.startswith(prefix(stem)) or name in FIXED.get(stem, ()) or rng.random() < 0.5:
            continue
        if control["kind"] == "toggle":
            state[key] = rng.choice(["false", "true"])
        elif control["kind"] == "slider":
            state[key] = rng.choice(control["options"]).replace("−", "-")
        elif control["kind"] in ("select", "radio") and name not in ("scene", "claim", "predict"):
            offered = [code for code in codes(stem, f"controls.{name}.options") if code != "own"]
            state |= {key: rng.choice(offered)} if offered else {}
        elif control["kind"] == "number" and name == "seed":
            state[key] = str(rng.randrange(100))
    return state


def run_in_plain_process(programs: list[str], folder: Path = ROOT) -> list[str]:
    """Run programs in one Python process that knows nothing of Streamlit; return what each printed."""
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUNNER],
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": ""},
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return json.loads(finished.stdout)


def numbers(text: str) -> np.ndarray:
    """Return all numbers of a text."""
    plain = text.replace("−", "-").replace("∞", "inf")
    found = re.findall(r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|\binf\b|\bnan\b)", plain)
    return np.array([float(number) for number in found])


def cards(app: AppTest) -> Iterator[tuple[str, float, float]]:
    """Yield the name of each figure on a card, its value and the largest rounding error of its text."""
    for name, text in figures(app).items():
        plain = html.unescape(text).replace("−", "-").replace(",", "").replace("∞", "inf")
        match = re.match(r"[-+]?(\d+\.?(\d*)(?:e([-+]?\d+))?|inf)", plain)
        if not match or plain.endswith((" 2", "×")):
            continue
        percent = 0.01 if "%" in plain else 1.0
        half = 0.5 * 10.0 ** (int(match[3] or 0) - len(match[2] or ""))
        yield name, percent * float(match[0]), percent * half * 1.001


@pytest.mark.slow
@pytest.mark.parametrize("stem", STEMS)
def test_the_code_prints_the_figures_of_every_view_at_random_states(open_page: Open, stem: str) -> None:
    rng = random.Random(stem)
    pages: list[tuple[str, dict[str, str], AppTest]] = []
    for view in codes(stem, "tabs"):
        link = {f"{prefix(stem)}tab": view, **CHEAP.get(stem, {})}
        for _ in range(N_STATES.get(stem, 2)):
            state = random_state(open_page(stem, **link), stem, rng)
            app = open_page(stem, **link | state, **{f"{prefix(stem)}behind": "code"})
            assert not errors(app)
            pages.append((view, state, app))
    printed = run_in_plain_process([snippet(app) for _, _, app in pages])
    seen = 0
    values_of: dict[str, int] = {}
    for (view, state, app), text in zip(pages, printed, strict=True):
        found = numbers(text)
        assert found.size, (view, state)
        for name, value, error in cards(app):
            close = np.abs(found - value) <= error if np.isfinite(value) else found == value
            assert close.any(), (view, state, name, value, text)
            seen += 1
        if view in SHOWN[stem]:
            shown = values_on_screen(app, *SHOWN[stem][view])
            values_of[view] = values_of.get(view, 0) + (shown.size or not app.get("vega_lite_chart"))
            seen += shown.size
            unprinted = [value for value in shown if not np.isclose(found, value, rtol=1e-5, atol=1e-12).any()]
            assert not unprinted, (view, state, unprinted[:5])
    # A chart may be empty at some settings: where every run diverges, no run has ended anywhere.
    assert all(values_of.values()), values_of
    assert seen > 10


def own_table(rows: int) -> bytes:
    """Return a table with two numbers, a class and a target that depends on the numbers."""
    rng = np.random.default_rng(rows)
    x, y = rng.normal(size=(2, rows))
    kinds = np.where(x + 0.5 * rng.normal(size=rows) > 0, "yes", "no")
    lines = [f"{a:.3f},{b:.3f},{kind},{2 * a - b:.3f}" for a, b, kind in zip(x, y, kinds, strict=True)]
    return "\n".join(["first,second,kind,target", *lines]).encode()


# By page: the control that asks for an own table, the columns that it takes, and the name of its file in the code.
OWN_TABLES = {
    "bagging_vs_boosting": ("bagging_dataset", ("first", "second", "kind"), "own.csv"),
    "gd_sgd_minibatch": ("gd_problem", ("first", "second", "target"), "own.csv"),
    "precision_recall": ("precision_source", ("first", "kind"), "own.csv"),
}


@pytest.mark.slow
@pytest.mark.parametrize("rows", [40, 500])
@pytest.mark.parametrize("stem", OWN_TABLES)
def test_the_code_of_an_own_table_prints_the_figures_of_every_view(
    open_page: Open, tmp_path: Path, stem: str, rows: int
) -> None:
    control, columns, file = OWN_TABLES[stem]
    table = [line.split(",") for line in own_table(rows).decode().splitlines()]
    chosen = [table[0].index(column) for column in columns]
    content = "\n".join(",".join(row[column] for column in chosen) for row in table).encode()
    (tmp_path / file).write_bytes(content)
    pages = []
    for view in codes(stem, "tabs"):
        app = open_page(stem, **CHEAP.get(stem, {}), **{control: "own", f"{prefix(stem)}behind": "code"})
        uploaded = (file, content, "text/csv")
        [field] = app.file_uploader
        rerun(app, field.set_value([uploaded] if field.proto.multiple_files else uploaded))
        app.session_state[f"{prefix(stem)}tab"] = view
        assert not errors(rerun(app)), view
        pages.append((view, app))
    printed = run_in_plain_process([snippet(app) for _, app in pages], tmp_path)
    checked = set()
    for (view, app), text in zip(pages, printed, strict=True):
        found = numbers(text)
        for name, value, error in cards(app):
            assert (np.abs(found - value) <= error).any(), (view, name, value, text)
            checked.add(view)
        if view in SHOWN[stem]:
            shown = values_on_screen(app, *SHOWN[stem][view])
            unprinted = [value for value in shown if not np.isclose(found, value, rtol=1e-5, atol=1e-12).any()]
            assert not unprinted, (view, unprinted[:5])
            checked |= {view} if shown.size else set()
    # Views that draw training sets from a population again are not available; the other figures are in sentences.
    assert checked == ({"weights"} if stem == "bagging_vs_boosting" else {"headline", *SHOWN[stem]})


def snippet(app: AppTest) -> str:
    """Return the code that the page offers; the functions below it have no import."""
    [code] = [block.value for block in app.code if re.search("^from core", block.value, flags=re.MULTILINE)]
    return code


def values_on_screen(app: AppTest, dataset: str, column: str) -> np.ndarray:
    """Return the finite values in a column of the data sets with one name, in all charts."""
    found = []
    for chart in app.get("vega_lite_chart"):
        for data in chart.proto.datasets:
            if data.name == dataset:
                table = pyarrow.ipc.open_stream(data.data.data).read_all()
                if column in table.column_names:
                    found.append(table.column(column).to_numpy().astype(float))
    values = np.concatenate(found) if found else np.empty(0)
    return np.unique(values[np.isfinite(values)])
