"""The verdict on every algorithm over a grid of offsets and spreads of the logits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.softmax_stability.arithmetic import ALGORITHMS
from core.softmax_stability.inputs import MAX_MAP_LOGITS, check_n_classes, check_sizes, scale
from core.softmax_stability.judgement import VERDICTS, judge_all, tolerance
from core.validate import InvalidArgument

# Number of logits per chunk, chosen so that the arrays fit into the processor's cache.
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class VerdictMap:
    """The verdict on every algorithm over a grid.

    - ``failed``: the loss or the gradient is nan or inf.
    - ``wrong``: both are finite, but the relative error of the loss exceeds `tolerance` (and the loss is not the
      correctly rounded true loss), or the absolute error of the gradient does in some class.
    - ``right``: otherwise.

    ``shifted`` is judged in the same way by its probabilities.

    Attributes
    ----------
    offsets, spreads : ndarray, shapes (n_offsets,), (n_spreads,)
    verdicts : dict of str to ndarray of int8, shape (n_spreads, n_offsets)
        Indices into `VERDICTS`, by algorithm.
    shares : dict of str to dict of str to float
        Share of the cells, by algorithm and verdict.
    tolerance : float
        √(machine epsilon): half of the type's digits are lost.
    """

    offsets: NDArray[np.float64]
    spreads: NDArray[np.float64]
    verdicts: dict[str, NDArray[np.int8]]
    shares: dict[str, dict[str, float]]
    tolerance: float


def verdict_map(
    *,
    dtype: str,
    n_classes: int,
    true_class: int,
    offsets: ArrayLike,
    spreads: ArrayLike,
    temperature: float = 1.0,
) -> VerdictMap:
    """Judge every algorithm on ``make_logits(n_classes, offset=…, spread=…)`` over a grid.

    Raises
    ------
    InvalidArgument
        As `make_logits` and `trace`; ``offsets`` or ``spreads`` empty, not finite, over 1000 values, or together with
        ``n_classes`` more than `MAX_MAP_LOGITS` logits.

    Examples
    --------
    >>> result = verdict_map(dtype="float32", n_classes=3, true_class=0, offsets=[0, 1000], spreads=[1])
    >>> result.shares["naive"]
    {'right': 0.5, 'wrong': 0.0, 'failed': 0.5}
    >>> result.shares["log_sum_exp"]["right"]
    1.0
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
    return VerdictMap(columns, rows, verdicts, shares, tolerance(z.dtype))


def map_grid(n_classes: int, *, max_logits: int = 150_000) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return offsets (−1000 … 1000) and spreads (0 … 1000) for a verdict map, spaced logarithmically around 0.

    The grid is coarser for many classes, so that the map has about ``max_logits`` logits in total.

    Raises
    ------
    InvalidArgument
        ``n_classes`` outside 2 … 1000.

    Examples
    --------
    >>> offsets, spreads = map_grid(10)
    >>> (offsets.shape, spreads.shape)
    ((45,), (26,))
    >>> [round(float(x), 6) for x in (offsets[0], offsets[-1], spreads[0], spreads[-1])]
    [-1000.0, 1000.0, 0.0, 1000.0]
    """
    check_n_classes(n_classes)
    side = min(1.0, math.sqrt(max_logits / (45 * 26 * n_classes)))
    half = np.geomspace(1.0, 1000.0, max(4, int(22 * side)))
    spreads = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, max(6, int(25 * side)))])
    return np.concatenate([-half[::-1], [0.0], half]), spreads
