"""The networks of the batch-size page, by hand against torch: losses, gradients, Hessians."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import datasets
from core.batch_size_minima import networks as nets
from core.batch_size_minima.networks import LOSSES, Sizes
from core.validate import InvalidArgument

SMALL = Sizes(4, 5, 3)


def drawn(seed: int, *, models: int = 2, examples: int = 7, sizes: Sizes = SMALL) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    inputs = nets.with_ones(rng.standard_normal((models, examples, sizes.inputs)))
    targets = np.eye(sizes.outputs)[rng.integers(0, sizes.outputs, (models, examples))]
    return rng.standard_normal((models, sizes.parameters)), inputs, targets


def of_torch(model: torch.Tensor, inputs: np.ndarray, targets: np.ndarray, loss: str, sizes: Sizes) -> torch.Tensor:
    """The same network with torch's own layers and losses; biases taken out of the matrices."""
    cut = (sizes.inputs + 1) * sizes.hidden
    first, second = model[:cut].view(-1, sizes.hidden), model[cut:].view(-1, sizes.outputs)
    hidden = torch.relu(torch.nn.functional.linear(torch.tensor(inputs[:, :-1]), first[:-1].T, first[-1]))
    z = torch.nn.functional.linear(hidden, second[:-1].T, second[-1])
    if loss == "mse":
        return 0.5 * torch.nn.functional.mse_loss(z, torch.tensor(targets), reduction="sum") / len(inputs)
    return torch.nn.functional.cross_entropy(z, torch.tensor(targets.argmax(axis=1)))


def dense_hessian(model: np.ndarray, inputs: np.ndarray, targets: np.ndarray, loss: str) -> np.ndarray:
    return torch.autograd.functional.hessian(
        lambda at: of_torch(at, inputs, targets, loss, SMALL), torch.tensor(model)
    ).numpy()  # fmt: skip


@given(st.integers(0, 10_000), st.sampled_from(LOSSES))
@settings(max_examples=30, deadline=None)
def test_loss_gradient_and_hessian_products_are_torchs(seed: int, loss: str) -> None:
    models, inputs, targets = drawn(seed)
    value = nets.losses(nets.outputs(models, inputs, sizes=SMALL), targets, loss=loss)
    slope = nets.gradient(models, inputs, targets, loss=loss, sizes=SMALL)
    vectors = np.random.default_rng(seed + 1).standard_normal(models.shape)
    product = nets.curvature(models, inputs, targets, loss=loss, sizes=SMALL).times(vectors)
    for k in range(len(models)):
        at = torch.tensor(models[k], requires_grad=True)
        theirs = of_torch(at, inputs[k], targets[k], loss, SMALL)
        [first] = torch.autograd.grad(theirs, at, create_graph=True)
        [second] = torch.autograd.grad((first * torch.tensor(vectors[k])).sum(), at)
        assert value[k] == pytest.approx(theirs.item(), rel=1e-12)
        np.testing.assert_allclose(slope[k], first.detach().numpy(), atol=1e-12)
        np.testing.assert_allclose(product[k], second.numpy(), atol=1e-11)


@pytest.mark.parametrize("loss", LOSSES)
def test_lanczos_finds_the_dense_hessians_top(loss: str) -> None:
    models, inputs, targets = drawn(3)
    hessian = nets.curvature(models, inputs, targets, loss=loss, sizes=SMALL)
    top, vectors = nets.top_eigenvalues(hessian, steps=25)
    for k in range(len(models)):
        dense = np.linalg.eigvalsh(dense_hessian(models[k], inputs[k], targets[k], loss))
        assert top[k] == pytest.approx(dense[-1], rel=1e-8)
        assert nets.top_eigenvalues(hessian, steps=3)[0][k] <= dense[-1] + 1e-12
    np.testing.assert_allclose(hessian.times(vectors), top[:, None] * vectors, atol=1e-4)


