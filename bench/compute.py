"""The computations by themselves, at a slow setting; and what vectorising gives."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from bench.table import Table, ms
from core import cross_entropy_vs_kl, softmax_stability


def timed(compute: Callable[[], object], repeats: int = 7) -> float:
    """Return the median seconds of several runs, after one that pays for what is slow the first time."""
    compute()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        compute()
        taken.append(time.perf_counter() - start)
    return median(taken)


def _softmax_map(n_classes: int) -> object:
    offsets, spreads = softmax_stability.map_grid(n_classes)
    return softmax_stability.survival_map(
        dtype="float16", n_classes=n_classes, true_class=0, offsets=offsets, spreads=spreads
    )


def _softmax_map_by_loop() -> object:
    offsets, spreads = softmax_stability.map_grid(10)
    return [
        softmax_stability.errors(
            softmax_stability.make_logits(10, offset=float(o), spread=float(s)), dtype="float16", true_class=0
        )
        for s in spreads
        for o in offsets
    ]


def computations() -> Table:
    """Time each page's computation at its slowest setting."""
    thousand = softmax_stability.make_logits(1000)
    skewed = (np.arange(1, 9) / 36, np.full(8, 1 / 8))
    runs: dict[str, Callable[[], object]] = {
        "softmax: five traces, 1000 classes": lambda: [
            softmax_stability.trace(thousand, algorithm=a, dtype="float16", true_class=0)
            for a in softmax_stability.ALGORITHMS
        ],
        "softmax: reference, float64, 1000 classes": lambda: softmax_stability.reference(
            thousand, dtype="float64", true_class=0
        ),
        "softmax: survival map, 10 classes": lambda: _softmax_map(10),
        "softmax: survival map, 1000 classes": lambda: _softmax_map(1000),
        "cross-entropy: headline and path, 8 classes": lambda: (
            cross_entropy_vs_kl.compare(*skewed),
            cross_entropy_vs_kl.loss_path(*skewed),
        ),
        "cross-entropy: Gaussian fit and surface": lambda: cross_entropy_vs_kl.fit_gaussian(5.7),
        "cross-entropy: P learned too": lambda: cross_entropy_vs_kl.learn_both(),
        "every thumbnail": lambda: [module.thumbnail() for module in (softmax_stability, cross_entropy_vs_kl)],
    }
    return Table("Computations", ("what", "median"), [(name, ms(timed(run))) for name, run in runs.items()])


def vectorised() -> Table:
    """Compare vectorised code with the plain loop that it stands for."""
    fast, slow = timed(lambda: _softmax_map(10)), timed(_softmax_map_by_loop, repeats=1)
    rows = [("softmax: survival map", ms(fast), ms(slow), f"{slow / fast:.0f}")]
    return Table("Vectorised against a plain loop", ("what", "vectorised", "loop", "times faster"), rows)
