"""Do large batches end in sharp minima — and does sharp mean worse?"""

import numpy as np
import pandas as pd
import streamlit as st

from core import batch_size_minima as core
from ui import charts, frames, theme
from ui.page import open_page
from ui.text import number

SIZES = (8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128, 256, 512)
RATES = (0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.0125, 0.015, 0.02, 0.025, 0.03, 0.035, 0.05, 0.1, 0.2, 0.3, 0.5)
WINDOW = {"x_domain": (-1.75, 2.75), "y_domain": (-0.4, 8.0)}

SCENES = {
    "b64": {},
    "b24": {"batch": 24},
    "b8": {"batch": 8},
    "no_return": {"batch": 8, "start": "flat"},
    "width": {"batch": 512, "start": "uniform"},
    "additive": {"batch": 8, "start": "flat", "noise": "additive"},
    "unbiased": {"batch": 16, "noise": "proportional"},
    "hold": {"batch": 32, "hold": True},
    "edge": {"batch": 512, "rate": 0.035},
    "keskar": {"tab": "keskar"},
}

page = open_page(__file__)
words = page.words
kept = st.cache_data(max_entries=64, show_spinner=False)
escape, shaking = kept(core.escape), kept(core.shaking)


def profile(name: str, points: pd.DataFrame, texts: list, lines: dict, **options) -> None:
    """Draw points on the landscape, or on what a batch sees of it, that a slider in the browser moves."""
    page.chart(
        name, charts.scrubbed_profile,
        {"points": points, "lines": frames.long(options.pop("w"), lines),
         "texts": pd.DataFrame(texts, columns=["x", "at", "text"]), **options.pop("more", {})},
        slider=words(f"charts.{name}.slider"), **WINDOW, **options,
    )  # fmt: skip


def headline(found: core.Escape, batch_size: int) -> pd.DataFrame:
    """Draw where the runs are on the landscape, and how many end in the flat basin by batch size."""
    row, w = core.at_size(found, batch_size), np.linspace(*WINDOW["x_domain"], 181)
    at = np.linspace(0, 100, core.STAGES + 1)
    runs = frames.groups(np.stack([found.path[row], core.landscape(found.path[row])], axis=-1), "stage")
    runs = runs.assign(at=at[runs.stage], kind=words("kinds.run")).dropna()
    texts = [
        (x, at[stage], words(f"texts.{basin}", n=counts[row, stage]))
        for basin, x, counts in (("sharp", -1.0, found.in_sharp), ("flat", 1.0, found.in_flat))
        for stage in range(core.STAGES + 1)
    ]
    shares = frames.intervals(found.batch_sizes, {words("kinds.share"): (found.flat, found.low, found.high)})
    left, right = st.columns([1.35, 1])
    with left:
        profile("runs", runs[["x", "y", "at", "kind"]], texts, {words("series.full"): core.landscape(w)}, w=w,
                series=(words("series.full"),), kinds=((words("kinds.run"), "circle"),), last=100, step=5,
                value=100)  # fmt: skip
    with right:
        page.chart(
            "share", charts.measured, {"points": shares, "here": pd.DataFrame({"x": [batch_size]})}, here=True,
            kinds=((words("kinds.share"), "circle"),), x_domain=(7.0, 600.0), y_type="linear", y_domain=(0.0, 1.0),
            height=400,
        )  # fmt: skip
    return shares


