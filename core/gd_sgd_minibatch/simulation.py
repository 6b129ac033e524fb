"""Batches, and the runs of an optimiser over them: one run or many at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.gd_sgd_minibatch.optimisers import make_update, rates
from core.gd_sgd_minibatch.problems import Problem, residuals

Array = NDArray[np.float64]
# The CPU time of this thread, which other work on the machine does not affect; wall time where the clock is coarse.
_clock = time.thread_time if time.get_clock_info("thread_time").resolution < 1e-6 else time.perf_counter
# Largest number of indices drawn at once, which bounds the memory.
_MAX_INDICES = 2_000_000


def updates_per_epoch(n: int, batch_size: int) -> int:
    """Return ⌈n / batch_size⌉: the last batch of an epoch may be smaller.

    Examples
    --------
    >>> updates_per_epoch(442, 32)
    14
    """
    return -(-n // batch_size)


def samples_seen(n: int, batch_size: int, updates: int, replacement: bool) -> NDArray[np.int64]:
    """Return the number of samples used before each update and after the last one, shape (updates + 1,)."""
    t = np.arange(updates + 1)
    if replacement:
        return t * batch_size
    epochs, within = np.divmod(t, updates_per_epoch(n, batch_size))
    samples: NDArray[np.int64] = epochs * n + within * batch_size
    return samples


def batches(
    n: int, batch_size: int, *, seeds: range, updates: int, replacement: bool
) -> Iterator[NDArray[np.int64] | None]:
    """Yield the sample indices of each update, shape (n_runs, size of the batch), or None for all samples.

    Each run has its own generator, so a run is the same alone and among others. Without replacement an epoch is one
    permutation that is cut into batches, and the permutation is the same for every batch size.
    """
    if batch_size == n and not replacement:
        yield from [None] * updates
        return
    generators = [np.random.default_rng(seed) for seed in seeds]
    width = batch_size if replacement else n
    rounds = updates if replacement else -(-updates // updates_per_epoch(n, batch_size))
    chunk = max(1, _MAX_INDICES // (width * len(seeds)))
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
    """The options of a run, validated by the caller.

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


def iterate_updates(problem: Problem, options: Options, *, start: Array, seeds: range) -> Iterator[Array]:
    """Yield the parameters after each update, shape (2, n_rates, n_runs).

    Runs with the same seed use the same batches at every learning rate. If all samples are used at once, all runs are
    equal and one is computed: n_runs is 1.
    """
    # Gathering from contiguous columns is faster than gathering rows of the table.
    columns = problem.inputs.T.copy()
    full = options.batch_size == problem.n and not options.replacement
    w: Array = np.empty((2, options.learning_rates.size, 1 if full else len(seeds)))
    w[:] = start[:, np.newaxis, np.newaxis]
    update = make_update(options.optimiser, options.momentum)
    learning_rates = (
        rates(options.schedule, options.updates)[:, np.newaxis, np.newaxis] * options.learning_rates[:, np.newaxis]
    )
    drawn = batches(
        problem.n, options.batch_size, seeds=seeds, updates=options.updates, replacement=options.replacement
    )
    for indices, learning_rate in zip(drawn, learning_rates, strict=True):
        x, y = columns, problem.target
        if indices is not None:
            x, y = columns.take(indices, axis=1), problem.target.take(indices)
        with np.errstate(over="ignore", invalid="ignore"):
            error = residuals(problem.loss, w[0, ..., np.newaxis] * x[0] + w[1, ..., np.newaxis] * x[1], y)
            gradient = (error * x.reshape(2, 1, -1, y.shape[-1])).sum(axis=-1) / y.shape[-1]
            w = update(w, gradient, learning_rate)
        yield w


def simulate(problem: Problem, options: Options, *, start: Array, seeds: range) -> tuple[Array, Array]:
    """Return the parameters before each update and after the last one, and the computing time since the start.

    Returns
    -------
    parameters : ndarray, shape (updates + 1, 2, n_rates, n_runs)
    seconds : ndarray, shape (updates + 1,)
    """
    clock, steps = [_clock()], []
    for w in iterate_updates(problem, options, start=start, seeds=seeds):
        steps.append(w)
        clock.append(_clock())
    first = np.broadcast_to(start[:, np.newaxis, np.newaxis], steps[0].shape)
    return np.stack([first, *steps]), np.array(clock) - clock[0]


def truncate_at_exit(path: Array, frame: Array) -> tuple[Array, int | None]:
    """Cut a path at the point where it leaves a frame and does not return.

    Parameters
    ----------
    path : ndarray, shape (m, 2)
    frame : ndarray, shape (2, 2)
        The lower and the upper corner.

    Returns
    -------
    points : ndarray, shape (k, 2)
        The path up to the exit, with the last point on the border; the whole path if it ends inside the frame.
    update : int or None
        The update that left the frame; None if the path ends inside.

    Examples
    --------
    >>> frame = np.array([[-1.0, -1.0], [1.0, 1.0]])
    >>> points, update = truncate_at_exit(np.array([[0.0, 0.0], [0.5, 0.0], [2.5, 1.0]]), frame)
    >>> points.tolist(), update
    ([[0.0, 0.0], [0.5, 0.0], [1.0, 0.25]], 2)
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
