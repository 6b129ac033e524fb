"""Training with several batch sizes: updates against torch's SGD, protocols, divergence."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.batch_size_minima import networks, training
from core.batch_size_minima.training import Setting, train
from core.validate import InvalidArgument

SHORT = Setting(batch_sizes=(8, 64), updates=25, examples=64, seeds=2)


@pytest.mark.parametrize("loss", networks.LOSSES)
@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
def test_updates_match_torchs_sgd(loss: str, weight_decay: float) -> None:
    setting = replace(SHORT, loss=loss, weight_decay=weight_decay, learning_rate=0.5, seed=3)
    run = train(setting)[0]
    problem = networks.digits_problem(64, seeds=2, seed=3)
    initial = torch.tensor(networks.initial_models(seeds=2, seed=3)[1].astype(np.float64))
    first = initial[: 65 * 32].view(65, 32).clone().requires_grad_(True)
    second = initial[65 * 32 :].view(33, 10).clone().requires_grad_(True)
    descent = torch.optim.SGD([first, second], lr=0.5, weight_decay=weight_decay, foreach=False)
    order = training.batches(64, 8, seeds=2, seed=3)
    x, y = torch.tensor(problem.inputs[1]).double(), torch.tensor(problem.targets[1]).double()
    for _ in range(25):
        chosen = next(order)[1]
        hidden = torch.relu(x[chosen] @ first)
        z = hidden @ second[:-1] + second[-1]
        if loss == "mse":
            value = 0.5 * ((z - y[chosen]) ** 2).sum(dim=1).mean()
        else:
            value = torch.nn.functional.cross_entropy(z, y[chosen])
        descent.zero_grad()
        value.backward()
        descent.step()
    reference = torch.cat([first.flatten(), second.flatten()]).detach().numpy()
    np.testing.assert_allclose(run.models[1], reference, atol=2e-4)


@pytest.mark.parametrize("loss", networks.LOSSES)
@pytest.mark.parametrize("options", [{"momentum": 0.9}, {"sam": 0.1}, {"momentum": 0.5, "sam": 0.05}], ids=str)
def test_momentum_and_sharpness_aware_updates_match_torch(loss: str, options: dict[str, float]) -> None:
    setting = replace(SHORT, loss=loss, learning_rate=0.5, seed=3, weight_decay=0.01, **options)
    run = train(setting)[0]
    problem = networks.digits_problem(64, seeds=2, seed=3)
    theta = torch.tensor(networks.initial_models(seeds=2, seed=3)[1].astype(np.float64), requires_grad=True)
    beta = options.get("momentum", 0.0)
    # torch's buffer starts with the first gradient; a first gradient of 0 makes it start at 0.
    descent = torch.optim.SGD([theta], lr=0.5, momentum=beta, dampening=beta, weight_decay=0.01 if not beta else 0.0)
    theta.grad = torch.zeros_like(theta)
    if beta:
        descent.step()
    order = training.batches(64, 8, seeds=2, seed=3)
    x, y = torch.tensor(problem.inputs[1]).double(), torch.tensor(problem.targets[1]).double()

    def slope(at: torch.Tensor, chosen: np.ndarray) -> torch.Tensor:
        point = at.detach().requires_grad_(True)
        first, second = point[: 65 * 32].view(65, 32), point[65 * 32 :].view(33, 10)
        z = torch.relu(x[chosen] @ first) @ second[:-1] + second[-1]
        if loss == "mse":
            value = 0.5 * ((z - y[chosen]) ** 2).sum(dim=1).mean()
        else:
            value = torch.nn.functional.cross_entropy(z, y[chosen])
        return torch.autograd.grad(value, point)[0]

    for _ in range(25):
        chosen = next(order)[1]
        here = slope(theta, chosen)
        if "sam" in options:
            here = slope(theta.detach() + options["sam"] * here / here.norm(), chosen)
        theta.grad = here + (0.01 * theta.detach() if beta else 0.0)
        descent.step()
    np.testing.assert_allclose(run.models[1], theta.detach().numpy(), atol=3e-4)
    assert np.isnan(run.edge)


def test_the_edge_of_stability_is_that_of_plain_descent() -> None:
    assert train(replace(SHORT, updates=1, learning_rate=0.4))[0].edge == pytest.approx(5.0)


def test_full_batch_is_gradient_descent() -> None:
    run = train(replace(SHORT, batch_sizes=(64,), updates=10, learning_rate=0.1))[0]
    problem, models = networks.digits_problem(64, seeds=2), networks.initial_models(seeds=2)
    for _ in range(10):
        models = models - np.float32(0.1) * networks.gradient(models, problem.inputs, problem.targets, loss="mse")
    np.testing.assert_allclose(run.models, models, atol=1e-5)
    assert (np.diff(run.loss, axis=1) < 0).all()


@pytest.mark.parametrize("batch", [1, 5, 16, 37])
def test_every_epoch_visits_every_example_once_for_any_batch_size(batch: int) -> None:
    stream = training.batches(37, batch, seeds=2, seed=0)
    seen = np.concatenate([next(stream) for _ in range(-(-74 // batch))], axis=1)[:, :74]
    for epoch in (seen[:, :37], seen[:, 37:]):
        np.testing.assert_array_equal(np.sort(epoch, axis=1), np.arange(37)[None].repeat(2, axis=0))
    whole = training.batches(37, 37, seeds=2, seed=0)
    np.testing.assert_array_equal(seen, np.concatenate([next(whole), next(whole)], axis=1))


def test_protocols_set_updates_and_learning_rates() -> None:
    by_protocol = {
        protocol: train(replace(SHORT, protocol=protocol, epochs=3, learning_rate=0.4, target=1e-9))
        for protocol in training.PROTOCOLS
    }
    made = {name: [run.updates[-1] for run in runs] for name, runs in by_protocol.items()}
    assert made == {"updates": [25, 25], "epochs": [24, 3], "linear": [24, 3], "loss": [25, 25]}
    assert [run.learning_rate for run in by_protocol["linear"]] == pytest.approx([0.4 / 8, 0.4])
    for runs in by_protocol.values():
        # All batch sizes start from the same weights.
        np.testing.assert_array_equal(runs[0].loss[:, 0], runs[1].loss[:, 0])
    assert all(outcome == "short" for run in by_protocol["loss"] for outcome in run.outcome)


def test_loss_protocol_stops_each_model_at_the_target() -> None:
    setting = replace(SHORT, protocol="loss", target=0.2, updates=400, learning_rate=0.3, seeds=3)
    problem = networks.digits_problem(64, seeds=3)
    for run in train(setting):
        assert set(run.outcome) == {"trained"} and (run.stopped < 400).all() and (run.stopped % 10 == 0).all()
        ends = networks.losses(networks.outputs(run.models, problem.inputs), problem.targets, loss="mse")
        assert (ends <= 0.2).all() and (ends > 0.1).all()
        np.testing.assert_allclose(run.loss[:, -1], ends, rtol=1e-5)
        assert run.updates[-1] == run.stopped.max() and (np.diff(run.updates) > 0).all()


@pytest.mark.parametrize("loss", networks.LOSSES)
def test_divergence_is_reported_and_gives_nan(loss: str) -> None:
    for run in train(replace(SHORT, learning_rate=1e3, loss=loss, updates=60)):
        assert run.outcome == ("diverged", "diverged") and not run.usable.any()
        assert (run.stopped < 60).all() and np.isnan(run.models).all()
        for curve in (run.loss, run.accuracy, run.test_loss, run.test_accuracy, run.sharpness):
            assert np.isfinite(curve[:, 0]).all() and np.isnan(curve[:, -1]).all()


def test_a_single_seed_can_diverge() -> None:
    outcomes = [run.outcome for run in train(Setting(batch_sizes=(8,), learning_rate=1.4, updates=600))]
    assert len(set(outcomes[0])) == 2 and "diverged" in outcomes[0]


def test_a_model_no_better_than_a_constant_is_not_usable() -> None:
    # At this rate every hidden unit dies; the output biases learn the class frequencies.
    run = train(Setting(batch_sizes=(32,), learning_rate=2.0, updates=300, seeds=2))[0]
    assert run.outcome == ("constant", "constant")
    assert np.isfinite(run.loss[:, -1]).all() and (run.accuracy[:, -1] < 0.2).all()


def test_final_values_match_the_models() -> None:
    setting = replace(SHORT, label_noise=0.5, updates=200)
    run, problem = train(setting)[0], networks.digits_problem(64, seeds=2, label_noise=0.5)
    z, test_z = networks.outputs(run.models, problem.inputs), networks.outputs(run.models, problem.test_inputs)
    np.testing.assert_allclose(run.loss[:, -1], networks.losses(z, problem.targets, loss="mse"), rtol=1e-5)
    np.testing.assert_allclose(run.accuracy[:, -1], networks.accuracies(z, problem.targets))
    np.testing.assert_allclose(
        run.test_loss[:, -1], networks.losses(test_z, problem.test_targets, loss="mse"), rtol=1e-5
    )
    np.testing.assert_allclose(run.test_accuracy[:, -1], networks.accuracies(test_z, problem.test_targets))
    full = networks.hessian_operator(run.models.astype(np.float64), problem.inputs, problem.targets, loss="mse")
    exact = networks.top_eigenvalues(full, steps=40)[0]
    assert (run.sharpness[:, -1] <= exact * (1 + 1e-5)).all() and (run.sharpness[:, -1] > 0.98 * exact).all()


def test_seeds_are_independent_and_reproducible() -> None:
    some, more = train(SHORT)[0], train(replace(SHORT, seeds=3))[0]
    np.testing.assert_allclose(some.models, more.models[:2], atol=1e-5)
    np.testing.assert_array_equal(some.models, train(SHORT)[0].models)
    assert not np.allclose(some.models, train(replace(SHORT, seed=1))[0].models)


def test_points_set_the_number_of_measurements() -> None:
    assert train(SHORT, points=1)[0].updates.tolist() == [0, 25]
    full, ends = train(SHORT)[1], train(SHORT, points=1)[1]
    assert full.updates.tolist() == training.log_spaced_updates(25, 18).tolist() and full.updates[1] == 1
    np.testing.assert_array_equal(full.models, ends.models)
    np.testing.assert_allclose(full.sharpness[:, -1], ends.sharpness[:, -1], rtol=0.02)
    for wrong in (0, 101):
        with pytest.raises(InvalidArgument):
            train(SHORT, points=wrong)


def test_reported_progress_rises_to_one() -> None:
    reported: list[float] = []
    train(SHORT, report=reported.append)
    assert reported == sorted(reported) and reported[-1] == 1.0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"batch_sizes": ()}, "too_few"),
        ({"batch_sizes": (8, 65)}, "batch_too_large"),
        ({"batch_sizes": (0,)}, "out_of_range"),
        ({"batch_sizes": (2.5,)}, "not_an_integer"),
        ({"protocol": "hours"}, "unknown_choice"),
        ({"loss": "hinge"}, "unknown_choice"),
        ({"learning_rate": 0.0}, "not_positive"),
        ({"learning_rate": float("nan")}, "not_finite"),
        ({"target": -1.0}, "not_positive"),
        ({"weight_decay": 1.5}, "out_of_range"),
        ({"updates": 0}, "out_of_range"),
        ({"epochs": 0, "protocol": "epochs"}, "out_of_range"),
        ({"batch_sizes": (1,), "protocol": "epochs", "epochs": 626}, "out_of_range"),
        ({"label_noise": 2.0}, "out_of_range"),
        ({"examples": 8}, "out_of_range"),
    ],
)
def test_train_rejects_invalid_settings(wrong: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        train(replace(SHORT, **wrong))
    assert caught.value.code == code


@pytest.mark.slow
def test_small_batches_end_flatter_at_equal_updates() -> None:
    small, large = train(Setting(batch_sizes=(8, 512), seeds=10))
    assert (small.sharpness[:, -1] < large.sharpness[:, -1]).all()
    # Large batches do not move to sharper regions: the initial weights are sharper still.
    assert (large.sharpness[:, -1] < large.sharpness[:, 0]).all()


@pytest.mark.slow
def test_small_batches_end_flatter_at_equal_loss() -> None:
    small, large = train(Setting(batch_sizes=(8, 512), protocol="loss", updates=4000))
    assert set(small.outcome + large.outcome) == {"trained"}
    assert (small.sharpness[:, -1] < large.sharpness[:, -1]).all()


@pytest.mark.slow
def test_full_batch_settles_at_the_edge_of_stability() -> None:
    # Gradient descent cannot stay where λmax > 2/lr (Cohen et al. 2021, arXiv:2103.00065).
    run = train(Setting(batch_sizes=(512,), learning_rate=1.4))[0]
    assert run.sharpness[:, -1] == pytest.approx(2 / 1.4, rel=0.03)


@pytest.mark.slow
def test_linear_scaling_removes_or_reverses_the_difference() -> None:
    runs = train(Setting(batch_sizes=(8, 32, 128, 512), protocol="linear", learning_rate=1.28, epochs=200, seeds=3))
    ends = np.array([run.sharpness[:, -1] for run in runs])
    np.testing.assert_allclose(ends[1:3], ends[0][None].repeat(2, axis=0), rtol=0.03)
    assert (ends[3] < ends[0]).all() and (ends[3] < 1.05 * 2 / 1.28).all()


@pytest.mark.slow
def test_large_batch_is_undertrained_at_equal_epochs() -> None:
    small, large = train(Setting(batch_sizes=(8, 512), protocol="epochs", epochs=30))
    assert (large.loss[:, -1] > 3 * small.loss[:, -1]).all()
    assert (large.test_accuracy[:, -1] < small.test_accuracy[:, -1] - 0.03).all()
