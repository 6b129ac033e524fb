"""Gradient noise along the directions of largest curvature."""

import numpy as np
import pytest
import torch

from core.batch_size_minima import networks
from core.batch_size_minima.networks import Sizes
from core.batch_size_minima.noise_by_direction import noise_by_direction

SMALL = Sizes(4, 3, 2)


@pytest.mark.parametrize("loss", networks.LOSSES)
def test_noise_and_curvature_are_those_of_torchs_hessian_and_gradients(loss: str) -> None:
    rng = np.random.default_rng(3)
    inputs = networks.append_ones(rng.normal(size=(12, 4)))
    targets = np.eye(2)[rng.integers(0, 2, 12)]
    model = rng.normal(size=SMALL.parameters)
    x, y = torch.tensor(inputs), torch.tensor(targets)

    def example_losses(theta: torch.Tensor) -> torch.Tensor:
        first, second = theta[: 5 * 3].view(5, 3), theta[5 * 3 :].view(4, 2)
        z = torch.relu(x @ first) @ second[:-1] + second[-1]
        if loss == "mse":
            return 0.5 * ((z - y) ** 2).sum(dim=1)
        return torch.nn.functional.cross_entropy(z, y, reduction="none")

    theta = torch.tensor(model)
    hessian = torch.autograd.functional.hessian(lambda t: example_losses(t).mean(), theta).numpy()
    gradients = torch.autograd.functional.jacobian(example_losses, theta).numpy()
    covariance = np.cov(gradients.T, bias=True)
    values, vectors = np.linalg.eigh(hessian)
    top = vectors[:, ::-1][:, :4]
    result = noise_by_direction(model, inputs, targets, loss=loss, directions=4, sizes=SMALL)
    np.testing.assert_allclose(result.curvature, values[::-1][:4], rtol=1e-6)
    np.testing.assert_allclose(result.variance, np.einsum("pk,pq,qk->k", top, covariance, top), rtol=1e-5)
    assert result.total == pytest.approx(np.trace(covariance))
