"""Paths on the loss, the noise of mini-batch gradients, and the cost of reaching a target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import gd_sgd_minibatch as core
from ui.charts import builders, frames, theme
from ui.charts.frames import Frame
from ui.numbers import format_apart, format_figures, format_number, format_share
from ui.page import Page
from ui.page.state import Settings
from ui.server.cache import cached
from ui.snippets import join_code

Array = NDArray[np.float64]
# A measured curve and its interval: value, low, high.
Measured = tuple[Array, Array, Array]

COLOURS = {"gd": theme.ACCENT, "mini": theme.GOOD, "sgd": theme.CONTRAST}
PAIR_COLOURS = (theme.CONTRAST, theme.ACCENT)
AVERAGE_COLOURS = (theme.GOOD, theme.VIOLET, theme.CONTRAST)
LOSS_DOMAIN = (1e-6, 1e2)
AVERAGE_DOMAIN = (1e-8, 1e2)
DISTANCE_LIMITS = (1e-4, 1e2)
# Positions on the path at which the cloud of gradients is drawn, in per cent.
CLOUD_STOPS = np.arange(0, 101, 5)
# Largest number of rows of the user's table that the code on the page contains.
MAX_INLINE = 500

level_sets = cached(core.level_sets)


def headline(
    page: Page, problem: core.Problem, runs: Mapping[str, core.Run], settings: Settings, *, waiting: bool
) -> None:
    """Draw the paths on the loss and the loss along them; say so if it is ``waiting`` for the user's own table."""
    if waiting:
        page.caption(page.words("no_table"))
    left, right = page.columns((1.4, 1))
    with left:
        _draw_paths(page, problem, runs)
    with right:
        _draw_loss(page, "loss", runs, {name: run.updates for name, run in runs.items()}, height=260)
    page.notice(*(_sentence(page, finding) for finding in core.findings(problem, runs, settings)))
    batch_size, learning_rate = settings["batch_size"], settings["learning_rate"]
    page.metrics(
        {
            "samples": f"{problem.n:,}",
            "per_epoch": str(core.updates_per_epoch(problem.n, batch_size)),
            "rate": format_number(learning_rate, 3),
            "limit": format_number(problem.limit, 3),
            "condition": format_number(round(problem.condition, 1), 6),
        }
    )


def axes(page: Page, runs: Mapping[str, core.Run]) -> None:
    """Draw the loss over updates, epochs, samples and measured milliseconds."""
    page.caption(page.words("axes_caption"))
    microseconds = {name: f"{1000 * run.milliseconds[-1] / run.updates[-1]:.0f}" for name, run in runs.items()}
    if "gd" in microseconds and "sgd" in microseconds:
        page.caption(page.words("axes_times", gd=microseconds["gd"], sgd=microseconds["sgd"]))
    units = ("updates", "epochs", "samples", "milliseconds")
    for column, unit in zip(page.columns(2, rows=2), units, strict=True):
        with column:
            # The logarithmic axis begins at the first update of any run. Before its own, a run shows its start.
            first = min(getattr(run, unit)[1] for run in runs.values())
            x = {name: np.maximum(getattr(run, unit), first) for name, run in runs.items()}
            _draw_loss(page, unit, runs, x, x_type="log", step=True, height=240)
    if findings := core.axes_findings(runs):
        page.notice(*(_sentence(page, finding) for finding in findings))


