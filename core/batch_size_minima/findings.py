"""Findings about a result of `escape`, `minibatch_landscapes`, `study`, `interpolate` or `rescaling`.

Functions that return several findings return them in the order in which a page lists them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.batch_size_minima.double_well import BARRIER, FLAT, SHARP
from core.batch_size_minima.escapes import DIVERGENCE_RADIUS, UNIFORM, Escape, learning_rate_of, row_of_batch_size
from core.batch_size_minima.intervals import Interval
from core.batch_size_minima.literature import KESKAR, Published
from core.batch_size_minima.minibatch_noise import N_EXAMPLES, shift_sd, stationary_sd
from core.batch_size_minima.reparametrisation import Rescaling
from core.batch_size_minima.slices import Interpolation
from core.batch_size_minima.studies import Study, by_batch, compare
from core.findings import Finding

# λmax is at the edge of stability if it differs from 2 / learning rate by at most this share of it.
NEAR = 0.05

# The largest batch is undertrained if its training loss exceeds the smallest batch's by this factor.
UNDERTRAINED = 2.0

# The smallest batch has not converged if its training loss exceeds the largest batch's by this factor.
BEHIND = 5.0

# Fewest seeds from which the sign of a difference is named.
MIN_SEEDS = 3


def interpolation_finding(line: Interpolation) -> Finding:
    """Return the finding about the line between two solutions.

    - ``line``: curvature at both ends, the number of seeds with a larger curvature at the large batch's end, and the
      mean barrier between the ends.
    - ``line_none``: no seed has a finite curvature at both ends.

    Examples
    --------
    >>> from core.batch_size_minima.slices import interpolate
    >>> from core.batch_size_minima.studies import study
    >>> from core.batch_size_minima.training import Setting
    >>> diverged = study(Setting(batch_sizes=(4, 16), examples=16, updates=20, seeds=1, learning_rate=1e3))
    >>> interpolation_finding(interpolate(diverged)).code
    'line_none'
    """
    finite = np.isfinite(line.curvature).all(axis=0)
    if not finite.any():
        return Finding("line_none", {})
    small, large = line.curvature[:, finite]
    barrier = line.barrier[:, finite].mean(axis=1)
    return Finding(
        "line",
        {
            "small": float(small.mean()),
            "large": float(large.mean()),
            "wins": int((large > small).sum()),
            "count": int(finite.sum()),
            "train": float(barrier[0]),
            "test": float(barrier[1]),
        },
    )


def _figures(result: Interval, scale: float = 1.0) -> dict[str, float | int]:
    """Return the figures of an interval, multiplied by ``scale``."""
    return {
        "mean": scale * result.mean,
        "low": scale * result.low,
        "high": scale * result.high,
        "wins": result.positive,
        "count": result.count,
    }


def _failed_models(study: Study) -> list[Finding]:
    """Return the findings about models that diverged, learnt nothing or missed their target."""
    findings = []
    for code in ("diverged", "constant", "short"):
        counts = {run.batch: run.outcome.count(code) for run in study.runs if code in run.outcome}
        if counts:
            figures: dict[str, float | int] = {"models": sum(counts.values()), "smallest": min(counts)}
            figures |= {"all": len(study.runs) * study.setting.seeds, "rate": study.setting.learning_rate}
            findings.append(Finding(f"net_{code}", figures | {"target": study.setting.target}))
    return findings


def study_findings(study: Study) -> list[Finding]:
    """Return the findings about the difference between the largest and the smallest batch.

    - ``net_diverged``, ``net_constant``, ``net_short``: some models had this outcome.
    - ``net_too_few``: fewer than `MIN_SEEDS` seeds can be compared; nothing else is reported.
    - ``net_sharper``, ``net_flatter`` or ``net_as_sharp``: sign of the difference of λmax, by its 95 % interval.
    - ``net_better``, ``net_worse`` or ``net_as_good``: sign of the difference of the test accuracy, by its 95 %
      interval.
    - ``net_undertrained``: the largest batch's training loss is more than `UNDERTRAINED` times the smallest's.
    - ``net_behind``: the smallest batch's training loss is more than `BEHIND` times the largest's.
    - ``net_keskar_turns``: Keskar's sharpness is significantly lower for the largest batch as trained, and
      significantly higher after polishing.
    - ``net_keskar_against``: Keskar's sharpness is significantly lower for the largest batch, λmax significantly
      higher.
    - ``net_edge``: the largest batch is the full batch, and its λmax is within `NEAR` of the edge of stability of
      gradient descent; only without momentum and sharpness-aware minimisation.
    - ``net_label_noise``: some training labels are wrong.

    Examples
    --------
    >>> from core.batch_size_minima.studies import study
    >>> from core.batch_size_minima.training import Setting
    >>> diverged = study(Setting(batch_sizes=(4, 16), examples=16, updates=20, seeds=1, learning_rate=1e3))
    >>> [finding.code for finding in study_findings(diverged)]
    ['net_diverged', 'net_too_few']
    """
    findings = _failed_models(study)
    small, large = study.runs[0], study.runs[-1]
    sharper, accuracy = compare(study, "lambda"), compare(study, "test_accuracy")
    if sharper.count < MIN_SEEDS:
        return [*findings, Finding("net_too_few", {"count": sharper.count, "needed": MIN_SEEDS})]
    code = "sharper" if sharper.low > 0 else "flatter" if sharper.high < 0 else "as_sharp"
    both = {"small": small.batch, "large": large.batch}
    findings.append(Finding(f"net_{code}", _figures(sharper) | both))
    code = "better" if accuracy.low > 0 else "worse" if accuracy.high < 0 else "as_good"
    findings.append(Finding(f"net_{code}", _figures(accuracy, 100) | both))
    loss = [float(values.mean()) for values in by_batch(study, "loss")[0][[0, -1]]]
    if loss[1] > UNDERTRAINED * loss[0]:
        updates = {"few": int(large.updates[-1]), "many": int(small.updates[-1])}
        findings.append(Finding("net_undertrained", {"small_loss": loss[0], "large_loss": loss[1], **updates, **both}))
    elif loss[0] > BEHIND * loss[1]:
        findings.append(Finding("net_behind", {"small_loss": loss[0], "large_loss": loss[1], **both}))
    raw, polished = compare(study, "keskar"), compare(study, "polished")
    if raw.high < 0 and polished.low > 0:
        findings.append(Finding("net_keskar_turns", {"raw": raw.mean, "polished": polished.mean}))
    elif raw.high < 0 < sharper.low:
        findings.append(Finding("net_keskar_against", {"raw": raw.mean}))
    top, edge = float(by_batch(study, "lambda")[0][-1]), large.edge
    if large.batch == study.setting.examples and abs(top - edge) < NEAR * edge:
        findings.append(Finding("net_edge", {"top": top, "edge": edge, "rate": large.learning_rate}))
    if study.setting.label_noise > 0:
        figures: dict[str, float | int] = {"noise": 100 * study.setting.label_noise}
        for name, row in (("small", 0), ("large", -1)):
            figures |= {f"{name}_train": 100 * float(by_batch(study, "accuracy")[0][row])}
            figures |= {f"{name}_test": 100 * float(by_batch(study, "test_accuracy")[0][row])}
        findings.append(Finding("net_label_noise", figures | both))
    return findings


def escape_findings(result: Escape, *, batch_size: int, noise: str, start: str, constant_ratio: bool) -> list[Finding]:
    """Return the findings about one batch size of a result of `escape`.

    - ``diverged_beyond`` or ``diverged_below``: some runs have diverged; whether the learning rate is beyond the
      stability limit of the flat minimum.
    - ``sharp``, ``flat`` or ``uniform``, named after the start: the share that ends in the flat basin, among the runs
      that have not diverged; left out if there are none.
    - ``edge``: lr · curvature of the sharp minimum is at least 2.
    - ``no_noise``: otherwise, if the batch is the whole data set.
    - ``stationary_spread``: otherwise, the stationary standard deviations in both basins and their distances to the
      barrier.
    - ``constant_ratio_differs`` or ``constant_ratio_agrees``: with lr/B held constant, whether the intervals of some
      batch sizes are disjoint.
    - ``constant_ratio_unstable``: with lr/B held constant, the smallest batch size beyond the sharp minimum's stability
      limit.

    Parameters
    ----------
    result : Escape
    batch_size : int
    noise, start, constant_ratio
        As passed to `escape`.

    Examples
    --------
    >>> from core.batch_size_minima.escapes import escape
    >>> result = escape([512], steps=10)
    >>> findings = escape_findings(result, batch_size=512, noise="batch", start="sharp", constant_ratio=False)
    >>> [finding.code for finding in findings]
    ['sharp', 'no_noise']
    """
    row = row_of_batch_size(result, batch_size)
    rate, runs = learning_rate_of(result, batch_size), result.path.shape[2]
    remaining = int(result.in_sharp[row, -1] + result.in_flat[row, -1])
    findings: list[Finding] = []
    diverged = float(result.diverged[row])
    if diverged > 0:
        code = "diverged_beyond" if rate * FLAT > 2 else "diverged_below"
        findings.append(Finding(code, {"share": diverged, "limit": 2 / FLAT, "rate": rate, "lost": DIVERGENCE_RADIUS}))
    if diverged < 1:
        figures = {"flat": float(result.flat[row]), "low": float(result.low[row]), "high": float(result.high[row])}
        width = (UNIFORM[1] - BARRIER) / (UNIFORM[1] - UNIFORM[0])
        findings.append(Finding(start, figures | {"left": remaining, "runs": runs, "b": batch_size, "width": width}))
    if rate * SHARP >= 2:
        findings.append(Finding("edge", {"limit": 2 / rate, "sharp": SHARP}))
    elif batch_size == N_EXAMPLES:
        findings.append(Finding("no_noise", {"n": N_EXAMPLES}))
    else:
        sharp, flat = (stationary_sd(h, learning_rate=rate, batch_size=batch_size, noise=noise) for h in (SHARP, FLAT))
        findings.append(
            Finding(
                "stationary_spread", {"sharp": sharp, "flat": flat, "sharp_away": BARRIER + 1, "flat_away": 1 - BARRIER}
            )
        )
    if constant_ratio:
        findings += _constant_ratio_findings(result)
    return findings


def minibatch_finding(batch_size: int, noise: str) -> Finding:
    """Return the finding about what the landscape of a minibatch looks like.

    All have the standard deviation of the shift and the distances from both minima to the barrier.

    - ``none``: the batch is the whole data set, so that the landscape does not change.
    - ``batch``: otherwise, if a minibatch shifts the landscape.
    - ``other``: otherwise, a minibatch tilts the landscape.

    Parameters
    ----------
    batch_size : int
    noise : str
        As passed to `minibatch_landscapes`.

    Examples
    --------
    >>> [minibatch_finding(size, "label").code for size in (8, N_EXAMPLES)]
    ['other', 'none']
    """
    sd = float(shift_sd(batch_size))
    code = "none" if sd == 0 else "batch" if noise == "batch" else "other"
    return Finding(code, {"b": batch_size, "sd": sd, "sharp": 1 + BARRIER, "flat": 1 - BARRIER})


def rescaling_finding(result: Rescaling) -> Finding:
    """Return the finding ``rescaled``: how far two measures of sharpness change while the outputs do not.

    ``lambda_times`` and ``filter_times`` are the largest over the smallest value of a measure, ``change`` is the
    largest absolute change of an output.

    Examples
    --------
    >>> finding = rescaling_finding(Rescaling(*np.zeros((4, 2)), np.array([1.0, 8.0]), np.zeros(2), np.ones(2)))
    >>> finding.figures
    {'lambda_times': 8.0, 'filter_times': 1.0, 'change': 0.0}
    """
    with np.errstate(all="ignore"):
        times = {
            "lambda_times": float(result.lambda_max.max() / result.lambda_max.min()),
            "filter_times": float(result.filter.max() / result.filter.min()),
        }
    return Finding("rescaled", {**times, "change": float(result.logit_change.max())})


def published_finding(rows: Sequence[Published] = KESKAR) -> Finding:
    """Return the finding ``published``: in how many networks the large batch was sharper, and in how many worse.

    Examples
    --------
    >>> published_finding().figures["count"]
    6
    """
    return Finding(
        "published",
        {
            "sharper": sum(row.sharp_large > row.sharp_small for row in rows),
            "worse": sum(row.test_large < row.test_small for row in rows),
            "count": len(rows),
            "least": min(row.ratio for row in rows),
            "most": max(row.ratio for row in rows),
        },
    )


def _constant_ratio_findings(result: Escape) -> list[Finding]:
    """Return the findings about equal lr/B: whether outcomes agree, and where the sharp minimum is unstable."""
    findings: list[Finding] = []
    alive = result.diverged < 1
    if alive.any():
        figures = {"least": float(result.flat[alive].min()), "most": float(result.flat[alive].max())}
        disjoint = result.low[alive].max() > result.high[alive].min()
        findings.append(Finding("constant_ratio_differs" if disjoint else "constant_ratio_agrees", figures))
    beyond = result.learning_rates * SHARP >= 2
    if beyond.any():
        findings.append(Finding("constant_ratio_unstable", {"b": int(result.batch_sizes[beyond].min())}))
    return findings
