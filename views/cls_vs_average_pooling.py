"""Weights and accuracy of poolings: in closed form, after training, with padding, and as published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core import cls_vs_average_pooling as core
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number, format_share
from ui.page import Page
from ui.page.state import Settings
from ui.snippets import join_code

Array = NDArray[np.float64]

# Number of tokens of the example that are drawn.
MAX_BARS = 40
# Increasingly high axes of the weights.
WEIGHT_DOMAINS = ((0.0, 0.02), (0.0, 0.1), (0.0, 0.3), (0.0, 1.0))
# By the order of `core.POOLINGS`.
POOLING_COLOURS = (theme.ACCENT, theme.PINK, theme.GOOD, theme.VIOLET, theme.CONTRAST)
# Figures of findings that are shares, and their decimals in per cent.
SHARES = {
    "now": 1,
    "average": 1,
    "theory": 1,
    "tied": 0,
    **dict.fromkeys(("before", "after", "cls", "mean", "change"), 0),
}
# Differences of shares, in percentage points.
POINTS = ("loss",)


def headline(
    page: Page,
    sequences: core.Sequences,
    sharpness: float,
    now: core.PooledAccuracy,
    average: core.PooledAccuracy,
    *,
    curve: core.PooledAccuracy,
    average_curve: core.PooledAccuracy,
) -> None:
    """Draw the weights of one sequence, and the accuracy over the length.

    Parameters
    ----------
    page : Page
    sequences : Sequences
        A single one.
    sharpness : float
    now, average : PooledAccuracy
        Of attention with this sharpness and of the average, at the length of the sequence.
    curve, average_curve : PooledAccuracy
        The same over the length.
    """
    length = int(now.lengths[0])
    left, right = page.columns(2)
    with left:
        _draw_weights(page, sequences, sharpness)
    with right:
        _draw_accuracy(page, curve, average_curve, length)
    findings = core.findings(
        sequences.task, now, average, sharpness=sharpness, curve=curve, average_curve=average_curve
    )
    page.notice(*(_sentence(page, finding) for finding in findings))
    page.metrics(
        {
            "accuracy": format_share(now.accuracy[0], 1),
            "average": format_share(average.accuracy[0], 1),
            "ratio": format_number(now.signal_to_noise[0], 3),
            "needle": format_number(now.needle_weight[0], 2) if sequences.task == "needle" else "–",
        }
    )
    page.caption(page.words("accuracy_caption"))


def dilution(page: Page, curves: Mapping[float, core.PooledAccuracy]) -> None:
    """Draw the weight of the needle over the length; ``curves`` are results by sharpness."""
    lengths = next(iter(curves.values())).lengths.astype(np.float64)
    weights = {f"β = {sharpness:g}": curve.needle_weight for sharpness, curve in curves.items()}
    page.chart(
        "dilution",
        builders.lines,
        {"lines": frames.long(lengths, weights)},
        series=tuple(weights),
        x_type="log",
        y_domain=(0.0, 1.0),
    )
    page.notice(*(_sentence(page, finding) for finding in core.dilution_findings(curves)))


def accuracy_by_step(page: Page, run: core.TrainedPoolings, length: int) -> None:
    """Draw the accuracy during training."""
    _draw_trained(page, "steps", run, run.steps, run.accuracy, length, x_type="linear")


def accuracy_by_length(page: Page, run: core.TrainedPoolings, length: int) -> None:
    """Draw the accuracy after training on sequences of other lengths."""
    _draw_trained(page, "lengths", run, run.lengths, run.by_length, length, x_type="log")


def cls_attention(page: Page, run: core.TrainedPoolings, untrained: core.UntrainedCls) -> None:
    """Show the entropy of [CLS]'s attention and the needle's share of the gradient, before and after training."""
    cls = run.poolings.index("cls")
    entropy_before, entropy_after = run.attention_entropy.mean(axis=1)
    figures = {"entropy_before": entropy_before, "entropy_after": entropy_after}
    shares = run.gradient_share[cls].mean(axis=1)
    if np.isfinite(shares).all():  # only the needle task has a needle
        figures |= {"share_before": shares[0], "share_after": shares[1]}
    page.notice(*(_sentence(page, finding) for finding in core.attention_findings(run, untrained)))
    page.metrics(format_figures(figures, 3))


def swapped_poolings(page: Page, run: core.TrainedPoolings) -> None:
    """Tabulate the accuracy of encoders trained with one pooling (rows) and tested with another (columns)."""
    words = page.words
    names = [words(f"poolings.{pooling}") for pooling in core.WITH_ATTENTION]
    rows = []
    for i, trained_with in enumerate(names):
        accuracies = run.swapped[i].mean(axis=0)
        cells = [
            (tested_with, format_share(accuracies[j]), words("swap.same" if i == j else "swap.other"))
            for j, tested_with in enumerate(names)
        ]
        rows.append((words("trained.row", pooling=trained_with), cells))
    page.chart(
        "swap",
        builders.state_grid,
        {"cells": frames.cells(rows)},
        rows=len(rows),
        fills=page.fills("swap", same=(theme.GOOD, 0.35), other=(theme.MUTED, 0.12)),
    )
    page.notice(_sentence(page, core.swap_finding(run.swapped)))


def digits(page: Page, run: core.DigitsRun) -> None:
    """Draw the accuracy on digits, what each patch receives, and digits that are misclassified."""
    words = page.words
    names = [words(f"poolings.{pooling}") for pooling in run.poolings]
    page.chart(
        "digits",
        builders.lines,
        {"lines": frames.bands(run.epochs.astype(np.float64), dict(zip(names, run.accuracy, strict=True)))},
        series=tuple(names),
        colours=POOLING_COLOURS,
        band=True,
        y_domain=(0.0, 1.0),
    )
    page.notice(
        words("digits.text", **_final_accuracies(run.poolings, run.accuracy)),
        _about_seeds(page, run.poolings, run.accuracy[..., -1]),
    )
    maps = {words("digits.attention"): run.attention}
    for name, gradient in zip(names, run.gradient, strict=True):
        maps[words("digits.gradient", pooling=name)] = gradient
    for index, (column, (name, shares)) in enumerate(zip(page.columns(4), maps.items(), strict=True)):
        with column:
            _draw_patches(page, index, name, shares)
    for index, name in enumerate(names):
        page.text(f"**{words('digits.mistakes', pooling=name)}**")
        _show_mistakes(page, run, index)


def padding(page: Page, drift: core.PaddingDrift, length: int, *, masked: bool) -> None:
    """Draw how far a sentence's average drifts with the length that it is padded to, with and without a mask."""
    words = page.words
    curves = {words("series.with_padding"): drift.with_padding, words("series.masked"): drift.masked}
    page.chart(
        "padding",
        builders.lines,
        {"lines": frames.long(drift.padded_lengths.astype(np.float64), curves)},
        series=tuple(curves),
        colours=(theme.DANGER, theme.GOOD),
        x_type="log",
        y_domain=(0.0, 2.0),
    )
    page.notice(_sentence(page, core.padding_finding(drift, length, masked=masked)))
    last = drift.masked[-1] if masked else drift.with_padding[-1]
    page.metrics(
        {
            "drift": format_share(last),
            "cosine": format_number(1.0 if masked else drift.cosine[-1], 3),
            "index_zero": words("padding.yes" if drift.index_zero_left[-1] else "padding.no"),
        }
    )
    page.caption(words("padding.attention"))