def cloud(page: Page, problem: core.Problem, run: core.Run, along: int, settings: Settings) -> None:
    """Draw the mini-batch gradients at one point of the path, and the ellipse expected from theory.

    ``along`` is the position on the path in per cent, one of the values of `CLOUD_STOPS`.
    """
    words = page.words
    points, _ = core.truncate_at_exit(run.path, core.window(problem))
    stops = np.rint(CLOUD_STOPS / 100 * (len(points) - 1)).astype(int)
    # All of them, because they share their axes.
    gradients = core.gradient_cloud(
        problem,
        points[stops],
        batch_size=run.batch_size,
        replacement=settings["replacement"],
        seed=settings["seed"],
    )
    index = int(np.searchsorted(CLOUD_STOPS, along))
    dots, outline, full = gradients.gradients[index], gradients.ellipses[index], gradients.full[index]
    every = np.concatenate([gradients.gradients.reshape(-1, 2), gradients.ellipses.reshape(-1, 2)])
    update = words("cloud_label", update=stops[index])
    x_title, y_title = (words("slope", of=_parameter_name(page, name)) for name in problem.parameters)
    page.chart(
        "cloud",
        builders.cloud,
        {
            "points": frames.frame(x=dots[:, 0], y=dots[:, 1]),
            "outline": frames.frame(x=outline[:, 0], y=outline[:, 1], order=np.arange(len(outline))),
            "arrow": frames.from_rows(("x", "y", "text", "origin"), [(full[0], full[1], update, 0.0)]),
            "extent": frames.frame(x=[every[:, 0].min(), every[:, 0].max()], y=[every[:, 1].min(), every[:, 1].max()]),
        },
        shapes=(
            (words("cloud_gradient", b=run.batch_size), "circle", theme.GOOD),
            (words("cloud_full"), "diamond", theme.INK),
        ),
        series=(words("cloud_ellipse"),),
        colours=(theme.VIOLET,),
        x_title=x_title,
        y_title=y_title,
    )
    inside = gradients.inside[index]
    if np.isnan(inside):
        page.notice(words("cloud_none", b=run.batch_size))
        return
    figures = {"arrow_first": np.hypot(*gradients.full[0]), "arrow": np.hypot(*full)}
    figures |= {"cloud_first": gradients.radius[0], "cloud": gradients.radius[index]}
    change = "cloud_change" if stops[index] else "cloud_start"
    page.notice(
        words(change, update=stops[index], **format_figures(figures, 3)),
        words("cloud_inside", update=stops[index], inside=format_share(inside)),
    )
    page.caption(words("cloud_text", b=run.batch_size))


def variance(
    page: Page, problem: core.Problem, variances: Mapping[str, core.GradientVariance], settings: Settings
) -> None:
    """Draw the variance of the mini-batch gradient over the batch size, measured and in theory.

    ``variances`` has a result for batches drawn ``with`` and ``without`` replacement.
    """
    first = variances["with"]
    _draw_measured(
        page,
        "variance",
        first.batch_sizes,
        {name: (result.measured, result.low, result.high) for name, result in variances.items()},
        {name: result.theory for name, result in variances.items()},
        here=settings["batch_size"],
        colours=PAIR_COLOURS,
    )
    page.notice(_sentence(page, core.variance_finding(variances)))
    method = page.words("variance_text", seeds=first.n_seeds, draws=first.draws, n=problem.n)
    page.caption(f"{method} {page.words('gradients_only')}")


def noise_ball(
    page: Page,
    problem: core.Problem,
    runs: Mapping[str, core.Run],
    distances: Mapping[str, core.Distances],
    ball: core.NoiseBall,
    settings: Settings,
) -> None:
    """Draw the distance to the optimum over updates, and its stationary value over the learning rate.

    ``distances`` are those of many repetitions of each run. ``ball`` is measured and in theory.
    """
    left, right = page.columns(2)
    with left:
        _draw_distances(page, runs, distances)
    with right:
        _draw_measured(
            page,
            "ball",
            ball.learning_rates,
            {"with": (ball.radius, ball.low, ball.high), "without": _without_interval(ball.reshuffled)},
            {"lyapunov": ball.lyapunov, "moments": ball.moments},
            here=settings["learning_rate"],
            colours=(theme.MUTED, theme.VIOLET),
            height=230,
        )
    words, figures = page.words, {"stable": ball.stable_below, "limit": problem.limit}
    smaller = int(np.sum(ball.reshuffled < ball.radius))
    page.notice(
        # The gradients of the logistic loss are bounded, so its distances do not diverge.
        words(f"ball_{problem.loss}", **format_apart(figures)),
        words("ball_reshuffled", smaller=smaller, count=ball.learning_rates.size),
    )
    method = words("ball_text", b=settings["batch_size"], runs=ball.n_runs)
    page.caption(f"{words('axis_limits')} {method} {words('plain_steps')}")


