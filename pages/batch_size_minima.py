"""Do large batches end in sharp minima — and does sharp mean worse?"""

import numpy as np
import streamlit as st

from core import batch_size_minima as core
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number
from ui.page import fragment, open_page
from ui.server.cache import cached

SIZES = (8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128, 256, 512)
RATES = (0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.0125, 0.015, 0.02, 0.025, 0.03, 0.035, 0.05, 0.1, 0.2, 0.3, 0.5)
LADDERS = {"small": (4, 16, 64, 256), "large": (8, 32, 128, 512)}
# Of the training: what a slider offers and where it stands at first.
HEAD = {
    "learning_rate": ((0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 2.0, 3.0), 0.8),
    "label_noise": ((0.0, 0.1, 0.2, 0.3, 0.5), 0.0),
    "weight_decay": ((0.0, 0.001, 0.003, 0.01, 0.03), 0.0),
}
MORE = {
    "examples": ((128, 256, 512), 256),
    "seeds": ((3, 5, 10, 20), 10),
    "updates": ((100, 300, 1200, 3000), 1200),
    "epochs": ((3, 10, 30, 100, 200), 30),
}
CURVES = {"loss": "log", "test_accuracy": "linear", "sharpness": "log"}
PANELS = ("lambda", "trace", "filter", "keskar", "polished", "test_accuracy")
BATCHES = (theme.ACCENT, theme.GOOD, theme.VIOLET, theme.CONTRAST, theme.MUTED)
WINDOW = {"x_domain": (-1.75, 2.75), "y_domain": (-0.4, 8.0)}
SPOTS = {"x_spots": (-2.0, 3.0), "y_spots": (-1.0, 9.0)}  # wider: what has left the window is not drawn at its border

NOISY = {"tab": "training", "label_noise": 0.5, "learning_rate": 0.4}
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
    "label_noise": NOISY,
    "decay": {**NOISY, "weight_decay": 0.01},
    "slices": {"tab": "slices"},
    "dinh": {"tab": "dinh", "alpha": 0.1},
}

page = open_page(__file__)
words = page.words
escape, shaking = cached(core.escape), cached(core.minibatch_landscapes)
interpolate, profiles, plane, rescaling = map(cached, (core.interpolate, core.profiles, core.plane, core.rescaling))
ran: dict[str, core.Study] = {}


def profile(name: str, x: np.ndarray, y: np.ndarray, kind: list, texts: dict, lines: dict, **options) -> None:
    """Draw points (x and y: a row for each place of a slider in the browser) on the landscape, with texts above."""
    spots = [frames.base36_positions(values, ends) for values, ends in zip((x, y), SPOTS.values(), strict=True)]
    page.chart(
        name,
        builders.scrubbed_profile,
        {
            "points": frames.frame(x=spots[0], y=spots[1], kind=kind),
            "lines": frames.long(options.pop("w"), lines),
            "texts": frames.frame(x=list(texts), texts=["\n".join(said) for said in texts.values()]),
            **options.pop("more", {}),
        },
        slider=words(f"charts.{name}.slider"),
        **WINDOW,
        **SPOTS,
        **options,
    )


def headline(found: core.Escape, batch_size: int) -> frames.Frame:
    """Draw where the runs are on the landscape, and how many end in the flat basin by batch size."""
    row, w = core.row_of_batch_size(found, batch_size), np.linspace(*WINDOW["x_domain"], 181)
    runs, kind = found.path[row][:, :100], words("kinds.run")
    texts = {
        x: [words(f"texts.{basin}", n=n) for n in counts[row]]
        for basin, x, counts in (("sharp", -1.0, found.in_sharp), ("flat", 1.0, found.in_flat))
    }
    shares = frames.intervals(found.batch_sizes, {words("kinds.share"): (found.flat, found.low, found.high)})
    profile(
        "runs",
        runs,
        core.landscape(runs),
        [kind] * runs.shape[1],
        texts,
        {words("series.full"): core.landscape(w)},
        w=w,
        series=(words("series.full"),),
        shapes=((kind, "circle"),),
        last=100,
        step=100 // core.STAGES,
        value=100,
    )
    page.chart(
        "share",
        builders.measured,
        {"points": shares, "here": {"x": [batch_size]}},
        here=True,
        shapes=((words("kinds.share"), "circle"),),
        x_domain=(7.0, 600.0),
        y_type="linear",
        y_domain=(0.0, 1.0),
        height=400,
    )
    return shares


