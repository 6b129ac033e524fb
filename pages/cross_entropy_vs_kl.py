"""If cross-entropy and KL divergence give the same gradient, why do we need both, and when do they differ?"""

import numpy as np

from core import cross_entropy_vs_kl as core
from core.validate import InvalidArgument
from ui.page import fragment, open_page
from views import cross_entropy_vs_kl as view

STEPS = 100
EPSILONS = (0.0, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
TEMPERATURES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0)
DRAWS = 200
CALL_OPTIONS = {
    "order": ("target_p", "target_q"),
    "input": ("log", "probabilities"),
    "target": ("probabilities", "log"),
    "log_target": ("false", "true"),
    "reduction": ("sum", "batchmean", "mean", "none"),
}

SCENES = {
    "soft": {},
    "one_hot": {"preset": "one_hot"},
    "five": {"preset": "five_class", "tab": "path"},
    "wrong_order": {"preset": "coin", "tab": "calls", "order": "target_q"},
    "zero": {"preset": "disjoint", "tab": "zero", "case": "disjoint", "epsilon": 0.0},
    "floor": {"preset": "label_smoothed", "tab": "smoothing"},
    "distillation": {"tab": "distillation"},
    "both_modes": {"tab": "gaussian", "separation": 5.6},
    "one_mode": {"tab": "gaussian", "separation": 5.8},
    "learned": {"tab": "learned"},
}
EXPERIMENT = {"preset": "label_smoothed", "tab": "path"}

page = open_page(__file__, core.EXAMS)


def reveal() -> dict[str, str]:
    """Compute the gradients that the prediction is about."""
    p, q = core.PRESETS["label_smoothed"]
    return view.revealed(core.entropy(p), core.loss_path(p, q).largest_gradient_difference)


def typed_pair(preset: str) -> tuple[np.ndarray, np.ndarray]:
    """Let the user type P and Q; an empty field is that of the preset."""
    default = core.check_pair(*core.PRESETS[preset])
    refused = []

    def parse(text: str, name: str) -> np.ndarray:
        try:
            return core.parse_distribution(text, name)
        except InvalidArgument:
            refused.append(name)
            raise

    typed = [page.text_input(name.lower(), lambda text, name=name: parse(text, name)) for name in ("P", "Q")]
    p, q = (preset_value if value is None else value for preset_value, value in zip(default, typed, strict=True))
    if refused:
        # The refused text is explained at its field; the pair would be an error about values that nobody typed.
        return (p, q) if p.size == q.size else page.last_valid("pair", default)
    return page.validated("pair", lambda: core.check_pair(p, q), default)


def own_pair(*, normalised: bool) -> tuple[np.ndarray, np.ndarray]:
    """Let the user choose P and Q among the columns of a table; return those of a preset until they are valid."""
    fallback = core.check_pair(*core.PRESETS["label_smoothed"])
    with page.upload_row():
        table = page.upload_columns("preset", ("p", "q"), vectors=True, examples=())
    if not table:
        return fallback
    (_, p), (_, q) = table.values()
    return page.validated("preset", lambda: core.pair_of(p, q, normalised=normalised), fallback)


