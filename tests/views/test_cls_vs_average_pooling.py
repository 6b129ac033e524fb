"""The charts and texts on pooling show what `core` computes."""

import math
import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from core import cls_vs_average_pooling as core
from tests.conftest import Open, data_of, figures, tables, texts
from tests.views.recorder import Recorder
from ui.text import LANGUAGES, Words
from views import cls_vs_average_pooling as view

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


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    task=st.sampled_from(core.TASKS),
    length=st.sampled_from([1, 4, 65]),
    sharpness=st.sampled_from([0.0, 2.0]),
    seed=st.integers(0, 99),
    language=st.sampled_from(sorted(LANGUAGES)),
)
def test_legend_and_text_of_a_chart_name_what_is_drawn(task, length, sharpness, seed, language) -> None:
    page, charts = Recorder(STEM, language), {}

    def chart(name, build, data, *, alt="", **options) -> None:
        charts[name] = (data, alt, options)

    page.chart = chart
    now, average = (core.pooled_accuracy(task, [length], sharpness=b, count=20, seed=seed) for b in (sharpness, 0.0))
    curves = [core.pooled_accuracy(task, [1, 9, 65], sharpness=b, count=20, seed=seed) for b in (sharpness, 0.0)]
    sequences = core.draw_sequences(task, length, count=1, seed=seed)
    view.headline(page, sequences, sharpness, now, average, curve=curves[0], average_curve=curves[1])
    data, alt, options = charts["accuracy"]
    drawn = {name for name, y in zip(data["lines"]["series"], data["lines"]["y"], strict=True) if np.isfinite(y)}
    assert drawn == set(options["series"])
    # Only the answer of a needle has a formula.
    for word in ("theory", "이론"):
        assert (word in alt) == any(word in name for name in drawn)
    assert (len(drawn) == 3) == (task == "needle")
    data, _, options = charts["weights"]
    assert set(data["bars"]["series"]) <= {name for name, _ in options["fills"]}
    stars = [name for name, _ in options["fills"] if "★" in name]
    assert bool(stars) == (task == "needle") == any("★" in name for name in data["bars"]["category"])


@settings(max_examples=100, derandomize=True, deadline=None)
@given(
    right=st.lists(st.integers(0, 200), min_size=9, max_size=9),
    language=st.sampled_from(sorted(LANGUAGES)),
)
def test_the_cost_of_a_swap_is_in_percentage_points(right: list[int], language: str) -> None:
    table = np.array(right).reshape(3, 3) / 200
    page = Recorder(STEM, language)
    text = view._sentence(page, core.swap_finding(table[:, np.newaxis]))
    [points] = re.findall(r"([\d.]+)(?: percentage points|%포인트)", text)
    # How far the accuracy in per cent falls, not which part of it is lost.
    falls = [100 * table[i, i] - 100 * table[i, j] for i in range(3) for j in range(3)]
    assert float(points) == pytest.approx(max(falls), abs=0.5 + 1e-9)


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
