"""Gradients of untrained recurrent networks, backward through time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.lazy_imports import load_torch
from core.validate import check_between, check_integer
from core.vanishing_gradients.activations import Array

CELLS = ("rnn", "orthogonal", "lstm", "gru")
MAX_TIME, HIDDEN, SEQUENCES, SIGNALS = 200, 64, 16, 4


@dataclass(frozen=True, slots=True)
class ThroughTime:
    """Gradients of a loss at the last time step with respect to all earlier hidden states.

    Attributes
    ----------
    times : ndarray of int, shape (steps,)
        1 … steps.
    gradient : dict of str to ndarray, shape (seeds, steps)
        |∂L/∂h_t| by cell.
    decades : dict of str to float
        log10 of the first over the last gradient, median over the seeds; negative if the gradient vanishes.
    memory : ndarray, shape (seeds, steps)
        |∂L/∂c_t| of the LSTM's cell state, which its gates keep.
    memory_decades : float
        As ``decades``, of ``memory``.
    """

    times: NDArray[np.int64]
    gradient: dict[str, Array]
    decades: dict[str, float]
    memory: Array
    memory_decades: float


def through_time(
    *, steps: int = 100, forget_bias: float = 0.0, gain: float = 1.0, seed: int = 0, seeds: int = 3
) -> ThroughTime:
    """Differentiate untrained recurrent networks of 64 units on 16 random sequences of 4 signals.

    The loss is L = mean of v·h_T. The cells are "rnn" (tanh), "lstm" and "gru" with torch's initialisation, all weights
    and both biases U(±1/8), and "orthogonal", a tanh network with W_hh = gain · Q and no biases.

    Parameters
    ----------
    steps : int
        2 … 200.
    forget_bias : float
        Added to the bias of the LSTM's forget gate, −10 … 10.
    gain : float
        Of "orthogonal", 0 … 10.
    seed : int
    seeds : int
        Number of networks, 1 … 20.

    Returns
    -------
    ThroughTime

    Raises
    ------
    InvalidArgument
        ``steps`` outside 2 … 200, ``forget_bias`` outside −10 … 10, ``gain`` outside 0 … 10, ``seeds`` outside 1 … 20.

    References
    ----------
    Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. doi:10.1162/neco.1997.9.8.1735
    Jozefowicz, R., Zaremba, W., Sutskever, I. (2015). An empirical exploration of recurrent network
    architectures. ICML.

    Examples
    --------
    >>> result = through_time(steps=5, seeds=2)
    >>> sorted(result.gradient), result.gradient["lstm"].shape
    (['gru', 'lstm', 'orthogonal', 'rnn'], (2, 5))
    """
    check_integer(steps, "steps", low=2, high=MAX_TIME)
    check_between(forget_bias, "forget_bias", -10.0, 10.0)
    check_between(gain, "gain", 0.0, 10.0)
    check_integer(seed, "seed", low=0)
    check_integer(seeds, "seeds", low=1, high=20)
    gradient, memory = {}, np.empty((seeds, 0))
    for cell in CELLS:
        of_states, of_memory = _gradients_through_time(cell, steps, forget_bias, gain, seed, seeds)
        gradient[cell] = of_states
        if cell == "lstm":
            memory = of_memory
    decades = {cell: _median_decades(values) for cell, values in gradient.items()}
    return ThroughTime(np.arange(1, steps + 1), gradient, decades, memory, _median_decades(memory))


def _median_decades(gradient: Array) -> float:
    """Return log10 of the first over the last gradient, shape (seeds, steps), as the median over the seeds."""
    with np.errstate(all="ignore"):
        return float(np.median(np.log10(gradient[:, 0]) - np.log10(gradient[:, -1])))


def _gradients_through_time(
    cell: str, steps: int, forget_bias: float, gain: float, seed: int, seeds: int
) -> tuple[Array, Array]:
    """Return |∂L/∂h_t| of one cell, shape (seeds, steps), and |∂L/∂c_t| if it is the LSTM, else shape (seeds, 0)."""
    torch = load_torch()
    gates = {"lstm": 4, "gru": 3}.get(cell, 1)
    rngs = [np.random.default_rng([seed, number]) for number in range(seeds)]

    def stack(draw: Callable[[np.random.Generator], Array]) -> Any:
        return torch.from_numpy(np.stack([draw(rng) for rng in rngs]))

    # Draw sequences of the maximum length and use their last steps, so that sequences of all lengths share their end.
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
    if cell == "lstm":  # torch orders the gates as input, forget, cell, output
        b_back[..., HIDDEN : 2 * HIDDEN] += forget_bias
    input_part = (x.flatten(1, 2) @ w_in).unflatten(1, (steps, SEQUENCES)) + b_in[:, None]
    h = torch.zeros(seeds, SEQUENCES, HIDDEN, dtype=torch.float64, requires_grad=True)
    c, states, memories = torch.zeros_like(h), [], []
    for time in range(steps):
        if cell == "gru":
            reset, update, new = input_part[:, time].chunk(3, dim=2)
            from_h = torch.baddbmm(b_back, h, w_back).chunk(3, dim=2)
            update_gate = torch.sigmoid(update + from_h[1])
            h = (1 - update_gate) * torch.tanh(new + torch.sigmoid(reset + from_h[0]) * from_h[2]) + update_gate * h
        else:
            z = torch.baddbmm(input_part[:, time] + b_back, h, w_back)
            if cell == "lstm":
                write, forget, new, read = z.chunk(4, dim=2)
                c = torch.sigmoid(forget) * c + torch.sigmoid(write) * torch.tanh(new)
                h = torch.sigmoid(read) * torch.tanh(c)
                memories.append(c)
            else:
                h = torch.tanh(z)
        states.append(h)
    loss = torch.bmm(h, v).mean(dim=1).sum()
    gradients = torch.autograd.grad(loss, [*states, *memories])
    norms = np.stack([gradient.flatten(1).norm(dim=1).numpy() for gradient in gradients], axis=1)
    return norms[:, :steps], norms[:, steps:]