def shaking_view(batch_size: int, rate: float, noise: str, start: str, seed: int) -> None:
    """Draw the landscape that each update of one run sees, and what it sees on average."""
    shown = shaking(batch_size, learning_rate=rate, noise=noise, start=start, seed=seed)
    updates, x = len(shown.seen), shown.path
    names = {name: words(f"series.{name}") for name in ("full", "seen", "mean")}
    kinds = tuple((words(f"kinds.{kind}"), shape) for kind, shape in (("before", "circle"), ("after", "diamond")))
    ends = np.full((2, updates + 1, 2), np.nan)  # none before the first update
    ends[:, 1:] = np.stack([x[:-1], x[1:]], axis=-1), shown.height
    texts = {0.5: ["", *(words("texts.update", n=t) for t in range(1, updates + 1))]}
    moving = frames.groups(np.stack([np.broadcast_to(shown.w, shown.seen.shape), shown.seen], axis=-1), "update")
    profile(
        "seen",
        *ends,
        [name for name, _ in kinds],
        texts,
        {names["full"]: shown.full, names["mean"]: shown.mean},
        w=shown.w,
        series=tuple(names.values()),
        shapes=kinds,
        colours=(theme.ACCENT, theme.CONTRAST, theme.VIOLET),
        moving=names["seen"],
        last=updates,
        step=1,
        value=1,
        opacity=0.9,
        more={"moving": {"x": moving["x"], "y": moving["y"], "at": moving["update"] + 1}},
        size=190,
    )
    sd = float(core.shift_sd(batch_size))
    key = "none" if sd == 0 else "batch" if noise == "batch" else "other"
    st.markdown(words(f"shaking.{key}", b=batch_size, sd=sd, sharp=1 + core.BARRIER, flat=1 - core.BARRIER))
    st.caption(words("shaking.toy"))


def keskar_view() -> None:
    """List what Keskar et al. published, marked as such."""
    columns = ("network", "data", "sharp_small", "sharp_large", "ratio", "test_small", "test_large", "gap")
    rows = [
        {words(f"keskar.{c}"): v if isinstance(v := getattr(row, c), str) else format_number(v, 5) for c in columns}
        for row in core.KESKAR
    ]
    st.markdown(words("keskar.text"))
    st.dataframe(rows, hide_index=True)
    st.caption(words("keskar.caption"))


def solutions(seed: int) -> core.Study:
    """Train networks as the controls at the head of a tab say, and measure what they end in."""

    def sliders(table: dict) -> dict:
        return {n: type(default)(page.select_slider(n, at, default, live=False)) for n, (at, default) in table.items()}

    with page.control_row("training"):
        chosen = {"protocol": page.choice("protocol", core.PROTOCOLS, "updates", compact=True), **sliders(HEAD)}
        with page.more_controls():
            chosen["loss"] = page.choice("loss", core.LOSSES, "mse")
            chosen["batch_sizes"] = LADDERS[page.choice("sizes", tuple(LADDERS), "small")]
            setting = core.Setting(**chosen, **sliders(MORE), seed=seed)
    default = core.Setting(LADDERS["small"], examples=256, seeds=10)
    allowed = page.validated("setting", lambda: core.check_setting(setting), default)
    return ran.setdefault("study", page.job("study", core.study, setting=allowed))


def training_view(seed: int) -> None:
    """Draw how networks with four batch sizes train, how sharp they end by every measure, and what that is worth."""
    study, mean = solutions(seed), words("kinds.solutions")
    for place, (name, kind) in zip(st.columns(3), CURVES.items(), strict=True):
        drawn = {
            words("b", b=r.batch): (r.updates[1:], frames.mask_outside(getattr(r, name)[:, 1:])) for r in study.runs
        }
        if name == "sharpness":
            drawn[words("edge_of")] = study.runs[-1].edge_curve
        with place:
            page.chart(
                f"net_{name}",
                builders.lines,
                {"lines": frames.runs(drawn)},
                series=tuple(drawn),
                band=True,
                x_type="log",
                y_type=kind,
                colours=BATCHES,
                height=260,
            )
    page.notice(*(words(f"notice.{f.code}", **format_figures(f.figures, 3)) for f in core.study_findings(study)))
    panels = PANELS if np.isfinite(study.final_values("loss")).any() else ()
    batches, places = [run.batch for run in study.runs], [*st.columns(3), *st.columns(3)]
    for place, name in zip(places, panels, strict=False):
        points = frames.intervals(np.array(batches), {mean: core.by_batch(study, name)})
        with place:
            page.chart(
                f"measure_{name}",
                builders.measured,
                {"points": points},
                shapes=((mean, "circle"),),
                height=220,
                x_domain=(3.0, 700.0),
                x_ticks=tuple(batches),
                y_type="linear",
                y_padding=8,
            )
    st.caption(words("measures_text"))


def slices_view(seed: int) -> None:
    """Draw the loss between the smallest and the largest batch's solutions, and around them."""
    study = solutions(seed)
    if (first := study.first_usable) is None:
        st.info(words("notice.line_none"))
        return
    line, around = interpolate(study), profiles(study)
    between = {words(f"series.{part}"): frames.mask_outside(getattr(line, part)) for part in ("train", "test")}
    by_batch = {words("b", b=run.batch): loss for run, loss in zip(study.runs, around.loss, strict=True)}
    views = {"line": (line.t, between), "around": (around.t, by_batch)}
    for place, (name, (t, drawn)) in zip(st.columns(2), views.items(), strict=True):
        with place:
            page.chart(
                f"slice_{name}",
                builders.lines,
                {"lines": frames.bands(t, drawn)},
                series=tuple(drawn),
                band=True,
                y_type="log",
                colours=BATCHES,
            )
    for place, row, name in zip(st.columns(2), (0, len(by_batch) - 1), ("plane_small", "plane_large"), strict=True):
        found = plane(study, row=row, number=first)
        with place:
            page.chart(
                name,
                builders.shaded_map,
                {"cells": frames.surface_cells(found.t, found.t, found.loss)},
                value_domain=(0.01, 10.0),
                value_type="log",
                value_title=words("charts.runs.y"),
                height=330,
            )
    page.notice(words("notice.line", **format_figures(core.interpolation_finding(line).figures, 3)))
    st.caption(words("slices_text", weights=study.runs[0].models.shape[1]))