def literature(page: Page) -> None:
    """Show published comparisons, marked as published."""
    words = page.words
    page.table(
        {
            words(f"literature.{name}"): [getattr(row, name) for row in core.LITERATURE]
            for name in ("source", "setting", "cls", "mean")
        }
    )
    page.notice(_sentence(page, core.literature_finding()))
    page.caption(words("literature.text"))


def revealed(results: Mapping[str, core.PooledAccuracy]) -> dict[str, str]:
    """Return the accuracies, for the answer to the prediction."""
    return {name: format_share(result.accuracy[0]) for name, result in results.items()}


def snippet(
    view: str,
    task: str,
    length: int,
    sharpness: float,
    *,
    count: int,
    seed: int,
    curve: Settings,
    sharpnesses: Sequence[float],
    options: Settings,
) -> str:
    """Return code that measures the accuracy of the average and of attention, and then the figures of a view.

    Parameters
    ----------
    view : str
    task, length, sharpness, count, seed
        Arguments of `pooled_accuracy` for the current length.
    curve : mapping of str to object
        ``lengths`` and ``count`` of the curves.
    sharpnesses : sequence of float
        Those of the view on dilution.
    options : mapping of str to object
        The arguments of the view's function in `core`.
    """
    headline = f"""
        from core.cls_vs_average_pooling import pooled_accuracy

        for sharpness in (0.0, {sharpness}):
            measured = pooled_accuracy({task!r}, [{length}], sharpness=sharpness, count={count}, seed={seed})
            print(sharpness, measured.accuracy, measured.signal_to_noise, measured.needle_weight)
    """
    settings = {**curve, "seed": seed}
    arguments = ", ".join(f"{name}={value!r}" for name, value in options.items())
    own = {
        "headline": f"""
            # The curves over the length have fewer sequences for each point.
            for sharpness in (0.0, {sharpness}):
                curve = pooled_accuracy({task!r}, sharpness=sharpness, **{settings})
                print(curve.lengths, curve.accuracy)
        """,
        "dilution": f"""
            for sharpness in {tuple(sharpnesses)}:
                curve = pooled_accuracy("needle", sharpness=sharpness, **{settings})
                print(curve.lengths, curve.needle_weight)
        """,
        "trained": f"""
            from core.cls_vs_average_pooling import train_poolings, untrained_cls

            run = train_poolings({arguments})
            print(run.poolings, run.accuracy[..., -1], run.by_length)
            print(run.attention_entropy, run.gradient_share, run.swapped)
            before = untrained_cls({task!r}, {options.get("length")}, seeds=10, seed={seed})
            print(before.one_class, before.mean_one_class)
        """,
        "digits": f"""
            from core.cls_vs_average_pooling import train_digits

            run = train_digits({arguments})
            print(run.poolings, run.accuracy[..., -1], run.attention, run.gradient)
        """,
        "padding": f"""
            from core.cls_vs_average_pooling import padding_drift

            drift = padding_drift({arguments})
            print(drift.with_padding, drift.masked, drift.cosine)
        """,
        "literature": """
            from core.cls_vs_average_pooling import LITERATURE

            # The published results are not computed here.
            for row in LITERATURE:
                print(row)
        """,
    }
    return join_code(headline, own[view])


