"""Intervals for the mean, how often they contain it, and two ways in which computed likelihoods go wrong."""

from __future__ import annotations

import numpy as np

from core import likelihood_sampling as core
from core.findings import Finding
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number, format_share
from ui.page import Page
from ui.page.state import Settings
from ui.snippets import join_code

# The log-likelihood that the chart shows, below its maximum.
LOWEST = -4.0
STATES = {
    "contains": ("circle", theme.MUTED),
    "below": ("triangle-up", theme.CONTRAST),
    "above": ("diamond", theme.VIOLET),
}
TRUTH_COLOUR = theme.PINK
METHOD_COLOURS = {"clt": theme.ACCENT, "right": theme.GOOD, "lognormal": theme.CONTRAST, "exponential": theme.VIOLET}


def headline(page: Page, result: core.Experiment, *, waiting: bool) -> None:
    """Draw the log-likelihood of one sample and the intervals of many; say so if it is ``waiting`` for own values."""
    words = page.words
    one, shown = core.first_sample(result), core.shown_intervals(result)
    if waiting:
        page.caption(words("no_values"))
    left, right = page.columns((1, 1.15))
    with left:
        _draw_likelihood(page, result, one)
    with right:
        _draw_intervals(page, result, shown)
    sentences = [_sentence(page, result, finding) for finding in core.findings(result, one)]
    page.notice(*sentences)
    coverage, intervals = result.coverage, result.intervals
    page.metrics(
        {
            "coverage": format_share(coverage.share, 1),
            "below": f"{coverage.below:,}",
            "above": f"{coverage.above:,}",
            "width": format_number(float(np.median(intervals.high - intervals.low)), 3),
        }
    )
    notes = [words("drawn", samples=f"{coverage.samples:,}", n=f"{result.n:,}", shown=shown.rank.size)]
    if one.beyond:
        notes.append(words("beyond", end=format_number(one.by_likelihood[2], 3)))
    if not one.model:
        notes.append(words("no_model"))
    if shown.outside:
        notes.append(words("outside", count=shown.outside))
    page.caption(" ".join(notes))


def scatter(page: Page, result: core.Experiment, *, waiting: bool) -> None:
    """Draw the estimates of all samples, and the scatter that the first sample predicts."""
    words = page.words
    if waiting:
        page.caption(words("no_values"))
    found = core.scatter_of_estimates(result)
    names = tuple(words(f"scatter.{name}") for name in ("estimates", "predicted"))
    page.chart(
        "scatter",
        builders.lines,
        {
            "lines": frames.curves({names[0]: (found.x, found.density), names[1]: (found.grid, found.predicted)}),
            "here": {"x": [result.truth]},
        },
        rule=_target(page, result, "truth"),
        series=names,
        colours=(theme.ACCENT, theme.CONTRAST),
        here=True,
        rule_colour=TRUTH_COLOUR,
    )
    page.notice(_sentence(page, result, core.scatter_finding(result, found)))
    page.metrics({"one_width": format_number(found.width, 3), "all_scatter": format_number(found.scatter, 3)})
    notes = [words("scatter.caption", samples=f"{result.coverage.samples:,}", method=_method(page, result.method))]
    notes.append(words("scatter.deviation" if result.on_a_grid else "scatter.middle"))
    if found.outside:
        notes.append(words("scatter.outside", count=f"{found.outside:,}"))
    page.caption(" ".join(notes))


def coverage(page: Page, source: core.Source, curves: core.CoverageCurves, n: int, *, waiting: bool) -> None:
    """Draw the coverage of every method over the sample size."""
    words = page.words
    if waiting:
        page.caption(words("no_values"))
    level = np.full(curves.sizes.size, curves.level)
    series = {_method(page, name): (share, curves.low[name], curves.high[name]) for name, share in curves.share.items()}
    series[words("nominal")] = (level, level, level)
    page.chart(
        "coverage",
        builders.lines,
        {"lines": frames.intervals(curves.sizes, series), "here": {"x": [n]}},
        series=tuple(series),
        colours=(*(METHOD_COLOURS[name] for name in curves.share), theme.MUTED),
        x_type="log",
        y_domain=(0.0, 1.0),
        band=True,
        here=True,
    )
    sentences = []
    for name, finding in core.curve_findings(curves):
        shares = ("share", "best", "level")
        figures = {key: _per_cent(key, value) for key, value in finding.figures.items() if key in shares}
        counts = {key: f"{value:,}" for key, value in finding.figures.items() if key in ("n", "best_n")}
        sentences.append(words(f"curves.{finding.code}", method=_method(page, name), **figures, **counts))
        wrong = core.misfit(source, name)
        if wrong is not None:
            sentences.append(words("curves.divergence", kl=format_number(wrong.divergence, 3)))
    page.notice(*sentences)
    page.caption(words("curves.caption", samples=f"{curves.samples:,}"))