def test_one_model_taken_out_is_itself() -> None:
    models, inputs, targets = drawn(5, models=3)
    for loss in LOSSES:
        hessian = nets.curvature(models, inputs, targets, loss=loss, sizes=SMALL)
        np.testing.assert_allclose(hessian.only(1).times(models[1:2]), hessian.times(models)[1:2], rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_cross_entropy_survives_large_outputs_and_constants_are_the_best(loss: str) -> None:
    z = np.array([[[1e4, 0.0, -1e4]]])
    assert nets.losses(z, np.array([[[0.0, 1.0, 0.0]]]), loss="cross_entropy")[0] == pytest.approx(1e4)
    targets = np.eye(3)[[0, 0, 0, 1]]
    best = nets.constant_loss(targets, loss=loss)
    p = np.array([0.75, 0.25])
    assert best == pytest.approx(0.5 * (1 - (p**2).sum()) if loss == "mse" else -(p * np.log(p)).sum())
    other = np.broadcast_to(np.log([0.7, 0.29, 0.01]) if loss == "cross_entropy" else [0.7, 0.3, 0.0], (4, 3))
    assert nets.losses(other, targets, loss=loss) > best


def test_accuracy_counts_the_largest_output() -> None:
    z = np.array([[[0.1, 0.9], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]]])
    assert nets.accuracies(z, np.eye(2)[[[1, 0, 1, 1]]])[0] == 0.75


def test_start_is_hes() -> None:
    models = nets.start(seeds=40)
    first, second = nets.matrices(models, nets.MLP)
    assert (first[:, -1] == 0).all() and (second[:, -1] == 0).all()
    assert first[:, :-1].var() == pytest.approx(2 / 64, rel=0.02)
    assert second[:, :-1].var() == pytest.approx(2 / 32, rel=0.04)
    np.testing.assert_array_equal(nets.start(seeds=2), models[:2])
    assert nets.MLP.parameters == 65 * 32 + 33 * 10 == models.shape[1]


def test_splits_are_apart_new_for_each_seed_and_the_whole_data() -> None:
    problem = nets.digits_problem(100, seeds=2, seed=4)
    assert problem.inputs.shape == (2, 100, 65) and problem.test_inputs.shape == (2, 1697, 65)
    np.testing.assert_allclose(problem.inputs[..., :-1].mean(axis=1), 0, atol=1e-6)
    assert (problem.inputs[..., -1] == 1).all() and (problem.test_inputs[..., -1] == 1).all()
    assert not np.array_equal(problem.targets[0], problem.targets[1])
    # Differences of digits know nothing of the mean that was taken away.
    whole = np.sort(np.linalg.norm(datasets.digits().features, axis=1))
    both = np.concatenate([problem.inputs[0], problem.test_inputs[0]])[:, :-1]
    for candidate in datasets.digits().features:
        mean = candidate - both[0]
        if np.allclose(np.sort(np.linalg.norm(both + mean, axis=1)), whole, atol=1e-4):
            break
    else:
        pytest.fail("training and test digits together are not the digits")


def test_label_noise_makes_that_share_wrong_and_adds_to_itself() -> None:
    clean, some, more = (nets.digits_problem(1000, seeds=3, label_noise=share) for share in (0.0, 0.2, 0.5))
    wrong = [(problem.targets.argmax(-1) != clean.targets.argmax(-1)) for problem in (some, more)]
    for share, found in zip((0.2, 0.5), wrong, strict=True):
        assert abs(found.mean() - share) < 4 * math.sqrt(share * (1 - share) / found.size)
    assert (wrong[1] >= wrong[0]).all()
    np.testing.assert_array_equal(some.inputs, clean.inputs)
    np.testing.assert_array_equal(some.test_targets, clean.test_targets)
    assert (
        nets.digits_problem(16, seeds=1, label_noise=1.0).targets * nets.digits_problem(16, seeds=1).targets
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
def test_refused(wrong: dict[str, float], code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        nets.digits_problem(**{"examples": 64, **wrong})  # type: ignore[arg-type]
    assert caught.value.code == code
