"""The curves that the home page draws for this topic."""

from __future__ import annotations

import numpy as np

from core.gd_sgd_minibatch.problems import regression, start_point
from core.gd_sgd_minibatch.runs import descend
from core.thumbnail import Thumbnail


def thumbnail() -> Thumbnail:
    """Return the excess loss against the number of samples used, for batches of 1, of 32 and of all samples.

    Examples
    --------
    >>> list(thumbnail().lines)
    ['B = 1', 'B = 32', 'B = 256']
    """
    rng = np.random.default_rng(4)
    inputs = rng.normal(size=(256, 2))
    target = inputs @ np.array([0.6, 0.3]) + rng.normal(size=256)
    problem = regression(inputs[:, 0], inputs[:, 1], target, names=("x1", "x2"))
    start, n_samples = start_point(problem, "corner"), 4 * problem.n
    seen = np.geomspace(1, n_samples, 60)
    lines = {}
    for batch_size in (1, 32, problem.n):
        run = descend(
            problem,
            start=start,
            batch_size=batch_size,
            learning_rate=0.1 * problem.limit,
            updates=n_samples // batch_size,
        )
        lines[f"B = {batch_size}"] = run.excess[np.searchsorted(run.samples, seen, side="right") - 1]
    return Thumbnail(seen, lines, log_x=True, log_y=True)