def product(page: Page, products: core.Products) -> None:
    """Draw the running product of densities in each number type, and the sum of their logarithms."""
    words = page.words
    x, logs = core.per_value(products)
    # Equal curves overlap: the shorter ones are drawn over the longer ones.
    curves = {words("product.sum"): logs["sum"], **{dtype: logs[dtype] for dtype in reversed(core.DTYPES)}}
    page.chart(
        "product",
        builders.lines,
        {"lines": frames.long(x, curves)},
        series=tuple(curves),
        colours=(theme.MUTED, theme.ACCENT, theme.CONTRAST, theme.VIOLET),
        x_type="log",
    )
    page.notice(
        *(
            words(f"notice.{finding.code}", dtype=dtype, **format_figures(finding.figures))
            for dtype, finding in core.product_findings(products)
        )
    )
    page.metrics({"log_sum": format_number(float(products.log10[-1]), 4)})
    page.caption(words("product.caption", n=f"{products.log10.size:,}"))


def proposal(page: Page, proposals: core.Proposals, width: float) -> None:
    """Draw the coverage and the reported effective sample size over the width of the proposal."""
    words = page.words
    names = tuple(words(f"proposal.{name}") for name in ("share", "effective"))
    points = {
        names[0]: (proposals.share, proposals.low, proposals.high),
        names[1]: (proposals.effective, proposals.effective, proposals.effective),
    }
    theory = words("proposal.theory")
    page.chart(
        "proposal",
        builders.measured,
        {
            "points": frames.intervals(proposals.widths, points),
            "lines": frames.long(proposals.widths, {theory: proposals.theory}),
            "here": {"x": [width]},
        },
        shapes=((names[0], "circle", theme.ACCENT), (names[1], "triangle-up", theme.CONTRAST)),
        series=(theory,),
        colours=(theme.MUTED,),
        x_ticks=(0.3, 0.5, 1.0, 2.0, 5.0, 10.0),
        y_type="linear",
        y_domain=(0.0, 1.0),
        y_padding=6,
        here=True,
    )
    sentences = []
    for finding in core.proposal_findings(proposals, width):
        widths = {key: format_number(value, 3) for key, value in finding.figures.items() if key in ("width", "twin")}
        shares = {key: format_share(value, 1) for key, value in finding.figures.items() if key not in ("width", "twin")}
        sentences.append(words(f"notice.{finding.code}", **widths, **shares))
    page.notice(*sentences)
    page.caption(words("proposal.caption"))


def revealed(clt: core.Experiment, likelihood: core.Experiment) -> dict[str, str]:
    """Return the figures for the answer to the prediction."""
    missed = clt.coverage
    return {
        "share": format_share(missed.share, 1),
        "below": format_share(missed.below / missed.samples, 1),
        "above": format_share(missed.above / missed.samples, 1),
        "likelihood": format_share(likelihood.coverage.share, 1),
    }


def snippet(view: str, source: core.Source, settings: Settings, options: Settings) -> str:
    """Return code that repeats the figures of a view.

    ``settings`` are the arguments of `core.run`, ``options`` the values of controls that a single view has: ``density``
    and ``width``.
    """
    arguments: dict[str, object] = {"sigma": source.shape} if source.name == "lognormal" else {}
    arguments |= {"p": source.shape} if source.name == "bernoulli" else {}
    arguments |= {"values": list(source.values)} if source.name == "own" else {}
    written = "".join(f", {name}={value}" for name, value in arguments.items())
    seed, level = settings["seed"], settings["level"]
    experiment = f"""
        import numpy as np

        from core.likelihood_sampling import make_source, run

        source = make_source({source.name!r}{written})
        result = run(source, {settings["n"]}, {settings["method"]!r}, level={level}, seed={seed})
        print("true mean", result.truth)
        print(result.coverage)
    """
    parts = {
        "headline": (
            experiment,
            """
            shown = result.intervals
            print("median width", np.median(shown.high - shown.low))
            print(np.sort(shown.estimate[:100]))
            """,
        ),
        "scatter": (
            experiment,
            """
            from core.likelihood_sampling import scatter_of_estimates

            found = scatter_of_estimates(result)
            print("first sample", found.width, "all samples", found.scatter)
            print(found.density, found.predicted)
            """,
        ),
        "coverage": (
            f"""
            from core.likelihood_sampling import coverage_curves, make_source

            curves = coverage_curves(make_source({source.name!r}{written}), level={level}, seed={seed})
            print(curves.level)
            for method, share in curves.share.items():
                print(method, share)
            """,
        ),
        "product": (
            f"""
            from core.likelihood_sampling import per_value, running_products

            products = running_products({options["density"]!r}, seed={seed})
            print("lost at", products.lost, products.end)
            print("log10 of the likelihood", products.log10[-1])
            for name, curve in per_value(products)[1].items():
                print(name, curve)
            """,
        ),
        "proposal": (
            f"""
            from core.likelihood_sampling import compare_proposals

            proposals = compare_proposals(seed={seed})
            for row in zip(proposals.widths, proposals.share, proposals.effective, proposals.theory):
                print("width, coverage, effective sample size, theory", *row)
            """,
        ),
    }
    return join_code(*parts[view])


