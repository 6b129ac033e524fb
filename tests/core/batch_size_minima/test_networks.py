"""Losses, gradients and Hessians of the networks against torch."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import datasets
from core.batch_size_minima import networks
from core.batch_size_minima.networks import LOSSES, Sizes
from core.validate import InvalidArgument
from tests.core.batch_size_minima.helpers import SMALL, draw_models


def torch_loss(model: torch.Tensor, inputs: np.ndarray, targets: np.ndarray, loss: str, sizes: Sizes) -> torch.Tensor:
    """Return the loss of the same network with torch's layers and losses, where biases are separate vectors."""
    cut = (sizes.inputs + 1) * sizes.hidden
    first, second = model[:cut].view(-1, sizes.hidden), model[cut:].view(-1, sizes.outputs)
    hidden = torch.relu(torch.nn.functional.linear(torch.tensor(inputs[:, :-1]), first[:-1].T, first[-1]))
    z = torch.nn.functional.linear(hidden, second[:-1].T, second[-1])
    if loss == "mse":
        return 0.5 * torch.nn.functional.mse_loss(z, torch.tensor(targets), reduction="sum") / len(inputs)
    return torch.nn.functional.cross_entropy(z, torch.tensor(targets.argmax(axis=1)))


def autograd_hessian(model: np.ndarray, inputs: np.ndarray, targets: np.ndarray, loss: str) -> np.ndarray:
    return torch.autograd.functional.hessian(
        lambda at: torch_loss(at, inputs, targets, loss, SMALL), torch.tensor(model)
    ).numpy()


@given(st.integers(0, 10_000), st.sampled_from(LOSSES))
@settings(max_examples=30, deadline=None)
def test_loss_gradient_and_hessian_products_match_torch(seed: int, loss: str) -> None:
    models, inputs, targets = draw_models(seed)
    value = networks.losses(networks.outputs(models, inputs, sizes=SMALL), targets, loss=loss)
    slope = networks.gradient(models, inputs, targets, loss=loss, sizes=SMALL)
    vectors = np.random.default_rng(seed + 1).standard_normal(models.shape)
    product = networks.hessian_operator(models, inputs, targets, loss=loss, sizes=SMALL).matvec(vectors)
    for k in range(len(models)):
        at = torch.tensor(models[k], requires_grad=True)
        reference = torch_loss(at, inputs[k], targets[k], loss, SMALL)
        [first] = torch.autograd.grad(reference, at, create_graph=True)
        [second] = torch.autograd.grad((first * torch.tensor(vectors[k])).sum(), at)
        assert value[k] == pytest.approx(reference.item(), rel=1e-12)
        np.testing.assert_allclose(slope[k], first.detach().numpy(), atol=1e-12)
        np.testing.assert_allclose(product[k], second.numpy(), atol=1e-11)


@pytest.mark.parametrize("loss", LOSSES)
def test_lanczos_matches_the_dense_hessian(loss: str) -> None:
    models, inputs, targets = draw_models(3)
    hessian = networks.hessian_operator(models, inputs, targets, loss=loss, sizes=SMALL)
    top, vectors = networks.top_eigenvalues(hessian, steps=25)
    for k in range(len(models)):
        dense = np.linalg.eigvalsh(autograd_hessian(models[k], inputs[k], targets[k], loss))
        assert top[k] == pytest.approx(dense[-1], rel=1e-8)
        assert networks.top_eigenvalues(hessian, steps=3)[0][k] <= dense[-1] + 1e-12
    np.testing.assert_allclose(hessian.matvec(vectors), top[:, None] * vectors, atol=1e-4)


