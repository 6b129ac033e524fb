"""Which interval for a mean can you trust: that of the central limit theorem or that of the likelihood?"""

from typing import Any

from core import likelihood_sampling as core
from ui.page import fragment, open_page
from ui.server.cache import cached
from views import likelihood_sampling as view

SIGMAS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5)
PROBABILITIES = (0.001, 0.01, 0.03, 0.1, 0.3, 0.5)

SKEWED = {"source": "lognormal"}
SCENES = {
    "normal": {},
    "skewed": SKEWED,
    "likelihood": {**SKEWED, "method": "right"},
    "wrong_small": {"source": "exponential", "method": "lognormal", "n": 10},
    "wrong_large": {"source": "exponential", "method": "lognormal", "n": 1000},
    "wrong_curve": {"source": "exponential", "tab": "coverage"},
    "cauchy": {"source": "cauchy", "n": 1000},
    "centre": {"source": "cauchy", "method": "right", "n": 1000},
    "clicks": {"source": "bernoulli"},
    "tumours": {"source": "tumours", "method": "lognormal", "n": 300},
    "underflow": {"tab": "product"},
    "proposal": {"tab": "proposal"},
}

# The views that draw samples from the population.
SAMPLED = ("headline", "scatter", "coverage")

page = open_page(__file__, core.EXAMS)
# A result has the samples, which take up to 1 MB.
run = cached(core.run, entries=16)
compare_proposals = cached(core.compare_proposals)
running_products = cached(core.running_products)


def reveal() -> dict[str, str]:
    """Repeat the samples that the prediction is about."""
    source = core.make_source("lognormal")
    return view.revealed(run(source, 30), run(source, 30, "right"))


def choose_source() -> tuple[core.Source, bool]:
    """Let the user choose a population; return it, and whether it is shown in place of own values yet to be typed."""
    name = page.choice("source", (*core.SOURCES, "own"), "normal", compact=True)
    with page.only_if(page.shows(*SAMPLED) and name == "lognormal"):
        sigma = page.select_slider("sigma", SIGMAS, 2.0)
    with page.only_if(page.shows(*SAMPLED) and name == "bernoulli"):
        p = page.select_slider("p", PROBABILITIES, 0.01)
    if name != "own":
        return core.make_source(name, sigma=sigma, p=p), False
    with page.only_if(page.shows(*SAMPLED)):
        values = page.text_input("values", core.parse_values)
    if values is None and page.shows(*SAMPLED):
        values = page.upload_table(
            "source",
            ("values",),
            lambda _, columns: tuple(core.check_values(columns[0]).tolist()),
            examples=("diabetes", "breast_cancer", "wine", "iris"),
        )
    if values is None:
        return core.make_source("tumours"), True
    return core.make_source("own", values=values), False


def sample(source: core.Source, n: int, method: str, **options: Any) -> core.Experiment:
    """Draw many samples; the results of own values are not kept for other sessions."""
    return (core.run if source.name == "own" else run)(source, n, method, **options)


@fragment
def explore() -> None:
    """Show everything that depends on the controls."""
    with page.controls(SCENES):
        with page.only_if(page.shows(*SAMPLED)):
            source, waiting = choose_source()
            n = page.select_slider("n", core.SIZES, 30)
        with page.only_if(page.shows("headline", "scatter")):
            method = page.choice("method", core.methods(source), "clt", compact=True)
        with page.only_if(page.shows("product")):
            density = page.choice("density", tuple(core.DENSITIES), "normal", compact=True)
        with page.only_if(page.shows("proposal")):
            width = page.select_slider("width", core.WIDTHS, 0.4)
        seed = page.seed()
        with page.only_if(page.shows("headline", "coverage")), page.more_controls():
            level = page.select_slider("level", core.LEVELS, 0.95)
    settings = {"n": n, "method": method, "level": level, "seed": seed}
    answers = ("ninety_five", "ninety", "sixty_five")
    page.predict(dict.fromkeys(answers, SKEWED), right="sixty_five", reveal=reveal)
    page.stage(
        {
            "headline": lambda: show_intervals(sample(source, n, method, level=level, seed=seed), waiting=waiting),
            "scatter": lambda: page.draw_once(
                lambda: view.scatter(page, sample(source, n, method, seed=seed), waiting=waiting)
            ),
            "coverage": lambda: show_coverage(source, n, level, seed, waiting=waiting),
            "product": lambda: view.product(page, running_products(density, seed=seed)),
            "proposal": lambda: show_proposals(compare_proposals(seed=seed), width),
        }
    )
    options = {"density": density, "width": width}
    page.extras(
        core.run,
        core.likelihood_intervals,
        snippet=lambda: view.snippet(page.view, source, settings, options),
        challenges=core.CHALLENGES,
    )


def show_intervals(result: core.Experiment, *, waiting: bool) -> core.Experiment:
    """Show the intervals of many samples; return them."""
    page.draw_once(lambda: view.headline(page, result, waiting=waiting))
    return result


def show_proposals(proposals: core.Proposals, width: float) -> core.Proposals:
    """Show what importance sampling reports with proposals of several widths; return it."""
    view.proposal(page, proposals, width)
    return proposals


def show_coverage(source: core.Source, n: int, level: float, seed: int, *, waiting: bool) -> None:
    """Show the coverage of every method over the sample size."""
    curves = page.job(
        "coverage",
        core.coverage_curves,
        short=True,
        cached=source.name != "own",
        source=source,
        level=level,
        seed=seed,
    )
    view.coverage(page, source, curves, n, waiting=waiting)


explore()
page.claims(core.CLAIMS)
page.teachers()
page.sources()
