"""Training deep networks for real, layer by layer watched; and gradients back through time.

The functions import torch inside: it takes seconds to load.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.validate import check_between, check_choice, check_integer, check_positive
from core.vanishing_gradients.networks import Net, batches, draw_weights, forward, load_torch
from core.vanishing_gradients.theory import Array

Report = Callable[[float], None]

OPTIMISERS = ("sgd", "adam")
TRAIN, JUDGED, ROWS = 1024, 512, 25
CELLS = ("rnn", "orthogonal", "lstm", "gru")
MAX_TIME, HIDDEN, SEQUENCES, SIGNALS = 200, 64, 16, 4


def quiet(fraction: float) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Training:
    """Networks of one configuration in training.

    Attributes
    ----------
    steps : ndarray of int, shape (m,)
        Updates done when the rest was measured.
    loss : ndarray, shape (seeds, m)
        Mean cross-entropy in nats on the 64 digits of the step; nan after a divergence.
    accuracy : ndarray, shape (seeds, m)
        On 512 of the 1024 training digits.
    gradient : ndarray, shape (m, depth)
        |∂L/∂W_l|, geometric mean over the seeds.
    update : ndarray, shape (m, depth)
        |ΔW_l| / |W_l| of the step that follows, geometric mean over the seeds.
    moved : ndarray, shape (seeds, depth)
        |W_l at the end − W_l at the start| / |W_l at the start|.
    """

    steps: NDArray[np.int64]
    loss: Array
    accuracy: Array
    gradient: Array
    update: Array
    moved: Array


def train(
    net: Net,
    *,
    steps: int = 100,
    optimiser: str = "adam",
    learning_rate: float = 1e-3,
    seed: int = 0,
    seeds: int = 3,
    report: Report = quiet,
) -> Training:
    """Train ``seeds`` networks at once on mini-batches of 64 digits, in float32; all weights and biases are trained.

    All configurations and seeds see the same batches in the same order. ``report`` is called with the fraction done.

    Raises
    ------
    InvalidArgument
        ``steps`` outside 1 … 2000; unknown ``optimiser``; ``learning_rate`` not above 0; as `draw_weights`.

    References
    ----------
    Kingma, D. P., Ba, J. (2015). Adam: a method for stochastic optimization. arXiv:1412.6980
    """
    check_integer(steps, "steps", low=1, high=2000)
    check_choice(optimiser, "optimiser", OPTIMISERS)
    check_positive(learning_rate, "learning_rate")
    torch = load_torch()
    drawn = draw_weights(net, seed=seed, seeds=seeds)
    features, labels = batches()
    inputs, targets = torch.as_tensor(features[:TRAIN], dtype=torch.float32), torch.from_numpy(labels[:TRAIN])
    parts = [
        torch.tensor(part, dtype=torch.float32, requires_grad=True)
        for part in (drawn.first, drawn.hidden, drawn.bias, drawn.out, np.zeros((seeds, 1, drawn.out.shape[2])))
    ]
    start = [parts[0].detach().clone(), parts[1].detach().clone()]
    if optimiser == "adam":
        descent = torch.optim.Adam(parts, lr=learning_rate, foreach=False)
    else:
        descent = torch.optim.SGD(parts, lr=learning_rate, foreach=False)
    order = np.random.default_rng(seed)
    # A row of the heat maps every few steps: the whole of a long training is no wider than a screen.
    measured = np.unique(np.linspace(0, steps - 1, min(ROWS, steps)).astype(np.int64))
    loss, accuracy = np.full((2, seeds, measured.size), np.nan)
    gradient, update = np.full((2, measured.size, net.depth), np.nan)

    def logits(x: Any) -> Any:
        first, hidden, bias, out, shift = parts
        return forward(net, x, first, hidden.unbind(0), bias.unbind(0), out)[2] + shift

    for step in range(steps):
        chosen = torch.from_numpy(order.choice(TRAIN, 64, replace=False))
        each = torch.nn.functional.cross_entropy(
            logits(inputs[chosen]).transpose(1, 2), targets[chosen].expand(seeds, 64), reduction="none"
        ).mean(dim=1)
        descent.zero_grad()
        each.sum().backward()
        row = int(np.searchsorted(measured, step))
        watched = row < measured.size and measured[row] == step
        if watched:
            with torch.no_grad():
                said = logits(inputs[:JUDGED]).argmax(dim=2)
                before = [part.detach().clone() for part in parts[:2]]
            loss[:, row] = each.detach().numpy()
            accuracy[:, row] = (said == targets[:JUDGED]).double().mean(dim=1).numpy()
            gradient[row] = _middle(_by_layer(parts[0].grad, parts[1].grad))
        descent.step()
        if watched:
            now = [part.detach() for part in parts[:2]]
            change = _by_layer(*(a - b for a, b in zip(now, before, strict=True)))
            with np.errstate(all="ignore"):
                update[row] = _middle(change / _by_layer(*before))
        report((step + 1) / steps)
    with np.errstate(all="ignore"):
        moved = _by_layer(*(part.detach() - old for part, old in zip(parts[:2], start, strict=True)))
        moved = moved / _by_layer(*start)
    accuracy[~np.isfinite(loss)] = np.nan
    return Training(measured, loss, accuracy, gradient, update, moved.T)


def _by_layer(first: Any, hidden: Any) -> Array:
    """Return the norms of the layers' matrices, shape (depth, seeds)."""
    torch = load_torch()
    norms = torch.cat([first.double().flatten(1).norm(dim=1)[None], hidden.double().flatten(2).norm(dim=2)])
    return np.asarray(norms.numpy(), dtype=np.float64)


