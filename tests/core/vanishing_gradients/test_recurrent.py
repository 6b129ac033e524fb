"""Gradients through time against torch's cells."""

import math

import numpy as np
import pytest
import torch

from core import vanishing_gradients as topic
from core.validate import InvalidArgument
from core.vanishing_gradients import recurrent


def test_orthogonal_cell_does_not_exceed_its_gain() -> None:
    # The derivative of tanh is at most 1, so that the factor per step is at most the gain.
    for gain in (0.9, 1.0, 1.5):
        decades = topic.through_time(steps=50, gain=gain).decades["orthogonal"]
        assert decades <= 49 * math.log10(gain) + 1e-9


def test_lstm_matches_torchs_cell() -> None:
    """The gradients of two steps match those of torch.nn.LSTMCell."""
    rng = np.random.default_rng([0, 0])
    x = rng.standard_normal((recurrent.MAX_TIME, recurrent.SEQUENCES, recurrent.SIGNALS))[-2:]
    v = rng.standard_normal((64, 1)) / 8
    parts = [rng.uniform(-1 / 8, 1 / 8, shape) for shape in ((recurrent.SIGNALS, 256), (1, 256), (1, 256), (64, 256))]
    w_in, b_in, b_back, w_back = (torch.from_numpy(part) for part in parts)
    cell = torch.nn.LSTMCell(recurrent.SIGNALS, 64, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih.copy_(w_in.T), cell.weight_hh.copy_(w_back.T)
        cell.bias_ih.copy_(b_in[0]), cell.bias_hh.copy_(b_back[0])
    first = cell(torch.from_numpy(x[0]))
    last, last_memory = cell(torch.from_numpy(x[1]), first)
    result = torch.autograd.grad((last @ torch.from_numpy(v)).mean(), [first[0], last, first[1], last_memory])
    measured = topic.through_time(steps=2, seeds=1)
    norms = [float(part.norm()) for part in result]
    np.testing.assert_allclose(measured.gradient["lstm"][0], norms[:2], rtol=1e-10)
    np.testing.assert_allclose(measured.memory[0], norms[2:], rtol=1e-10)
    assert measured.memory_decades == pytest.approx(math.log10(norms[2] / norms[3]))


def test_forget_bias_and_gain_change_their_own_cell_only() -> None:
    plain, changed = topic.through_time(), topic.through_time(forget_bias=2.0, gain=1.5)
    assert changed.decades["lstm"] > plain.decades["lstm"] + 10
    assert changed.decades["orthogonal"] > 0 > plain.decades["orthogonal"]
    for cell in ("rnn", "gru"):
        np.testing.assert_array_equal(plain.gradient[cell], changed.gradient[cell])
    # A tanh network hardly saturates here. Entries U(±1/8) have the variance 1/(3·64): a factor of about 1/√3 per step.
    assert plain.decades["rnn"] == pytest.approx(99 * math.log10(3**-0.5), rel=0.25)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.through_time(steps=1), "out_of_range"),
        (lambda: topic.through_time(gain=-1.0), "out_of_range"),
        (lambda: topic.through_time(forget_bias=11.0), "out_of_range"),
    ],
)
def test_recurrent_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
