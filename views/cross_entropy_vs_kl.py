"""The distributions and the sums over them, and experiments in which cross-entropy and KL divergence differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core import cross_entropy_vs_kl as core
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number
from ui.page import Page
from ui.page.state import Settings
from ui.snippets import join_code

Array = NDArray[np.float64]

DISTRIBUTION_FILLS = (("P", theme.ACCENT), ("Q", theme.CONTRAST))
CE_COLOUR = theme.VIOLET
KL_COLOUR = theme.GOOD
REVERSE_COLOUR = theme.DANGER
SUMS = ("entropy_p", "ce_pq", "kl_pq", "kl_qp", "js")
# Every third cell of the grid looks the same and is a ninth of the data.
SURFACE_STEP = 3
# Every fourth step of the training.
TRAINING_STEP = 4
# Up to this distance between its components (in σ) a mixture of two equal Gaussians has one bump.
ONE_BUMP = 2.0
# The left end of the logarithmic axis, where a mass of exactly 0 is marked.
SMALLEST_MASS = 1e-12


def headline(page: Page, compared: core.Comparison, path: core.LossPath) -> None:
    """Draw both distributions, the terms of the three sums, and H(P, Q) = H(P) + KL(P ‖ Q).

    The axes are those of the whole path, so that they stay as Q moves.
    """
    left, right = page.columns(2)
    with left:
        page.chart(
            "pq",
            builders.bars,
            {"bars": frames.grouped(_classes(compared.p.size), {"P": compared.p, "Q": compared.q})},
            fills=DISTRIBUTION_FILLS,
            y_domain=(0.0, 1.0),
            height=140,
        )
        _draw_identity(page, compared, path.largest_loss)
    with right:
        _draw_terms(page, compared, path.term_range)
    found = core.findings(compared)
    page.notice(
        *(page.words(f"notice.{finding.code}", **_amounts(page, finding.figures, compared.unit)) for finding in found)
    )
    page.metrics(_amounts(page, {name: getattr(compared, name) for name in SUMS}, compared.unit))
    page.caption(page.words("formulas"))
    if np.isinf([compared.ce_pq, compared.kl_pq, compared.kl_qp]).any():
        page.caption(page.words("infinite_terms"))


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
            y_title=_axis(page, "loss", losses.unit),
        )
    with right:
        gradients = {ce: losses.cross_entropy_gradient[step], kl: losses.kl_gradient[step]}
        page.chart(
            "gradient",
            builders.bars,
            {"bars": frames.grouped(_classes(losses.q.shape[1]), gradients)},
            height=270,
            # A component of q − p is between −1 and 1.
            y_domain=_scaled((-1.0, 1.0), losses.unit),
            y_title=_axis(page, "gradient", losses.unit),
            fills=((ce, CE_COLOUR), (kl, KL_COLOUR)),
        )
    sentences = []
    finite = np.isfinite(losses.cross_entropy)
    if not finite[step]:
        sentences.append(words("path.infinite", first=100 * losses.t[finite][0]))
    entropy = _amount(page, losses.entropy_p, losses.unit)
    if losses.largest_gradient_difference == 0:
        sentences.append(words("path.equal", entropy=entropy))
    else:
        difference = f"{losses.largest_gradient_difference:.0e}"
        sentences.append(words("path.apart", entropy=entropy, difference=difference))
    page.notice(*sentences)
    page.caption(words(f"path.formula_{losses.unit}"))


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
        y_title=_axis(page, "entropy", training.unit),
    )
    figures = {}
    for name, entropy in (("ce", entropy_by_ce), ("kl", entropy_by_kl)):
        figures[f"{name}_min"] = entropy[:, -1].min()
        figures[f"{name}_max"] = entropy[:, -1].max()
    # Cross-entropy and KL lead to different P if the ranges of the runs do not overlap.
    apart = figures["ce_max"] < figures["kl_min"]
    sentences = [page.words("learned.text", runs=n_runs, **_amounts(page, figures, training.unit, 3))]
    if apart:
        sentences.append(page.words("learned.apart"))
    page.notice(*sentences)
    page.caption(page.words("own_distributions"))


def gaussian(page: Page, fit: core.GaussianFit, unit: core.Unit, *, threshold: float) -> None:
    """Draw one Gaussian fitted to two by either KL divergence, and the objective of the reverse one.

    ``threshold`` is `core.cross_entropy_vs_kl.mode_seeking_threshold`.
    """
    left, right = page.columns(2)
    with left:
        _draw_densities(page, fit)
    with right:
        _draw_surface(page, fit, unit)
    best = fit.reverse[0]
    figures = {
        "d": fit.separation,
        "mean": abs(best.mean),
        "sigma": best.sigma,
        "forward": fit.forward.sigma,
    }
    kl = _amount(page, core.convert_unit(best.reverse_kl, source="nats", target=unit), unit)
    if fit.separation <= ONE_BUMP:
        phrase = "gaussian.single"
    else:
        phrase = "gaussian.seeks" if fit.seeks_mode else "gaussian.covers"
    sentences = [page.words(phrase, **format_figures(figures), kl=kl, threshold=format_number(threshold, 5))]
    if fit.seeks_mode and any(optimum.mean == 0 for optimum in fit.reverse):
        sentences.append(page.words("gaussian.centre"))
    page.notice(*sentences)
    page.caption(f"{page.words('gaussian.clipped')} {page.words('own_distributions')}")


def zero(page: Page, mass: core.ZeroMass, now: core.ZeroMass) -> None:
    """Draw every divergence over the mass of a class, which goes to 0; ``now`` has the current mass only."""
    words, epsilon = page.words, float(now.epsilon[0])
    values = _divergences(mass)
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
        y_title=_axis(page, "divergence", mass.unit),
    )
    page.notice(words("zero.exactly" if epsilon == 0 else "zero.almost", epsilon=format_number(epsilon)))
    page.metrics({f"zero_{name}": _amount(page, value[0], now.unit) for name, value in _divergences(now).items()})
    page.caption(words("own_distributions"))


def smoothing(page: Page, smooth: core.LabelSmoothing) -> None:
    """Draw both losses of a smoothed target over the gap between the logits; cross-entropy does not reach 0."""
    ce, kl = _names(page, "sums", "ce", "kl")
    # Without smoothing the optimal gap is infinite and not on the axis.
    here = [smooth.optimal_gap] if np.isfinite(smooth.optimal_gap) else []
    page.chart(
        "smoothing",
        builders.lines,
        {
            "lines": frames.long(smooth.gap, {ce: smooth.cross_entropy, kl: smooth.kl}),
            "here": {"x": here},
        },
        series=(ce, kl),
        colours=(CE_COLOUR, KL_COLOUR),
        here=True,
        y_title=_axis(page, "loss", smooth.unit),
    )
    if here:
        floor, gap = _amount(page, smooth.floor, smooth.unit), format_number(smooth.optimal_gap)
        page.notice(page.words("smoothing.text", floor=floor, gap=gap))
    else:
        page.notice(page.words("smoothing.none"))
    page.caption(page.words("own_distributions"))


def distillation(page: Page, run: core.Distillation, unit: core.Unit, *, draws: int) -> None:
    """Draw the norm of the distillation gradient over the temperature T, unscaled and multiplied by T²."""
    raw, scaled = _names(page, "distillation", "raw", "scaled")
    per_nat = _scaled((1.0,), unit)[0]
    bands = {
        name: (per_nat * band.median, per_nat * band.low, per_nat * band.high)
        for name, band in ((raw, run.norm), (scaled, run.scaled_norm))
    }
    page.chart(
        "distillation",
        builders.lines,
        {"lines": frames.intervals(run.temperatures, bands)},
        series=(raw, scaled),
        band=True,
        x_type="log",
        y_title=_axis(page, "norm", unit),
    )
    figures = {
        "raw_first": bands[raw][0][0],
        "raw_last": bands[raw][0][-1],
        "first": bands[scaled][0][0],
        "last": bands[scaled][0][-1],
        "cosine_first": run.cosine.median[0],
        "cosine": run.cosine.median[-1],
        "t_first": run.temperatures[0],
        "t_last": run.temperatures[-1],
        "draws": draws,
    }
    page.notice(page.words("distillation.text", **format_figures(figures, 3)))
    page.caption(page.words("own_distributions"))


def calls(
    page: Page,
    table: core.CallTable,
    options: Mapping[str, str],
    replays: Sequence[core.BugReplay],
    unit: core.Unit,
) -> None:
    """Show what the library call with these options returns, then the other calls, then reported bugs.

    The libraries return nats; in bits, the converted value is shown beside it.
    """
    words = page.words

    def value(call: core.LibraryCall) -> str:
        returned = _amount(page, call.value, "nats")
        if unit == "nats" or not np.isfinite(call.value):
            return returned
        return f"{returned} = {_amount(page, core.convert_unit(call.value, source='nats', target=unit), unit)}"

    [chosen] = [call for call in table.calls if call.options == options]
    page.code_block(chosen.call)
    page.text(f"## {value(chosen)} → {_returned(page, chosen)}")
    page.notice(words(f"notice.{core.call_finding(chosen).code}", returned=_returned(page, chosen)))
    rows = [(call.library, call.call, value(call), _returned(page, call)) for call in table.calls if not call.options]
    page.table(frames.from_rows(_names(page, "calls", "library", "call", "value", "returned"), rows))
    page.text(f"**{words('calls.bugs')}**")
    for replay in replays:
        bug = replay.bug
        figures = {"value": _amount(page, replay.value, "nats"), "fixed": _amount(page, replay.fixed_value, "nats")}
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


def snippet(view: str, p: Array, q: Array, *, step: int, steps: int, unit: str, options: Settings) -> str:
    """Return code that computes the quantities of the headline and the gradients, and then the figures of a view.

    ``options`` are the arguments of the view's function in `core`.
    """
    headline = f"""
        from core.cross_entropy_vs_kl import compare, loss_path

        path = loss_path({p.tolist()}, {q.tolist()}, steps={steps}, unit={unit!r})
        compared = compare({p.tolist()}, path.q[{step}], unit={unit!r})
        print(compared.entropy_p, compared.ce_pq, compared.kl_pq, compared.kl_qp, compared.js)
        print(path.cross_entropy_gradient[{step}], path.kl_gradient[{step}])
        print(compared.p, compared.q)
        print(compared.ce_pq_terms, compared.kl_pq_terms, compared.kl_qp_terms)
    """
    arguments = ", ".join(f"{name}={value!r}" for name, value in options.items())
    own = {
        "path": """
            print(path.cross_entropy, path.kl, path.largest_gradient_difference)
        """,
        "learned": f"""
            from core.cross_entropy_vs_kl import train_jointly

            training = train_jointly({arguments})
            print(training.by_cross_entropy.entropy_p[:, -1], training.by_kl.entropy_p[:, -1])
        """,
        "gaussian": f"""
            from core.cross_entropy_vs_kl import convert_unit, fit_gaussian

            fit = fit_gaussian({arguments})
            best = fit.reverse[0]
            kl = convert_unit(best.reverse_kl, source="nats", target={unit!r})
            print(best.mean, best.sigma, kl, fit.forward.sigma)
        """,
        "zero": f"""
            from core.cross_entropy_vs_kl import zero_mass

            mass = zero_mass({arguments})
            print(mass.kl_pq, mass.kl_qp, mass.ce_pq, mass.js)
        """,
        "smoothing": f"""
            from core.cross_entropy_vs_kl import smooth_labels

            smooth = smooth_labels({arguments})
            print(smooth.floor, smooth.optimal_gap, smooth.cross_entropy, smooth.kl)
        """,
        "distillation": f"""
            from core.cross_entropy_vs_kl import convert_unit, distil

            run = distil({arguments})
            per_nat = convert_unit(1.0, source="nats", target={unit!r})
            print(per_nat * run.norm.median, per_nat * run.scaled_norm.median, run.cosine.median)
        """,
        "calls": f"""
            from core.cross_entropy_vs_kl import tabulate_calls

            for call in tabulate_calls({p.tolist()}, path.q[{step}]).calls:
                if call.options in ({{}}, {dict(options)}):
                    print(call.call, call.value, call.returned)
        """,
    }
    return join_code(headline, own.get(view, ""))


def _divergences(mass: core.ZeroMass) -> dict[str, Array]:
    return {"kl": mass.kl_pq, "reverse": mass.kl_qp, "ce": mass.ce_pq, "js": mass.js}


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
        y_title=_axis(page, "term", compared.unit),
        height=270,
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
        x_title=_axis(page, "amount", compared.unit),
        fills=((entropy, theme.tint(theme.MUTED, 0.35)), (kl, KL_COLOUR), (ce, CE_COLOUR)),
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


def _draw_surface(page: Page, fit: core.GaussianFit, unit: core.Unit) -> None:
    """Draw KL(Gaussian ‖ mixture) over mean and log σ, and its minima."""
    per_nat = _scaled((1.0,), unit)[0]
    lowest, other = _names(page, "gaussian", "reverse", "other")
    optima = [
        (optimum.mean, np.log(optimum.sigma), lowest if number == 0 else other)
        for number, optimum in enumerate(fit.reverse)
    ]
    cells = frames.surface_cells(
        fit.means[::SURFACE_STEP],
        fit.log_sigmas[::SURFACE_STEP],
        per_nat * fit.reverse_surface[::SURFACE_STEP, ::SURFACE_STEP],
    )
    page.chart(
        "surface",
        builders.heat_map,
        {"cells": cells, "points": frames.from_rows(("x", "y", "kind"), optima)},
        shapes=((lowest, "diamond", theme.INK), (other, "circle", theme.INK)),
        value_domain=(0.0, 3.0),
        value_title=page.words("gaussian.value", unit=page.words(f"units.{unit}")),
        height=300,
    )


def _returned(page: Page, call: core.LibraryCall) -> str:
    """Return the names of the quantities that equal the result of a call."""
    return " = ".join(_names(page, "returned", *call.returned))


def _names(page: Page, table: str, *codes: str) -> tuple[str, ...]:
    """Return the words of several codes of a table."""
    return tuple(page.words(f"{table}.{code}") for code in codes)


def _axis(page: Page, quantity: str, unit: core.Unit) -> str:
    """Return the title of an axis: a quantity and its unit."""
    return page.words(f"axes.{quantity}", unit=page.words(f"units.{unit}"))


def _amount(page: Page, value: float, unit: core.Unit, digits: int = 4) -> str:
    """Return an amount of information with its unit."""
    text = format_number(value, digits)
    return page.words(f"amounts.one_{unit}") if text == "1" else page.words(f"amounts.{unit}", value=text)


def _amounts(page: Page, figures: Mapping[str, float], unit: core.Unit, digits: int = 4) -> dict[str, str]:
    """Return amounts with their unit, and counts (of type int) without."""
    return {
        name: str(value) if isinstance(value, int) else _amount(page, value, unit, digits)
        for name, value in figures.items()
    }


def _scaled(values: tuple[float, ...], unit: core.Unit) -> tuple[float, ...]:
    """Return values in nats, converted to ``unit``."""
    return tuple(core.convert_unit(value, source="nats", target=unit) for value in values)


def _classes(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]
