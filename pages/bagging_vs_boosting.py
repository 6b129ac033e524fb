"""Both vote with many trees: why does one calm a nervous model and the other drive a weak one?"""

import numpy as np
import streamlit as st

from core import bagging_vs_boosting as core
from core.tables import parse_table
from ui.charts import builders, frames, theme
from ui.numbers import format_figures
from ui.page import fragment, open_page
from ui.server.cache import cached

# Every tree at first, where each one changes the picture, then every fifth.
DENSE, STRIDE, LAST = 20, 5, core.MAX_TREES
STAGES = (*range(1, DENSE + 1), *range(DENSE + STRIDE, LAST + 1, STRIDE))
DEPTHS = ("1", "2", "3", "5", "full")
CELLS, LEFTS = 36, (0.0, builders.SECOND)  # a side of a panel; where the panels of a row begin
REDRAWN = {"n_sets": 15, "stages": (1, 5, 20, 50)}
SPLIT = {"n_sets": 16, "stages": (1, 2, 3, 5, 10, 20, 50, 100)}
TREES = {"n_sets": 30, "stages": (1, 2, 3, 5, 10, 20, 50)}
DUELS = {"n_seeds": 6, "stages": (1, 5, 20, 60), "flips": (0.0, 0.1, 0.2, 0.3, 0.4)}
ROUNDS = np.array(STAGES)
METHOD_COLOURS = (theme.GOOD, theme.GOOD, theme.VIOLET, theme.VIOLET, theme.MUTED)
WINNER_FILLS = ((theme.GOOD, 0.4), (theme.VIOLET, 0.4), (theme.MUTED, 0.12))
SHARES = {"x_type": "log", "y_domain": (0.0, 1.0), "height": 280, "colours": (theme.VIOLET, theme.MUTED)}
LOSSES = {
    "squared": (("squared_bias", "variance", "squared_error"), (0.0, 1.2)),
    "zero_one": (("main_bias", "main_variance", "disagreement"), (0.0, 0.4)),
}

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

page = open_page(__file__)
words = page.words

CLASS_LOOKS = ((words("classes.minus"), theme.CONTRAST), (words("classes.plus"), theme.ACCENT))
CLASS_KINDS = ((words("classes.minus_point"), "triangle-up"), (words("classes.plus_point"), "circle"))
write = cached(frames.staged_texts, entries=32)
STRIPS = frames.staged_strips(CELLS, lefts=LEFTS)
WINNER_LOOKS = page.fills("winners", **dict(zip(core.WINNERS, WINNER_FILLS, strict=True)))


def grow(sample: core.Sample, seed: int, methods: dict) -> tuple[core.Grid, dict[str, core.StagedFit]]:
    """Grow ensembles on a sample, to the last stage."""
    settings = {"methods": methods, "size": CELLS, "stages": STAGES, "seed": seed}
    return page.job("grow", core.fit_staged_ensembles, short=True, sample=sample, **settings)


def headline(sample: core.Sample, grid: core.Grid, builds: dict, names: dict, trees: int) -> frames.Frame:
    """Draw both votes, both last trees and the errors, with a slider that steps through the trees."""
    curves = {}
    for name, build in builds.items():
        curves[words("series.test", method=names[name])] = build.test_error
        curves[words("series.train", method=names[name])] = build.train_error
    curves[words("series.oob")] = builds["bagging"].oob_error
    lines = frames.long(ROUNDS, {k: curve[ROUNDS - 1] for k, curve in curves.items()})
    points, flipped = (
        frames.staged_points(places, grid.low, grid.high, lefts=LEFTS)
        for places in (sample.points, sample.points[sample.flipped])
    )
    shown = {"shown": STAGES.index(trees) + 1, "stages": len(STAGES)}
    texts = write(tuple(builds.values()))
    here = frames.staged_here(steps=trees, classes=np.tile(sample.labels > 0, 2), texts=texts, **shown)
    page.chart(
        "build",
        builders.staged_panels,
        {"strips": STRIPS, "points": points, "rings": flipped, "lines": lines, "here": here},
        titles=tuple(tuple(words(f"panels.{row}", method=name) for name in names.values()) for row in ("vote", "tree")),
        fills=CLASS_LOOKS,
        shapes=CLASS_KINDS,
        series=tuple(curves),
        colours=METHOD_COLOURS,
        slider=words("scrub"),
        cells=CELLS,
        dense=DENSE,
        stride=STRIDE,
        last=LAST,
    )
    page.caption(words("panels.caption", dense=DENSE, stride=STRIDE, x=sample.names[0], y=sample.names[1]))
    found = core.findings(sample, *builds.values(), n_trees=trees)
    page.notice(*(words(f"notice.{f.code}", booster=names["boosting"], **f.figures) for f in found))
    return lines


