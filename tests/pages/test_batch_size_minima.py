"""The controls of the page on batch size and minima, and its code and data."""

import contextlib
import io
import itertools
from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

from core import batch_size_minima as core
from tests.conftest import Open, change, data_of, errors, figures, page_controls
from ui.text import LANGUAGES, Words

STEM = "batch_size_minima"
# The shortest training.
QUICK = {"batch_seeds": "3", "batch_updates": "100", "batch_examples": "256"}
data = partial(data_of, STEM)


def test_a_constant_ratio_scales_learning_rate_and_updates(open_page: Open) -> None:
    app = open_page(STEM, batch_hold="true", batch_batch="64")
    shown = figures(app)
    assert shown["learning rate at this B"] == "0.02"
    assert shown["updates at this B"] == "750"


@pytest.mark.parametrize(("sizes", "largest"), [("small", 256), ("large", 512)])
def test_the_page_offers_only_trainings_that_core_accepts(open_page: Open, sizes: str, largest: int) -> None:
    app = open_page(STEM, batch_tab="training", batch_sizes=sizes, batch_seeds="3", batch_updates="100")
    controls = page_controls(app)
    offered = {
        name: [float(label.replace(",", "")) for label in controls[f"batch_{name}"]["options"]]
        for name in ("examples", "seeds", "updates", "epochs", "learning_rate", "label_noise", "weight_decay")
    }
    batch_sizes = tuple(int(size) for size in Words(STEM, "en")(f"controls.sizes.options.{sizes}").split(","))
    assert max(batch_sizes) == largest == offered["examples"][0]
    for protocol, examples, updates, epochs in itertools.product(
        core.PROTOCOLS, *(offered[name] for name in ("examples", "updates", "epochs"))
    ):
        setting = core.Setting(
            batch_sizes, examples=int(examples), protocol=protocol, updates=int(updates), epochs=int(epochs)
        )
        assert core.check_setting(setting) is setting
    for name, values in offered.items():
        for value in values:
            core.check_setting(replace(setting, **{name: value if value % 1 else int(value)}))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("sizes", "examples"), [("small", "128"), ("large", "128"), ("large", "256")])
def test_a_link_with_too_few_examples_opens_with_enough_of_them_and_says_so(
    open_page: Open, sizes: str, examples: str, lang: str
) -> None:
    settings = {"batch_tab": "training", "batch_sizes": sizes, "batch_seeds": "3", "batch_updates": "100"}
    enough = data(open_page(STEM, **settings), "measure_lambda", "points")
    app = open_page(STEM, lang=lang, batch_examples=examples, **settings)
    assert errors(app) == []
    note = page_controls(app)["batch_ignored"]["text"]
    assert note == Words(STEM, lang)("link_ignored", parameters=f"batch_examples={examples}")
    shown = data(app, "measure_lambda", "points")
    pd.testing.assert_frame_equal(shown[["x", "y"]], enough[["x", "y"]])


def test_large_batches_bring_the_examples_they_need_and_reset_returns_to_the_default(open_page: Open) -> None:
    app = open_page(STEM, batch_tab="training", batch_seeds="3", batch_updates="100")
    change(app, batch_sizes=1)
    assert app.session_state["batch_examples"] == 512
    change(app, batch_reset=0)
    assert app.session_state["batch_sizes"] == "small"
    assert app.session_state["batch_examples"] == 256


def test_code_and_data_of_a_training_are_those_on_screen(open_page: Open) -> None:
    app = open_page(STEM, batch_tab="training", batch_behind="code", **QUICK)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(app.code[0].value, "<the snippet>", "exec"), {"__name__": "snippet"})
    study = core.study(core.Setting((4, 16, 64, 256), examples=256, seeds=3, updates=100))
    assert str(core.compare(study, "lambda")) in printed.getvalue()
    app = open_page(STEM, batch_tab="training", batch_behind="data", **QUICK)
    assert "measure_lambda_points.csv" in {button.label for button in app.download_button}


def test_invalid_parameters_of_a_training_are_ignored(open_page: Open) -> None:
    names = ("protocol", "learning_rate", "label_noise", "weight_decay", "loss", "sizes", "epochs", "alpha")
    before = open_page(STEM, batch_tab="dinh", **QUICK)
    for junk in ("", "junk", "-1e999", "nan", "[]", "9" * 400):
        after = open_page(STEM, batch_tab="dinh", **QUICK, **{f"batch_{name}": junk for name in names})
        assert figures(after) == figures(before), junk
