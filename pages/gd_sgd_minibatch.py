"""SGD's steps are worse than GD's, so why does it win?"""

import numpy as np
import streamlit as st

from core import gd_sgd_minibatch as core
from core.tables import parse_table
from core.validate import InvalidArgument
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number
from ui.page import fragment, open_page
from ui.server.cache import cached

# Learning rates as shares of 2/λmax; and as they are, for optimisers that scale their steps themselves.
SHARES = (
    0.002,
    0.005,
    0.01,
    0.02,
    0.03,
    0.05,
    0.07,
    0.1,
    0.15,
    0.2,
    0.3,
    0.4,
    0.5,
    0.6,
    0.7,
    0.8,
    0.9,
    0.95,
    0.99,
    1.0,
    1.01,
    1.03,
    1.1,
    1.2,
    1.5,
    2.0,
    3.0,
    4.0,
)
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
UPDATES = (5, 10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 1000)
EPOCHS, TARGETS = (1, 2, 3, 5, 7, 10, 20), (0.1, 0.05, 0.02, 0.01, 0.005)
LOSSES = (1e-6, 1e2)
COLOURS = {"gd": theme.ACCENT, "mini": theme.GOOD, "sgd": theme.CONTRAST}
TWO, ROLES = (theme.CONTRAST, theme.ACCENT), ("first", "second", "target")
ONE = {"show": "one", "batch": 442}

SCENES = {
    "equal_updates": {},
    "equal_samples": {"unit": "epochs", "epochs": 1, "rate": 0.05},
    "single": {"show": "one", "batch": 1, "tab": "cloud"},
    "enough": {"rate": 0.3, "tab": "cost"},
    "zigzag": {"problem": "valley", "rate": 0.95, "updates": 50, **ONE},
    "below": {"start": "steep", "rate": 0.99, **ONE},
    "above": {"start": "steep", "rate": 1.01, **ONE},
    "far_above": {"start": "steep", "rate": 1.1, "updates": 20, **ONE},
    "floor": {"updates": 1000, "tab": "ball"},
    "decay": {"updates": 1000, "schedule": "inverse", "tab": "ball"},
    "raw": {"problem": "raw", "rate": 0.95, "updates": 1000, **ONE},
    "standard": {"problem": "standard", "rate": 0.4, "updates": 20, **ONE},
    "momentum": {"problem": "valley", "rate": 0.4, "optimiser": "momentum", "momentum": 0.6, **ONE},
    "adam": {"problem": "raw", "optimiser": "adam", "step": 0.5, "updates": 1000, **ONE},
}

page = open_page(__file__)
words = page.words
compare, distances = cached(core.compare), cached(core.compare_distances)
variance, level_sets = cached(core.gradient_variance), cached(core.level_sets)


def own_problem() -> core.Problem:
    """Let the reader upload a table and pick its columns; the last good problem stays meanwhile."""
    state = st.session_state
    with page.upload_row():
        picked = page.upload_columns(lambda data: parse_table(data).columns, ROLES)
        try:
            if picked:
                names, columns = zip(*picked.values(), strict=True)
                # The same columns stay the same problem: what follows from one is kept by the problem itself.
                if list(map(id, columns)) != list(map(id, state.get("gd_own_of", ()))):
                    state.gd_own, state.gd_own_of = core.regression(*columns, names=names[:2]), columns
        except InvalidArgument as error:
            st.error(page.explain(error), icon=":material/error:")
    return state.get("gd_own") or core.load_problem("diabetes")


def named(name: str) -> str:
    """Name a parameter: in the page's words, or as the reader's table does."""
    return words(f"parameters.{name}") if words.has(f"parameters.{name}") else name


def look(runs: dict) -> dict:
    """Name and colour the runs, the same in every chart."""
    return {"series": tuple(words(f"series.{k}") for k in runs), "colours": tuple(COLOURS[k] for k in runs)}


def headline(on: core.Problem, runs: dict) -> frames.Frame:
    """Draw the paths on the loss, and the loss along them."""
    frame = core.window(on)
    cut = {words(f"series.{name}"): (run, *core.truncate_at_exit(run.path, frame)) for name, run in runs.items()}
    paths = [
        frames.path(points, run.excess, series=name, steps=run.updates[-1]) for name, (run, points, _) in cut.items()
    ]
    left_at = [(points[-1], left) for _, points, left in cut.values() if left is not None]
    exits = frames.from_rows(
        ("x", "y", "text", "row"),
        [(*point, words("left", update=left), row) for row, (point, left) in enumerate(left_at)],
    )
    x_title, y_title = (words("weight", of=named(name)) for name in on.parameters)
    page.chart(
        "paths",
        builders.scrubbed_paths,
        {
            "levels": frames.groups(level_sets(on).curves, "level"),
            **frames.numbered("paths", paths),
            "exits": exits,
            "goal": frames.from_rows(("x", "y"), [on.optimum]),
        },
        x_domain=tuple(frame[:, 0]),
        y_domain=tuple(frame[:, 1]),
        x_title=x_title,
        y_title=y_title,
        slider=words("scrub"),
        step_title=words("update"),
        value_title=words("excess"),
        **look(runs),
    )
    loss_chart("loss", runs, {name: run.updates for name, run in runs.items()}, height=400)
    return frames.stack(*paths)


