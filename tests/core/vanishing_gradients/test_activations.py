"""Activation functions against torch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import vanishing_gradients as topic

finite = st.floats(-30, 30)


@given(st.lists(finite, min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
@pytest.mark.parametrize("activation", topic.ACTIVATIONS)
def test_activations_match_torch(activation: str, values: list[float]) -> None:
    z = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    expected = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "gelu": torch.nn.functional.gelu,
        "leaky": lambda x: torch.nn.functional.leaky_relu(x, 0.01),
        "identity": lambda x: x * 1,
    }[activation](z)
    [slope] = torch.autograd.grad(expected.sum(), [z])
    value, derivative = topic.activate(np.array(values), activation)
    np.testing.assert_allclose(value, expected.detach().numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(derivative, slope.numpy(), rtol=1e-9, atol=1e-12)
