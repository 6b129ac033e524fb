"""What do bagging and boosting gain from many trees, and which breaks first when labels are wrong?"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from core import bagging_vs_boosting as core
from ui.page import fragment, open_page
from views import bagging_vs_boosting as view

# The depth of trees by the code of an option; None is no limit.
DEPTHS = {"1": 1, "2": 2, "3": 3, "5": 5, "full": None}
RATES = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
SUBSAMPLES = (0.1, 0.25, 0.5, 0.75, 1.0)
SAMPLE_SIZES = (10, 20, 50, 100, 200, 300, 400, 600)

# Cells along each side of a panel; more would not fit the digits that the chart reads.
CELLS = 36
# How often the deeper views train again, and the numbers of trees that they show.
AGREEMENT = {"n_sets": 15, "stages": (1, 5, 20, 50)}
DECOMPOSITION = {"n_sets": 16, "stages": (1, 2, 3, 5, 10, 20, 50, 100)}
CORRELATION = {"n_sets": 30, "stages": (1, 2, 3, 5, 10, 20, 50)}
NOISE_MAP = {"n_seeds": 6, "stages": (1, 5, 20, 60), "flips": (0.0, 0.1, 0.2, 0.3, 0.4)}

SCENES = {
    "honest": {},
    "nervous": {"depth": "full", "trees": 1, "tab": "redrawn"},
    "crowd": {"depth": "full", "trees": 50, "tab": "redrawn"},
    "specialist": {"depth": "1", "trees": 50},
    "bias": {"depth": "1", "flip": 0.2, "tab": "bias"},
    "noise": {"flip": 0.2, "tab": "noise"},
    "weight": {"flip": 0.1, "depth": "1", "trees": 200, "tab": "weights"},
    "unfair": {"depth": "full", "boost_depth": "1", "flip": 0.2, "tab": "noise"},
    "floor": {"depth": "full", "trees": 200, "tab": "floor"},
    "gradient": {"booster": "gradient", "rate": 0.1, "flip": 0.2},
    "challenge": {"dataset": "spirals", "depth": "1", "trees": 200, "spread": 0.15, "n": 400},
}

# Settings of both ensembles, by name.
Ensembles = Mapping[str, Mapping[str, Any]]
# Name and values of a column, by role.
Table = Mapping[str, tuple[str, Any]]

# What ensembles show on a grid, by name.
Fits = tuple[core.Grid, dict[str, core.StagedFit]]

page = open_page(__file__, core.EXAMS)


def reveal() -> dict[str, str]:
    """Fit the ensembles that the prediction is about."""
    ensembles = {"bagging": {"method": "bagging", "depth": 3}, "boosting": {"method": "adaboost", "depth": 3}}
    _, fits = fit(core.make_sample("moons", flip=0.2), ensembles, seed=0)
    return view.revealed(fits, trees=100)


def fit(sample: core.Sample, ensembles: Ensembles, seed: int, *, own: bool = False) -> Fits:
    """Fit ensembles of the largest size to a sample; those for the user's table are not kept for other sessions."""
    return page.job(
        "grow",
        core.fit_staged_ensembles,
        short=True,
        cached=not own,
        sample=sample,
        methods=ensembles,
        size=CELLS,
        stages=core.STAGES,
        seed=seed,
    )


def own_table() -> Table | None:
    """Let the user upload a table and choose its columns."""
    with page.upload_row():
        return page.upload_columns("dataset", ("first", "second", "target"), class_role="target")


def own_sample(table: Table, fallback: core.Sample, *, n: int, flip: float, seed: int) -> core.Sample:
    """Split the user's table; return ``fallback`` if it is refused."""
    (x, first), (y, second), (_, classes) = table.values()
    points = list(zip(first, second, strict=True))
    return page.validated(
        "dataset", lambda: core.sample_from(points, classes, n=n, flip=flip, seed=seed, names=(x, y)), fallback
    )


