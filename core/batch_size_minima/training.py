"""Train small networks with several batch sizes, all seeds of a batch size at once, and record their sharpness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.batch_size_minima.networks import (
    LOSSES,
    MAX_EXAMPLES,
    Array,
    Problem,
    accuracies,
    constant_loss,
    digits_problem,
    gradient,
    hessian_operator,
    initial_models,
    losses,
    outputs,
    top_eigenvalues,
)
from core.progress import Report, no_report
from core.validate import InvalidArgument, check_between, check_choice, check_integer, check_positive

PROTOCOLS = ("updates", "epochs", "linear", "loss")
MAX_UPDATES = 40_000
POINTS, CHECK_INTERVAL = 18, 10
# A model with a larger weight has diverged: it will overflow soon, and no network that learns has such weights.
DIVERGENCE_THRESHOLD = 1e4


@dataclass(frozen=True, slots=True)
class Setting:
    """What to train, and when to stop.

    Attributes
    ----------
    batch_sizes : tuple of int
        In increasing order; none above ``examples``.
    protocol : str
        ``updates``: every batch size makes the same number of updates. ``epochs``: every batch size makes the same
        number of epochs. ``linear``: the same number of epochs, and a learning rate proportional to the batch size.
        ``loss``: a model stops at the training loss ``target``, which is checked every 10 updates, or after
        ``updates``.
    loss : str
        ``mse``: ½‖z − y‖² with the one-hot label y; or ``cross_entropy``.
    learning_rate : float
        With ``linear``, that of the largest batch.
    updates, epochs : int
    target : float
        Training loss at which the protocol ``loss`` stops.
    label_noise : float
        Share of the training labels that are wrong.
    weight_decay : float
        Added to the gradient as weight_decay · θ; reported losses exclude it.
    momentum : float
        β: an update follows the average v ← β v + (1 − β) g of the gradients g, so that a constant gradient makes steps
        of the same length with any β.
    sam : float
        ρ of sharpness-aware minimisation: the gradient is taken at θ + ρ g/|g|, the steepest way up by a step of ρ. 0
        for none.
    examples : int
        Number of training digits.
    seeds, seed : int
        Number of seeds, and the seed of all of them. Every seed has its own split, initial weights and order of the
        examples, which all batch sizes share.
    """

    batch_sizes: tuple[int, ...] = (8, 32, 128, 512)
    protocol: str = "updates"
    loss: str = "mse"
    learning_rate: float = 0.8
    updates: int = 1200
    epochs: int = 30
    target: float = 0.02
    label_noise: float = 0.0
    weight_decay: float = 0.0
    momentum: float = 0.0
    sam: float = 0.0
    examples: int = 512
    seeds: int = 5
    seed: int = 0

    def updates_for(self, batch: int) -> int:
        """Return the maximum number of updates for a batch size."""
        if self.protocol in ("updates", "loss"):
            return self.updates
        return max(1, self.epochs * self.examples // batch)

    def learning_rate_for(self, batch: int) -> float:
        """Return the learning rate for a batch size."""
        if self.protocol == "linear":
            return self.learning_rate * batch / max(self.batch_sizes)
        return self.learning_rate


def check_setting(setting: Setting) -> Setting:
    """Return the setting, or raise if it cannot be trained.

    Raises
    ------
    InvalidArgument
        ``examples`` outside 16 … 1024; ``batch_sizes`` empty, below 1 or (``batch_too_large``) above ``examples``;
        unknown ``protocol`` or ``loss``; ``learning_rate`` or ``target`` not positive; ``weight_decay`` or ``sam``
        outside 0 … 1; ``momentum`` outside 0 … 0.99; ``updates`` or ``epochs`` below 1, or more than 40 000 updates of
        one batch size.

    Examples
    --------
    >>> check_setting(Setting(batch_sizes=(8, 64), examples=64)).updates
    1200
    """
    check_integer(setting.examples, "examples", low=16, high=MAX_EXAMPLES)
    if not setting.batch_sizes:
        raise InvalidArgument("too_few", argument="batch_sizes", low=1, value=0)
    for batch in setting.batch_sizes:
        check_integer(batch, "batch_sizes", low=1)
        if batch > setting.examples:
            raise InvalidArgument("batch_too_large", value=batch, high=setting.examples)
    check_choice(setting.protocol, "protocol", PROTOCOLS)
    check_choice(setting.loss, "loss", LOSSES)
    check_positive(setting.learning_rate, "learning_rate")
    check_positive(setting.target, "target")
    check_between(setting.weight_decay, "weight_decay", 0.0, 1.0)
    check_between(setting.momentum, "momentum", 0.0, 0.99)
    check_between(setting.sam, "sam", 0.0, 1.0)
    check_integer(setting.updates, "updates", low=1, high=MAX_UPDATES)
    check_integer(setting.epochs, "epochs", low=1)
    for batch in setting.batch_sizes:
        check_between(setting.updates_for(batch), "updates", 1, MAX_UPDATES)
    return setting


@dataclass(frozen=True, slots=True)
class Run:
    """The training of all seeds with one batch size.

    Attributes
    ----------
    batch : int
    learning_rate : float
    edge : float
        Edge of stability 2 / learning rate: gradient descent diverges along directions of larger curvature. nan with
        momentum or sharpness-aware minimisation, whose edges lie elsewhere.
    updates : ndarray of int, shape (m,)
        Numbers of updates at which the curves are recorded: 0, then geometrically spaced.
    loss, accuracy : ndarray, shape (seeds, m)
        On all training examples with their training labels, without weight decay. nan after a divergence; constant
        after a model has reached its target.
    test_loss, test_accuracy : ndarray, shape (seeds, m)
    sharpness : ndarray, shape (seeds, m)
        λmax of the Hessian of the training loss, by 12 Lanczos steps that start from the previous eigenvector. It is
        never above the exact value.
    models : ndarray of float32, shape (seeds, 2410)
        Final parameters; nan after a divergence.
    stopped : ndarray of int, shape (seeds,)
        Number of updates made.
    outcome : tuple of str
        Of each seed: ``diverged``; ``constant``, the training loss is no better than that of the best constant output;
        ``short``, the target of the protocol ``loss`` was not reached; or ``trained``.
    """

    batch: int
    learning_rate: float
    edge: float
    updates: NDArray[np.int64]
    loss: Array
    accuracy: Array
    test_loss: Array
    test_accuracy: Array
    sharpness: Array
    models: Array
    stopped: NDArray[np.int64]
    outcome: tuple[str, ...]

    @property
    def edge_curve(self) -> tuple[NDArray[np.int64], Array]:
        """The edge of stability as a curve over the updates after the start, shapes (m − 1,) and (1, m − 1)."""
        return self.updates[1:], np.full((1, self.updates.size - 1), self.edge)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which seeds learnt something: neither diverged nor ended no better than a constant; shape (seeds,)."""
        return np.array([outcome in ("trained", "short") for outcome in self.outcome])


