"""Runs of an optimiser over mini-batches: one, or many at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.gd_sgd_minibatch.optimisers import make_update, rates
from core.gd_sgd_minibatch.problems import Problem, residuals

Array = NDArray[np.float64]
# The time that this thread computes, which other work on the machine does not stretch; the wall's where it is coarse.
_now = time.thread_time if time.get_clock_info("thread_time").resolution < 1e-6 else time.perf_counter
# Indices drawn at once: a few megabytes.
_DRAWN = 2_000_000


def updates_per_epoch(n: int, batch_size: int) -> int:
    """Return ⌈n / batch_size⌉: the last batch of an epoch is what is left."""
    return -(-n // batch_size)


def samples_seen(n: int, batch_size: int, updates: int, replacement: bool) -> NDArray[np.int64]:
    """Return how many samples have been used before each update and after the last, shape (updates + 1,)."""
    t = np.arange(updates + 1)
    if replacement:
        return t * batch_size
    epochs, within = np.divmod(t, updates_per_epoch(n, batch_size))
    samples: NDArray[np.int64] = epochs * n + within * batch_size
    return samples


def batches(
    n: int, batch_size: int, *, seeds: range, updates: int, replacement: bool
) -> Iterator[NDArray[np.int64] | None]:
    """Yield the samples of each update, shape (n_runs, size of the batch); None for all of them.

    Each run draws from its own generator, so that a run is the same alone and among others. Without replacement an
    epoch is one permutation, cut into batches: the same permutation for every batch size.
    """
    if batch_size == n and not replacement:
        yield from [None] * updates
        return
    generators = [np.random.default_rng(seed) for seed in seeds]
    width = batch_size if replacement else n
    rounds = updates if replacement else -(-updates // updates_per_epoch(n, batch_size))
    chunk = max(1, _DRAWN // (width * len(seeds)))
    left = updates
    for done in range(0, rounds, chunk):
        size = min(chunk, rounds - done)
        if replacement:
            drawn = [rng.integers(n, size=(size, width)) for rng in generators]
        else:
            drawn = [rng.permuted(np.tile(np.arange(n), (size, 1)), axis=1) for rng in generators]
        for order in np.stack(drawn, axis=1):
            for low in range(0, width, batch_size):
                if left == 0:
                    return
                left -= 1
                yield order[:, low : low + batch_size]


@dataclass(frozen=True, slots=True)
class Options:
    """What a run does, checked by whoever makes it.

    Attributes
    ----------
    batch_size, updates : int
    learning_rates : ndarray, shape (n_rates,)
    replacement : bool
    optimiser, schedule : str
    momentum : float
    """

    batch_size: int
    learning_rates: Array
    updates: int
    replacement: bool = False
    optimiser: str = "sgd"
    momentum: float = 0.9
    schedule: str = "constant"


def walk(on: Problem, options: Options, *, start: Array, seeds: range) -> Iterator[Array]:
    """Yield the parameters after each update, shape (2, n_rates, n_runs).

    The runs of one seed see the same batches at every learning rate. Where all samples are used at once, every run is
    the same and only one is computed: n_runs is 1.
    """
    # Gathering along rows of numbers is faster than rows of a table.
    columns = on.inputs.T.copy()
    full = options.batch_size == on.n and not options.replacement
    w: Array = np.empty((2, options.learning_rates.size, 1 if full else len(seeds)))
    w[:] = start[:, np.newaxis, np.newaxis]
    update = make_update(options.optimiser, options.momentum)
    learning_rates = (
        rates(options.schedule, options.updates)[:, np.newaxis, np.newaxis] * options.learning_rates[:, np.newaxis]
    )
    drawn = batches(on.n, options.batch_size, seeds=seeds, updates=options.updates, replacement=options.replacement)
    for indices, learning_rate in zip(drawn, learning_rates, strict=True):
        x, y = columns, on.target
        if indices is not None:
            x, y = columns.take(indices, axis=1), on.target.take(indices)
        with np.errstate(over="ignore", invalid="ignore"):
            error = residuals(on.loss, w[0, ..., np.newaxis] * x[0] + w[1, ..., np.newaxis] * x[1], y)
            gradient = (error * x.reshape(2, 1, -1, y.shape[-1])).sum(axis=-1) / y.shape[-1]
            w = update(w, gradient, learning_rate)
        yield w


def paths(on: Problem, options: Options, *, start: Array, seeds: range) -> tuple[Array, Array]:
    """Return the parameters before each update and after the last, and the seconds of computing since the start.

    Shapes (updates + 1, 2, n_rates, n_runs) and (updates + 1,).
    """
    clock, steps = [_now()], []
    for w in walk(on, options, start=start, seeds=seeds):
        steps.append(w)
        clock.append(_now())
    first = np.broadcast_to(start[:, np.newaxis, np.newaxis], steps[0].shape)
    return np.stack([first, *steps]), np.array(clock) - clock[0]


def until_out(path: Array, frame: Array) -> tuple[Array, int | None]:
    """Cut a path, shape (m, 2), where it leaves a frame (low and high corner) for good.

    Returns the points up to there, the last one on the border, and the number of the update that left; the whole path
    and None if it ends inside.
    """
    low, high = frame
    with np.errstate(invalid="ignore"):
        inside = ((path >= low) & (path <= high)).all(axis=1)
    if inside[-1] or not inside.any():
        return (path, None) if inside[-1] else (path[:1], 0)
    last = int(np.flatnonzero(inside)[-1])
    step = path[last + 1] - path[last]
    if not np.isfinite(step).all():
        return path[: last + 1], last + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(step > 0, (high - path[last]) / step, np.where(step < 0, (low - path[last]) / step, np.inf))
    return np.concatenate([path[: last + 1], [path[last] + reach.min() * step]]), last + 1
