"""Which of the cures for vanishing gradients — ReLU, initialisation, normalisation, skip connections, gates —
really cures it?"""

from collections.abc import Mapping
from typing import Any

from core import vanishing_gradients as core
from ui.page import fragment, open_page
from ui.page.state import Settings
from views import vanishing_gradients as view

WIDTHS = (1, 4, 16, 32, 64, 128)
SIGMAS = (0.1, 0.2, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 100.0, 1000.0, 1e7)
LEARNING_RATES = (1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3)
STEPS = (50, 100, 200, 300)
# The norm to which gradients are clipped.
CLIP = 1.0
TIMES = (10, 20, 50, 100, 150, 200)

SKIP = {"depth": 50, "activation": "relu", "init": "he", "residual": True}
SCENES = {
    "sigmoid_10": {},
    "sigmoid_30": {"depth": 30},
    "relu_xavier": {"depth": 30, "activation": "relu"},
    "relu_weights": {"depth": 30, "activation": "relu", "of": "weights"},
    "relu_he": {"depth": 30, "activation": "relu", "init": "he", "b_init": "default"},
    "explodes": {"depth": 50, "init": "free", "sigma_w": 6.0, "centred": True},
    "layer": {"depth": 30, "normalisation": "layer"},
    "batch": {"depth": 50, "activation": "relu", "init": "he", "normalisation": "batch"},
    "skip": SKIP,
    "skip_layer": {**SKIP, "normalisation": "layer"},
    "skip_scaled": {**SKIP, "b_residual": True, "b_branch": "scaled"},
    "skip_zero": {**SKIP, "b_residual": True, "b_branch": "zero", "tab": "training"},
    "frozen": {"depth": 20, "tab": "training"},
    "lstm": {"tab": "time"},
    "lstm_forget": {"tab": "time", "forget": 2.0},
    "one_matrix": {"depth": 50, "activation": "identity"},
    "overflow": {"depth": 50, "activation": "relu", "init": "free", "sigma_w": 1000.0, "dtype": "float32"},
}
ANSWERS = {
    "relu": SCENES["relu_xavier"],
    "layer": SCENES["layer"],
    "skip": {"depth": 30, "residual": True},
}

# The networks A and B, by "a" and "b".
Nets = Mapping[str, core.Net]

page = open_page(__file__, core.EXAMS)


def reveal() -> dict[str, str]:
    """Measure the changes that the prediction is about."""
    nets = {
        "none": core.Net(30),
        "relu": core.Net(30, activation="relu"),
        "layer": core.Net(30, normalisation="layer"),
        "skip": core.Net(30, residual=True),
    }
    return view.revealed(page.compute_each(core.measure, {name: {"net": net} for name, net in nets.items()}))


def choose_network(prefix: str, activation: str, init: str) -> dict[str, Any]:
    """Add the controls of one network, with these defaults; ``prefix`` starts their names."""
    return {
        "activation": page.choice(f"{prefix}activation", core.ACTIVATIONS, activation, compact=True),
        "init": page.choice(f"{prefix}init", core.INITS, init, compact=True),
        "normalisation": page.choice(f"{prefix}normalisation", core.NORMALISATIONS, "none"),
        "residual": page.toggle(f"{prefix}residual"),
    }


def choose_branch(prefix: str, net: Settings) -> str:
    """Add the control of a network's residual branches, shown if it has any."""
    with page.only_if(net["residual"]):
        return page.choice(f"{prefix}branch", core.BRANCHES, "plain")


