"""How do you turn n token vectors into one — and does averaging really fail on long sequences?"""

from typing import Any

from core import cls_vs_average_pooling as core
from ui.page import fragment, open_page
from views import cls_vs_average_pooling as view

LENGTHS = (1, 2, 3, 4, 5, 6, 8, 9, 12, 16, 17, 24, 32, 33, 48, 64, 65, 96, 128, 129, 192, 256)
SHARPNESSES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
MAX_PADDED = 256

# Lengths of the curves, and number of sequences for each length and seed: of the curves, and at one length.
CURVE_LENGTHS = (1, 3, 5, 9, 17, 33, 65, 129, 257)
CURVE_COUNT = 200
COUNT = 400
# Sharpnesses of the curves of the needle's weight.
DILUTION_SHARPNESSES = (0.5, 1.0, 2.0, 4.0)
# Of the trainings.
STEPS = 200
EPOCHS = 30

SCENES = {
    "four": {},
    "sixty_four": {"length": 64},
    "majority": {"task": "majority", "length": 65},
    "attention": {"length": 64, "sharpness": 2.0},
    "untrained": {"length": 17, "tab": "trained", "look": "attention"},
    "short_long": {"length": 17, "tab": "trained", "look": "lengths"},
    "padding": {"tab": "padding"},
    "digits": {"tab": "digits"},
}
EXPERIMENT = {"length": 64, "sharpness": 2.0}

page = open_page(__file__, core.EXAMS)


def reveal() -> dict[str, str]:
    """Measure the accuracies that the prediction is about."""
    return view.revealed(
        {
            "average": core.pooled_accuracy("needle", [64], sharpness=0.0),
            "attention": core.pooled_accuracy("needle", [64], sharpness=2.0),
        }
    )


@fragment
def explore() -> None:
    """Show everything that depends on the controls."""
    with page.controls(SCENES):
        with page.only_if(page.shows("headline", "trained")):
            task = page.choice("task", core.TASKS, "needle")
        with page.only_if(page.shows("headline")):
            length = page.select_slider("length", LENGTHS, 4)
            sharpness = page.select_slider("sharpness", SHARPNESSES, 0.0)
        with page.only_if(page.shows("trained")):
            look = page.choice("look", ("steps", "lengths", "attention", "swap"), "steps", compact=True)
            size = int(page.choice("size", ("9", "17", "65"), "17"))
            seeds = int(page.choice("seeds", ("1", "2", "4"), "2"))
        with page.only_if(page.shows("padding")):
            own = page.slider("own", 1, MAX_PADDED, 8, step=1)
            masked = page.toggle("masked")
        with page.only_if(not page.shows("literature")):
            seed = page.seed()
    page.predict(dict.fromkeys(("average", "both", "attention"), EXPERIMENT), right="attention", reveal=reveal)
    page.stage(
        {
            "headline": lambda: show_headline(task, length, sharpness, seed),
            "dilution": lambda: show_dilution(seed),
            "trained": lambda: show_trained(look, task, size, seeds, seed),
            "digits": lambda: show_digits(seed),
            "padding": lambda: show_padding(own, masked, seed),
            "literature": lambda: view.literature(page),
        }
    )
    options = {
        "trained": trained_options(task, size, seeds, seed),
        "digits": digits_options(seed),
        "padding": {"length": own, "padded_lengths": [MAX_PADDED], "seed": seed},
    }
    page.extras(
        core.pooled_accuracy,
        core.attention_weights,
        snippet=lambda: view.snippet(
            page.view,
            task,
            length,
            sharpness,
            count=COUNT,
            seed=seed,
            curve={"lengths": CURVE_LENGTHS, "count": CURVE_COUNT},
            sharpnesses=DILUTION_SHARPNESSES,
            options=options.get(page.view, {}),
        ),
        challenges=core.CHALLENGES,
    )


def show_headline(task: str, length: int, sharpness: float, seed: int) -> dict[str, core.PooledAccuracy]:
    """Show the weights of one sequence and the accuracy over the length; return the accuracies at this length."""
    now = {"task": task, "lengths": (length,), "count": COUNT, "seed": seed}
    settings: dict[str, dict[str, Any]] = {
        "attention": {**now, "sharpness": sharpness},
        "average": {**now, "sharpness": 0.0},
        "attention_curve": curve_options(task, sharpness, seed),
        "average_curve": curve_options(task, 0.0, seed),
    }
    results = page.compute_each(core.pooled_accuracy, settings)

    def draw() -> None:
        sequences = core.draw_sequences(task, length, count=1, seed=seed)
        view.headline(
            page,
            sequences,
            sharpness,
            results["attention"],
            results["average"],
            curve=results["attention_curve"],
            average_curve=results["average_curve"],
        )

    page.draw_once(draw)
    return results


def curve_options(task: str, sharpness: float, seed: int) -> dict[str, Any]:
    """Return the arguments that measure the accuracy over the length."""
    return {"task": task, "lengths": CURVE_LENGTHS, "sharpness": sharpness, "count": CURVE_COUNT, "seed": seed}


def show_dilution(seed: int) -> None:
    """Show the weight of the needle over the length."""
    settings = {sharpness: curve_options("needle", sharpness, seed) for sharpness in DILUTION_SHARPNESSES}
    view.dilution(page, page.compute_each(core.pooled_accuracy, settings))


def trained_options(task: str, length: int, seeds: int, seed: int) -> dict[str, Any]:
    """Return the arguments of `train_poolings`."""
    return {
        "task": task,
        "length": length,
        "poolings": core.POOLINGS,
        "steps": STEPS,
        "seeds": seeds,
        "seed": seed,
    }


def digits_options(seed: int) -> dict[str, Any]:
    """Return the arguments of `train_digits`."""
    return {"poolings": core.WITH_ATTENTION, "epochs": EPOCHS, "seeds": 2, "seed": seed}


def show_trained(look: str, task: str, length: int, seeds: int, seed: int) -> None:
    """Show encoders that differ only in their pooling, after training."""
    run = page.job("trained", core.train_poolings, **trained_options(task, length, seeds, seed))
    if look == "steps":
        view.accuracy_by_step(page, run, length)
    elif look == "lengths":
        view.accuracy_by_length(page, run, length)
    elif look == "attention":
        view.cls_attention(page, run, page.compute(core.untrained_cls, task=task, length=length, seeds=10, seed=seed))
    else:
        view.swapped_poolings(page, run)


def show_digits(seed: int) -> None:
    """Show small Vision Transformers that differ only in their pooling, trained on digits."""
    run = page.job("digits", core.train_digits, **digits_options(seed))
    view.digits(page, run)


def show_padding(length: int, masked: bool, seed: int) -> None:
    """Show how a sentence's vector changes with the length that it is padded to."""
    drift = core.padding_drift(length, core.log_spaced_lengths(length, MAX_PADDED), seed=seed)
    view.padding(page, drift, length, masked=masked)


explore()
page.claims(core.CLAIMS)
page.teachers()
page.sources()
