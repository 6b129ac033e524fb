"""Training small networks with several batch sizes, all seeds of a batch size at once, and watching their sharpness."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    curvature,
    digits_problem,
    gradient,
    losses,
    outputs,
    start,
    top_eigenvalues,
)
from core.validate import InvalidArgument, check_between, check_choice, check_integer, check_positive

Report = Callable[[float], None]

PROTOCOLS = ("updates", "epochs", "linear", "loss")
MAX_UPDATES = 40_000
POINTS, EVERY = 18, 10
# Weights beyond this overflow soon, and no network that learns has them.
LARGEST = 1e4


def quiet(fraction: float) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What to train, and when to stop.

    Attributes
    ----------
    batch_sizes : tuple of int
        Increasing; none above ``examples``.
    protocol : str
        ``updates``: every batch size makes as many updates. ``epochs``: every one sees every example as often.
        ``linear``: as many epochs, and a learning rate proportional to the batch size. ``loss``: each stops at the
        training loss ``target``, checked every 10 updates, or after ``updates``.
    loss : str
        ``mse``: ½‖z − y‖² of the one-hot label y; or ``cross_entropy``.
    learning_rate : float
        With ``linear`` that of the largest batch.
    updates, epochs : int
    target : float
    label_noise : float
        Share of the training labels that are wrong.
    weight_decay : float
        Added to the gradient as weight_decay · θ; the losses shown are without it.
    examples, seeds, seed : int
        Every seed is a new split, start and order, the same for all batch sizes.
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
    examples: int = 512
    seeds: int = 5
    seed: int = 0

    def length(self, batch: int) -> int:
        """Return how many updates a batch size makes, at most."""
        if self.protocol in ("updates", "loss"):
            return self.updates
        return max(1, self.epochs * self.examples // batch)

    def rate(self, batch: int) -> float:
        """Return the learning rate of a batch size."""
        if self.protocol == "linear":
            return self.learning_rate * batch / max(self.batch_sizes)
        return self.learning_rate


def check_setting(setting: Setting) -> Setting:
    """Return a setting that can be trained.

    Raises
    ------
    InvalidArgument
        ``examples`` outside 16 … 1024; ``batch_sizes`` empty, below 1 or (``batch_too_large``) above ``examples``;
        unknown ``protocol`` or ``loss``; ``learning_rate`` or ``target`` not above 0; ``weight_decay`` outside 0 … 1;
        ``updates`` or ``epochs`` below 1, or more than 40 000 updates of one batch size.
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
    check_integer(setting.updates, "updates", low=1, high=MAX_UPDATES)
    check_integer(setting.epochs, "epochs", low=1)
    for batch in setting.batch_sizes:
        check_between(setting.length(batch), "updates", 1, MAX_UPDATES)
    return setting


