"""Your classifier has precision .9 and recall .9: will it keep them in production?"""

from typing import Any, NamedTuple

from core import precision_recall as core
from ui.page import fragment, open_page
from ui.server.cache import cached
from views import precision_recall as view

SHARES = (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
SEPARATIONS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.563, 3.0, 3.5, 4.0)
TEST_POINTS = (50, 100, 300, 1000, 2000, 10_000)
RATIOS = (0.05, 0.2, 1.0, 5.0, 20.0)
# The view of single steps has a control of its own instead of the number of test points.
STEPPED = 2000

# One in a hundred, and enough test points for a hundred of them.
RARE = {"share": 0.01, "n": 10_000}
SCENES = {
    "test_set": {},
    "production": RARE,
    "same_curve": {**RARE, "tab": "curves"},
    "precision_back": {**RARE, "threshold": 3.0},
    "accuracy": {**RARE, "threshold": 6.0},
    "ignorant": {"separation": 0.0, "threshold": -3.0},
    "one_example": {"separation": 1.5, "threshold": 0.75, "tab": "steps"},
    "ties": {"source": "neighbours", "cut": 0.2, "tab": "steps"},
    "own_threshold": {"separation": 1.5, "share": 0.1, "tab": "threshold"},
    "crossing": {"share": 0.05, "tab": "models"},
    "digits": {"pair": "digits", "tab": "models"},
    "positives": {"share": 0.01, "n": 1000, "tab": "positives"},
}

# The views of one classifier.
ONE = ("headline", "curves", "steps", "threshold")

page = open_page(__file__, core.EXAMS)
compare_pair = cached(core.compare_pair)
share_of_change = cached(core.share_of_change)


class Own(NamedTuple):
    """Scores and labels of the user, and where they come from: the names of two columns, or a typed text."""

    pool: core.Pool
    table: tuple[str, str] | None
    typed: str


class Data(NamedTuple):
    """What the view on the stage shows; ``population`` is None for real data."""

    sample: core.Sample
    threshold: float
    scores: tuple[float, float]
    population: core.Population | None
    note: str


def reveal() -> dict[str, str]:
    """Repeat the experiment that the prediction is about, with more test points."""
    sample = core.draw(core.make_population("normal", 2.563), core.MAX_N, 0.01)
    return view.revealed(core.count(sample, 1.28), core.roc_area(core.rank(sample)))


def own_scores() -> Own | None:
    """Let the user type scores with labels or upload a table of them; None until there are some."""
    with page.only_if(page.shows("headline", "curves", "threshold")):
        typed = page.text_input("typed", lambda text: Own(core.parse_pairs(text), None, text))
    if typed:
        page.make_private()
        return typed
    return page.upload_table(
        "source",
        ("score", "class"),
        lambda names, columns: Own(core.pool_of(*columns), (str(names[0]), str(names[1])), ""),
        class_role="class",
        examples=("breast_cancer",),
    )


