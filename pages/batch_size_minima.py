"""Do large batches end in sharp minima — and does sharp mean worse?"""

from core import batch_size_minima as core
from ui.page import fragment, open_page
from ui.server.cache import cached
from views import batch_size_minima as view

# Of the runs on the double well.
BATCH_SIZES = (8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128, 256, 512)
RATES = (0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.0125, 0.015, 0.02, 0.025, 0.03, 0.035, 0.05, 0.1, 0.2, 0.3, 0.5)
STEPS = (50, 150, 500, 1500, 3000)

# Of the trained networks.
TRAINED_BATCH_SIZES = {"small": (4, 16, 64, 256), "large": (8, 32, 128, 512)}
LEARNING_RATES = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 2.0, 3.0)
LABEL_NOISES = (0.0, 0.1, 0.2, 0.3, 0.5)
WEIGHT_DECAYS = (0.0, 0.001, 0.003, 0.01, 0.03)
EXAMPLES = (128, 256, 512)
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

page = open_page(__file__)
escape = cached(core.escape)
minibatch_landscapes = cached(core.minibatch_landscapes)
interpolate = cached(core.interpolate)
profiles = cached(core.profiles)
plane = cached(core.plane)
rescaling = cached(core.rescaling)


def reveal() -> dict[str, str]:
    """Repeat the runs that the prediction is about."""
    results = {
        "rate": escape(BATCH_SIZES, learning_rate=0.02),
        "updates": escape(BATCH_SIZES, steps=3000),
        "nothing": escape(BATCH_SIZES),
    }
    return view.revealed(results, batch_size=64)


@fragment
def explore() -> None:
    """Show everything that depends on the controls."""
    with page.controls(SCENES, "wide"):
        batch_size = page.select_slider("batch", BATCH_SIZES, 64)
        rate = page.select_slider("rate", RATES, 0.01)
        start = page.choice("start", core.STARTS, "sharp", compact=True)
        noise = page.choice("noise", tuple(core.NOISES), "batch", compact=True)
        constant_ratio = page.toggle("hold")
        with page.more_controls():
            steps = page.select_slider("steps", STEPS, 1500, live=False)
            seed = page.seed()
    settings = {
        "learning_rate": rate,
        "steps": steps,
        "noise": noise,
        "start": start,
        "constant_ratio": constant_ratio,
        "seed": seed,
    }
    result = escape(BATCH_SIZES, **settings)
    with page.picture():
        shares = page.share(lambda: view.headline(page, result, batch_size, settings))

    studies: list[core.Study] = []  # of the open view, if it shows trained networks

    def trained() -> core.Study:
        studies.append(train_networks(seed))
        return studies[-1]

    page.views(
        {
            "shaking": lambda: show_minibatches(result, batch_size, settings),
            "keskar": lambda: view.published_sharpness(page),
            "training": lambda: view.training(page, trained()),
            "slices": lambda: show_slices(trained()),
            "dinh": lambda: show_rescaling(trained()),
        }
    )
    if studies:
        study = studies[-1]
        page.code(core.study, core.train, core.measure, snippet=view.training_snippet(study.setting))
        page.download({"share_flat": lambda: shares, "solutions": study.table})
    else:
        page.code(core.escape, snippet=view.snippet(BATCH_SIZES, settings))
        page.download({"share_flat": lambda: shares})


def show_minibatches(result: core.Escape, batch_size: int, settings: dict) -> None:
    """Show the landscapes that the minibatches of one run see."""
    landscapes = minibatch_landscapes(
        batch_size,
        learning_rate=core.learning_rate_of(result, batch_size),
        noise=settings["noise"],
        start=settings["start"],
        seed=settings["seed"],
    )
    view.minibatches(page, landscapes, batch_size, settings["noise"])


def train_networks(seed: int) -> core.Study:
    """Let the user choose a training, and train and measure networks accordingly."""
    with page.control_row("training"):
        protocol = page.choice("protocol", core.PROTOCOLS, "updates", compact=True)
        learning_rate = page.select_slider("learning_rate", LEARNING_RATES, 0.8, live=False)
        label_noise = page.select_slider("label_noise", LABEL_NOISES, 0.0, live=False)
        weight_decay = page.select_slider("weight_decay", WEIGHT_DECAYS, 0.0, live=False)
        with page.more_controls():
            loss = page.choice("loss", core.LOSSES, "mse")
            sizes = page.choice("sizes", tuple(TRAINED_BATCH_SIZES), "small")
            examples = page.select_slider("examples", EXAMPLES, 256, live=False)
            seeds = page.select_slider("seeds", SEEDS, 10, live=False)
            updates = page.select_slider("updates", UPDATES, 1200, live=False)
            epochs = page.select_slider("epochs", EPOCHS, 30, live=False)
    setting = core.Setting(
        batch_sizes=TRAINED_BATCH_SIZES[sizes],
        protocol=protocol,
        loss=loss,
        learning_rate=learning_rate,
        updates=updates,
        epochs=epochs,
        label_noise=label_noise,
        weight_decay=weight_decay,
        examples=examples,
        seeds=seeds,
        seed=seed,
    )
    default = core.Setting(TRAINED_BATCH_SIZES["small"], examples=256, seeds=10)
    allowed = page.validated("setting", lambda: core.check_setting(setting), default)
    return page.job("study", core.study, setting=allowed)


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


def show_rescaling(study: core.Study) -> None:
    """Show one solution with rescaled weights."""
    alpha = page.select_slider("alpha", core.ALPHAS, 1.0)
    if study.first_usable is None:
        view.nothing_learnt(page)
        return
    view.rescaling(page, study, rescaling(study, seed_index=study.first_usable), alpha)


page.predict(ANSWERS, right="rate", reveal=reveal)
explore()
page.claims(core.CLAIMS)
page.sources()