@fragment
def explore() -> None:
    """Show everything that depends on the controls."""
    with page.controls(SCENES):
        with page.only_if(page.shows("bend")):
            layer = page.slider("layer", 1, core.MAX_DEPTH, 1, step=1)
        with page.only_if(page.shows("training")):
            optimiser = page.choice("optimiser", core.OPTIMISERS, "adam", compact=True)
            rate = page.select_slider("rate", LEARNING_RATES, 1e-3, live=False)
            steps = page.select_slider("steps", STEPS, 100, live=False)
            clip = CLIP if page.toggle("clip") else None
        with page.only_if(page.shows("time")):
            time = page.select_slider("time", TIMES, 100, live=False)
            forget_bias = page.slider("forget", 0.0, 3.0, 0.0, step=0.5, live=False)
            gain = page.slider("gain", 0.9, 1.5, 1.0, step=0.05, live=False)
        # The recurrent networks have settings of their own.
        with page.only_if(not page.shows("time")):
            depth = page.slider("depth", 2, core.MAX_DEPTH, 10, step=1)
            a = choose_network("", "sigmoid", "xavier")
        with page.more_controls():
            with page.only_if(not page.shows("time")):
                a["branch"] = choose_branch("", a)
                sigma_w = page.select_slider("sigma_w", SIGMAS, 2.0, live=False)
                centred = page.toggle("centred")
                width = page.select_slider("width", WIDTHS, 64, live=False)
                with page.only_if(not page.shows("hand")):
                    b = choose_network("b_", "relu", "he")
                    b["branch"] = choose_branch("b_", b)
                with page.only_if(page.shows("headline")):
                    of = page.choice("of", ("z", "weights"), "z")
                    dtype = page.choice("dtype", core.DTYPES, "float64")
            seed = page.seed()
    shared = {"depth": depth, "width": width, "sigma_w": sigma_w, "centred": centred}
    nets = {"a": core.Net(**a, **shared), "b": core.Net(**b, **shared)}
    page.predict(ANSWERS, right="skip", reveal=reveal)
    training = {"steps": steps, "optimiser": optimiser, "learning_rate": rate, "clip": clip, "seed": seed}
    recurrent = {"steps": time, "forget_bias": forget_bias, "gain": gain, "seed": seed}
    page.stage(
        {
            "headline": lambda: show_gradients(nets, seed, dtype, of),
            "inside": lambda: show_activations(nets, seed),
            "bend": lambda: show_activation_functions(nets, min(layer, depth), seed),
            "training": lambda: show_training(nets, training),
            "time": lambda: show_time(recurrent),
            "hand": lambda: show_chain_rule(nets["a"], seed),
        }
    )
    options = {"training": training, "time": recurrent}
    page.extras(
        core.measure,
        core.mean_field,
        snippet=lambda: view.snippet(
            page.view, nets, seed, dtype, layer=min(layer, depth), options=options.get(page.view, {})
        ),
        challenges=core.CHALLENGES,
    )


def show_gradients(nets: Nets, seed: int, dtype: str, of: str) -> dict[str, core.GradientProfile]:
    """Show the gradient of every layer; return them."""
    settings = {name: {"net": net, "seed": seed, "dtype": dtype} for name, net in nets.items()}
    measured = page.compute_each(core.measure_with_findings, settings)
    profiles = {name: profile for name, (profile, _) in measured.items()}
    findings = {name: found for name, (_, found) in measured.items()}
    page.draw_once(lambda: view.headline(page, nets, profiles, findings, of=of))
    return profiles


def show_time(settings: Mapping[str, Any]) -> core.ThroughTime:
    """Show the gradients of recurrent networks through time; return them."""
    result = page.compute(core.through_time, **settings)
    view.recurrent(page, result)
    return result


def show_chain_rule(net: core.Net, seed: int) -> None:
    """Show the chain rule, factor by factor."""
    view.chain_rule(page, net, page.compute(core.differentiate_by_hand, net=net, seed=seed))


def activations_of(nets: Nets, seed: int) -> dict[str, core.LayerActivations]:
    """Run a batch through both networks."""
    return page.compute_each(core.record_activations, {name: {"net": net, "seed": seed} for name, net in nets.items()})


def show_activations(nets: Nets, seed: int) -> None:
    """Show the activations of both networks."""
    # Batch normalisation makes the samples depend on each other, so that a single one has no Jacobian.
    with_jacobian = {name: net for name, net in nets.items() if net.normalisation != "batch"}
    directions = page.compute_each(
        core.singular_values, {name: {"net": net, "seed": seed, "seeds": 1} for name, net in with_jacobian.items()}
    )
    view.activations(page, nets, activations_of(nets, seed), directions)


def show_activation_functions(nets: Nets, layer: int, seed: int) -> None:
    """Show the activation functions, with the pre-activations of one layer on them."""
    activations = activations_of(nets, seed)
    curves = {name: core.activation_curve(net, activations[name], layer=layer) for name, net in nets.items()}
    view.activation_functions(page, nets, curves, layer)


def show_training(nets: Nets, settings: Mapping[str, Any]) -> None:
    """Show the training of both networks."""
    runs = {name: page.job("training", core.train, net=net, **settings) for name, net in nets.items()}
    view.training(page, runs)


explore()
page.claims(core.CLAIMS)
page.teachers()
page.sources()