def train(setting: Setting, *, points: int = POINTS, report: Report = no_report) -> tuple[Run, ...]:
    """Train one network for every batch size and seed by SGD, if asked with momentum or sharpness-aware.

    The networks are multilayer perceptrons 64-32-10 with ReLU and He initialisation on 8 × 8 digits, trained in
    float32. Every epoch visits every example once, in an order that all batch sizes share.

    Parameters
    ----------
    setting : Setting
    points : int
        Number of measurements of loss, accuracy and sharpness after the start.
    report : callable
        Called with the fraction done.

    Returns
    -------
    tuple of Run
        In the order of ``setting.batch_sizes``.

    Raises
    ------
    InvalidArgument
        ``points`` outside 1 … 100; see also `check_setting`.

    References
    ----------
    Foret, P., Kleiner, A., Mobahi, H., Neyshabur, B. (2021). Sharpness-aware minimization for efficiently improving
    generalization. arXiv:2010.01412

    Examples
    --------
    >>> runs = train(Setting(batch_sizes=(4, 16), examples=16, updates=5, seeds=2), points=1)
    >>> [run.batch for run in runs], runs[0].models.shape, runs[0].updates.tolist()
    ([4, 16], (2, 2410), [0, 5])
    """
    check_setting(setting)
    check_integer(points, "points", low=1, high=100)
    problem = digits_problem(setting.examples, seeds=setting.seeds, seed=setting.seed, label_noise=setting.label_noise)
    # The cost of an update is about proportional to its examples plus a constant overhead of 16 examples.
    costs = [setting.updates_for(batch) * (batch + 16) for batch in setting.batch_sizes]
    total, runs = sum(costs), []
    for number, (batch, cost) in enumerate(zip(setting.batch_sizes, costs, strict=True)):
        done = sum(costs[:number])

        def report_share(fraction: float, done: int = done, cost: int = cost) -> None:
            report((done + fraction * cost) / total)

        runs.append(_run(setting, problem, batch, points, report_share))
    return tuple(runs)


def batches(count: int, batch: int, *, seeds: int, seed: int) -> Iterator[Array]:
    """Yield the indices of one batch after another, shape (seeds, batch).

    Every epoch is a new permutation of all examples; batches run on across epochs.
    """
    rngs = [np.random.default_rng([seed, number, 2]) for number in range(seeds)]
    remaining = np.empty((seeds, 0), dtype=np.int64)
    while True:
        while remaining.shape[1] < batch:
            remaining = np.concatenate([remaining, [rng.permutation(count) for rng in rngs]], axis=1)
        yield remaining[:, :batch]
        remaining = remaining[:, batch:]


def log_spaced_updates(length: int, points: int) -> NDArray[np.int64]:
    """Return 0 and up to ``points`` geometrically spaced numbers of updates that end with ``length``."""
    return np.unique(np.concatenate([[0], np.geomspace(length, 1, points)]).round().astype(np.int64))