def loss_chart(name: str, runs: dict, x: dict, **options) -> None:
    """Draw the excess loss of the runs over one of their measures."""
    drawn = [
        frames.long(x[k], {words(f"series.{k}"): frames.mask_outside(run.excess, *LOSSES)}) for k, run in runs.items()
    ]
    options |= {"y_type": "log", "y_domain": LOSSES, "split": True}
    page.chart(name, builders.lines, frames.numbered("lines", drawn), **look(runs), **options)


def axes_view(runs: dict) -> None:
    """Draw the same runs over updates, epochs, samples and measured milliseconds."""
    st.caption(words("axes_caption"))
    units = ("updates", "epochs", "samples", "milliseconds")
    for place, unit in zip([*st.columns(2), *st.columns(2)], units, strict=True):
        with place:
            # A logarithmic axis begins with the first update of all; until its own, a run stands at the start.
            first = min(getattr(run, unit)[1] for run in runs.values())
            x = {name: np.maximum(getattr(run, unit), first) for name, run in runs.items()}
            loss_chart(unit, runs, x, x_type="log", step=True, height=240)


def cloud_view(on: core.Problem, run: core.Run, settings: dict) -> None:
    """Draw every mini-batch gradient at points along the path, and the ellipse that theory expects."""
    points, _ = core.truncate_at_exit(run.path, core.window(on))
    stops = np.linspace(0, len(points) - 1, 31).astype(int)
    replacement, seed = settings["replacement"], settings["seed"]
    cloud = core.gradient_cloud(on, points[stops], batch_size=run.batch_size, replacement=replacement, seed=seed)
    labels = [words("cloud_label", update=stop) for stop in stops]
    x_title, y_title = (words("slope", of=named(name)) for name in on.parameters)
    page.chart(
        "cloud",
        builders.scrubbed_cloud,
        frames.clouds(cloud.gradients, cloud.ellipses, cloud.full, labels),
        slider=words("scrub_cloud"),
        last=30,
        colour=theme.GOOD,
        outline_colour=theme.CONTRAST,
        x_title=x_title,
        y_title=y_title,
    )
    key = "cloud_none" if np.isnan(cloud.inside[0]) else "cloud_text"
    st.markdown(words(key, b=run.batch_size, inside=f"{cloud.inside[0]:.0%}"))


def measured(name: str, x: np.ndarray, found: dict, theories: dict, here: float, colours: tuple[str, ...]) -> None:
    """Draw measurements with their intervals over theory, on logarithmic axes."""
    points = {words(f"kinds.{k}"): tuple(frames.mask_outside(v) for v in values) for k, values in found.items()}
    lines = {words(f"theory.{k}"): frames.mask_outside(curve) for k, curve in theories.items()}
    page.chart(
        name,
        builders.measured,
        {"points": frames.intervals(x, points), "lines": frames.long(x, lines), "here": {"x": [here]}},
        shapes=tuple(zip(points, ("circle", "triangle-up"), strict=True)),
        series=tuple(lines),
        colours=colours,
        here=True,
    )


def variance_view(on: core.Problem, settings: dict) -> None:
    """Draw the variance of the mini-batch gradient against its size, measured and in theory."""
    point = settings["start"] if page.choice("point", ("start", "optimum"), "start") == "start" else "optimum"
    both = {k: variance(on, point, replacement=k == "with", seed=settings["seed"]) for k in ("with", "without")}
    found = {name: (result.measured, result.low, result.high) for name, result in both.items()}
    theories, one = {name: result.theory for name, result in both.items()}, both["with"]
    measured("variance", one.batch_sizes, found, theories, settings["batch_size"], TWO * 2)
    st.markdown(words("variance_text", seeds=one.n_seeds, draws=one.draws, n=on.n))


def ball_view(on: core.Problem, runs: dict, settings: dict) -> None:
    """Draw the distance to the optimum over many runs, and its floor against the learning rate."""
    spread = distances(on, **settings)
    drawn = frames.stack(
        *(
            frames.intervals(np.arange(s.rms.size), {words(f"series.{k}"): np.clip((s.rms, s.low, s.high), 1e-4, 1e2)})
            for k, s in spread.items()
            if k in runs
        )
    )
    page.chart("distance", builders.lines, {"lines": drawn}, y_type="log", band=True, height=280, **look(runs))
    ball = page.job("ball", core.noise_ball, problem=on, batch_size=settings["batch_size"], seed=settings["seed"])
    found = {"with": (ball.radius, ball.low, ball.high), "without": (ball.reshuffled,) * 3}
    theories, colours = {"lyapunov": ball.lyapunov, "moments": ball.moments}, (theme.MUTED, theme.VIOLET, *TWO)
    measured("ball", ball.learning_rates, found, theories, settings["learning_rate"], colours)
    limits = {"stable": format_number(ball.stable_below, 3), "limit": format_number(on.limit, 3)}
    st.markdown(words("ball_text", b=settings["batch_size"], runs=ball.n_runs, **limits))