def averages(page: Page, losses: core.AveragedLosses, settings: Settings) -> None:
    """Draw the excess loss of the last iterate and of averages of the iterates over updates, with 95% intervals."""
    words, findings = page.words, core.averages_findings(losses)
    if findings[0].code == "averages_one":  # the axis would have no length
        page.info(_sentence(page, findings[0]))
        return
    measured = {
        words(f"series.{name}"): _clip_interval(losses.interval(name), AVERAGE_DOMAIN) for name in core.AVERAGES
    }
    page.chart(
        "averages",
        builders.lines,
        {"lines": frames.intervals(losses.updates.astype(float), measured)},
        series=tuple(measured),
        colours=AVERAGE_COLOURS,
        x_type="log",
        y_type="log",
        y_domain=AVERAGE_DOMAIN,
        band=True,
        height=240,
    )
    page.notice(*(_sentence(page, finding) for finding in findings))
    runs = losses.runs["last"].shape[1]
    page.caption(f"{words('averages_text', b=settings['batch_size'], runs=runs)} {words('axis_limits')}")


def cost(page: Page, result: core.SamplesToTarget, batch_size: int, learning_rate: float | None) -> None:
    """Draw the samples and the updates needed to reach the target, over the batch size.

    ``learning_rate`` is that of every batch size; None if each has its best one.
    """
    words = page.words
    _draw_measured(
        page,
        "cost",
        result.batch_sizes,
        {"samples": (result.samples, result.low, result.high), "updates": _without_interval(result.updates)},
        {"proportional": result.proportional},
        here=batch_size,
        colours=(theme.MUTED,),
    )
    page.notice(_sentence(page, core.cost_finding(result)))
    reached = format_share(result.reached.min())
    method = words("cost_text", seeds=result.n_seeds, most=result.max_updates, reached=reached)
    rates = words("cost_tuned")
    if learning_rate is not None:
        rates = words("cost_fixed", rate=format_number(learning_rate, 3))
    page.caption(f"{method} {rates} {words('plain_steps')}")


def revealed(distances: Mapping[str, core.Distances]) -> dict[str, str]:
    """Return the final distance of each run, for the answer to the prediction."""
    start = distances["gd"].rms[0]
    return {"start": format_number(start, 3)} | {
        name: format_number(spread.rms[-1], 3) for name, spread in distances.items()
    }