def _middle(values: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.exp(np.log(values).mean(axis=1)), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class ThroughTime:
    """Gradients of a loss at the last time step, at every earlier one.

    Attributes
    ----------
    times : ndarray of int, shape (steps,)
        1 … steps.
    gradient : dict of str to ndarray, shape (seeds, steps)
        |∂L/∂h_t| by cell.
    decades : dict of str to float
        log10 of the first over the last: negative if it vanishes; median over the seeds.
    """

    times: NDArray[np.int64]
    gradient: dict[str, Array]
    decades: dict[str, float]


def through_time(
    *, steps: int = 100, forget_bias: float = 0.0, gain: float = 1.0, seed: int = 0, seeds: int = 3
) -> ThroughTime:
    """Differentiate untrained recurrent networks of 64 units on 16 random sequences of 4 signals, L = mean of v·h_T.

    "rnn" (tanh), "lstm" and "gru" as torch initialises them, all weights and both biases U(±1/8); ``forget_bias`` is
    added to the LSTM's; "orthogonal" is the tanh network with W_hh = gain · Q and no biases.

    Raises
    ------
    InvalidArgument
        ``steps`` outside 2 … 200, ``forget_bias`` outside −10 … 10, ``gain`` outside 0 … 10, ``seeds`` outside 1 … 20.

    References
    ----------
    Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. doi:10.1162/neco.1997.9.8.1735
    Jozefowicz, R., Zaremba, W., Sutskever, I. (2015). An empirical exploration of recurrent network
    architectures. ICML.
    """
    check_integer(steps, "steps", low=2, high=MAX_TIME)
    check_between(forget_bias, "forget_bias", -10.0, 10.0)
    check_between(gain, "gain", 0.0, 10.0)
    check_integer(seed, "seed", low=0)
    check_integer(seeds, "seeds", low=1, high=20)
    gradient, decades = {}, {}
    for cell in CELLS:
        gradient[cell] = _back_through_time(cell, steps, forget_bias, gain, seed, seeds)
        with np.errstate(all="ignore"):
            decades[cell] = float(np.median(np.log10(gradient[cell][:, 0]) - np.log10(gradient[cell][:, -1])))
    return ThroughTime(np.arange(1, steps + 1), gradient, decades)


def _back_through_time(cell: str, steps: int, forget_bias: float, gain: float, seed: int, seeds: int) -> Array:
    torch = load_torch()
    gates = {"lstm": 4, "gru": 3}.get(cell, 1)
    rngs = [np.random.default_rng([seed, number]) for number in range(seeds)]

    def stack(draw: Callable[[np.random.Generator], Array]) -> Any:
        return torch.from_numpy(np.stack([draw(rng) for rng in rngs]))

    # Of full length, counted from the end: a longer sequence ends in the same steps.
    x = stack(lambda rng: rng.standard_normal((MAX_TIME, SEQUENCES, SIGNALS)))[:, MAX_TIME - steps :]
    v = stack(lambda rng: rng.standard_normal((HIDDEN, 1)) / math.sqrt(HIDDEN))
    bound, wide = HIDDEN**-0.5, gates * HIDDEN
    w_in = stack(lambda rng: rng.uniform(-bound, bound, (SIGNALS, wide)))
    b_in = stack(lambda rng: rng.uniform(-bound, bound, (1, wide)))
    b_back = stack(lambda rng: rng.uniform(-bound, bound, (1, wide)))
    w_back = stack(lambda rng: rng.uniform(-bound, bound, (HIDDEN, wide)))
    if cell == "orthogonal":
        w_back = gain * torch.linalg.qr(stack(lambda rng: rng.standard_normal((HIDDEN, HIDDEN))))[0]
        b_in, b_back = torch.zeros_like(b_in), torch.zeros_like(b_back)
    if cell == "lstm":  # gates in torch's order: input, forget, cell, output
        b_back[..., HIDDEN : 2 * HIDDEN] += forget_bias
    driven = (x.flatten(1, 2) @ w_in).unflatten(1, (steps, SEQUENCES)) + b_in[:, None]
    h = torch.zeros(seeds, SEQUENCES, HIDDEN, dtype=torch.float64, requires_grad=True)
    c, states = torch.zeros_like(h), []
    for time in range(steps):
        if cell == "gru":
            reset, update, new = driven[:, time].chunk(3, dim=2)
            from_h = torch.baddbmm(b_back, h, w_back).chunk(3, dim=2)
            kept = torch.sigmoid(update + from_h[1])
            h = (1 - kept) * torch.tanh(new + torch.sigmoid(reset + from_h[0]) * from_h[2]) + kept * h
        else:
            z = torch.baddbmm(driven[:, time] + b_back, h, w_back)
            if cell == "lstm":
                write, forget, new, read = z.chunk(4, dim=2)
                c = torch.sigmoid(forget) * c + torch.sigmoid(write) * torch.tanh(new)
                h = torch.sigmoid(read) * torch.tanh(c)
            else:
                h = torch.tanh(z)
        states.append(h)
    loss = torch.bmm(h, v).mean(dim=1).sum()
    found = torch.autograd.grad(loss, states)
    return np.stack([gradient.flatten(1).norm(dim=1).numpy() for gradient in found], axis=1)
