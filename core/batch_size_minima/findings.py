"""What trained solutions show, in figures: for tables, intervals and sentences."""

from __future__ import annotations

import numpy as np

from core.batch_size_minima.networks import Array
from core.batch_size_minima.sharpness import Interval, Study, compare, interval
from core.batch_size_minima.slices import Interpolation
from core.findings import Finding

# A full batch whose λmax is so near 2 / learning rate is held there.
NEAR = 0.05
# A largest batch whose training loss is so many times the smallest's has not been trained as far.
UNDERTRAINED = 2.0
# A smallest batch whose training loss is so many times the largest's does more than hover above its minimum.
BEHIND = 5.0


def by_batch(study: Study, measure: str) -> tuple[Array, Array, Array]:
    """Return a measure's mean over the seeds and its 95 % t interval for every batch size, three arrays of shape (b,).

    Parameters
    ----------
    measure : str
        One of `MEASURES`, or a curve of `Run`, taken at its end.
    """
    values = study.measures[measure] if measure in study.measures else study.finals(measure)
    found = [interval(row) for row in values]
    mean, low, high = np.array([(one.mean, one.low, one.high) for one in found]).T
    return mean, low, high


def line_finding(line: Interpolation) -> Finding:
    """Say where the line between two solutions is the steeper, and how high it rises between them."""
    both = np.isfinite(line.curvature).all(axis=0)
    if not both.any():
        return Finding("line_none", {})
    small, large = line.curvature[:, both]
    barrier = line.barrier[:, both].mean(axis=1)
    return Finding("line", {
        "small": float(small.mean()), "large": float(large.mean()), "wins": int((large > small).sum()),
        "count": int(both.sum()), "train": float(barrier[0]), "test": float(barrier[1]),
    })  # fmt: skip


def _figures(found: Interval, scale: float = 1.0) -> dict[str, float | int]:
    return {
        "mean": scale * found.mean, "low": scale * found.low, "high": scale * found.high,
        "wins": found.positive, "count": found.count,
    }  # fmt: skip


def _lost(study: Study) -> list[Finding]:
    """Say where models diverged, learnt nothing or did not reach their target."""
    found = []
    for code in ("diverged", "constant", "short"):
        counts = {run.batch: run.outcome.count(code) for run in study.runs if code in run.outcome}
        if counts:
            figures: dict[str, float | int] = {"models": sum(counts.values()), "smallest": min(counts)}
            figures |= {"all": len(study.runs) * study.setting.seeds, "rate": study.setting.learning_rate}
            found.append(Finding(f"net_{code}", figures | {"target": study.setting.target}))
    return found


def study_findings(study: Study) -> list[Finding]:
    """Say how the largest batch's solutions differ from the smallest's, and what the comparison leaves open."""
    found = _lost(study)
    small, large = study.runs[0], study.runs[-1]
    sharper, accuracy = compare(study, "lambda"), compare(study, "test_accuracy")
    if sharper.count < 2:
        return [*found, Finding("net_too_few", {"count": sharper.count})]
    code = "sharper" if sharper.low > 0 else "flatter" if sharper.high < 0 else "as_sharp"
    both = {"small": small.batch, "large": large.batch}
    found.append(Finding(f"net_{code}", _figures(sharper) | both))
    code = "better" if accuracy.low > 0 else "worse" if accuracy.high < 0 else "as_good"
    found.append(Finding(f"net_{code}", _figures(accuracy, 100) | both))
    loss = [float(values.mean()) for values in by_batch(study, "loss")[0][[0, -1]]]
    if loss[1] > UNDERTRAINED * loss[0]:
        updates = {"few": int(large.updates[-1]), "many": int(small.updates[-1])}
        found.append(Finding("net_undertrained", {"small_loss": loss[0], "large_loss": loss[1], **updates, **both}))
    elif loss[0] > BEHIND * loss[1]:
        found.append(Finding("net_behind", {"small_loss": loss[0], "large_loss": loss[1], **both}))
    raw, polished = compare(study, "keskar"), compare(study, "polished")
    if raw.high < 0 and polished.low > 0:
        found.append(Finding("net_keskar_turns", {"raw": raw.mean, "polished": polished.mean}))
    elif raw.high < 0 < sharper.low:
        found.append(Finding("net_keskar_against", {"raw": raw.mean}))
    top, edge = float(by_batch(study, "lambda")[0][-1]), large.edge
    if large.batch == study.setting.examples and abs(top - edge) < NEAR * edge:
        found.append(Finding("net_edge", {"top": top, "edge": edge, "rate": large.learning_rate}))
    if study.setting.label_noise > 0:
        figures: dict[str, float | int] = {"noise": 100 * study.setting.label_noise}
        for name, row in (("small", 0), ("large", -1)):
            figures |= {f"{name}_train": 100 * float(by_batch(study, "accuracy")[0][row])}
            figures |= {f"{name}_test": 100 * float(by_batch(study, "test_accuracy")[0][row])}
        found.append(Finding("net_label_noise", figures | both))
    return found