@fragment
def explore() -> None:
    """Show everything that depends on the controls."""
    with page.controls(SCENES):
        # The other views have examples of their own.
        with page.only_if(page.shows("headline", "path", "calls")):
            preset = page.choice("preset", (*core.PRESETS, "own"), "label_smoothed", compact=True)
            step = page.slider("step", 0, STEPS, 0, step=1)
        unit = page.choice("unit", ("nats", "bits"), "nats")
        own = preset == "own" and page.shows("headline", "path", "calls")
        with page.only_if(page.shows("headline", "path", "calls") and not own):
            p, q = typed_pair("label_smoothed" if preset == "own" else preset)
            page.note(view.normalised(page, p, q))
        with page.only_if(own):
            normalised = page.toggle("normalise")
            if own:
                p, q = own_pair(normalised=normalised)
                page.note(view.normalised(page, p, q))
        with page.only_if(page.shows("gaussian")):
            separation = page.slider("separation", 0.0, 10.0, 5.6, step=0.1)
        with page.only_if(page.shows("zero")):
            case = page.choice("case", ("missing_class", "disjoint"), "missing_class")
            epsilon = page.select_slider("epsilon", EPSILONS, 1e-6)
        with page.only_if(page.shows("smoothing")):
            smoothing = page.slider("smoothing", 0.0, 0.5, 0.1, step=0.01)
            classes = page.slider("many", 2, 100, 10, step=1)
        with page.only_if(page.shows("calls")):
            call = {name: page.choice(name, codes, codes[0], compact=True) for name, codes in CALL_OPTIONS.items()}
        with page.only_if(page.shows("learned", "distillation")):
            seed = page.seed()
    path = core.loss_path(p, q, steps=STEPS, unit=unit)
    page.predict(dict.fromkeys(("ce", "kl", "same"), EXPERIMENT), right="same", reveal=reveal)
    page.stage(
        {
            "headline": lambda: show_comparison(core.compare(p, path.q[step], unit=unit), path),
            "path": lambda: view.path(page, path, step),
            "learned": lambda: view.learned(page, page.compute(core.train_jointly, seed=seed, unit=unit)),
            "gaussian": lambda: show_gaussian(separation, unit),
            "zero": lambda: show_zero(case, epsilon, unit),
            "smoothing": lambda: view.smoothing(
                page, core.smooth_labels(classes=classes, epsilon=smoothing, unit=unit)
            ),
            "distillation": lambda: show_distillation(seed, unit),
            "calls": lambda: show_calls(
                page.compute(core.tabulate_calls, cached=not own, p=p, q=path.q[step]), call, unit
            ),
        }
    )
    options = {
        "learned": {"seed": seed, "unit": unit},
        "gaussian": {"separation": separation},
        "zero": {"case": case, "epsilon": epsilon, "unit": unit},
        "smoothing": {"classes": classes, "epsilon": smoothing, "unit": unit},
        "distillation": {"temperatures": TEMPERATURES, "draws": DRAWS, "seed": seed},
        "calls": call,
    }
    page.extras(
        core.compare,
        core.loss_path,
        snippet=lambda: view.snippet(
            page.view, p, q, step=step, steps=STEPS, unit=unit, options=options.get(page.view, {})
        ),
        challenges=core.CHALLENGES,
    )


def show_comparison(compared: core.Comparison, path: core.LossPath) -> core.Comparison:
    """Show both distributions and the sums; return them."""
    page.draw_once(lambda: view.headline(page, compared, path))
    return compared


def show_gaussian(separation: float, unit: core.Unit) -> None:
    """Show one Gaussian fitted to two."""
    fit = page.compute(core.fit_gaussian, separation=separation)
    view.gaussian(page, fit, unit, threshold=page.compute(core.mode_seeking_threshold))


def show_calls(table: core.CallTable, call: dict[str, str], unit: core.Unit) -> core.CallTable:
    """Show what the calls of the libraries return; return it."""
    view.calls(page, table, call, page.compute(core.replay_bugs), unit)
    return table


def show_zero(case: str, epsilon: float, unit: core.Unit) -> None:
    """Show the divergences as the mass of a class goes to 0."""
    view.zero(page, core.zero_mass(case, unit=unit), core.zero_mass(case, epsilon=epsilon, unit=unit))


def show_distillation(seed: int, unit: core.Unit) -> None:
    """Show the distillation gradient over the temperature."""
    run = page.compute(core.distil, temperatures=TEMPERATURES, draws=DRAWS, seed=seed)
    view.distillation(page, run, unit, draws=DRAWS)


explore()
page.claims(core.CLAIMS)
page.teachers()
page.sources()