def _draw_weights(page: Page, sequences: core.Sequences, sharpness: float) -> None:
    """Draw the weights of the tokens of one sequence; those around the needle if there are many."""
    weights = core.attention_weights(sequences.keys, sharpness=sharpness)[0]
    needle = int(sequences.needle[0])
    first = max(0, min(needle - MAX_BARS // 2, weights.size - MAX_BARS))
    shown = range(first, min(weights.size, first + MAX_BARS))
    plain, star = page.words("series.weight"), page.words("series.needle")
    has_needle = sequences.task == "needle"
    by_series = {plain: [k for k in shown if not (has_needle and k == needle)], star: [needle] if has_needle else []}
    bars = frames.stack(
        *(
            {
                **frames.grouped(
                    [f"{k + 1}★" if series == star else str(k + 1) for k in tokens],
                    {series: [float(weights[k]) for k in tokens]},
                ),
                "position": np.array(tokens, dtype=np.float64),
            }
            for series, tokens in by_series.items()
            if tokens
        )
    )
    page.chart(
        "weights",
        builders.bars,
        {"bars": bars, "extent": frames.domain_frame(frames.smallest_domain(WEIGHT_DOMAINS, weights))},
        # A legend without the star would tell the task of an exam.
        fills=((plain, theme.MUTED), *(((star, theme.CONTRAST),) if has_needle or page.is_secret else ())),
        fitted=True,
        ordered=True,
        height=230,
    )
    if weights.size > MAX_BARS:
        page.caption(page.words("shown", shown=MAX_BARS, all=weights.size))


def _draw_accuracy(page: Page, curve: core.PooledAccuracy, average_curve: core.PooledAccuracy, length: int) -> None:
    """Draw the accuracy over the length, with the theory of the average, if there is one."""
    words = page.words
    curves = {
        words("series.average"): (average_curve.accuracy, average_curve.low, average_curve.high),
        words("series.now"): (curve.accuracy, curve.low, curve.high),
    }
    theory = average_curve.theory
    # An exam names it in any case: the legend would tell the task.
    named = page.is_secret or bool(np.isfinite(theory).any())
    if named:
        curves[words("series.theory")] = (theory, theory, theory)
    page.chart(
        "accuracy",
        builders.lines,
        {"lines": frames.intervals(curve.lengths.astype(np.float64), curves), "here": {"x": [length]}},
        alt=words("charts.accuracy.alt" if named else "charts.accuracy.alt_measured"),
        series=tuple(curves),
        # The average is a mean without attention, which has this colour in the view of trained poolings.
        colours=(theme.VIOLET, theme.ACCENT, theme.MUTED),
        band=True,
        here=True,
        x_type="log",
        y_domain=(0.45, 1.0),
        height=240,
    )


def _draw_trained(
    page: Page,
    name: str,
    run: core.TrainedPoolings,
    x: NDArray[np.int64],
    accuracy: Array,
    length: int,
    *,
    x_type: str,
) -> None:
    """Draw the accuracy of trained encoders, shape (poolings, seeds, len(x))."""
    curves = dict(zip((page.words(f"poolings.{pooling}") for pooling in run.poolings), accuracy, strict=True))
    page.chart(
        name,
        builders.lines,
        {"lines": frames.bands(x.astype(np.float64), curves)},
        series=tuple(curves),
        colours=POOLING_COLOURS,
        band=True,
        y_domain=(0.4, 1.0),
        x_type=x_type,
    )
    ends = _final_accuracies(run.poolings, accuracy)
    text = page.words(f"trained.{name}", **ends, size=length, last=int(x[-1]), steps=int(run.steps[-1]))
    page.notice(text, _about_seeds(page, run.poolings, accuracy[..., -1]))
    page.caption(page.words("trained.query"))


def _final_accuracies(poolings: tuple[str, ...], accuracy: Array) -> dict[str, str]:
    """Return the last accuracy of every pooling, as mean and range over the seeds."""
    ends = {}
    for pooling, values in zip(poolings, accuracy, strict=True):
        last = values[:, -1]
        ends[pooling] = format_share(last.mean(), 1)
        if last.size > 1:
            ends[pooling] += f" ({format_share(last.min(), 1)}–{format_share(last.max(), 1)})"
    return ends


def _about_seeds(page: Page, poolings: Sequence[str], accuracy: Array) -> str:
    """Return the sentence on whether one pooling is ahead with every seed; ``accuracy`` has a row for each pooling."""
    finding, best = core.seeds_finding(accuracy)
    return page.words(f"notice.{finding.code}", pooling=page.words(f"poolings.{poolings[best]}"), **finding.figures)


def _draw_patches(page: Page, index: int, name: str, shares: Array) -> None:
    """Draw what each of the 4 × 4 patches receives."""
    page.text(f"**{name}**")
    page.chart(
        f"patches_{index}",
        builders.heat_map,
        # Row 0 of an image is its top.
        {"cells": {**frames.unit_cells(4), "value": shares.reshape(4, 4)[::-1].ravel()}},
        alt=page.words("digits.alt", name=name),
        value_domain=(0.0, 0.2),
        height=220,
    )


def _show_mistakes(page: Page, run: core.DigitsRun, index: int) -> None:
    """Show digits that one pooling misclassified."""
    found = [k for k, predicted in enumerate(run.predicted[index]) if predicted >= 0]
    captions = [
        page.words("digits.caption", predicted=run.predicted[index, k], actual=run.actual[index, k]) for k in found
    ]
    page.images([_with_patch_lines(run.mistakes[index, k]) for k in found], captions, width=80)


def _with_patch_lines(image: Array) -> Array:
    """Enlarge an 8 × 8 image, with lines between the patches that are the tokens of the transformer."""
    enlarged: Array = np.kron(image.reshape(8, 8), np.ones((10, 10))).astype(np.float64)
    enlarged[20::20] = 0.55
    enlarged[:, 20::20] = 0.55
    return enlarged


def _sentence(page: Page, finding: core.Finding) -> str:
    figures = format_figures(finding.figures, 2)
    for name, value in finding.figures.items():
        if name in POINTS:
            figures[name] = format_share(value).removesuffix("%")
        elif name in SHARES:
            figures[name] = format_share(value, SHARES[name])
    return page.words(f"notice.{finding.code}", **figures)