def snippet(
    view: str, name: str, table: core.OwnTable | None, read: tuple[str, str], settings: Settings, options: Settings
) -> str:
    """Return code that repeats the runs on the problem ``name``, or on the user's own table, and the view's figures.

    ``read`` is the code that reads that table: an import, and an expression.
    ``options`` are the values of controls that a single view has: ``along``, ``point``, ``target`` and ``rate``.
    """
    if table is None:
        source = f"problem = load_problem({name!r})"
    elif table.problem.n <= MAX_INLINE:
        columns = ", ".join(str(column.tolist()) for column in table.columns)
        source = f"problem = regression({columns}, names={table.names[:2]!r})"
    else:
        first, second, target = (f"table[{name!r}]" for name in table.names)
        source = f"""
        {read[0]}
        from core.tables import parse_table

        # Your own file is read as own.csv from the project's folder.
        table = parse_table({read[1]}).columns
        problem = regression({first}, {second}, {target}, names={table.names[:2]!r})
        """.strip()
    runs = f"""
        from core.gd_sgd_minibatch import compare, load_problem, regression

        {source}
        settings = {dict(settings)}
        runs = compare(problem, **settings)
        for name, run in runs.items():
            print(name, len(run.path) - 1, "updates", run.samples[-1], "samples", run.path[-1], run.excess[-1])
    """
    where = settings["start"] if options["point"] == "start" else "optimum"
    rates = None if options["rate"] is None else [options["rate"]]
    own = {
        "headline": """
            print("Samples", problem.n, "updates per epoch", -(-problem.n // settings["batch_size"]))
            print("Learning rate", settings["learning_rate"], "limit", problem.limit, "condition", problem.condition)
        """,
        "cloud": f"""
            import numpy as np

            from core.gd_sgd_minibatch import gradient_cloud, truncate_at_exit, window

            path = truncate_at_exit(runs["mini"].path, window(problem))[0]
            at = np.rint([0, {options["along"]} / 100 * (len(path) - 1)]).astype(int)
            drawn = {{name: settings[name] for name in ("batch_size", "replacement", "seed")}}
            cloud = gradient_cloud(problem, path[at], **drawn)
            print("update", at[1], "full gradient", np.hypot(*cloud.full.T), "spread", cloud.radius, cloud.inside)
            print(cloud.gradients[1])
        """,
        "variance": f"""
            from core.gd_sgd_minibatch import gradient_variances

            for name, result in gradient_variances(problem, point={where!r}, seed={settings["seed"]}).items():
                print(name, result.batch_sizes, result.measured, result.theory)
        """,
        "ball": f"""
            from core.gd_sgd_minibatch import compare_distances, noise_ball

            for name, spread in compare_distances(problem, **settings).items():
                print(name, spread.rms)
            ball = noise_ball(problem, batch_size={settings["batch_size"]}, seed={settings["seed"]})
            print(ball.learning_rates, ball.radius, ball.reshuffled, ball.lyapunov, ball.moments, ball.stable_below)
        """,
        "averages": """
            from core.gd_sgd_minibatch import averaged_losses

            losses = averaged_losses(problem, **settings)
            for name in losses.runs:
                print(name, losses.updates, losses.interval(name)[0])
        """,
        "cost": f"""
            from core.gd_sgd_minibatch import samples_to_target

            cost = samples_to_target(
                problem,
                start={settings["start"]!r},
                target={options["target"]},
                learning_rates={rates},
                seed={settings["seed"]},
            )
            print(cost.batch_sizes, cost.updates, cost.samples, cost.reached)
        """,
    }
    return join_code(runs, own.get(view, ""))


def _draw_paths(page: Page, problem: core.Problem, runs: Mapping[str, core.Run]) -> None:
    """Draw the paths over the level sets of the loss; a label marks where a path leaves the window."""
    words = page.words
    window = core.window(problem)
    paths: list[Frame] = []
    ends: list[tuple[Any, ...]] = []
    exits: list[tuple[Any, ...]] = []
    for name, run in runs.items():
        points, left = core.truncate_at_exit(run.path, window)
        series = words(f"series.{name}")
        paths.append(frames.path(points, run.excess, series=series))
        last, excess = len(points) - 1, format_number(run.excess[len(points) - 1], 2)
        ends.append((*points[-1], words("path_end", series=series, update=f"{last:,}", excess=excess), series))
        if left is not None:
            exits.append((*points[-1], words("left", update=left), len(exits)))
    x_title, y_title = (words("weight", of=_parameter_name(page, name)) for name in problem.parameters)
    # Those of the squared loss, which the user's own data have, are a formula.
    find = core.level_sets if problem.loss == "squared" else level_sets
    page.chart(
        "paths",
        builders.paths,
        {
            "levels": frames.groups(find(problem).curves, "level"),
            **frames.numbered("paths", paths),
            "ends": frames.from_rows(("x", "y", "text", "series"), ends),
            "exits": frames.from_rows(("x", "y", "text", "row"), exits),
            "goal": frames.from_rows(("x", "y"), [tuple(problem.optimum)]),
        },
        x_domain=tuple(window[:, 0]),
        y_domain=tuple(window[:, 1]),
        x_title=x_title,
        y_title=y_title,
        **_run_style(page, runs),
    )