def _run(setting: Setting, problem: Problem, batch: int, points: int, report: Report) -> Run:
    """Train all seeds with one batch size."""
    seeds, count = setting.seeds, setting.examples
    models = initial_models(seeds=seeds, seed=setting.seed)
    length, times = setting.updates_for(batch), log_spaced_updates(setting.updates_for(batch), points)
    # A stopped model is represented by a learning rate of 0.
    rate = np.full((seeds, 1), setting.learning_rate_for(batch), dtype=np.float32)
    diverged, reached = np.zeros((2, seeds), dtype=bool)
    stopped = np.full(seeds, length)
    recorded = set(times.tolist())
    curves = np.full((5, seeds, times.size), np.nan)
    vectors: Array | None = None
    flat_inputs, flat_targets = problem.inputs.reshape(-1, 65), problem.targets.reshape(-1, 10)
    offset = count * np.arange(seeds)[:, None]
    order = batches(count, batch, seeds=seeds, seed=setting.seed)
    slope, average = np.empty_like(models), np.zeros_like(models)
    plain = setting.momentum == setting.sam == 0

    with np.errstate(all="ignore"):
        for update in range(length + 1):
            if update in recorded or update % CHECK_INTERVAL == 0:
                newly_diverged = ~(np.abs(models).max(axis=1) < DIVERGENCE_THRESHOLD) & ~diverged
                diverged |= newly_diverged
                models[diverged], rate[diverged] = 0, 0
                stopped[newly_diverged] = update
                if setting.protocol == "loss" and (update % CHECK_INTERVAL == 0 or update == length):
                    current_loss = losses(outputs(models, problem.inputs), problem.targets, loss=setting.loss)
                    newly_reached = (current_loss <= setting.target) & (rate[:, 0] > 0)
                    reached |= newly_reached
                    stopped[newly_reached], rate[newly_reached] = update, 0
                report(update / length)
            if update in recorded:
                column = int(np.searchsorted(times, update))
                values, vectors = _evaluate(models, problem, setting.loss, vectors)
                curves[:, :, column] = np.where(diverged, np.nan, values)
            if update == length or not rate.any():
                break
            if batch == count:
                inputs, targets = problem.inputs, problem.targets
            else:
                indices = next(order) + offset
                inputs, targets = flat_inputs.take(indices, axis=0), flat_targets.take(indices, axis=0)
            gradient(models, inputs, targets, loss=setting.loss, out=slope)
            if setting.sam:
                norm = np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), np.finfo(np.float32).tiny)
                uphill = models + np.float32(setting.sam) * slope / norm
                gradient(uphill, inputs, targets, loss=setting.loss, out=slope)
            if setting.weight_decay:
                slope += np.float32(setting.weight_decay) * models
            if setting.momentum:
                average += np.float32(1 - setting.momentum) * (slope - average)
                slope[:] = average
            slope *= rate
            models -= slope

        past = times <= update
        if update < length:  # All models stopped early: record their final state.
            times = np.append(times[past], update)
            values, _ = _evaluate(models, problem, setting.loss, vectors)
            curves = np.concatenate([curves[:, :, past], np.where(diverged, np.nan, values)[:, :, None]], axis=2)
            times, last = np.unique(times, return_index=True)
            curves = curves[:, :, last]
        learnt = curves[0, :, -1] < constant_loss(problem.targets, loss=setting.loss)
    short = ~reached if setting.protocol == "loss" else np.zeros(seeds, dtype=bool)
    kinds = np.select([diverged, ~learnt, short], ["diverged", "constant", "short"], "trained")
    models[diverged] = np.nan
    loss, accuracy, test_loss, test_accuracy, sharpness = curves
    return Run(
        batch,
        setting.learning_rate_for(batch),
        2 / setting.learning_rate_for(batch) if plain else float("nan"),
        times,
        loss,
        accuracy,
        test_loss,
        test_accuracy,
        sharpness,
        models,
        stopped,
        tuple(map(str, kinds)),
    )


def _evaluate(models: Array, problem: Problem, loss: str, vectors: Array | None) -> tuple[Array, Array]:
    """Return the five curves' values, shape (5, seeds), and the eigenvectors of λmax, shape (seeds, parameters)."""
    z, test_z = outputs(models, problem.inputs), outputs(models, problem.test_inputs)
    hessian = hessian_operator(models, problem.inputs, problem.targets, loss=loss)
    top, eigenvectors = top_eigenvalues(hessian, first=vectors)
    values = np.stack(
        [
            losses(z, problem.targets, loss=loss),
            accuracies(z, problem.targets),
            losses(test_z, problem.test_targets, loss=loss),
            accuracies(test_z, problem.test_targets),
            top,
        ]
    )
    # A diverged model has no eigenvector; restart from a constant one.
    invalid = ~(np.linalg.norm(eigenvectors, axis=1) > 0)
    eigenvectors[invalid] = 1
    return values, eigenvectors