@dataclass(frozen=True, slots=True)
class Run:
    """All seeds of one batch size.

    Attributes
    ----------
    batch : int
    learning_rate : float
    updates : ndarray of int, shape (m,)
        Updates done when the rest was measured: 0, and on at equal ratios.
    loss, accuracy : ndarray, shape (seeds, m)
        On all training examples with the labels trained on, without weight decay. nan once a model has diverged; a
        model that has reached its target stays where it is.
    test_loss, test_accuracy : ndarray, shape (seeds, m)
    sharpness : ndarray, shape (seeds, m)
        λmax of the training loss' Hessian by 12 Lanczos steps from the vector found before: a little low if anything.
    models : ndarray of float32, shape (seeds, 2410)
        At the end; nan after a divergence.
    stopped : ndarray of int, shape (seeds,)
        Updates made.
    outcome : tuple of str
        Of each seed: ``diverged``; ``constant``, its training loss is no better than that of the best constant answer;
        ``short``, the target of protocol ``loss`` was not reached; or ``trained``.
    """

    batch: int
    learning_rate: float
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
    def edge(self) -> float:
        """2 / learning rate: where λmax is larger, gradient descent overshoots more with every step."""
        return 2 / self.learning_rate

    @property
    def at_edge(self) -> tuple[NDArray[np.int64], Array]:
        """The edge as a curve over the updates after the start, shapes (m − 1,) and (1, m − 1)."""
        return self.updates[1:], np.full((1, self.updates.size - 1), self.edge)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which seeds learnt something: neither diverged nor as good as a constant."""
        return np.array([outcome in ("trained", "short") for outcome in self.outcome])


def train(setting: Setting, *, points: int = POINTS, report: Report = quiet) -> tuple[Run, ...]:
    """Train one network for every batch size and seed by SGD without momentum; from the smallest batch to the largest.

    A multilayer perceptron 64-32-10 with ReLU, He's start, on 8 × 8 digits; every example once an epoch, in an order
    that all batch sizes share. In float32.

    Parameters
    ----------
    points : int
        How often, after the start, loss, accuracy and sharpness are measured.
    report : callable
        Is called with the fraction done.

    Raises
    ------
    InvalidArgument
        ``points`` outside 1 … 100; see `check_setting`.
    """
    check_setting(setting)
    check_integer(points, "points", low=1, high=100)
    problem = digits_problem(
        setting.examples, seeds=setting.seeds, seed=setting.seed, label_noise=setting.label_noise
    )  # fmt: skip
    # An update costs about as much as its examples and sixteen more.
    costs = [setting.length(batch) * (batch + 16) for batch in setting.batch_sizes]
    total, runs = sum(costs), []
    for number, (batch, cost) in enumerate(zip(setting.batch_sizes, costs, strict=True)):
        done = sum(costs[:number])

        def of_this(fraction: float, done: int = done, cost: int = cost) -> None:
            report((done + fraction * cost) / total)

        runs.append(_run(setting, problem, batch, points, of_this))
    return tuple(runs)


def batches(count: int, batch: int, *, seeds: int, seed: int) -> Iterator[Array]:
    """Yield one batch of examples after the other, shape (seeds, batch): every epoch a new order, nothing left out."""
    rngs = [np.random.default_rng([seed, number, 2]) for number in range(seeds)]
    waiting = np.empty((seeds, 0), dtype=np.int64)
    while True:
        while waiting.shape[1] < batch:
            waiting = np.concatenate([waiting, [rng.permutation(count) for rng in rngs]], axis=1)
        yield waiting[:, :batch]
        waiting = waiting[:, batch:]


def measured_at(length: int, points: int) -> NDArray[np.int64]:
    """Return 0 and up to ``points`` numbers of updates at equal ratios, ``length`` the last."""
    return np.unique(np.concatenate([[0], np.geomspace(length, 1, points)]).round().astype(np.int64))


def _run(setting: Setting, problem: Problem, batch: int, points: int, report: Report) -> Run:
    seeds, count = setting.seeds, setting.examples
    models = start(seeds=seeds, seed=setting.seed)
    length, times = setting.length(batch), measured_at(setting.length(batch), points)
    # A model that has stopped is a model whose steps are 0.
    rate = np.full((seeds, 1), setting.rate(batch), dtype=np.float32)
    diverged, reached = np.zeros((2, seeds), dtype=bool)
    stopped = np.full(seeds, length)
    looks = set(times.tolist())
    curves = np.full((5, seeds, times.size), np.nan)
    vectors: Array | None = None
    flat_inputs, flat_targets = problem.inputs.reshape(-1, 65), problem.targets.reshape(-1, 10)
    offset = count * np.arange(seeds)[:, None]
    order = batches(count, batch, seeds=seeds, seed=setting.seed)
    slope = np.empty_like(models)

    with np.errstate(all="ignore"):
        for update in range(length + 1):
            if update in looks or update % EVERY == 0:
                gone = ~(np.abs(models).max(axis=1) < LARGEST) & ~diverged
                diverged |= gone
                models[diverged], rate[diverged] = 0, 0
                stopped[gone] = update
                if setting.protocol == "loss" and (update % EVERY == 0 or update == length):
                    now = losses(outputs(models, problem.inputs), problem.targets, loss=setting.loss)
                    new = (now <= setting.target) & (rate[:, 0] > 0)
                    reached |= new
                    stopped[new], rate[new] = update, 0
                report(update / length)
            if update in looks:
                column = int(np.searchsorted(times, update))
                found, vectors = _look(models, problem, setting.loss, vectors)
                curves[:, :, column] = np.where(diverged, np.nan, found)
            if update == length or not rate.any():
                break
            if batch == count:
                inputs, targets = problem.inputs, problem.targets
            else:
                chosen = next(order) + offset
                inputs, targets = flat_inputs.take(chosen, axis=0), flat_targets.take(chosen, axis=0)
            gradient(models, inputs, targets, loss=setting.loss, out=slope)
            if setting.weight_decay:
                slope += np.float32(setting.weight_decay) * models
            slope *= rate
            models -= slope

        kept = times <= update
        if update < length:  # Everyone has stopped: what they are is measured once more.
            times = np.append(times[kept], update)
            found, _ = _look(models, problem, setting.loss, vectors)
            curves = np.concatenate([curves[:, :, kept], np.where(diverged, np.nan, found)[:, :, None]], axis=2)
            times, last = np.unique(times, return_index=True)
            curves = curves[:, :, last]
        learnt = curves[0, :, -1] < constant_loss(problem.targets, loss=setting.loss)
    short = ~reached if setting.protocol == "loss" else np.zeros(seeds, dtype=bool)
    kinds = np.select([diverged, ~learnt, short], ["diverged", "constant", "short"], "trained")
    models[diverged] = np.nan
    loss, accuracy, test_loss, test_accuracy, sharpness = curves
    return Run(
        batch, setting.rate(batch), times, loss, accuracy, test_loss, test_accuracy, sharpness, models, stopped,
        tuple(map(str, kinds)),
    )  # fmt: skip


def _look(models: Array, problem: Problem, loss: str, vectors: Array | None) -> tuple[Array, Array]:
    """Measure loss and accuracy on training and test digits, and λmax; shape (5, seeds), and λmax's vectors."""
    z, test_z = outputs(models, problem.inputs), outputs(models, problem.test_inputs)
    hessian = curvature(models, problem.inputs, problem.targets, loss=loss)
    top, found = top_eigenvalues(hessian, first=vectors)
    figures = np.stack([
        losses(z, problem.targets, loss=loss), accuracies(z, problem.targets),
        losses(test_z, problem.test_targets, loss=loss), accuracies(test_z, problem.test_targets), top,
    ])  # fmt: skip
    # From a model that has diverged no vector leads on.
    lost = ~(np.linalg.norm(found, axis=1) > 0)
    found[lost] = 1
    return figures, found