def _draw_distances(page: Page, runs: Mapping[str, core.Run], distances: Mapping[str, core.Distances]) -> None:
    """Draw the distance to the optimum over many repetitions of each run."""
    curves = []
    for name in runs:
        spread = distances[name]
        measured = _clip_interval((spread.rms, spread.low, spread.high), DISTANCE_LIMITS)
        curves.append(frames.intervals(np.arange(float(spread.rms.size)), {page.words(f"series.{name}"): measured}))
    page.chart(
        "distance",
        builders.lines,
        {"lines": frames.stack(*curves)},
        y_type="log",
        y_domain=DISTANCE_LIMITS,
        band=True,
        height=230,
        **_run_style(page, runs),
    )


def _draw_loss(
    page: Page, name: str, runs: Mapping[str, core.Run], x: Mapping[str, NDArray[Any]], **options: Any
) -> None:
    """Draw the excess loss of the runs over ``x``."""
    curves = [
        frames.long(x[k], {page.words(f"series.{k}"): frames.mask_outside(run.excess, *LOSS_DOMAIN)})
        for k, run in runs.items()
    ]
    page.chart(
        name,
        builders.lines,
        frames.numbered("lines", curves),
        y_type="log",
        y_domain=LOSS_DOMAIN,
        split=True,
        **_run_style(page, runs),
        **options,
    )


def _draw_measured(
    page: Page,
    name: str,
    x: NDArray[Any],
    measured: Mapping[str, Measured],
    theory: Mapping[str, Array],
    *,
    here: float,
    colours: tuple[str, ...],
    height: int = 270,
) -> None:
    """Draw measurements with their intervals, and theoretical curves, on logarithmic axes."""
    words = page.words
    points = {
        words(f"kinds.{kind}"): (frames.mask_outside(value), frames.mask_outside(low), frames.mask_outside(high))
        for kind, (value, low, high) in measured.items()
    }
    lines = {words(f"theory.{kind}"): frames.mask_outside(curve) for kind, curve in theory.items()}
    page.chart(
        name,
        builders.measured,
        {"points": frames.intervals(x, points), "lines": frames.long(x, lines), "here": {"x": [here]}},
        shapes=tuple(zip(points, ("circle", "triangle-up"), PAIR_COLOURS, strict=True)),
        series=tuple(lines),
        colours=colours,
        here=True,
        height=height,
    )


def _clip_interval(measured: Measured, limits: tuple[float, float]) -> Measured:
    """Clip the ends of intervals to an axis; a value outside it is a gap, not a line along its end like a floor."""
    value = frames.mask_outside(measured[0], *limits)
    low, high = (np.where(np.isnan(value), np.nan, np.clip(end, *limits)) for end in measured[1:])
    return value, low, high


def _without_interval(values: Array) -> Measured:
    return values, values, values


def _run_style(page: Page, runs: Mapping[str, core.Run]) -> dict[str, Any]:
    """Return the name and the colour of each run, which are the same in all charts."""
    return {
        "series": tuple(page.words(f"series.{name}") for name in runs),
        "colours": tuple(COLOURS[name] for name in runs),
    }


def _parameter_name(page: Page, name: str) -> str:
    """Return the page's word for a parameter; the name itself for a column of the user's table."""
    return page.words(f"parameters.{name}") if page.words.has(f"parameters.{name}") else name


def _sentence(page: Page, finding: core.Finding) -> str:
    run = page.words(f"series.{finding.run}") if finding.run else ""
    return page.words(f"notice.{finding.code}", run=run, **format_figures(finding.figures, 3))
