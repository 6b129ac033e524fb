"""Do large batches end in sharp minima — and does sharp mean worse?"""

from typing import Any

from core import batch_size_minima as core
from ui.page import fragment, open_page
from ui.server.cache import cached
from views import batch_size_minima as view

# The number of updates of the view of single minibatches.
MINIBATCH_UPDATES = 40
# Of the runs on the double well.
BATCH_SIZES = (8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128, 256, 512)
RATES = (0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.0125, 0.015, 0.02, 0.025, 0.03, 0.035, 0.05, 0.1, 0.2, 0.3, 0.5)
STEPS = (50, 150, 500, 1500, 3000)

# Of the trained networks.
TRAINED_BATCH_SIZES = {"small": (4, 16, 64, 256), "large": (8, 32, 128, 512)}
LEARNING_RATES = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 2.0, 3.0)
LABEL_NOISES = (0.0, 0.1, 0.2, 0.3, 0.5)
WEIGHT_DECAYS = (0.0, 0.001, 0.003, 0.01, 0.03)
# Settings of the training, by the method.
METHODS = {"sgd": {}, "momentum": {"momentum": 0.9}, "sam": {"sam": 0.1}}
EXAMPLES = (256, 512)
SEEDS = (3, 5, 10, 20)
UPDATES = (100, 300, 1200, 3000)
EPOCHS = (3, 10, 30, 100, 200)

WRONG_LABELS = {"tab": "training", "label_noise": 0.5, "learning_rate": 0.4}
SCENES = {
    "b64": {},
    "b24": {"batch": 24},
    "b8": {"batch": 8, "tab": "shaking"},
    "no_return": {"batch": 8, "start": "flat"},
    "width": {"batch": 512, "start": "uniform"},
    "additive": {"batch": 8, "start": "flat", "noise": "additive"},
    "unbiased": {"batch": 16, "noise": "proportional"},
    "hold": {"batch": 32, "hold": True},
    "edge": {"batch": 512, "rate": 0.035},
    "keskar": {"tab": "keskar"},
    "textbook": {"tab": "training"},
    "linear": {"tab": "training", "protocol": "linear", "learning_rate": 1.2, "epochs": 200},
    "undertrained": {"tab": "training", "protocol": "epochs"},
    "equal_loss": {"tab": "training", "protocol": "loss", "updates": 3000},
    "turns": {"tab": "training", "examples": 512, "sizes": "large"},
    "label_noise": WRONG_LABELS,
    "decay": {**WRONG_LABELS, "weight_decay": 0.01},
    "slices": {"tab": "slices"},
    "dinh": {"tab": "dinh", "alpha": 0.1},
}
ANSWERS = {"rate": {"rate": 0.02}, "updates": {"steps": 3000}, "nothing": {"rate": 0.02}}

page = open_page(__file__, core.EXAMS)
interpolate = cached(core.interpolate)
profiles = cached(core.profiles)
plane = cached(core.plane)
rescaling = cached(core.rescaling)


def escape(**settings: Any) -> core.Escape:
    """Run SGD with every batch size."""
    return page.compute(core.escape, batch_sizes=BATCH_SIZES, **settings)


def reveal() -> dict[str, str]:
    """Repeat the runs that the prediction is about."""
    results = {
        "rate": escape(learning_rate=0.02),
        "updates": escape(steps=3000),
        "nothing": escape(),
    }
    return view.revealed(results, batch_size=64)