def _draw_likelihood(page: Page, result: core.Experiment, one: core.OneSample) -> None:
    """Draw the log-likelihood of the first sample, and the parabola of the central limit theorem."""
    words = page.words
    curves = {"likelihood": one.likelihood, "parabola": one.parabola}
    lines = {
        words(f"series.{name}"): (one.means, frames.mask_outside(curve, LOWEST, np.inf))
        for name, curve in curves.items()
    }
    lines[words("series.cut")] = (one.means[[0, -1]], np.full(2, one.cut))
    model = words(f"models.{one.model}") if one.model else words("models.none")
    page.chart(
        "likelihood",
        builders.lines,
        {"lines": frames.curves(lines), "here": {"x": [result.truth]}},
        title=words("likelihood_title", model=model),
        x_title=_target(page, result, "theta"),
        rule=_target(page, result, "truth"),
        series=tuple(lines),
        colours=(theme.GOOD, theme.ACCENT, theme.MUTED),
        y_domain=(LOWEST, 0.0),
        here=True,
        rule_colour=TRUTH_COLOUR,
        height=250,
    )


def _draw_intervals(page: Page, result: core.Experiment, shown: core.ShownIntervals) -> None:
    """Draw the intervals of the first samples, in the order of their estimates."""
    words = page.words
    names = {state: words(f"states.{state}") for state in STATES}
    truth = _target(page, result, "truth")
    page.chart(
        "intervals",
        builders.measured,
        {
            "points": {
                "x": shown.rank,
                "y": shown.estimate,
                "low": shown.low,
                # A likelihood interval may end at ∞, which the chart draws at its edge.
                "high": np.minimum(shown.high, np.finfo(np.float64).max),
                "series": np.array([names[state] for state in shown.state], dtype=object),
            },
            "lines": frames.long(np.array([0.0, shown.rank.size + 1.0]), {truth: np.full(2, result.truth)}),
            "extent": frames.domain_frame(shown.domain),
            "here": {"x": [shown.first]},
        },
        canvas=True,
        title=words("intervals_title", shown=shown.rank.size, method=_method(page, result.method)),
        shapes=tuple((names[state], *look) for state, look in STATES.items()),
        series=(truth,),
        colours=(TRUTH_COLOUR,),
        x_type="linear",
        y_type="linear",
        fitted=True,
        here=True,
        size=26,
        height=250,
    )


def _target(page: Page, result: core.Experiment, phrase: str) -> str:
    """Return a phrase about the mean, or about the centre if the population has no mean."""
    return page.words(f"{phrase}_centre" if result.source.name == "cauchy" else phrase)


def _method(page: Page, method: str) -> str:
    return page.words(f"controls.method.options.{method}")


def _per_cent(name: str, value: float) -> str:
    """Write a measured share with a decimal, and a chosen level without."""
    return format_share(value, 0 if name == "level" else 1)


def _sentence(page: Page, result: core.Experiment, finding: Finding) -> str:
    """Return the sentence of a finding; shares are written as per cent."""
    shares = ("share", "low", "high", "level")
    figures = {name: _per_cent(name, value) for name, value in finding.figures.items() if name in shares}
    others = {name: value for name, value in finding.figures.items() if name not in shares}
    method = _method(page, result.method)
    return page.words(f"notice.{finding.code}", method=method, **figures, **format_figures(others, 3))