@fragment
def explore() -> None:
    """Show everything that depends on the controls."""
    table = None
    with page.controls(SCENES):
        dataset = page.choice("dataset", (*core.DATASETS, "own"), "moons", compact=True)
        if dataset == "own":
            dataset = "moons"  # until there is a table
            table = own_table()
        with page.only_if(not page.shows("floor")):
            booster = page.choice("booster", core.METHODS[1:], "adaboost")
        depth = page.choice("depth", tuple(DEPTHS), "3", compact=True)
        with page.only_if(not page.shows("noise")):
            flip = page.slider("flip", 0.0, 0.4, 0.0, step=0.05, live=False)
        with page.only_if(page.shows("headline", "trees", "margins", "redrawn")):
            trees = page.select_slider("trees", core.STAGES, 100)
        with page.only_if(page.shows("bias")):
            loss = page.choice("loss", ("squared", "zero_one"), "squared")
        with page.more_controls():
            with page.only_if(not page.shows("floor")):
                boosting_depth = page.choice("boost_depth", ("same", *DEPTHS), "same", compact=True)
                rate = page.select_slider("rate", RATES, 1.0, live=False)
            subsample = page.select_slider("subsample", SUBSAMPLES, 1.0, live=False)
            features = 1 if page.toggle("one_feature") else None
            n = page.select_slider("n", SAMPLE_SIZES, 300, live=False)
            spread = page.slider("spread", 0.05, 0.5, 0.25, step=0.05, live=False)
            seed = page.seed()
        data = {"dataset": dataset, "n": n, "spread": spread, "flip": flip, "seed": seed}
        sample = core.make_sample(**data)
        if table:
            sample = own_sample(table, sample, n=n, flip=flip, seed=seed)
            view.own_classes(page, *table["target"])
    ensembles = {
        "bagging": {
            "method": "bagging",
            "depth": DEPTHS[depth],
            "subsample": subsample,
            "features": features,
        },
        "boosting": {
            "method": booster,
            "depth": DEPTHS[depth if boosting_depth == "same" else boosting_depth],
            "learning_rate": rate,
            "subsample": subsample,
            "features": features,
        },
    }
    grow = partial(fit, sample, ensembles, seed, own=table is not None)
    views = {
        "headline": lambda: show_votes(sample, grow, ensembles, trees),
        "trees": lambda: view.last_trees(page, sample, *grow(), ensembles, trees),
        "weights": lambda: view.weights(page, sample, grow()[1]["boosting"]),
        "margins": lambda: view.margins(page, grow()[1], ensembles, trees),
        "redrawn": lambda: show_agreement(data, ensembles, trees),
        "bias": lambda: show_decomposition(data, ensembles, loss),
        "floor": lambda: show_correlation(data, ensembles["bagging"]),
        "noise": lambda: show_noise_map(data, ensembles),
    }
    # These views draw training sets from a population again; real data can only be split again.
    if table:
        views |= dict.fromkeys(("redrawn", "bias", "floor", "noise"), needs_population)
    elif dataset not in core.POPULATIONS:
        views |= dict.fromkeys(("redrawn", "bias", "floor"), needs_population)
    page.predict(dict.fromkeys(("boosting", "bagging", "same"), SCENES["noise"]), right="bagging", reveal=reveal)
    page.stage(views)
    page.extras(
        core.bag,
        core.fit_adaboost,
        core.run_rounds,
        snippet=lambda: view.snippet(
            page.view,
            data,
            ensembles,
            trees=trees,
            seed=seed,
            table=table,
            read=page.table_code,
            own={} if views[page.view] is needs_population else repeated(data, ensembles),
        ),
        challenges=core.CHALLENGES,
    )


def needs_population() -> None:
    """Explain that training sets cannot be drawn from real data again."""
    view.needs_population(page)