def test_select_gives_the_operator_of_one_model() -> None:
    models, inputs, targets = draw_models(5, models=3)
    for loss in LOSSES:
        hessian = networks.hessian_operator(models, inputs, targets, loss=loss, sizes=SMALL)
        np.testing.assert_allclose(hessian.select(1).matvec(models[1:2]), hessian.matvec(models)[1:2], rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_cross_entropy_of_large_outputs_and_loss_of_the_best_constant(loss: str) -> None:
    z = np.array([[[1e4, 0.0, -1e4]]])
    assert networks.losses(z, np.array([[[0.0, 1.0, 0.0]]]), loss="cross_entropy")[0] == pytest.approx(1e4)
    targets = np.eye(3)[[0, 0, 0, 1]]
    best = networks.constant_loss(targets, loss=loss)
    p = np.array([0.75, 0.25])
    assert best == pytest.approx(0.5 * (1 - (p**2).sum()) if loss == "mse" else -(p * np.log(p)).sum())
    other = np.broadcast_to(np.log([0.7, 0.29, 0.01]) if loss == "cross_entropy" else [0.7, 0.3, 0.0], (4, 3))
    assert networks.losses(other, targets, loss=loss) > best


def test_accuracy_counts_the_largest_output() -> None:
    z = np.array([[[0.1, 0.9], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]]])
    assert networks.accuracies(z, np.eye(2)[[[1, 0, 1, 1]]])[0] == 0.75


def test_initial_models_have_he_variances() -> None:
    models = networks.initial_models(seeds=40)
    first, second = networks.weight_matrices(models, networks.MLP)
    assert (first[:, -1] == 0).all() and (second[:, -1] == 0).all()
    assert first[:, :-1].var() == pytest.approx(2 / 64, rel=0.02)
    assert second[:, :-1].var() == pytest.approx(2 / 32, rel=0.04)
    np.testing.assert_array_equal(networks.initial_models(seeds=2), models[:2])
    assert networks.MLP.parameters == 65 * 32 + 33 * 10 == models.shape[1]


def test_splits_are_disjoint_cover_the_data_and_differ_by_seed() -> None:
    problem = networks.digits_problem(100, seeds=2, seed=4)
    assert problem.inputs.shape == (2, 100, 65) and problem.test_inputs.shape == (2, 1697, 65)
    np.testing.assert_allclose(problem.inputs[..., :-1].mean(axis=1), 0, atol=1e-6)
    assert (problem.inputs[..., -1] == 1).all() and (problem.test_inputs[..., -1] == 1).all()
    assert not np.array_equal(problem.targets[0], problem.targets[1])
    # The mean that was subtracted is unknown here; find it by trying every digit as the first one.
    whole = np.sort(np.linalg.norm(datasets.digits().features, axis=1))
    both = np.concatenate([problem.inputs[0], problem.test_inputs[0]])[:, :-1]
    for candidate in datasets.digits().features:
        mean = candidate - both[0]
        if np.allclose(np.sort(np.linalg.norm(both + mean, axis=1)), whole, atol=1e-4):
            break
    else:
        pytest.fail("training and test digits together are not the digits")


def test_label_noise_corrupts_the_given_share_and_is_nested() -> None:
    clean, some, more = (networks.digits_problem(1000, seeds=3, label_noise=share) for share in (0.0, 0.2, 0.5))
    wrong = [(problem.targets.argmax(-1) != clean.targets.argmax(-1)) for problem in (some, more)]
    for share, found in zip((0.2, 0.5), wrong, strict=True):
        assert abs(found.mean() - share) < 4 * math.sqrt(share * (1 - share) / found.size)
    assert (wrong[1] >= wrong[0]).all()
    np.testing.assert_array_equal(some.inputs, clean.inputs)
    np.testing.assert_array_equal(some.test_targets, clean.test_targets)
    assert (
        networks.digits_problem(16, seeds=1, label_noise=1.0).targets * networks.digits_problem(16, seeds=1).targets
    ).sum() == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"examples": 15}, "out_of_range"),
        ({"examples": 1025}, "out_of_range"),
        ({"examples": 20.5}, "not_an_integer"),
        ({"seeds": 0}, "out_of_range"),
        ({"seeds": 41}, "out_of_range"),
        ({"seed": -1}, "out_of_range"),
        ({"label_noise": 1.1}, "out_of_range"),
    ],
)
def test_digits_problem_rejects_invalid_arguments(wrong: dict[str, float], code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        networks.digits_problem(**{"examples": 64, **wrong})  # type: ignore[arg-type]
    assert caught.value.code == code
