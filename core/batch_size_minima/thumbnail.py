"""The curves of this topic on the home page, and computations to run before the first visit."""

from __future__ import annotations

import numpy as np

from core.batch_size_minima.escapes import escape
from core.batch_size_minima.networks import digits_problem
from core.batch_size_minima.single_run import minibatch_landscapes
from core.thumbnail import Thumbnail


def warm_up() -> None:
    """Run the slow first calls before the first visit.

    Examples
    --------
    >>> warm_up()
    """
    escape((8,), steps=10)
    digits_problem(16, seeds=1)


def thumbnail() -> Thumbnail:
    """Return the landscape of all the data and those of three minibatches of 16.

    Examples
    --------
    >>> sorted(thumbnail().lines)
    ['batch_1', 'batch_2', 'batch_3', 'full']
    """
    run = minibatch_landscapes(16, updates=3, seed=1)
    curves = {"full": run.full} | {f"batch_{t + 1}": curve for t, curve in enumerate(run.seen)}
    return Thumbnail(run.w, {name: np.where(curve < 8, curve, np.nan) for name, curve in curves.items()})