def shaking_view(batch_size: int, rate: float, noise: str, start: str, seed: int) -> None:
    """Draw the landscape that each update of one run sees, and what it sees on average."""
    shown = shaking(batch_size, learning_rate=rate, noise=noise, start=start, seed=seed)
    updates, names = len(shown.seen), {name: words(f"series.{name}") for name in ("full", "seen", "mean")}
    kinds = tuple((words(f"kinds.{kind}"), shape) for kind, shape in (("before", "circle"), ("after", "diamond")))
    points = pd.concat([
        pd.DataFrame({"x": shown.path[k : k + updates], "y": shown.height[:, k]}).assign(
            at=range(1, updates + 1), kind=kind
        )
        for k, (kind, _) in enumerate(kinds)
    ])  # fmt: skip
    moving = frames.groups(np.stack([np.broadcast_to(shown.w, shown.seen.shape), shown.seen], axis=-1), "update")
    profile(
        "seen", points, [(0.5, t, words("texts.update", n=t)) for t in range(1, updates + 1)],
        {names["full"]: shown.full, names["mean"]: shown.mean}, w=shown.w, series=tuple(names.values()), kinds=kinds,
        colours=(theme.ACCENT, theme.CONTRAST, theme.VIOLET), moving=names["seen"], last=updates, step=1, value=1,
        opacity=0.9, more={"moving": moving.assign(at=moving["update"] + 1)[["x", "y", "at"]]}, size=190,
    )  # fmt: skip
    sd = float(core.shift_sd(batch_size))
    key = "none" if sd == 0 else "batch" if noise == "batch" else "other"
    st.markdown(words(f"shaking.{key}", b=batch_size, sd=sd, sharp=1 + core.BARRIER, flat=1 - core.BARRIER))
    st.caption(words("shaking.toy"))


def keskar_view() -> None:
    """List what Keskar et al. published, marked as such."""
    columns = ("network", "data", "sharp_small", "sharp_large", "ratio", "test_small", "test_large", "gap")
    rows = [
        {words(f"keskar.{c}"): v if isinstance(v := getattr(row, c), str) else number(v, 3 if c == "ratio" else 5)
         for c in columns} for row in core.KESKAR
    ]  # fmt: skip
    st.markdown(words("keskar.text"))
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(words("keskar.caption"))


def decide() -> dict[str, str]:
    """Measure what the prediction is about."""
    tried = {"rate": {"learning_rate": 0.02}, "updates": {"steps": 3000}, "nothing": {}}
    ends = {name: escape(SIZES, **change) for name, change in tried.items()}
    return {name: f"{found.flat[core.at_size(found, 64)]:.0%}" for name, found in ends.items()}


@st.fragment
def explore() -> None:
    """Draw everything that a control moves."""
    answers = {"rate": {"rate": 0.02}, "updates": {"steps": 3000}, "nothing": {"rate": 0.02}}
    page.predict(answers, right="rate", reveal=decide)
    with page.controls(SCENES):
        batch_size = int(page.steps("batch", SIZES, 64))
        rate = float(page.steps("rate", RATES, 0.01))
        start = page.choice("start", core.STARTS, "sharp", compact=True)
        noise = page.choice("noise", tuple(core.NOISES), "batch", compact=True)
        hold = page.toggle("hold")
        with page.more_controls():
            steps, seed = int(page.steps("steps", (50, 150, 500, 1500, 3000), 1500, live=False)), page.seed()
    settings = {"learning_rate": rate, "steps": steps, "noise": noise, "start": start, "hold": hold, "seed": seed}
    found = escape(SIZES, **settings)
    row = core.at_size(found, batch_size)
    used = float(found.learning_rates[row])
    with page.picture():
        shares = headline(found, batch_size)
        page.metrics({"rate": number(used, 3), "updates": f"{found.steps[row]:,}",
                      "edge": words("edge", edge=number(2 / used, 3), sharp=number(core.SHARP, 2))})  # fmt: skip
        page.notice(*(
            words(f"notice.{f.code}", **f.figures)
            for f in core.toy_findings(found, batch_size=batch_size, noise=noise, start=start, hold=hold)
        ))  # fmt: skip
    page.tabs({
        "shaking": lambda: shaking_view(batch_size, used, noise, start, seed),
        "keskar": keskar_view,
    })  # fmt: skip
    page.code(core.escape, snippet=f"""
        from core.batch_size_minima import escape

        found = escape({SIZES}, **{settings})
        for size, flat, low, high in zip(found.batch_sizes, found.flat, found.low, found.high):
            print(f"B = {{size}}: {{flat:.3f}} of the runs end flat, 95 % interval {{low:.3f}} to {{high:.3f}}")
    """)  # fmt: skip
    page.download({"share_flat": lambda: shares})


explore()
page.claims(core.CLAIMS)
page.sources()
