"""How do you turn n token vectors into one — and does averaging really fail on long sequences?"""

import numpy as np
import streamlit as st

from core import cls_vs_average_pooling as core
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number
from ui.page import fragment, open_page

N = (1, 2, 3, 4, 5, 6, 8, 9, 12, 16, 17, 24, 32, 33, 48, 64, 65, 96, 128, 129, 192, 256)
CURVE = (1, 3, 5, 9, 17, 33, 65, 129, 257)
SHARPNESS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
DILUTION = (0.5, 1.0, 2.0, 4.0)
BARS = 40  # tokens of the example that are drawn
STEPS, EPOCHS = 200, 30
COLOURS = (theme.ACCENT, theme.CONTRAST, theme.GOOD, theme.VIOLET)

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

page = open_page(__file__)
words = page.words


def curve(task: str, sharpness: float, seed: int) -> core.PooledAccuracy:
    """Measure accuracy against length."""
    return core.pooled_accuracy(task, CURVE, sharpness=sharpness, count=200, seed=seed)


def headline(task: str, length: int, sharpness: float, seed: int) -> None:
    """Draw the weights of one sequence, and accuracy against length with the theory over it."""
    drawn = core.draw_sequences(task, length, count=1, seed=seed)
    weights = core.attention_weights(drawn.keys, sharpness=sharpness)[0]
    first = max(0, min(int(drawn.needle[0]) - BARS // 2, length - BARS))
    shown = range(first, min(length, first + BARS))
    star = {int(drawn.needle[0])} if task == "needle" else set()
    tokens = [f"{k + 1}★" if k in star else str(k + 1) for k in shown]
    bars = frames.grouped(tokens, {words("series.weight"): weights[list(shown)]})
    page.chart(
        "weights",
        builders.bars,
        {"bars": bars},
        fills=((words("series.weight"), theme.ACCENT),),
        y_domain=(0.0, 1.0),
        height=330,
    )
    average, now = curve(task, 0.0, seed), curve(task, sharpness, seed)
    names = [words(f"series.{name}") for name in ("average", "now", "theory")]
    lines = {name: (run.accuracy, run.low, run.high) for name, run in zip(names, (average, now), strict=False)}
    lines[names[2]] = (average.theory,) * 3
    page.chart(
        "accuracy",
        builders.lines,
        {"lines": frames.intervals(average.lengths, lines), "here": {"x": [length]}},
        series=tuple(names),
        colours=(theme.CONTRAST, theme.ACCENT, theme.MUTED),
        band=True,
        here=True,
        x_type="log",
        y_domain=(0.45, 1.0),
        height=330,
    )


def figures(task: str, length: int, sharpness: float, seed: int) -> tuple[core.PooledAccuracy, core.PooledAccuracy]:
    """Measure this setting and average pooling at the same length, and write both."""
    now, average = (core.pooled_accuracy(task, [length], sharpness=b, count=400, seed=seed) for b in (sharpness, 0.0))
    page.metrics(
        {
            "accuracy": f"{now.accuracy[0]:.1%}",
            "average": f"{average.accuracy[0]:.1%}",
            "ratio": format_number(now.signal_to_noise[0], 3),
            "needle": format_number(now.needle_weight[0], 2) if task == "needle" else "–",
        }
    )
    return now, average


def notices(
    task: str, length: int, crossing: int | None, now: core.PooledAccuracy, average: core.PooledAccuracy
) -> list[str]:
    """Say what is to be seen, from what was computed."""
    said = {
        "now": f"{now.accuracy[0]:.1%}",
        "average": f"{average.accuracy[0]:.1%}",
        "n": length,
        "theory": f"{average.theory[0]:.1%}",
        "weight": format_number(now.needle_weight[0], 2),
        "tied": f"{now.tied[0]:.0%}",
    }
    apart = now.low[0] > average.high[0] or now.high[0] < average.low[0]
    better = "better" if now.accuracy[0] > average.accuracy[0] else "worse"
    lines = [words("notice.one" if length == 1 else f"notice.{better}" if apart else "notice.same", **said)]
    if crossing:
        lines.append(words("notice.crossover", start=crossing))
    if task == "needle" and length > 1:
        lines += [words("notice.theory", **said), words("notice.dilutes", **said)]
    return lines + ([words("notice.tied", **said)] if now.tied[0] else [])


def trained_view(task: str, seed: int) -> None:
    """Train encoders that differ in their pooling alone, and look at them from four sides."""
    with st.container(horizontal=True):
        look = page.choice("look", ("steps", "lengths", "attention", "swap"), "steps")
        size = page.choice("size", ("9", "17", "65"), "17")
        seeds = page.choice("seeds", ("1", "2", "4"), "2")
    run = page.job(
        "trained",
        core.train_poolings,
        task=task,
        length=int(size),
        poolings=core.POOLINGS,
        steps=STEPS,
        seeds=int(seeds),
        seed=seed,
    )
    names = [words(f"poolings.{name}") for name in run.poolings]
    if look in ("steps", "lengths"):
        x, y = (run.steps, run.accuracy) if look == "steps" else (run.lengths, run.by_length)
        lines = frames.bands(x.astype(float), dict(zip(names, y, strict=True)))
        page.chart(
            look,
            builders.lines,
            {"lines": lines},
            series=tuple(names),
            colours=COLOURS,
            band=True,
            y_domain=(0.4, 1.0),
            x_type="log" if look == "lengths" else "linear",
        )
        ends = {name: f"{values[:, -1].mean():.1%}" for name, values in zip(run.poolings, y, strict=True)}
        st.markdown(words(f"trained.{look}", **ends, size=size, last=int(x[-1])))
    elif look == "attention":
        before = core.untrained_cls(task, int(size), seeds=10, seed=seed)
        shares = {f"share_{when}": run.gradient_share[0, k].mean() for k, when in enumerate(("before", "after"))}
        entropies = {"before": run.attention_entropy[0].mean(), "after": run.attention_entropy[1].mean()}
        page.metrics(format_figures({f"entropy_{k}": v for k, v in entropies.items()} | shares, 3))
        st.markdown(
            words(
                "trained.attention",
                one_class=f"{np.median(before.one_class):.0%}",
                seeds=10,
                **{k: f"{v:.0%}" for k, v in entropies.items()},
            )
        )
    else:
        columns = [words(f"poolings.{name}") for name in core.WITH_ATTENTION]
        rows = [
            (
                words("trained.row", pooling=name),
                [
                    (column, f"{value:.0%}", words("swap.same" if i == j else "swap.other"))
                    for j, (column, value) in enumerate(zip(columns, run.swapped[i].mean(axis=0), strict=True))
                ],
            )
            for i, name in enumerate(columns)
        ]
        page.chart(
            "swap",
            builders.state_grid,
            {"cells": frames.cells(rows)},
            rows=3,
            fills=page.fills("swap", same=(theme.GOOD, 0.35), other=(theme.MUTED, 0.12)),
        )


def framed(image: np.ndarray) -> np.ndarray:
    """Enlarge an 8 × 8 image, with lines between the patches that the transformer sees as tokens."""
    picture = np.kron(image.reshape(8, 8), np.ones((10, 10)))
    picture[20::20] = picture[:, 20::20] = 0.55
    return picture


def digits_view(seed: int) -> None:
    """Train a tiny Vision Transformer on digits, and show what each patch receives and what goes wrong."""
    run = page.job("digits", core.train_digits, poolings=core.WITH_ATTENTION, epochs=EPOCHS, seeds=2, seed=seed)
    names = [words(f"poolings.{name}") for name in run.poolings]
    lines = frames.bands(run.epochs.astype(float), dict(zip(names, run.accuracy, strict=True)))
    page.chart(
        "digits", builders.lines, {"lines": lines}, series=tuple(names), colours=COLOURS, band=True, y_domain=(0.0, 1.0)
    )
    ends = {name: f"{values[:, -1].mean():.1%}" for name, values in zip(run.poolings, run.accuracy, strict=True)}
    st.markdown(words("digits.text", **ends))
    maps = {words("digits.attention"): run.attention}
    maps |= {words("digits.gradient", pooling=name): share for name, share in zip(names, run.gradient, strict=True)}
    for place, (column, (name, share)) in enumerate(zip(st.columns(4), maps.items(), strict=True)):
        with column:
            # Row 0 of an image is its top.
            cells = {**frames.unit_cells(4), "value": share.reshape(4, 4)[::-1].ravel()}
            st.markdown(f"**{name}**")
            page.chart(
                f"patches_{place}",
                builders.heat_map,
                {"cells": cells},
                alt=words("digits.alt", name=name),
                value_domain=(0.0, 0.2),
                height=220,
            )
    for name, images, said, meant in zip(names, run.mistakes, run.predicted, run.actual, strict=True):
        wrong = [k for k in range(len(said)) if said[k] >= 0]
        st.markdown(f"**{words('digits.mistakes', pooling=name)}**")
        pictures = [framed(images[k]) for k in wrong]
        captions = [words("digits.caption", said=said[k], meant=meant[k]) for k in wrong]
        st.image(pictures, caption=captions, clamp=True, width=80)


def padding_view(seed: int) -> None:
    """Draw how far a sentence's vector drifts as its neighbour in the batch grows."""
    own = int(page.slider("own", 1, 256, 8, step=1))
    masked = page.toggle("masked")
    sizes = np.unique(np.geomspace(own, 256, 40).astype(int))
    drift = core.padding_drift(own, sizes, seed=seed)
    names = (words("series.with_padding"), words("series.masked"))
    drawn = {names[0]: drift.with_padding, names[1]: drift.masked}
    page.chart(
        "padding",
        builders.lines,
        {"lines": frames.long(drift.neighbours, drawn)},
        series=names,
        colours=(theme.DANGER, theme.GOOD),
        x_type="log",
        y_domain=(0.0, 2.0),
    )
    last = drift.masked[-1] if masked else drift.with_padding[-1]
    page.metrics(
        {
            "drift": f"{last:.0%}",
            "cosine": format_number(1.0 if masked else drift.cosine[-1], 3),
            "index_zero": words("padding.yes" if drift.index_zero_left[-1] else "padding.no"),
        }
    )
    st.markdown(words("padding.masked" if masked else "padding.naive", own=own, longest=int(sizes[-1])))


def dilution_view(seed: int) -> None:
    """Draw the weight that attention leaves on the needle as the sequence grows."""
    runs = {f"β = {b:g}": curve("needle", b, seed).needle_weight for b in DILUTION}
    page.chart(
        "dilution",
        builders.lines,
        {"lines": frames.long(np.array(CURVE), runs)},
        series=tuple(runs),
        x_type="log",
        y_domain=(0.0, 1.0),
    )


def literature_view() -> None:
    """List published comparisons, marked as such."""
    columns = [words(f"literature.{name}") for name in ("source", "setting", "cls", "mean")]
    rows = [(row.source, row.setting, row.cls, row.mean) for row in core.LITERATURE]
    st.dataframe(frames.from_rows(columns, rows), hide_index=True)
    st.caption(words("literature.text"))


def decide() -> dict[str, str]:
    """Measure what the prediction is about."""
    asked = {"average": 0.0, "attention": 2.0}
    return {name: f"{core.pooled_accuracy('needle', [64], sharpness=b).accuracy[0]:.0%}" for name, b in asked.items()}


@fragment
def explore() -> None:
    """Draw everything that a control moves."""
    with page.controls(SCENES, "even"):
        task = page.choice("task", core.TASKS, "needle")
        length = int(page.select_slider("length", N, 4))
        sharpness = page.select_slider("sharpness", SHARPNESS, 0.0)
        seed = page.seed()

    def draw() -> None:
        headline(task, length, sharpness, seed)
        crossing = core.crossover(curve(task, sharpness, seed), curve(task, 0.0, seed))
        page.notice(*notices(task, length, crossing, *figures(task, length, sharpness, seed)))

    with page.picture():
        page.share(draw)
    page.views(
        {
            "dilution": lambda: dilution_view(seed),
            "trained": lambda: trained_view(task, seed),
            "digits": lambda: digits_view(seed),
            "padding": lambda: padding_view(seed),
            "literature": literature_view,
        }
    )
    page.code(
        core.pooled_accuracy,
        core.attention_weights,
        snippet=f"""
        from core.cls_vs_average_pooling import pooled_accuracy

        for sharpness in (0.0, {sharpness}):
            measured = pooled_accuracy({task!r}, [{length}], sharpness=sharpness, count=400, seed={seed})
            print(sharpness, measured.accuracy, measured.signal_to_noise, measured.needle_weight)
    """,
    )
    page.download(
        {
            "accuracy": lambda: {
                "n": CURVE,
                "average": curve(task, 0.0, seed).accuracy,
                "now": curve(task, sharpness, seed).accuracy,
            }
        }
    )


experiment = {"length": 64, "sharpness": 2.0}
page.predict(dict.fromkeys(("average", "both", "attention"), experiment), right="attention", reveal=decide)
explore()
page.claims(core.CLAIMS)
page.sources()