@fragment
def explore() -> None:
    """Show everything that depends on the controls."""
    own = None
    with page.controls(SCENES):
        one, pairs, counted = page.shows(*ONE), page.shows("models"), page.shows("positives")
        with page.only_if(one):
            chosen = page.choice("source", (*core.SIGMAS, *core.SOURCE_MODELS, "own"), "normal", compact=True)
        source = chosen if one else "normal"
        with page.only_if(pairs):
            pair = page.choice("pair", ("crossing", "digits"), "crossing")
        real = source not in core.SIGMAS
        if source == "own":
            own = own_scores()
        drawn = (pairs and pair == "crossing") or counted
        with page.only_if(real):
            natural = page.toggle("natural", True)
        with page.only_if((one and not (real and natural)) or drawn):
            share = page.select_slider("share", SHARES, 0.5)
        with page.only_if((one and not real) or counted):
            separation = page.select_slider("separation", SEPARATIONS, 2.563)
        with page.only_if(one and not real):
            threshold = page.slider("threshold", -3.0, 6.0, 1.28, step=0.01)
        with page.only_if(real):
            cut = page.slider("cut", 0.0, 1.0, 0.5, step=0.01)
        with page.only_if((not real and page.shows("headline", "curves", "threshold")) or drawn):
            n = page.select_slider("n", TEST_POINTS, 2000)
        with page.only_if(page.shows("steps")):
            size = page.select_slider("size", view.SIZES, 1)
        with page.more_controls():
            with page.only_if(page.shows("threshold")):
                ratio = page.select_slider("ratio", RATIOS, 5.0)
            with page.only_if(not (pairs and pair == "digits")):
                seed = page.seed()
    settings = {"source": source, "separation": separation, "share": share, "seed": seed}
    settings |= {"n": STEPPED if page.shows("steps") else n, "table": None, "typed": "", "read": ("", "")}
    if real:
        data = real_data(source, own, None if natural else share, cut, seed)
        settings |= {"share": None if natural else share}
        if own:
            settings |= {"table": own.table, "typed": own.typed, "read": page.table_code}
        elif source == "own":
            settings["source"] = "digits"
    else:
        data = normal_data(source, separation, share, threshold, settings["n"], seed)
    page.predict(dict.fromkeys(("ninety", "fifty", "eight"), RARE), right="eight", reveal=reveal)
    page.stage(
        {
            "headline": lambda: show_answers(data),
            "curves": lambda: page.draw_once(
                lambda: view.curves(
                    page,
                    data.sample,
                    data.threshold,
                    population=data.population,
                    share=share,
                    note=data.note,
                )
            ),
            "steps": lambda: page.draw_once(
                lambda: view.steps(page, data.sample, data.threshold, size, note=data.note)
            ),
            "threshold": lambda: page.draw_once(
                lambda: view.thresholds(
                    page,
                    data.sample,
                    data.threshold,
                    population=data.population,
                    share=share,
                    ratio=ratio,
                    scores=data.scores,
                    note=data.note,
                )
            ),
            "models": lambda: show_models(pair, n, share, seed),
            "positives": lambda: show_intervals(n, share, separation, seed),
        }
    )
    options = {"threshold": data.threshold, "scores": data.scores, "size": size, "ratio": ratio, "pair": pair}
    page.extras(
        core.count,
        core.metrics,
        core.draw,
        snippet=lambda: view.snippet(page.view, settings, options),
        challenges=core.CHALLENGES,
    )


def normal_data(source: str, separation: float, share: float, threshold: float, n: int, seed: int) -> Data:
    """Draw a test set from two normal distributions."""
    population = core.make_population(source, separation)
    return Data(core.draw(population, n, share, seed=seed), threshold, view.SCORES, population, "")


def real_data(source: str, own: Own | None, share: float | None, cut: float, seed: int) -> Data:
    """Take a test set from the scores of a trained classifier, or from those of the user."""
    if own:
        pool, note = own.pool, view.own_classes(page, own.pool)
    else:
        model = core.SOURCE_MODELS.get(source, "logistic")
        pool = page.job("scores", core.digit_scores, short=True, model=model, seed=seed)
        note = page.words("no_scores") if source == "own" else page.words("digit_scores")
    return Data(core.select(pool, share, seed=seed), pool.threshold(cut), pool.axis, None, note)


def show_answers(data: Data) -> core.Cells:
    """Show the answers of the classifier; return the confusion matrix."""
    page.draw_once(lambda: view.headline(page, data.sample, data.threshold, scores=data.scores, note=data.note))
    return core.count(data.sample, data.threshold)


def show_models(pair: str, n: int, share: float, seed: int) -> core.Pair | None:
    """Show two models that cross, or five models of digits; return the two."""
    if pair == "digits":
        view.classifiers(page, page.job("models", core.compare_models))
        return None
    compared = compare_pair(n, share, seed=seed)
    view.crossing(page, compared, share_of_change(), n)
    return compared


def show_intervals(n: int, share: float, separation: float, seed: int) -> None:
    """Show how often intervals contain the area under the ROC curve."""
    coverage: Any = page.job("coverage", core.cover, short=True, separation=separation, seed=seed)
    view.intervals(page, coverage, core.draw(core.Population(separation), n, share).positives)


explore()
page.claims(core.CLAIMS)
page.teachers()
page.sources()
