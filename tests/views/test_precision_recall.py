"""The views on precision and recall show what `core` computes, at random settings."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import precision_recall as core
from tests.conftest import Open, data_of, figures, tables
from tests.core.precision_recall.helpers import EXAMPLES, sample_of
from tests.views.recorder import Recorder
from ui.text import LANGUAGES
from views import precision_recall as view

STEM = "precision_recall"
LANGUAGE = st.sampled_from(sorted(LANGUAGES))


def examples(count: int):
    return settings(max_examples=count, derandomize=True, deadline=None)


def noticed(page: Recorder) -> list[str]:
    """Return the codes of the findings whose sentences were looked up."""
    return [path.removeprefix("notice.") for path in page.looked_up if path.startswith("notice.")]


@examples(100)
@given(examples_=EXAMPLES, threshold=st.integers(-4, 4).map(float), language=LANGUAGE)
def test_headline_says_what_its_cells_are_at_random_settings(examples_, threshold: float, language: str) -> None:
    sample = sample_of(examples_)
    page = Recorder(STEM, language)
    cells = view.headline(page, sample, threshold, scores=(-5.0, 5.0))
    assert cells == core.count(sample, threshold)
    assert noticed(page) == [finding.code for finding in core.findings(cells)]
    written = " ".join(page.texts)
    assert "nan" not in written
    assert ("undefined" in page.looked_up) == (not cells.alarms or not cells.positives)
    if cells.alarms:
        assert f"precision {cells.tp / cells.alarms:.3f}" in written


@examples(60)
@given(
    examples_=EXAMPLES,
    threshold=st.integers(-4, 4).map(float),
    size=st.sampled_from(view.SIZES),
    ratio=st.sampled_from([0.05, 1.0, 20.0]),
    language=LANGUAGE,
)
def test_views_of_real_data_write_no_nan(examples_, threshold: float, size: int, ratio: float, language: str) -> None:
    sample = sample_of(examples_)
    ranking = core.rank(sample)
    page = Recorder(STEM, language)
    view.curves(page, sample, threshold, population=None, share=0.5, note="a note")
    assert noticed(page) == [finding.code for finding in core.curve_findings(ranking, None, 0.5)]
    view.steps(page, sample, threshold, size)
    view.thresholds(page, sample, threshold, population=None, share=0.5, ratio=ratio, scores=(-5.0, 5.0))
    assert ("no_best" in noticed(page)) == (not sample.labels.any()) != ("best_measured" in noticed(page))
    assert "nan" not in " ".join(page.texts)
    assert "a note" in " ".join(page.texts)


@examples(40)
@given(
    separation=st.sampled_from([0.0, 1.5, 4.0]),
    source=st.sampled_from(sorted(core.SIGMAS)),
    share=st.sampled_from([0.001, 0.1, 0.9]),
    n=st.sampled_from([50, 1000]),
    ratio=st.sampled_from([0.05, 5.0]),
    language=LANGUAGE,
)
def test_views_of_a_population_have_the_sentences_of_their_findings(
    separation: float, source: str, share: float, n: int, ratio: float, language: str
) -> None:
    population = core.make_population(source, separation)
    sample = core.draw(population, n, share)
    ranking = core.rank(sample)
    page = Recorder(STEM, language)
    view.curves(page, sample, 1.0, population=population, share=share)
    assert noticed(page) == [finding.code for finding in core.curve_findings(ranking, population, share)]
    page = Recorder(STEM, language)
    view.thresholds(page, sample, 1.0, population=population, share=share, ratio=ratio, scores=view.SCORES)
    best = core.best_thresholds(population, share, ratio=ratio)
    found = core.sweep(ranking, *view.SCORES, ratio=ratio)
    assert noticed(page) == [f.code for f in core.sweep_findings(found, population, share, best)]
    assert "nan" not in " ".join(page.texts)


@examples(30)
@given(
    examples_=EXAMPLES,
    separation=st.sampled_from([0.0, 1.5]),
    real=st.booleans(),
    threshold=st.integers(-4, 4).map(float),
    language=LANGUAGE,
)
def test_texts_for_screen_readers_name_the_curves_that_are_drawn(
    examples_, separation: float, real: bool, threshold: float, language: str
) -> None:
    population = None if real else core.make_population("normal", separation)
    sample = sample_of(examples_) if real else core.draw(population, 50, 0.5)
    page, charts = Recorder(STEM, language), {}

    def chart(name, build, data, *, alt, **options) -> None:
        charts[name] = (alt, set(data["lines"]["series"]), options["series"])

    page.chart = chart
    view.curves(page, sample, threshold, population=population, share=0.5)
    view.thresholds(page, sample, threshold, population=population, share=0.5, ratio=5.0, scores=view.SCORES)
    assert set(charts) == {"roc", "pr", "thresholds"}
    for alt, drawn, named in charts.values():
        assert drawn == set(named)
        for word in ("population", "모집단"):
            assert (word in alt) == any(word in name for name in drawn)


@examples(100)
@given(examples_=EXAMPLES, language=LANGUAGE)
def test_a_step_past_one_negative_is_not_said_to_lower_precision_where_it_stays(examples_, language: str) -> None:
    sample = sample_of(examples_)
    page = Recorder(STEM, language)
    view.steps(page, sample, 0.0, 1)
    ordered = sample.labels[np.argsort(-sample.scores, kind="stable")]
    precision = np.cumsum(ordered) / np.arange(1, ordered.size + 1)
    stays = bool((np.diff(precision)[~ordered[1:]] == 0).any())
    text = page.words("notice.why")
    if "notice.why" in page.looked_up[:-1] and stays:
        assert not any(claim in text for claim in ("lowers precision", "정밀도만 내려"))


@pytest.fixture(scope="module")
def coverage() -> core.Coverage:
    return core.cover(1.5, repeats=20)


@pytest.mark.parametrize("language", LANGUAGES)
def test_models_and_intervals_have_their_sentences(language: str) -> None:
    page = Recorder(STEM, language)
    for n, share in ((50, 0.001), (300, 0.05), (1000, 0.5)):
        pair = core.compare_pair(n, share)
        view.crossing(page, pair, 0.2, n)
        expected = [finding.code for finding in core.pair_findings(pair, 0.2)]
        assert noticed(page)[-len(expected) :] == expected
    view.classifiers(page, core.compare_models(seeds=2))
    assert noticed(page)[-2] == "winner"
    coverage = core.cover(1.5, repeats=50)
    view.intervals(page, coverage, 0)
    assert f"plain {coverage.share['plain'][0][0]:.1%}" in page.texts
    assert "nan" not in " ".join(page.texts)


@pytest.mark.parametrize("positives", [0, 1, 2, 3, 30, 499, 500, 501, 1000, 5000])
def test_caption_and_rule_of_the_coverage_agree_on_the_positives(positives: int, coverage: core.Coverage) -> None:
    drawn = []
    page = Recorder(STEM)
    page.chart = lambda name, build, data, **options: drawn.append((data["here"]["x"], options["x_domain"]))
    view.intervals(page, coverage, positives)
    [([rule], (left, right))] = drawn
    assert (left, right) == (coverage.positives.min(), coverage.positives.max())
    assert rule == sorted((left, positives, right))[1]
    caption = page.texts[-1]
    assert f"({positives:,})" in caption
    assert ("fewer positives" in caption) == (positives < left)
    assert ("more positives" in caption) == (positives > right)
    assert rule == positives or caption.endswith(f"end, {rule:.0f}.")


def test_the_areas_are_the_cells(open_page: Open) -> None:
    app = open_page(STEM, lang="en", precision_share="0.1")
    cells = core.count(core.draw(core.Population(2.563), 2000, 0.1), 1.28)
    bins = data_of(STEM, app, "scores", "bins")
    by = bins.groupby("series").y.sum()
    assert dict(by) == {
        "✓ true negative": cells.tn,
        "✗ false alarm": cells.fp,
        "∅ missed positive": cells.fn,
        "● found positive": cells.tp,
    }
    assert set(bins[bins.position < 0].series) == {"∅ missed positive", "● found positive"}
    assert figures(app)["precision (95% interval)"].startswith(f"{cells.tp / cells.alarms:.3f} (")


def test_the_best_value_of_each_column_has_a_star(open_page: Open) -> None:
    [table] = tables(open_page(STEM, lang="en", precision_share="0.01", precision_threshold="6"))
    stars = {name: [cell.startswith("★") for cell in column] for name, column in table.items()}
    # Nothing is called positive: the model answers as "all negative".
    assert stars["accuracy"] == [True, False, True] and stars["recall"] == [False, True, False]
    assert list(table["precision"]) == ["0/0", "★\u202f0.010", "0/0"]
    [table] = tables(open_page(STEM, lang="en", precision_tab="models", precision_pair="digits"))
    losses = list(table["log loss"])
    numbers = [float(cell.removeprefix("★\u202f").split("\u202f")[0]) for cell in losses]
    assert [cell.startswith("★") for cell in losses] == [number == min(numbers) for number in numbers]


def test_the_theory_of_the_roc_curve_does_not_move_with_the_share(open_page: Open) -> None:
    shown = {}
    for share in ("0.5", "0.01"):
        app = open_page(STEM, lang="en", precision_share=share, precision_tab="curves")
        for chart in ("roc", "pr"):
            lines = data_of(STEM, app, chart, "lines")
            shown[chart, share] = lines[lines.series == "population"].y.to_numpy()
    np.testing.assert_array_equal(shown["roc", "0.5"], shown["roc", "0.01"])
    assert not np.array_equal(shown["pr", "0.5"], shown["pr", "0.01"], equal_nan=True)


def test_reveal_has_the_figures_of_the_experiment() -> None:
    shown = view.revealed(core.Cells(9, 91, 1, 899), 0.965)
    assert shown == {"right": "9", "auc": "0.965", "n": "1,000", "recall": "0.900", "accuracy": "0.908", "f1": "0.164"}
    assert math.isclose(float(shown["f1"]), 18 / 110, abs_tol=1e-3)
