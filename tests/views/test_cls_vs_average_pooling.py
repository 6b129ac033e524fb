"""The charts and texts on pooling show what `core` computes."""

import math
from functools import partial

import numpy as np
import pytest
from scipy.stats import norm

from core import cls_vs_average_pooling as core
from tests.conftest import Open, data_of, figures, tables, texts
from ui.text import LANGUAGES, Words

STEM = "cls_vs_average_pooling"
data = partial(data_of, STEM)


def test_average_pooling_is_near_its_theory(open_page: Open) -> None:
    shown = figures(open_page(STEM, cls_length="64"))
    exact = norm.cdf(2 / math.sqrt(63))
    assert abs(float(shown["Average pooling"].rstrip("%")) / 100 - exact) < 4 * math.sqrt(exact * (1 - exact) / 3000)
    assert shown["Accuracy now"] == shown["Average pooling"], "at β = 0 both are the same computation"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_bars_are_the_weights_around_the_needle(open_page: Open, lang: str) -> None:
    bars = data(open_page(STEM, lang=lang, cls_length="256", cls_sharpness="2", cls_seed="3"), "weights", "bars")
    sequences = core.draw_sequences("needle", 256, count=1, seed=3)
    weights = core.attention_weights(sequences.keys, sharpness=2.0)[0]
    tokens = [int(token.rstrip("★")) - 1 for token in bars.category]
    assert len(tokens) == 40
    # The chart sorts by position, also when only its data changes.
    assert bars.position.tolist() == tokens
    np.testing.assert_allclose(bars.value, weights[tokens])
    assert [token for token in bars.category if token.endswith("★")] == [f"{sequences.needle[0] + 1}★"]


def test_one_token_has_one_notice(open_page: Open) -> None:
    app = open_page(STEM, cls_length="1", cls_sharpness="2")
    assert figures(app)["Accuracy now"] == "100.0%"
    assert Words(STEM, "en")("notice.one") in texts(app)


@pytest.mark.parametrize(("length", "tied"), [("4", True), ("5", False)])
def test_ties_of_an_even_majority_are_explained(open_page: Open, length: str, tied: bool) -> None:
    app = open_page(STEM, cls_task="majority", cls_length=length)
    assert ("are tied" in texts(app)) is tied


def test_published_results_are_marked_as_published(open_page: Open) -> None:
    app = open_page(STEM, cls_tab="literature")
    assert any("not measured here" in caption.value for caption in app.caption)
    assert tables(app)[0].shape == (6, 4)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("task", core.TASKS)
def test_the_cards_of_the_attention_of_cls_are_the_quantities_that_they_name(
    open_page: Open, lang: str, task: str
) -> None:
    link = {"cls_task": task, "cls_tab": "trained", "cls_look": "attention", "cls_size": "9", "cls_seeds": "1"}
    app = open_page(STEM, lang=lang, **link)
    words, shown = Words(STEM, lang), figures(app)
    run = core.train_poolings(task, 9, poolings=core.POOLINGS, steps=200, seeds=1)
    before, after = run.attention_entropy.mean(axis=1)
    assert float(shown[words("metrics.entropy_before")]) == pytest.approx(before, abs=6e-4)
    assert float(shown[words("metrics.entropy_after")]) == pytest.approx(after, abs=6e-4)
    assert f"{after:.0%}" in texts(app)
    names = [words(f"metrics.share_{when}") for when in ("before", "after")]
    if task == "needle":
        shares = run.gradient_share[run.poolings.index("cls")].mean(axis=1)
        assert [float(shown[name]) for name in names] == pytest.approx(shares, abs=6e-4)
    else:
        assert not set(names) & set(shown)
    assert "nan" not in shown.values()
