"""Each step of SGD is worse than a step of GD, so why does SGD win?"""

from collections.abc import Callable

from core import gd_sgd_minibatch as core
from ui.page import fragment, open_page
from views import gd_sgd_minibatch as view

# Learning rates of optimisers that 2/λmax limits, as shares of it.
BELOW_LIMIT = (
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
)
FROM_LIMIT = (1.0, 1.01, 1.03, 1.1, 1.2, 1.5, 2.0, 3.0, 4.0)
# Learning rates of optimisers that scale the gradient.
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
UPDATES = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 1000)
EPOCHS = (1, 2, 3, 5, 7, 10, 20)
TARGETS = (0.1, 0.05, 0.02, 0.01, 0.005)

DEFAULT_BATCH = 32
FULL_BATCH = {"show": "one", "batch": 442}
SCENES = {
    "equal_updates": {},
    "equal_samples": {"unit": "epochs", "epochs": 1, "rate": 0.05},
    "single": {"show": "one", "batch": 1, "tab": "cloud"},
    "enough": {"rate": 0.3, "tab": "cost"},
    "zigzag": {"problem": "valley", "rate": 0.95, "updates": 50, **FULL_BATCH},
    "below": {"start": "steep", "rate": 0.99, **FULL_BATCH},
    "above": {"start": "steep", "rate": 1.01, **FULL_BATCH},
    "far_above": {"start": "steep", "rate": 1.1, "updates": 20, **FULL_BATCH},
    "floor": {"updates": 1000, "tab": "ball"},
    "decay": {"updates": 1000, "schedule": "inverse", "tab": "ball"},
    "average": {"updates": 1000, "tab": "averages"},
    "raw": {"problem": "raw", "rate": 0.95, "updates": 1000, **FULL_BATCH},
    "standard": {"problem": "standard", "rate": 0.4, "updates": 20, **FULL_BATCH},
    "momentum": {"problem": "valley", "rate": 0.4, "optimiser": "momentum", "momentum": 0.6, **FULL_BATCH},
    "adam": {"problem": "raw", "optimiser": "adam", "step": 0.5, "updates": 1000, **FULL_BATCH},
}

page = open_page(__file__, core.EXAMS)


def reveal() -> dict[str, str]:
    """Repeat the runs that the prediction is about."""
    problem = core.load_problem("diabetes")
    rate = problem.learning_rate(0.05)
    settings = {"start": "corner", "batch_size": 32, "learning_rate": rate, "length": 1, "unit": "epochs"}
    distances = page.compute(core.compare_distances, problem=problem, **settings)
    return view.revealed(distances)


def own_table() -> core.OwnTable | None:
    """Let the user upload a table; return the problem made from it, None until there is a valid one."""
    return page.upload_table(
        "problem",
        ("first", "second", "target"),
        lambda names, columns: core.OwnTable(core.regression(*columns, names=names[:2]), tuple(names), tuple(columns)),
    )


