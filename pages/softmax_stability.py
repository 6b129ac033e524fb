"""Why does softmax([1000, 1001, 1002]) return nan, and is subtracting the maximum all it takes?"""

import numpy as np

from core import softmax_stability as core
from core.validate import check_between, check_positive
from ui.page import fragment, open_page
from views import softmax_stability as view

# Fine steps in the range of float16, coarse steps where only float64 is finite.
_SIZES = (*np.arange(0.5, 20, 0.5), *np.arange(20, 120), *np.arange(120, 200, 10), *np.arange(200, 1001, 50))
OFFSETS = tuple(float(x) for x in (*(-size for size in reversed(_SIZES)), 0, *_SIZES))
SPREADS = tuple(float(x) for x in (*np.arange(0, 20, 0.5), *np.arange(20, 121), *np.arange(130, 1001, 30)))
CLASSES = (2, 3, 4, 5, 7, 10, 20, 50, 100, 200, 500, 1000)
# Typed logits stay finite in float64 when divided by the lowest temperature.
LARGEST_TYPED = 1e12
TEMPERATURES = (0.001, 1000)

SCENES = {
    "calm": {},
    "thousand": {"offset": 1000.0},
    "half": {"offset": 12.0, "dtype": "float16"},
    "negative": {"offset": -110.0},
    "sum": {"offset": 87.0, "spread": 0.0, "classes": 10},
    "cold": {"temperature": 0.01},
    "double": {"offset": 1000.0, "dtype": "float64"},
    "underflow": {"spread": 110.0, "classes": 2, "true": "lowest"},
    "epsilon": {"spread": 40.0, "classes": 2, "true": "lowest", "tab": "error", "quantity": "gradient"},
    "certain": {"spread": 17.0, "classes": 2, "tab": "certainty"},
    "huge": {"typed": "1e8, 1e8"},
}

page = open_page(__file__, core.EXAMS)


def reveal() -> dict[str, str]:
    """Run the computation that the prediction is about."""
    logits = core.make_logits(3, offset=1000.0)
    return view.revealed(core.trace(logits, algorithm="naive", dtype="float32", true_class=2))


def check_temperature(value: float) -> float:
    """Refuse a temperature at which all logits become 0, or infinite in every type."""
    return check_between(check_positive(value, "T"), "T", *TEMPERATURES)


def own_logits() -> np.ndarray | None:
    """Let the user choose a column of a table; return its logits, None until there are valid ones."""
    return page.upload_table(
        "own",
        ("logits",),
        lambda _, columns: core.check_logits(columns[0], largest=LARGEST_TYPED),
        vectors=True,
        examples=("diabetes", "breast_cancer", "wine", "iris"),
    )


@fragment
def explore() -> None:
    """Show everything that depends on the controls."""
    with page.controls(SCENES):
        dtype = page.choice("dtype", core.DTYPES, "float32", compact=True)
        with page.only_if(page.shows("cells")):
            algorithm = page.choice("algorithm", core.ALGORITHMS, "naive", compact=True)
        with page.only_if(page.shows("error")):
            quantity = page.choice("quantity", ("loss", "gradient", "probabilities"), "loss")
        # The loss over the margin of two classes depends on the number type alone.
        with page.only_if(not page.shows("certainty")):
            offset = page.select_slider("offset", OFFSETS, 0.0)
            spread = page.select_slider("spread", SPREADS, 2.0)
            n_classes = page.select_slider("classes", CLASSES, 3)
            true = page.choice("true", core.EXTREMES, "highest")
            with page.more_controls():
                temperature = page.number_input("temperature", 1.0, step=0.1, check=check_temperature)
                own = page.toggle("own")
                with page.only_if(not own):
                    typed = page.text_input("typed", lambda text: core.parse_logits(text, largest=LARGEST_TYPED))
                with page.only_if(page.shows("online")):
                    seed = page.seed()
        given = typed
        if own and not page.shows("certainty"):
            given = own_logits()
    if given is None:
        logits = core.make_logits(n_classes, offset=offset, spread=spread)
    else:
        logits = core.add_offset(given, offset)
    true_class = core.extreme_class(logits, true)
    settings = {"dtype": dtype, "true_class": true_class, "temperature": temperature}
    page.predict(dict.fromkeys(("numbers", "one", "nan"), SCENES["thousand"]), right="nan", reveal=reveal)
    page.stage(
        {
            "headline": lambda: show_errors(logits, settings),
            "cells": lambda: show_steps(logits, algorithm, settings),
            "map": lambda: view.verdict_map(page, logits, settings, true=true, evenly_spaced=given is None),
            "error": lambda: view.error(page, logits, quantity, settings, offsets=OFFSETS),
            "certainty": lambda: view.certainty(page, dtype),
            "online": lambda: show_online(logits, settings, seed),
        }
    )
    page.extras(
        core.trace,
        snippet=lambda: view.snippet(
            page.view,
            given,
            n_classes=n_classes,
            spread=spread,
            offset=offset,
            settings=settings,
            options={"algorithm": algorithm, "quantity": quantity, "true": true, "seed": seed},
        ),
        challenges=core.CHALLENGES,
    )


def show_errors(logits: np.ndarray, settings: dict) -> np.ndarray:
    """Show what every algorithm makes of the logits; return them."""
    page.draw_once(lambda: view.headline(page, logits, settings))
    return logits


def show_steps(logits: np.ndarray, algorithm: str, settings: dict) -> None:
    """Show every step of one algorithm."""
    trace = core.trace(logits, algorithm=algorithm, **settings)
    view.steps(page, logits, trace, settings["true_class"])


def show_online(logits: np.ndarray, settings: dict, seed: int) -> None:
    """Show softmax in one pass."""
    temperature = settings["temperature"]
    trace = core.online_softmax(logits, dtype=settings["dtype"], seed=seed, temperature=temperature)
    view.online(page, logits / temperature, trace)


explore()
page.claims(core.CLAIMS)
page.teachers()
page.sources()
