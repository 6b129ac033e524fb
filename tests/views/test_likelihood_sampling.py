"""The views on likelihood and sampling show what `core` computes, at random settings."""

import json
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core import likelihood_sampling as core
from tests.conftest import Open, figures, texts
from tests.core.likelihood_sampling.test_experiment import STATES, experiment
from tests.views.recorder import Recorder
from ui.text import LANGUAGES
from views import likelihood_sampling as view

STEM = "likelihood_sampling"


def examples(count: int):
    return settings(max_examples=count, derandomize=True, deadline=None)


@examples(80)
@given(**STATES, language=st.sampled_from(sorted(LANGUAGES)), waiting=st.booleans())
def test_headline_says_what_its_figures_are_at_random_settings(language: str, waiting: bool, **state) -> None:
    result = experiment(**state)
    page = Recorder(STEM, language)
    view.headline(page, result, waiting=waiting)
    found = [finding.code for finding in core.findings(result, core.first_sample(result))]
    assert [path.removeprefix("notice.") for path in page.looked_up if path.startswith("notice.")] == found
    written = " ".join(page.texts)
    assert f"coverage {result.coverage.contained / result.coverage.samples:.1%}" in written
    assert ("no_values" in page.looked_up) == waiting
    positive = result.source.name not in ("own",) or min(result.source.values) > 0
    assert ("no_model" in page.looked_up) == (not positive)
    one = core.first_sample(result)
    assert ("beyond" in page.looked_up) == (one.by_likelihood[2] > one.means.max())
    assert ("truth_centre" in page.looked_up) == (result.source.name == "cauchy")


@examples(40)
@given(
    name=st.sampled_from(["cauchy", "lognormal"]),
    n=st.sampled_from([30, 300, 1000]),
    method=st.sampled_from(["clt", "right"]),
    seed=st.integers(0, 99_999),
    language=st.sampled_from(sorted(LANGUAGES)),
)
def test_the_headline_counts_the_intervals_that_it_draws(
    name: str, n: int, method: str, seed: int, language: str
) -> None:
    result = core.run(core.make_source(name), n, method, seed=seed)
    page, titles, drawn = Recorder(STEM, language), {}, {}

    def chart(name, build, data, **options) -> None:
        titles[name], drawn[name] = options["title"], data["points" if name == "intervals" else "lines"]

    page.chart = chart
    view.headline(page, result, waiting=False)
    count = len(drawn["intervals"]["x"])
    assert count == min(100, result.coverage.samples)
    outside_brackets = titles["intervals"].partition("(")[0]
    assert [int(number) for number in re.findall(r"\d+", outside_brackets)] == [count, count]
    [caption] = [text for text in page.texts if "samples of" in text or "짜리 표본" in text]
    numbers = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d|\d", caption.split(".")[0])]
    assert sorted(numbers) == sorted([count, result.coverage.samples, result.n])
    assert not re.search(r"\d", page.words("charts.intervals.alt")), "the text is the same for any number of intervals"


@examples(80)
@given(**STATES, language=st.sampled_from(sorted(LANGUAGES)), scattered=st.booleans())
def test_no_picture_names_the_mean_of_a_population_without_one(language: str, scattered: bool, **state) -> None:
    result = experiment(**state)
    page, shown = Recorder(STEM, language), []

    def chart(name, build, data, **options) -> None:
        shown.extend([options.get(key, "") for key in ("rule", "x_title")] + list(options.get("series", ())))
        shown.extend(state for state, *_ in options.get("shapes", ()))
        shown.extend(page.words(f"charts.{name}.{key}") for key in ("alt", "y"))

    page.chart = chart
    (view.scatter if scattered else view.headline)(page, result, waiting=False)
    words = " ".join([*shown, *(text for text in page.texts if "samples" in text or "표본" in text)])
    has_mean = stats.cauchy.mean() if result.source.name == "cauchy" else result.truth
    named = "true mean" in words or "mean θ" in words or "참평균" in words or "평균 θ" in words
    assert named == math.isfinite(has_mean)


@examples(60)
@given(**STATES, language=st.sampled_from(sorted(LANGUAGES)))
def test_scatter_says_how_one_sample_compares_with_all(language: str, **state) -> None:
    result = experiment(**state)
    page = Recorder(STEM, language)
    view.scatter(page, result, waiting=False)
    found = core.scatter_of_estimates(result)
    outside = ((result.intervals.estimate < found.x[0]) | (result.intervals.estimate > found.x[-1])).sum()
    assert ("scatter.outside" in page.looked_up) == bool(outside)
    assert f"notice.{core.scatter_finding(result, found).code}" in page.looked_up


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", core.SOURCES)
def test_coverage_has_a_sentence_for_every_method(name: str, language: str) -> None:
    source = core.make_source(name)
    curves = core.coverage_curves(source)
    page = Recorder(STEM, language)
    view.coverage(page, source, curves, 30, waiting=False)
    sentences = [path for path in page.looked_up if path.startswith("curves.") and "caption" not in path]
    divergences = sum(core.misfit(source, method) is not None for method in core.methods(source))
    assert len(sentences) == len(core.methods(source)) + divergences
    assert sentences.count("curves.divergence") == divergences
    for share in (values[-1] for values in curves.share.values()):
        assert f"{share:.1%}" in " ".join(page.texts)


@examples(30)
@given(width=st.sampled_from(core.WIDTHS), seed=st.integers(0, 99), language=st.sampled_from(sorted(LANGUAGES)))
def test_proposals_with_an_infinite_variance_are_called_so(width: float, seed: int, language: str) -> None:
    page = Recorder(STEM, language)
    view.proposal(page, core.compare_proposals(seed=seed), width)
    assert ("notice.infinite" in page.looked_up) == (width <= math.sqrt(0.5)) != ("notice.finite" in page.looked_up)


@examples(20)
@given(density=st.sampled_from(sorted(core.DENSITIES)), seed=st.integers(0, 999))
def test_every_number_type_has_a_sentence_on_its_product(density: str, seed: int) -> None:
    page = Recorder(STEM)
    view.product(page, core.running_products(density, seed=seed))
    ends = core.running_products(density, seed=seed).end
    expected = [f"notice.product_{end}" for end in ends.values()]
    assert [path for path in page.looked_up if path.startswith("notice.product")] == expected


def test_charts_of_the_headline_show_the_intervals(open_page: Open) -> None:
    app = open_page(STEM, lang="en", likelihood_source="lognormal")
    samples = core.draw(core.make_source("lognormal"), 30, 2000)
    half = stats.t.ppf(0.975, 29) * stats.sem(samples, axis=1)
    inside = np.abs(samples.mean(axis=1) - math.exp(2)) <= half
    assert figures(app)["coverage, all samples"] == f"{inside.mean():.1%}"
    charts = [json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")]
    assert len(charts) == 2
    assert "lie below the truth: a small mean comes with a small s" in texts(app)


def test_reveal_has_the_figures_of_both_methods() -> None:
    source = core.make_source("lognormal")
    clt, likelihood = core.run(source, 30), core.run(source, 30, "right")
    shown = view.revealed(clt, likelihood)
    shares = {name: float(text.rstrip("%")) for name, text in shown.items()}
    assert shares["share"] + shares["below"] + shares["above"] == pytest.approx(100, abs=0.2)
    assert shares["likelihood"] == pytest.approx(100 * likelihood.coverage.share, abs=0.06)