@fragment
def explore() -> None:
    """Show everything that depends on the controls."""
    with page.controls(SCENES):
        name = page.choice("problem", (*core.PROBLEMS, "own"), "diabetes", compact=True)
        table = own_table() if name == "own" else None
        # Until the user has given a table, the picture shows the diabetes data and says so.
        shown = "diabetes" if name == "own" else name
        problem = table.problem if table else core.load_problem(shown)
        # A batch size of another table becomes all samples of this one.
        batch_size = page.select_slider(
            "batch", core.batch_sizes(problem.n), min(DEFAULT_BATCH, problem.n), fallback=problem.n
        )
        # Reset and scenes return to other data, for which a batch of all samples of a small table would be lost.
        page.defaults["batch"] = DEFAULT_BATCH
        with page.only_if(page.shows("cloud")):
            along = page.slider("along", 0, 100, 0, step=5)
        with page.only_if(page.shows("variance")):
            point = page.choice("point", ("start", "optimum"), "start")
        with page.only_if(page.shows("cost")):
            target = page.select_slider("target", TARGETS, 0.02, live=False)
            tuned = page.toggle("tuned", True)
        # The views of variance and cost do not repeat the runs: they compute gradients, or plain steps of their own.
        runs_shown = not page.shows("variance", "cost")
        with page.only_if(runs_shown):
            optimiser = page.choice("optimiser", core.OPTIMISERS, "sgd", compact=True)
        scaled = optimiser in core.GRADIENT_SCALED
        with page.only_if((runs_shown and scaled) or (page.shows("cost") and not tuned)):
            rate = problem.learning_rate(page.select_slider("rate", (*BELOW_LIMIT, *FROM_LIMIT), 0.1))
        with page.only_if(runs_shown and not scaled):
            step = page.select_slider("step", RATES, 0.1)
        with page.more_controls():
            # The view of averages has the run of batch size B alone.
            with page.only_if(runs_shown and not page.shows("averages")):
                show = page.choice("show", ("all", "one"), "all")
            with page.only_if(runs_shown):
                unit = page.choice("unit", ("updates", "epochs"), "updates")
            start = page.choice("start", core.STARTS, "corner", compact=True)
            with page.only_if(runs_shown):
                schedule = page.choice("schedule", core.SCHEDULES, "constant", compact=True)
                momentum = page.slider("momentum", 0.0, 0.98, 0.9, step=0.02)
                replacement = page.toggle("replacement")
            seed = page.seed()
        with page.only_if(runs_shown and unit == "updates"):
            updates = page.select_slider("updates", UPDATES, 100)
        with page.only_if(runs_shown and unit == "epochs"):
            epochs = page.select_slider("epochs", EPOCHS, 1)
    settings = {
        "start": start,
        "batch_size": batch_size,
        "learning_rate": rate if scaled else step,
        "length": updates if unit == "updates" else epochs,
        "unit": unit,
        "optimiser": optimiser,
        "momentum": momentum,
        "schedule": schedule,
        "replacement": replacement,
        "seed": seed,
    }
    compared = page.compute(core.compare, cached=table is None, problem=problem, **settings)
    # A batch of all samples is gradient descent and has its name and colour.
    only = "gd" if batch_size == problem.n and not replacement else "mini"
    runs = compared if show == "all" else {only: compared[only]}
    own, waiting = table is not None, name == "own" and table is None
    page.predict(dict.fromkeys(("gd", "mini", "sgd"), SCENES["equal_samples"]), right="sgd", reveal=reveal)
    page.stage(
        {
            "headline": lambda: show_runs(
                compared, lambda: view.headline(page, problem, runs, settings, waiting=waiting)
            ),
            "axes": lambda: view.axes(page, runs),
            "cloud": lambda: view.cloud(page, problem, compared["mini"], along, settings),
            "variance": lambda: show_variance(problem, settings, point, own=own),
            "ball": lambda: show_ball(problem, runs, settings, own=own),
            "averages": lambda: show_averages(problem, settings, own=own),
            "cost": lambda: show_cost(problem, settings, target, None if tuned else rate, own=own),
        }
    )
    options = {"along": along, "point": point, "target": target, "rate": None if tuned else rate}
    page.extras(
        core.descend,
        snippet=lambda: view.snippet(page.view, shown, table, page.table_code, settings, options),
        challenges=core.CHALLENGES,
    )


def show_runs(compared: dict[str, core.Run], draw: Callable[[], None]) -> dict[str, core.Run]:
    """Show the paths of the runs; return all runs."""
    page.draw_once(draw)
    return compared


def show_variance(problem: core.Problem, settings: dict, point: str, *, own: bool) -> None:
    """Show the variance of the mini-batch gradient at the start or at the optimum."""
    where = settings["start"] if point == "start" else "optimum"
    variances = page.job(
        "variance",
        core.gradient_variances,
        short=True,
        cached=not own,
        problem=problem,
        point=where,
        seed=settings["seed"],
    )
    view.variance(page, problem, variances, settings)


def show_ball(problem: core.Problem, runs: dict[str, core.Run], settings: dict, *, own: bool) -> None:
    """Show the distance to the optimum over many runs, and over the learning rate."""
    distances = page.job("distance", core.compare_distances, short=True, cached=not own, problem=problem, **settings)
    ball = page.job(
        "ball",
        core.noise_ball,
        cached=not own,
        problem=problem,
        batch_size=settings["batch_size"],
        seed=settings["seed"],
    )
    view.noise_ball(page, problem, runs, distances, ball, settings)


def show_averages(problem: core.Problem, settings: dict, *, own: bool) -> None:
    """Show the excess loss of the last iterate and of averages of the iterates over many runs."""
    losses = page.job("averages", core.averaged_losses, short=True, cached=not own, problem=problem, **settings)
    view.averages(page, losses, settings)


def show_cost(problem: core.Problem, settings: dict, target: float, learning_rate: float | None, *, own: bool) -> None:
    """Show the samples and updates needed to reach a target, at a learning rate or at the best one of each batch."""
    cost = page.job(
        "cost",
        core.samples_to_target,
        cached=not own,
        problem=problem,
        start=settings["start"],
        target=target,
        seed=settings["seed"],
        learning_rates=None if learning_rate is None else [learning_rate],
    )
    view.cost(page, cost, settings["batch_size"], learning_rate)


explore()
page.claims(core.CLAIMS)
page.teachers()
page.sources()