def cost_view(on: core.Problem, settings: dict) -> None:
    """Draw what it takes to reach a target, by batch size."""
    target, tuned = page.select_slider("target", TARGETS, 0.02, live=False), page.toggle("tuned", True)
    cost = page.job(
        "cost",
        core.samples_to_target,
        problem=on,
        start=settings["start"],
        target=target,
        seed=settings["seed"],
        learning_rates=None if tuned else [settings["learning_rate"]],
    )
    found = {"samples": (cost.samples, cost.low, cost.high), "updates": (cost.updates,) * 3}
    theories = {"proportional": cost.proportional}
    measured("cost", cost.batch_sizes, found, theories, settings["batch_size"], (theme.MUTED, *TWO))
    st.markdown(words("cost_text", seeds=cost.n_seeds, most=cost.max_updates, reached=f"{cost.reached.min():.0%}"))


def decide() -> dict[str, str]:
    """Measure what the prediction is about."""
    on = core.load_problem("diabetes")
    epoch = {"length": 1, "unit": "epochs", "start": "corner", "batch_size": 32, "learning_rate": 0.05 * on.limit}
    return {name: format_number(run.rms[-1], 3) for name, run in distances(on, **epoch).items()}


@fragment
def explore() -> None:
    """Draw everything that a control moves."""
    with page.controls(SCENES, "wide"):
        problem = page.choice("problem", (*core.PROBLEMS, "own"), "diabetes", compact=True)
        on = own_problem() if problem == "own" else core.load_problem(problem)
        sizes = core.batch_sizes(on.n)
        if st.session_state.get("gd_batch", 1) not in sizes:  # of another table: all stays all
            st.session_state.gd_batch = on.n
        batch_size = page.select_slider("batch", sizes, min(32, on.n))
        optimiser = page.choice("optimiser", core.OPTIMISERS, "sgd", compact=True)
        scaled = optimiser in core.GRADIENT_SCALED
        rate = page.select_slider("rate", SHARES, 0.1) * on.limit if scaled else page.select_slider("step", RATES, 0.1)
        with page.more_controls():
            show = page.choice("show", ("all", "one"), "all")
            unit = page.choice("unit", ("updates", "epochs"), "updates")
            start = page.choice("start", core.STARTS, "corner", compact=True)
            schedule = page.choice("schedule", core.SCHEDULES, "constant", compact=True)
            momentum = page.slider("momentum", 0.0, 0.98, 0.9, step=0.02)
            replacement, seed = page.toggle("replacement"), page.seed()
        length = (
            page.select_slider("updates", UPDATES, 100)
            if unit == "updates"
            else page.select_slider("epochs", EPOCHS, 1)
        )
    settings = {
        "start": start,
        "batch_size": batch_size,
        "learning_rate": rate,
        "length": length,
        "unit": unit,
        "optimiser": optimiser,
        "momentum": momentum,
        "schedule": schedule,
        "replacement": replacement,
        "seed": seed,
    }
    every = compare(on, **settings)
    runs = every if show == "all" else {"mini": every["mini"]}

    def draw() -> frames.Frame:
        paths = headline(on, runs)
        figures = format_figures({"rate": rate, "limit": on.limit}, 3) | {
            "condition": format_number(round(on.condition, 1), 6)
        }
        page.metrics({"samples": f"{on.n:,}", "per_epoch": str(core.updates_per_epoch(on.n, batch_size)), **figures})
        page.notice(
            *(
                words(f"notice.{f.code}", run=words(f"series.{f.run}") if f.run else "", **format_figures(f.figures, 3))
                for f in core.findings(on, runs, settings)
            )
        )
        return paths

    with page.picture():
        paths = page.share(draw)
    page.views(
        {
            "axes": lambda: axes_view(runs),
            "cloud": lambda: cloud_view(on, every["mini"], settings),
            "variance": lambda: variance_view(on, settings),
            "ball": lambda: ball_view(on, runs, settings),
            "cost": lambda: cost_view(on, settings),
        }
    )
    own = f"regression(first, second, target, names={on.parameters})"
    given = own if problem == "own" else f"load_problem({problem!r})"
    page.code(
        core.descend,
        snippet=f"""
        from core.gd_sgd_minibatch import compare, load_problem, regression

        on = {given}
        for name, run in compare(on, **{settings}).items():
            print(name, len(run.path) - 1, "updates", run.samples[-1], "samples", run.path[-1], run.excess[-1])
    """,
    )
    page.download({"paths": lambda: paths})


page.predict(dict.fromkeys(("gd", "mini", "sgd"), SCENES["equal_samples"]), right="sgd", reveal=decide)
explore()
page.claims(core.CLAIMS)
page.sources()