def weights_view(sample: core.Sample, builds: dict[str, core.StagedFit]) -> None:
    """Draw AdaBoost's bound over its training error, and its weight on flipped labels."""
    boosting = builds["boosting"]
    if boosting.bound is None:
        st.info(words("weights.gradient"), icon=":material/info:")
        return
    points = np.full(LAST, sample.flipped.mean())
    views = {
        "bound": {"error": boosting.train_error, "bound": boosting.bound},
        "flipped": {"weight": boosting.flipped_share, "points": points},
    }
    for column, (name, curves) in zip(st.columns(2), views.items(), strict=True):
        drawn = {words(f"weights.{curve}"): values[ROUNDS - 1] for curve, values in curves.items()}
        with column:
            page.chart(name, builders.lines, {"lines": frames.long(ROUNDS, drawn)}, series=tuple(drawn), **SHARES)
    st.markdown(words("weights.text") if sample.flipped.any() else words("weights.clean"))


def margins_view(builds: dict[str, core.StagedFit], names: dict, trees: int) -> None:
    """Draw the distribution of the training margins, now and after five trees."""
    at = np.linspace(-1, 1, 201)
    drawn = {
        words(f"margins.{when}", method=names[name]): core.margin_shares(build.margins[stage], at)
        for name, build in builds.items()
        for when, stage in (("now", STAGES.index(trees)), ("early", STAGES.index(5)))
    }
    page.chart(
        "margins",
        builders.lines,
        {"lines": frames.long(at, drawn)},
        series=tuple(drawn),
        step=True,
        colours=METHOD_COLOURS,
        x_domain=(-1.0, 1.0),
        y_domain=(0.0, 1.0),
    )
    st.markdown(words("margins.text", trees=trees))


def redrawn_view(data: dict, pair: dict, names: dict, trees: int) -> None:
    """Map how far training sets that are drawn again agree: one tree, and both ensembles."""
    single = {"method": "adaboost", "depth": pair["bagging"]["depth"], "stages": (1,)}
    cells, divided, titles = [], {}, (words("redrawn.single"), *names.values())
    for place, (name, settings) in enumerate({"single": single, **pair}.items()):
        found = page.job("redrawn", core.voting_shares, **{**data, **REDRAWN, **settings})
        stage = int(np.searchsorted(found.stages, trees, side="right")) - 1
        panel = frames.unit_cells(found.size, left=place * builders.SECOND)
        cells.append(frames.frame(**panel, value=found.agreement[stage], title=titles[place]))
        divided[f"divided_{name}"] = f"{found.divided[stage]:.1%}"
    page.chart("redrawn", builders.shaded_panels, {"cells": frames.stack(*cells)}, fills=CLASS_LOOKS, panels=3)
    page.metrics(divided)
    st.caption(words("redrawn.caption", sets=REDRAWN["n_sets"], trees=found.stages[stage]))


def bias_view(data: dict, pair: dict, names: dict) -> None:
    """Draw bias, variance and error against the number of trees."""
    parts, domain = LOSSES[loss := page.choice("loss", tuple(LOSSES), "squared")]
    for column, (name, label) in zip(st.columns(2), names.items(), strict=True):
        with column:
            found = page.job("bias", core.bias_variance, **{**data, **SPLIT, **pair[name]})
            series = {words(f"bias.{part}"): frames.value_and_interval(getattr(found, part)) for part in parts}
            if loss == "squared":
                series[words("bias.noise")] = (np.full(len(found.stages), found.noise),) * 3
            st.markdown(f"**{label}**")
            page.chart(
                f"bias_{name}",
                builders.lines,
                {"lines": frames.intervals(found.stages, series)},
                series=tuple(series),
                alt=words("bias.alt", method=label),
                band=True,
                x_type="log",
                y_domain=domain,
                height=300,
                x_title=words("bias.x"),
                y_title=words(f"bias.y.{loss}"),
            )
    st.markdown(words(f"bias.text.{loss}", sets=SPLIT["n_sets"]))


