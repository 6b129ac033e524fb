"""The distributions and the sums over them, and experiments in which cross-entropy and KL divergence differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core import cross_entropy_vs_kl as core
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number
from ui.page import Page

Array = NDArray[np.float64]

DISTRIBUTION_FILLS = (("P", theme.ACCENT), ("Q", theme.CONTRAST))
CE_COLOUR = theme.VIOLET
KL_COLOUR = theme.GOOD
REVERSE_COLOUR = theme.PINK
SUMS = ("entropy_p", "ce_pq", "kl_pq", "kl_qp", "js")
# Every third cell of the grid looks the same and is a ninth of the data.
SURFACE_STEP = 3
# Every fourth step of the training.
TRAINING_STEP = 4
# The left end of the logarithmic axis, where a mass of exactly 0 is marked.
SMALLEST_MASS = 1e-12


def headline(page: Page, compared: core.Comparison, path: core.LossPath) -> None:
    """Draw both distributions, the terms of the three sums, and H(P, Q) = H(P) + KL(P ‖ Q).

    The axes are those of the whole path, so that they stay as Q moves.
    """
    page.chart(
        "pq",
        builders.bars,
        {"bars": frames.grouped(_classes(compared.p.size), {"P": compared.p, "Q": compared.q})},
        fills=DISTRIBUTION_FILLS,
        y_domain=(0.0, 1.0),
    )
    _draw_terms(page, compared, path.term_range)
    _draw_identity(page, compared, path.largest_loss)
    page.metrics(format_figures({name: getattr(compared, name) for name in SUMS}))
    found = core.findings(compared)
    page.notice(*(page.words(f"notice.{finding.code}", **format_figures(finding.figures)) for finding in found))


def path(page: Page, losses: core.LossPath, step: int) -> None:
    """Draw both losses from Q to P, which differ by the constant H(P), and their gradients at the current step."""
    words = page.words
    ce, kl = _names(page, "sums", "ce", "kl")
    left, right = page.columns(2)
    with left:
        curves = {ce: losses.cross_entropy, kl: losses.kl}
        page.chart(
            "path",
            builders.lines,
            {"lines": frames.long(losses.t, curves), "here": {"x": [losses.t[step]]}},
            series=(ce, kl),
            colours=(CE_COLOUR, KL_COLOUR),
            here=True,
        )
    with right:
        gradients = {ce: losses.cross_entropy_gradient[step], kl: losses.kl_gradient[step]}
        page.chart(
            "gradient",
            builders.bars,
            {"bars": frames.grouped(_classes(losses.q.shape[1]), gradients)},
            height=320,
            y_domain=(-1.0, 1.0),
            fills=((ce, CE_COLOUR), (kl, KL_COLOUR)),
        )
    if np.isnan(losses.kl_gradient[step]).any():
        page.text(words("path.infinite"))
    else:
        difference = f"{losses.largest_gradient_difference:.0e}"
        page.text(words("path.apart", entropy=format_number(losses.entropy_p), difference=difference))


def learned(page: Page, training: core.JointTraining) -> None:
    """Draw the entropy of a P that is trained together with Q, by either loss."""
    by_ce, by_kl = _names(page, "learned", "by_ce", "by_kl")
    entropy_by_ce, entropy_by_kl = training.by_cross_entropy.entropy_p, training.by_kl.entropy_p
    n_runs, n_steps = entropy_by_kl.shape
    steps = np.arange(0, n_steps, TRAINING_STEP)
    page.chart(
        "learned",
        builders.lines,
        {"lines": frames.bands(steps.astype(float), {by_ce: entropy_by_ce[:, steps], by_kl: entropy_by_kl[:, steps]})},
        series=(by_ce, by_kl),
        colours=(CE_COLOUR, KL_COLOUR),
        band=True,
        y_title=_unit(page, training.unit),
    )
    figures = {}
    for name, entropy in (("ce", entropy_by_ce), ("kl", entropy_by_kl)):
        figures[f"{name}_min"] = entropy[:, -1].min()
        figures[f"{name}_max"] = entropy[:, -1].max()
    page.text(page.words("learned.text", runs=n_runs, **format_figures(figures, 3)))


def gaussian(page: Page, fit: core.GaussianFit) -> None:
    """Draw one Gaussian fitted to two by either KL divergence, and the objective of the reverse one."""
    left, right = page.columns(2)
    with left:
        _draw_densities(page, fit)
    with right:
        _draw_surface(page, fit)
    best = fit.reverse[0]
    figures = {
        "d": fit.separation,
        "mean": abs(best.mean),
        "sigma": best.sigma,
        "kl": best.reverse_kl,
        "forward": fit.forward.sigma,
    }
    phrase = "gaussian.seeks" if fit.seeks_mode else "gaussian.covers"
    threshold = format_number(core.mode_seeking_threshold(), 5)
    page.text(page.words(phrase, **format_figures(figures), threshold=threshold))


def zero(page: Page, mass: core.ZeroMass, epsilon: float) -> None:
    """Draw every divergence over the mass of a class, which goes to 0; ``epsilon`` is the current mass."""
    words = page.words
    values = {"kl": mass.kl_pq, "reverse": mass.kl_qp, "ce": mass.ce_pq, "js": mass.js}
    # The first mass is 0, which a logarithmic axis does not have.
    curves = {words(f"sums.{name}"): value[1:] for name, value in values.items()}
    page.chart(
        "zero",
        builders.lines,
        {"lines": frames.long(mass.epsilon[1:], curves), "here": {"x": [max(epsilon, SMALLEST_MASS)]}},
        series=tuple(curves),
        colours=(KL_COLOUR, REVERSE_COLOUR, CE_COLOUR, theme.MUTED),
        x_type="log",
        here=True,
        y_title=_unit(page, mass.unit),
    )
    nearest = int(np.abs(mass.epsilon - epsilon).argmin())
    page.metrics({f"zero_{name}": format_number(value[nearest]) for name, value in values.items()})
    page.text(words("zero.exactly" if epsilon == 0 else "zero.almost", epsilon=format_number(epsilon)))


def smoothing(page: Page, smooth: core.LabelSmoothing) -> None:
    """Draw both losses of a smoothed target over the gap between the logits; cross-entropy does not reach 0."""
    ce, kl = _names(page, "sums", "ce", "kl")
    optimal_gap = min(smooth.optimal_gap, smooth.gap[-1])
    page.chart(
        "smoothing",
        builders.lines,
        {
            "lines": frames.long(smooth.gap, {ce: smooth.cross_entropy, kl: smooth.kl}),
            "here": {"x": [optimal_gap]},
        },
        series=(ce, kl),
        colours=(CE_COLOUR, KL_COLOUR),
        here=True,
        y_title=_unit(page, smooth.unit),
    )
    floor, gap = format_number(smooth.floor), format_number(smooth.optimal_gap)
    page.text(page.words("smoothing.text", floor=floor, gap=gap))


def distillation(page: Page, run: core.Distillation, *, draws: int) -> None:
    """Draw the norm of the distillation gradient over the temperature T, unscaled and multiplied by T²."""
    raw, scaled = _names(page, "distillation", "raw", "scaled")
    bands = {
        raw: (run.norm.median, run.norm.low, run.norm.high),
        scaled: (run.scaled_norm.median, run.scaled_norm.low, run.scaled_norm.high),
    }
    page.chart(
        "distillation",
        builders.lines,
        {"lines": frames.intervals(run.temperatures, bands)},
        series=(raw, scaled),
        band=True,
        x_type="log",
    )
    figures = {
        "raw_first": run.norm.median[0],
        "raw_last": run.norm.median[-1],
        "first": run.scaled_norm.median[0],
        "last": run.scaled_norm.median[-1],
        "cosine": run.cosine.median[-1],
        "t_first": run.temperatures[0],
        "t_last": run.temperatures[-1],
        "draws": draws,
    }
    page.text(page.words("distillation.text", **format_figures(figures, 3)))


def calls(page: Page, table: core.CallTable, options: Mapping[str, str], replays: Sequence[core.BugReplay]) -> None:
    """Show what the library call with these options returns, then the other calls, then reported bugs."""
    words = page.words
    [chosen] = [call for call in table.calls if call.options == options]
    page.code_block(chosen.call)
    page.text(f"### {format_number(chosen.value)} → {_returned(page, chosen)}")
    rows = [
        (call.library, call.call, format_number(call.value), _returned(page, call))
        for call in table.calls
        if not call.options
    ]
    page.table(frames.from_rows(_names(page, "calls", "library", "call", "value", "returned"), rows))
    page.text(f"**{words('calls.bugs')}**")
    for replay in replays:
        bug = replay.bug
        figures = {"value": format_number(replay.value), "fixed": format_number(replay.fixed_value)}
        sentence = words(f"bugs.{bug.misconception}", **figures)
        page.text(f"- [#{bug.number}]({bug.url}) *{bug.title}* {sentence}")


def revealed(entropy: float, largest_difference: float) -> dict[str, str]:
    """Return the entropy and the difference of the gradients, for the answer to the prediction."""
    return {"entropy": format_number(entropy), "difference": f"{largest_difference:.0e}"}


def normalised(page: Page, p: Array, q: Array) -> str:
    """Return the two distributions as they are used, for the note below the fields."""
    return page.words(
        "normalised",
        p=", ".join(format_number(mass, 3) for mass in p),
        q=", ".join(format_number(mass, 3) for mass in q),
    )


def snippet(p: Array, q: Array, *, step: int, steps: int, unit: str) -> str:
    """Return code that computes the quantities of the headline and the gradients."""
    return f"""
        from core.cross_entropy_vs_kl import compare, loss_path

        path = loss_path({p.tolist()}, {q.tolist()}, steps={steps}, unit={unit!r})
        compared = compare({p.tolist()}, path.q[{step}], unit={unit!r})
        print(compared.entropy_p, compared.ce_pq, compared.kl_pq, compared.kl_qp, compared.js)
        print(path.cross_entropy_gradient[{step}], path.kl_gradient[{step}])
    """


def _draw_terms(page: Page, compared: core.Comparison, term_range: tuple[float, float]) -> None:
    """Draw the terms of H(P, Q), KL(P ‖ Q) and KL(Q ‖ P) by class."""
    ce, kl, reverse = _names(page, "sums", "ce", "kl", "reverse")
    terms = {ce: compared.ce_pq_terms, kl: compared.kl_pq_terms, reverse: compared.kl_qp_terms}
    page.chart(
        "terms",
        builders.bars,
        {
            "bars": frames.grouped(_classes(compared.p.size), terms),
            "extent": frames.domain_frame(frames.padded_domain(*term_range)),
        },
        fills=((ce, CE_COLOUR), (kl, KL_COLOUR), (reverse, REVERSE_COLOUR)),
        fitted=True,
        y_title=_unit(page, compared.unit),
    )


def _draw_identity(page: Page, compared: core.Comparison, largest_loss: float) -> None:
    """Draw H(P) and KL(P ‖ Q) in one bar above H(P, Q) in another."""
    entropy, kl, ce = _names(page, "sums", "entropy", "kl", "ce")
    together, alone = _names(page, "identity", "sum", "ce")
    parts = [
        (together, 0.0, compared.entropy_p, entropy),
        (together, compared.entropy_p, compared.kl_pq, kl),
        (alone, 0.0, compared.ce_pq, ce),
    ]
    page.chart(
        "identity",
        builders.stacked_rows,
        {
            "parts": frames.bar_parts(parts),
            "extent": frames.domain_frame(frames.padded_domain(0.0, largest_loss)),
        },
        x_title=_unit(page, compared.unit),
        fills=((entropy, theme.MUTED), (kl, KL_COLOUR), (ce, CE_COLOUR)),
    )


def _draw_densities(page: Page, fit: core.GaussianFit) -> None:
    mixture, forward, reverse = _names(page, "gaussian", "mixture", "forward", "reverse")
    densities = {mixture: fit.mixture_density, forward: fit.forward_density, reverse: fit.reverse_densities[0]}
    page.chart(
        "fits",
        builders.lines,
        {"lines": frames.long(fit.x, densities)},
        series=tuple(densities),
        colours=(theme.MUTED, theme.ACCENT, theme.CONTRAST),
        y_domain=(0.0, 0.45),
    )


def _draw_surface(page: Page, fit: core.GaussianFit) -> None:
    """Draw KL(Gaussian ‖ mixture) over mean and log σ, and its minima."""
    lowest, other = _names(page, "gaussian", "reverse", "other")
    optima = [
        (optimum.mean, np.log(optimum.sigma), lowest if number == 0 else other)
        for number, optimum in enumerate(fit.reverse)
    ]
    cells = frames.surface_cells(
        fit.means[::SURFACE_STEP],
        fit.log_sigmas[::SURFACE_STEP],
        fit.reverse_surface[::SURFACE_STEP, ::SURFACE_STEP],
    )
    page.chart(
        "surface",
        builders.heat_map,
        {"cells": cells, "points": frames.from_rows(("x", "y", "kind"), optima)},
        shapes=((lowest, "diamond"), (other, "circle")),
        value_domain=(0.0, 3.0),
        value_title=page.words("gaussian.value"),
    )


def _returned(page: Page, call: core.LibraryCall) -> str:
    """Return the names of the quantities that equal the result of a call."""
    return " = ".join(_names(page, "returned", *call.returned))


def _names(page: Page, table: str, *codes: str) -> tuple[str, ...]:
    """Return the words of several codes of a table."""
    return tuple(page.words(f"{table}.{code}") for code in codes)


def _unit(page: Page, unit: str) -> str:
    return page.words(f"units.{unit}")


def _classes(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]
