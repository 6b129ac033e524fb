"""Which algorithm survives for which logits: verdicts over a grid of offsets and spreads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.softmax_stability.arithmetic import ALGORITHMS
from core.softmax_stability.inputs import MAX_MAP_LOGITS, check_n_classes, check_sizes, scale
from core.softmax_stability.judgement import VERDICTS, judge_all, tolerance
from core.validate import InvalidArgument

# Logits judged at once in a map: their arrays stay in the processor's cache.
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class SurvivalMap:
    """Which algorithm survives where.

    A cell is ``dead`` if the loss or the gradient is nan or inf; ``wrong`` if it is finite and the loss is off by more
    than `tolerance` in relative terms (unless it is the true loss, correctly rounded) or the gradient by more than
    `tolerance` in some class; ``right`` otherwise. ``shifted`` is judged in the same way by its probabilities alone.

    Attributes
    ----------
    offsets, spreads : ndarray, shapes (n_offsets,), (n_spreads,)
    verdicts : dict of str to ndarray of int8, shape (n_spreads, n_offsets)
        By algorithm: indices into `VERDICTS`.
    shares : dict of str to dict of str to float
        By algorithm and verdict: the share of the map's cells.
    tolerance : float
        √(machine epsilon), the loss of half the type's digits.
    """

    offsets: NDArray[np.float64]
    spreads: NDArray[np.float64]
    verdicts: dict[str, NDArray[np.int8]]
    shares: dict[str, dict[str, float]]
    tolerance: float


def survival_map(
    *,
    dtype: str,
    n_classes: int,
    true_class: int,
    offsets: ArrayLike,
    spreads: ArrayLike,
    temperature: float = 1.0,
) -> SurvivalMap:
    """Judge every algorithm on ``make_logits(n_classes, offset=…, spread=…)`` over a grid.

    Raises
    ------
    InvalidArgument
        As `make_logits` and `trace`; ``offsets`` or ``spreads`` empty, not finite, over 1000 values, or together with
        ``n_classes`` more than `MAX_MAP_LOGITS` logits.
    """
    check_n_classes(n_classes)
    columns = check_sizes(offsets, "offsets")
    rows = check_sizes(spreads, "spreads", low=0.0)
    size = columns.size * rows.size * n_classes
    if size > MAX_MAP_LOGITS:
        raise InvalidArgument("too_many", argument="offsets × spreads × n_classes", high=MAX_MAP_LOGITS, value=size)
    grid = columns[:, np.newaxis] + rows[:, np.newaxis, np.newaxis] * np.linspace(0.0, 1.0, n_classes)
    scaled, z = scale(grid.reshape(-1, n_classes), dtype, true_class, temperature)
    chunk = max(1, _CHUNK // n_classes)
    parts = [
        judge_all(scaled[start : start + chunk], z[start : start + chunk], true_class)
        for start in range(0, len(z), chunk)
    ]
    verdicts = {
        name: np.concatenate([part[name].verdicts for part in parts]).reshape(rows.size, columns.size)
        for name in ALGORITHMS
    }
    shares = {
        name: {verdict: float(np.mean(codes == code)) for code, verdict in enumerate(VERDICTS)}
        for name, codes in verdicts.items()
    }
    return SurvivalMap(columns, rows, verdicts, shares, tolerance(z.dtype))


def map_grid(n_classes: int, *, most: int = 150_000) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return offsets (−1000 … 1000) and spreads (0 … 1000) of a survival map, dense near 0 on a logarithmic scale.

    Coarser where there are many classes, so that the map has about ``most`` logits in all.

    Raises
    ------
    InvalidArgument
        ``n_classes`` outside 2 … 1000.
    """
    check_n_classes(n_classes)
    side = min(1.0, math.sqrt(most / (45 * 26 * n_classes)))
    half = np.geomspace(1.0, 1000.0, max(4, int(22 * side)))
    spreads = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, max(6, int(25 * side)))])
    return np.concatenate([-half[::-1], [0.0], half]), spreads