def floor_view(data: dict, bagging: dict) -> None:
    """Draw the variance of a bag against its number of trees, measured and predicted from the correlation."""
    found = page.job("floor", core.correlation, **data, **TREES, **{k: v for k, v in bagging.items() if k != "method"})
    drawn = {
        words("floor.measured"): frames.value_and_interval(found.measured),
        words("floor.predicted"): (found.predicted,) * 3,
        words("floor.floor"): (np.full(len(found.stages), found.floor),) * 3,
        words("floor.independent"): (found.independent,) * 3,
    }
    page.chart(
        "floor",
        builders.lines,
        {"lines": frames.intervals(found.stages, drawn)},
        series=tuple(drawn),
        band=True,
        x_type="log",
        y_type="sqrt",
        y_domain=(0.0, 0.8),
        colours=(theme.GOOD, theme.CONTRAST, theme.DANGER, theme.MUTED),
    )
    page.metrics(format_figures({"rho": found.rho, "tree_variance": found.tree_variance, "floor": found.floor}, 2))
    st.markdown(words("floor.text", sets=TREES["n_sets"] // 2))


def noise_view(data: dict, pair: dict) -> None:
    """Tabulate who wins, by the share of flipped labels and the number of trees."""
    bagging, boosting = pair.values()
    shared = {**boosting, "boosting": boosting["method"], "boosting_depth": boosting["depth"], **data, **DUELS}
    shared = {name: value for name, value in shared.items() if name not in ("method", "depth", "flip")}
    found = page.job("noise", core.noise_map, bagging_depth=bagging["depth"], **shared)
    rows = []
    for flip, *row in zip(found.flips, found.winners, found.difference, found.high, strict=True):
        rows.append(
            (
                f"{flip:.0%}",
                [
                    (str(stage), f"{'●▲≈'[k]}{100 * abs(lead):.1f}±{100 * (high - lead):.1f}", WINNER_LOOKS[k][0])
                    for stage, k, lead, high in zip(found.stages, *row, strict=True)
                ],
            )
        )
    page.chart("noise", builders.state_grid, {"cells": frames.cells(rows)}, fills=WINNER_LOOKS, rows=len(rows))
    st.markdown(words("noise.text", seeds=DUELS["n_seeds"]))


def decide() -> dict[str, str]:
    """Grow what the prediction is about, whatever the controls say."""
    methods = {"bagging": {"method": "bagging", "depth": 3}, "boosting": {"method": "adaboost", "depth": 3}}
    _, builds = grow(core.make_sample("moons", flip=0.2), 0, methods)
    return {name: f"{build.test_error[99]:.1%}" for name, build in builds.items()}


@fragment
def explore() -> None:
    """Draw everything that a control moves."""
    with page.controls(SCENES):
        dataset = page.choice("dataset", (*core.DATASETS, "own"), "moons", compact=True)
        own = None
        if dataset == "own":
            dataset, roles = "moons", ("first", "second", "target")
            with page.upload_row():
                own = page.upload_columns(lambda file: parse_table(file).columns, roles)
                if not own:
                    st.caption(words("upload.waiting"))
        booster = page.choice("booster", core.METHODS[1:], "adaboost")
        depth = page.choice("depth", DEPTHS, "3", compact=True)
        flip = page.slider("flip", 0.0, 0.4, 0.0, step=0.05, live=False)
        trees = int(page.select_slider("trees", STAGES, 100, live=False))
        with page.more_controls():
            boost_depth = page.choice("boost_depth", ("same", *DEPTHS), "same", compact=True)
            rate = page.select_slider("rate", (0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0), 1.0, live=False)
            shared = {
                "subsample": page.select_slider("subsample", (0.1, 0.25, 0.5, 0.75, 1.0), 1.0, live=False),
                "features": 1 if page.toggle("one_feature") else None,
            }
            n = int(page.select_slider("n", (10, 20, 50, 100, 200, 300, 400, 600), 300, live=False))
            spread = page.slider("spread", 0.05, 0.5, 0.25, step=0.05, live=False)
            seed = page.seed()
        data = {"dataset": dataset, "n": n, "spread": spread, "flip": flip, "seed": seed}
        sample = core.make_sample(**data)
        if own:
            (x, first), (y, second), (_, classes) = own.values()
            split = {"n": n, "flip": flip, "seed": seed, "names": (x, y)}
            sample = page.validated("dataset", lambda: core.sample_from(np.c_[first, second], classes, **split), sample)
    depths = [None if code == "full" else int(code) for code in (depth, boost_depth.replace("same", depth))]
    pair = {
        "bagging": {"method": "bagging", "depth": depths[0], **shared},
        "boosting": {"method": booster, "depth": depths[1], "learning_rate": rate, **shared},
    }
    names = {"bagging": words("methods.bagging"), "boosting": words(f"controls.booster.options.{booster}")}
    with page.picture():
        grid, builds = grow(sample, seed, pair)
        lines = page.share(lambda: headline(sample, grid, builds, names, trees))
    views = {
        "weights": lambda: weights_view(sample, builds),
        "margins": lambda: margins_view(builds, names, trees),
        "redrawn": lambda: redrawn_view(data, pair, names, trees),
        "bias": lambda: bias_view(data, pair, names),
        "floor": lambda: floor_view(data, pair["bagging"]),
        "noise": lambda: noise_view(data, pair),
    }
    if own or dataset not in core.POPULATIONS:  # a table cannot be drawn again, only split anew
        views |= dict.fromkeys(
            list(views)[2 : None if own else 5], lambda: st.info(words("only_populations"), icon=":material/info:")
        )
    page.views(views)
    given = "sample_from(points, classes)  # your table" if own else f"make_sample(**{data})"
    page.code(
        core.bag,
        core.fit_adaboost,
        core.run_rounds,
        snippet=f"""
        from core.bagging_vs_boosting import fit_staged, make_grid, make_sample, sample_from

        sample = {given}
        for settings in {list(pair.values())}:
            ensemble = fit_staged(sample, make_grid(sample), stages=[{trees}], seed={seed}, **settings)
            print(settings["method"], "test error", ensemble.test_error[-1])
    """,
    )
    points = {"x": sample.points[:, 0], "y": sample.points[:, 1], "label": sample.labels}
    page.download({"errors": lambda: lines, "points": lambda: points})


page.predict(dict.fromkeys(("boosting", "bagging", "same"), SCENES["noise"]), right="bagging", reveal=decide)
explore()
page.claims(core.CLAIMS)
page.sources()