@fragment
def explore() -> None:
    """Show everything that depends on the controls."""
    trained = ("training", "slices", "dinh")
    with page.controls(SCENES):
        with page.only_if(page.shows("headline", "shaking")):
            batch_size = page.select_slider("batch", BATCH_SIZES, 64)
            rate = page.select_slider("rate", RATES, 0.01)
            start = page.choice("start", core.STARTS, "sharp", compact=True)
            noise = page.choice("noise", tuple(core.NOISES), "batch", compact=True)
        with page.only_if(page.shows("headline")):
            progress = page.slider("progress", 0, 100, 100, step=100 // core.STAGES)
        with page.only_if(page.shows("shaking")):
            update = page.slider("update", 1, MINIBATCH_UPDATES, 1, step=1)
        with page.only_if(page.shows("dinh")):
            alpha = page.select_slider("alpha", core.ALPHAS, 1.0)
        with page.only_if(page.shows(*trained)):
            protocol = page.choice("protocol", core.PROTOCOLS, "updates", compact=True)
            learning_rate = page.select_slider("learning_rate", LEARNING_RATES, 0.8, live=False)
            label_noise = page.select_slider("label_noise", LABEL_NOISES, 0.0, live=False)
            weight_decay = page.select_slider("weight_decay", WEIGHT_DECAYS, 0.0, live=False)
        with page.only_if(not page.shows("keskar")), page.more_controls():
            with page.only_if(page.shows(*trained)):
                method = page.choice("method", tuple(METHODS), "sgd", compact=True)
                loss = page.choice("loss", core.LOSSES, "mse")
                sizes = page.choice("sizes", tuple(TRAINED_BATCH_SIZES), "small")
                enough = [count for count in EXAMPLES if count >= max(TRAINED_BATCH_SIZES[sizes])]
                examples = page.select_slider("examples", enough, enough[0], live=False)
                # Reset and scenes return to the small batch sizes.
                page.defaults["examples"] = EXAMPLES[0]
                seeds = page.select_slider("seeds", SEEDS, 10, live=False)
                updates = page.select_slider("updates", UPDATES, 1200, live=False)
                epochs = page.select_slider("epochs", EPOCHS, 30, live=False)
            with page.only_if(page.shows("headline", "shaking")):
                constant_ratio = page.toggle("hold")
            with page.only_if(page.shows("headline")):
                steps = page.select_slider("steps", STEPS, 1500, live=False)
            seed = page.seed()
    setting = core.Setting(
        batch_sizes=TRAINED_BATCH_SIZES[sizes],
        protocol=protocol,
        loss=loss,
        learning_rate=learning_rate,
        updates=updates,
        epochs=epochs,
        label_noise=label_noise,
        weight_decay=weight_decay,
        **METHODS[method],
        examples=examples,
        seeds=seeds,
        seed=seed,
    )
    settings = {
        "learning_rate": rate,
        "steps": steps,
        "noise": noise,
        "start": start,
        "constant_ratio": constant_ratio,
        "seed": seed,
    }
    page.predict(ANSWERS, right="rate", reveal=reveal)
    page.stage(
        {
            "headline": lambda: show_runs(batch_size, progress, settings),
            "shaking": lambda: show_minibatches(batch_size, update, settings),
            "keskar": lambda: view.published_sharpness(page),
            "training": lambda: view.training(page, train(setting)),
            "slices": lambda: show_slices(train(setting)),
            "dinh": lambda: show_rescaling(train(setting), alpha),
        }
    )
    if page.shows(*trained):
        page.extras(
            core.study,
            core.train,
            core.measure,
            snippet=lambda: view.training_snippet(page.view, setting, alpha),
            challenges=core.CHALLENGES,
        )
    else:
        page.extras(
            core.escape,
            snippet=lambda: view.snippet(
                page.view, BATCH_SIZES, settings, batch_size=batch_size, updates=MINIBATCH_UPDATES
            ),
            challenges=core.CHALLENGES,
        )


def show_runs(batch_size: int, progress: int, settings: dict) -> core.Escape:
    """Show the runs with one batch size after ``progress`` % of their updates, and where those of each size end."""
    result = escape(**settings)
    page.draw_once(lambda: view.headline(page, result, batch_size, progress, settings))
    return result


def show_minibatches(batch_size: int, update: int, settings: dict) -> None:
    """Show the landscapes that the minibatches of one run see."""
    landscapes = page.compute(
        core.minibatch_landscapes,
        batch_size=batch_size,
        learning_rate=core.learning_rate_of(escape(**settings), batch_size),
        noise=settings["noise"],
        start=settings["start"],
        updates=MINIBATCH_UPDATES,
        seed=settings["seed"],
    )
    view.minibatches(page, landscapes, batch_size, update, settings["noise"])


def train(setting: core.Setting) -> core.Study:
    """Train and measure networks."""
    return page.job("study", core.study, setting=setting)


def show_slices(study: core.Study) -> None:
    """Show the loss between and around the solutions of the smallest and the largest batch."""
    if study.first_usable is None:
        view.nothing_learnt(page)
        return
    planes = {
        "plane_small": plane(study, batch_index=0, seed_index=study.first_usable),
        "plane_large": plane(study, batch_index=len(study.runs) - 1, seed_index=study.first_usable),
    }
    view.slices(page, study, interpolate(study), profiles(study), planes)


def show_rescaling(study: core.Study, alpha: float) -> None:
    """Show one solution with rescaled weights."""
    if study.first_usable is None:
        view.nothing_learnt(page)
        return
    view.rescaling(page, study, rescaling(study, seed_index=study.first_usable), alpha)


explore()
page.claims(core.CLAIMS)
page.teachers()
page.sources()
