"""The update rules against torch.optim, and the limits of the learning rate."""

import numpy as np
import pytest
import torch

from core.gd_sgd_minibatch import OPTIMISERS, descend, rate_limit, rates, start_point
from core.gd_sgd_minibatch.optimisers import make_update
from tests.core.gd_sgd_minibatch.helpers import DIABETES


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_update_rules_match_torch(optimiser):
    """64 runs with noisy gradients at once. RMSprop is compared before its limit cycle amplifies rounding errors."""
    rng = np.random.default_rng(3)
    start, updates, rate = rng.normal(size=(2, 64)), 150 if optimiser == "rmsprop" else 300, 0.05
    noise = rng.normal(size=(updates, 2, 64))
    ours, theirs = start.copy(), torch.tensor(start, requires_grad=True)
    update = make_update(optimiser, 0.8)
    reference = {
        "sgd": lambda p: torch.optim.SGD(p, lr=rate),
        "momentum": lambda p: torch.optim.SGD(p, lr=rate, momentum=0.8),
        "nesterov": lambda p: torch.optim.SGD(p, lr=rate, momentum=0.8, nesterov=True),
        "adagrad": lambda p: torch.optim.Adagrad(p, lr=rate),
        "adadelta": lambda p: torch.optim.Adadelta(p, lr=rate),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=rate),
        "adam": lambda p: torch.optim.Adam(p, lr=rate),
    }[optimiser]([theirs])
    curvature = np.array([[1.4], [0.6]])
    for t in range(updates):
        ours = update(ours, curvature * ours + noise[t], np.array(rate))
        theirs.grad = torch.tensor(curvature) * theirs.detach() + torch.tensor(noise[t])
        reference.step()
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12, atol=1e-12)


def test_schedules_match_their_formulas_and_torch():
    t = np.arange(50) / 50
    np.testing.assert_array_equal(rates("constant", 50), 1)
    np.testing.assert_allclose(rates("inverse", 50), 1 / (1 + 20 * t))
    parameter = torch.nn.Parameter(torch.zeros(1))
    stepper = torch.optim.SGD([parameter], lr=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(stepper, T_max=50)
    for rate in rates("cosine", 50):
        assert rate == pytest.approx(schedule.get_last_lr()[0], abs=1e-7)
        stepper.step()
        schedule.step()


@pytest.mark.parametrize(
    ("optimiser", "momentum"), [("sgd", 0.0), ("momentum", 0.9), ("nesterov", 0.9), ("momentum", 0.3)]
)
def test_rate_limit_separates_convergence_from_divergence(optimiser, momentum):
    """Just below the limit the error in the steepest direction vanishes; just above it, it grows."""
    limit = rate_limit(optimiser, momentum, DIABETES.curvatures[1])
    start = start_point(DIABETES, "steep")
    excess = [
        descend(
            DIABETES,
            start=start,
            batch_size=442,
            learning_rate=share * limit,
            updates=1500,
            optimiser=optimiser,
            momentum=momentum,
        ).excess[-1]
        for share in (0.98, 1.02)
    ]
    assert excess[0] < 0.01 < 100 < excess[1]
