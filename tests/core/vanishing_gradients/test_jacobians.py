"""Singular values of the Jacobian from the first layer to the last."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.validate import InvalidArgument
from core.vanishing_gradients import ACTIVATIONS, BRANCHES, Net, kept_directions, singular_values
from core.vanishing_gradients.activations import activate
from core.vanishing_gradients.networks import batches, draw_weights


def by_the_chain_rule(net: Net, seed: int, network: int) -> np.ndarray:
    """Return ∂h_D/∂h_1 of a network without normalisation as a product of its layers' Jacobians, in NumPy."""
    weights = draw_weights(net, seed=seed, seeds=network + 1)
    h = activate(batches()[0][0] @ weights.first[network] + weights.bias[0, network, 0], net.activation)[0]
    jacobian = np.eye(net.width)
    for matrix, bias in zip(weights.hidden[:, network], weights.bias[1:, network, 0], strict=True):
        value, slope = activate(h @ matrix + bias, net.activation)
        alpha = 0.0 if net.residual and net.branch == "zero" else 1.0
        layer = alpha * slope[:, None] * matrix.T
        jacobian = (layer + np.eye(net.width) if net.residual else layer) @ jacobian
        h = h + alpha * value if net.residual else value
    return jacobian


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    depth=st.integers(2, 8),
    width=st.sampled_from([1, 4, 16]),
    activation=st.sampled_from(ACTIVATIONS),
    init=st.sampled_from(["xavier", "he", "default", "orthogonal"]),
    residual=st.booleans(),
    branch=st.sampled_from(BRANCHES),
    seed=st.integers(0, 99),
)
def test_singular_values_are_those_of_the_product_of_the_layers(
    depth: int, width: int, activation: str, init: str, residual: bool, branch: str, seed: int
) -> None:
    net = Net(depth, width, activation, init, residual=residual, branch=branch)
    values = singular_values(net, seed=seed, seeds=2)
    for network in range(2):
        expected = np.linalg.svd(by_the_chain_rule(net, seed, network), compute_uv=False)
        np.testing.assert_allclose(values[network], expected, rtol=1e-6, atol=1e-12 * max(expected[0], 1e-300))


def test_layer_normalisation_against_torchs_jacobian() -> None:
    net = Net(3, 8, "relu", "he", normalisation="layer")
    weights = draw_weights(net, seed=0, seeds=1)

    def last(h: torch.Tensor) -> torch.Tensor:
        for matrix in weights.hidden[:, 0]:
            h = torch.relu(torch.nn.functional.layer_norm(h @ torch.as_tensor(matrix), (8,)))
        return h

    z = torch.as_tensor(batches()[0][0]) @ torch.as_tensor(weights.first[0])
    jacobian = torch.autograd.functional.jacobian(last, torch.relu(torch.nn.functional.layer_norm(z, (8,))))
    np.testing.assert_allclose(
        singular_values(net, seeds=1)[0], np.linalg.svd(jacobian.numpy(), compute_uv=False), rtol=1e-9, atol=1e-12
    )


def test_batch_normalisation_is_refused_because_samples_depend_on_each_other() -> None:
    with pytest.raises(InvalidArgument) as caught:
        singular_values(Net(normalisation="batch"))
    assert caught.value.code == "unknown_choice"


def test_a_jacobian_that_is_not_finite_keeps_no_direction() -> None:
    values = singular_values(Net(50, activation="relu", init="free", sigma_w=1e9), seeds=2)
    assert np.isnan(values).all()
    assert kept_directions(values).tolist() == [0, 0]