def dinh_view(seed: int) -> None:
    """Draw what rescaling one solution does to its sharpness, and to nothing else."""
    study, alpha = solutions(seed), page.select_slider("alpha", core.ALPHAS, 1.0)
    if (first := study.first_usable) is None:
        st.info(words("notice.line_none"))
        return
    same, at = rescaling(study, number=first), core.ALPHAS.index(alpha)
    values = {"lambda": same.lambda_max, "keskar": same.keskar, "filter": same.filter}
    drawn = {words(f"charts.measure_{name}.title"): frames.mask_outside(value) for name, value in values.items()}
    page.chart(
        "dinh",
        builders.lines,
        {"lines": frames.long(same.alpha, drawn), "here": {"x": [alpha]}},
        series=tuple(drawn),
        x_type="log",
        y_type="log",
        y_domain=(1e-2, 1e2),
        here=True,
    )
    figures = {"test": f"{same.accuracy[at]:.2%}", "logits": format_number(same.logit_change[at], 2)}
    page.metrics(figures | format_figures({name: value[at] for name, value in values.items()}))
    st.markdown(words("dinh_text", b=study.runs[0].batch))


def decide() -> dict[str, str]:
    """Measure what the prediction is about."""
    tried = {"rate": {"learning_rate": 0.02}, "updates": {"steps": 3000}, "nothing": {}}
    ends = {name: escape(SIZES, **change) for name, change in tried.items()}
    return {name: f"{found.flat[core.row_of_batch_size(found, 64)]:.0%}" for name, found in ends.items()}


@fragment
def explore() -> None:
    """Draw everything that a control moves."""
    ran.clear()
    with page.controls(SCENES, "wide"):
        batch_size = int(page.select_slider("batch", SIZES, 64))
        rate = float(page.select_slider("rate", RATES, 0.01))
        start = page.choice("start", core.STARTS, "sharp", compact=True)
        noise = page.choice("noise", tuple(core.NOISES), "batch", compact=True)
        hold = page.toggle("hold")
        with page.more_controls():
            steps, seed = int(page.select_slider("steps", (50, 150, 500, 1500, 3000), 1500, live=False)), page.seed()
    settings = {"learning_rate": rate, "steps": steps, "noise": noise, "start": start, "hold": hold, "seed": seed}
    found = escape(SIZES, **settings)
    used = float(found.learning_rates[row := core.row_of_batch_size(found, batch_size)])

    def draw() -> frames.Frame:
        shares = headline(found, batch_size)
        page.metrics(
            {
                "rate": format_number(used, 3),
                "updates": f"{found.steps[row]:,}",
                "edge": words("edge", edge=format_number(2 / used, 3), sharp=format_number(core.SHARP, 2)),
            }
        )
        page.notice(
            *(
                words(f"notice.{f.code}", **f.figures)
                for f in core.escape_findings(found, batch_size=batch_size, noise=noise, start=start, hold=hold)
            )
        )
        return shares

    with page.picture():
        shares = page.share(draw)
    page.views(
        {
            "shaking": lambda: shaking_view(batch_size, used, noise, start, seed),
            "keskar": keskar_view,
            "training": lambda: training_view(seed),
            "slices": lambda: slices_view(seed),
            "dinh": lambda: dinh_view(seed),
        }
    )
    if study := ran.get("study"):
        page.code(
            core.study,
            core.train,
            core.measure,
            snippet=f"""
            from core.batch_size_minima import Setting, compare, study

            found = study({study.setting})
            for measure in (*found.measures, "loss", "test_accuracy"):
                print(measure, "largest batch less smallest:", compare(found, measure))
        """,
        )
    else:
        page.code(
            core.escape,
            snippet=f"""
            from core.batch_size_minima import escape

            found = escape({SIZES}, **{settings})
            for size, flat, low, high in zip(found.batch_sizes, found.flat, found.low, found.high):
                print(f"B = {{size}}: {{flat:.3f}} of the runs end flat, 95 % interval {{low:.3f}} to {{high:.3f}}")
        """,
        )
    tables = {"solutions": study.table} if study else {}
    page.download({"share_flat": lambda: shares} | tables)


answers = {"rate": {"rate": 0.02}, "updates": {"steps": 3000}, "nothing": {"rate": 0.02}}
page.predict(answers, right="rate", reveal=decide)
explore()
page.claims(core.CLAIMS)
page.sources()
