"""The controls of the page on batch size and minima, and its code and data."""

import contextlib
import io
import re
from functools import partial

import pandas as pd
import pytest

from core import batch_size_minima as core
from tests.conftest import Open, data_of, errors, figures, rerun
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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_batch_larger_than_the_data_is_refused_and_the_last_training_stays(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, batch_tab="training", **QUICK)
    before = data(app, "measure_lambda", "points")
    app.session_state["batch_examples"] = 128
    rerun(app)
    [message] = errors(app)
    assert message == Words(STEM, lang)("errors.batch_too_large", value=256, high=128)
    pd.testing.assert_frame_equal(data(app, "measure_lambda", "points"), before)


@pytest.mark.parametrize("sizes", ["small", "large"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refused_link_shows_the_default_training_and_says_how_to_mend_it(
    open_page: Open, sizes: str, lang: str
) -> None:
    default = data(open_page(STEM, batch_tab="training"), "measure_lambda", "points")
    app = open_page(STEM, lang=lang, batch_tab="training", **QUICK | {"batch_examples": "128", "batch_sizes": sizes})
    [message] = errors(app)
    assert {"en": "or the default one", "ko": "기본 설정의 학습"}[lang] in message
    shown = data(app, "measure_lambda", "points")
    pd.testing.assert_frame_equal(shown[["x", "y"]], default[["x", "y"]])
    # The number that the message asks for is enough.
    needed = re.findall(r"\d+", message.split(". ")[1])[0]
    app.session_state["batch_examples"] = int(needed)
    rerun(app)
    assert errors(app) == []


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