def repeated(data: dict, ensembles: Ensembles) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Return, by view that trains on many sets, the name of the function in `core` and the arguments of each call."""
    return {
        "redrawn": ("voting_shares", list(agreement_settings(data, ensembles).values())),
        "bias": ("bias_variance", list(decomposition_settings(data, ensembles).values())),
        "floor": ("correlation", [correlation_settings(data, ensembles["bagging"])]),
        "noise": ("noise_map", [noise_map_settings(data, ensembles)]),
    }


def agreement_settings(data: dict, ensembles: Ensembles) -> dict[str, dict[str, Any]]:
    """Return the arguments of `voting_shares` for one tree and for both ensembles."""
    single = {"method": "adaboost", "depth": ensembles["bagging"]["depth"], "stages": (1,)}
    return {name: {**data, **AGREEMENT, **settings} for name, settings in {"single": single, **ensembles}.items()}


def decomposition_settings(data: dict, ensembles: Ensembles) -> dict[str, dict[str, Any]]:
    """Return the arguments of `bias_variance` for both ensembles."""
    return {name: {**data, **DECOMPOSITION, **settings} for name, settings in ensembles.items()}


def correlation_settings(data: dict, bagging: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `correlation`."""
    return {**data, **CORRELATION, **{name: bagging[name] for name in ("depth", "subsample", "features")}}


def noise_map_settings(data: dict, ensembles: Ensembles) -> dict[str, Any]:
    """Return the arguments of `noise_map`."""
    boosting = ensembles["boosting"]
    return {
        **{name: data[name] for name in ("dataset", "n", "spread", "seed")},
        **NOISE_MAP,
        "bagging_depth": ensembles["bagging"]["depth"],
        "boosting": boosting["method"],
        "boosting_depth": boosting["depth"],
        **{name: boosting[name] for name in ("learning_rate", "subsample", "features")},
    }


def show_votes(
    sample: core.Sample, grow: Callable[[], Fits], ensembles: Ensembles, trees: int
) -> tuple[core.Sample, dict[str, core.StagedFit]]:
    """Show the votes and the errors of both ensembles; return them with their sample."""
    grid, fits = grow()
    page.draw_once(lambda: view.headline(page, sample, grid, fits, ensembles, trees))
    return sample, fits


def show_agreement(data: dict, ensembles: Ensembles, trees: int) -> None:
    """Show how far training sets from one population agree: with one tree, and with both ensembles."""
    shares = {
        name: page.job("redrawn", core.voting_shares, **settings)
        for name, settings in agreement_settings(data, ensembles).items()
    }
    view.agreement(page, shares, ensembles, trees, n_sets=AGREEMENT["n_sets"])


def show_decomposition(data: dict, ensembles: Ensembles, loss: str) -> None:
    """Show bias, variance and error over the number of trees."""
    settings, results = decomposition_settings(data, ensembles), {}
    for column, name in zip(page.columns(2), ensembles, strict=True):
        with column:
            results[name] = page.job("bias", core.bias_variance, **settings[name])
            view.decomposition(page, results[name], loss, ensembles, name)
    view.decomposition_text(page, results, loss, ensembles, n_sets=DECOMPOSITION["n_sets"])


def show_correlation(data: dict, bagging: Mapping[str, Any]) -> None:
    """Show the variance of a bag over its number of trees, and what the correlation of the trees predicts."""
    result = page.job("floor", core.correlation, **correlation_settings(data, bagging))
    view.tree_correlation(page, result, n_sets=CORRELATION["n_sets"])


def show_noise_map(data: dict, ensembles: Ensembles) -> None:
    """Show which ensemble is better, by the share of flipped labels and the number of trees."""
    result = page.job("noise", core.noise_map, **noise_map_settings(data, ensembles))
    view.noise_map(page, result, n_seeds=NOISE_MAP["n_seeds"])


explore()
page.claims(core.CLAIMS)
page.teachers()
page.sources()
