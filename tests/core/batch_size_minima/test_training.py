"""Training with several batch sizes: the steps against torch's SGD, protocols, divergence."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.batch_size_minima import networks as nets
from core.batch_size_minima import training as training
from core.batch_size_minima.training import Setting, train
from core.validate import InvalidArgument

QUICK = Setting(batch_sizes=(8, 64), updates=25, examples=64, seeds=2)


@pytest.mark.parametrize("loss", nets.LOSSES)
@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
def test_updates_are_those_of_torchs_sgd(loss: str, weight_decay: float) -> None:
    setting = replace(QUICK, loss=loss, weight_decay=weight_decay, learning_rate=0.5, seed=3)
    run = train(setting)[0]
    problem = nets.digits_problem(64, seeds=2, seed=3)
    begun = torch.tensor(nets.start(seeds=2, seed=3)[1].astype(np.float64))
    first = begun[: 65 * 32].view(65, 32).clone().requires_grad_(True)
    second = begun[65 * 32 :].view(33, 10).clone().requires_grad_(True)
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
    theirs = torch.cat([first.flatten(), second.flatten()]).detach().numpy()
    np.testing.assert_allclose(run.models[1], theirs, atol=2e-4)


def test_full_batch_descends_on_everything_and_ignores_the_order() -> None:
    run = train(replace(QUICK, batch_sizes=(64,), updates=10, learning_rate=0.1))[0]
    problem, models = nets.digits_problem(64, seeds=2), nets.start(seeds=2)
    for _ in range(10):
        models = models - np.float32(0.1) * nets.gradient(models, problem.inputs, problem.targets, loss="mse")
    np.testing.assert_allclose(run.models, models, atol=1e-5)
    assert (np.diff(run.loss, axis=1) < 0).all()


@pytest.mark.parametrize("batch", [1, 5, 16, 37])
def test_every_example_comes_once_an_epoch_whatever_the_batch(batch: int) -> None:
    stream = training.batches(37, batch, seeds=2, seed=0)
    seen = np.concatenate([next(stream) for _ in range(-(-74 // batch))], axis=1)[:, :74]
    for epoch in (seen[:, :37], seen[:, 37:]):
        np.testing.assert_array_equal(np.sort(epoch, axis=1), np.arange(37)[None].repeat(2, axis=0))
    whole = training.batches(37, 37, seeds=2, seed=0)
    np.testing.assert_array_equal(seen, np.concatenate([next(whole), next(whole)], axis=1))


def test_protocols_count_updates_and_scale_rates() -> None:
    by_protocol = {
        protocol: train(replace(QUICK, protocol=protocol, epochs=3, learning_rate=0.4, target=1e-9))
        for protocol in training.PROTOCOLS
    }
    made = {name: [run.updates[-1] for run in runs] for name, runs in by_protocol.items()}
    assert made == {"updates": [25, 25], "epochs": [24, 3], "linear": [24, 3], "loss": [25, 25]}
    assert [run.learning_rate for run in by_protocol["linear"]] == pytest.approx([0.4 / 8, 0.4])
    for runs in by_protocol.values():
        # The same start for all.
        np.testing.assert_array_equal(runs[0].loss[:, 0], runs[1].loss[:, 0])
    assert all(outcome == "short" for run in by_protocol["loss"] for outcome in run.outcome)


def test_equal_loss_stops_each_where_it_first_gets_there() -> None:
    setting = replace(QUICK, protocol="loss", target=0.2, updates=400, learning_rate=0.3, seeds=3)
    problem = nets.digits_problem(64, seeds=3)
    for run in train(setting):
        assert set(run.outcome) == {"trained"} and (run.stopped < 400).all() and (run.stopped % 10 == 0).all()
        ends = nets.losses(nets.outputs(run.models, problem.inputs), problem.targets, loss="mse")
        assert (ends <= 0.2).all() and (ends > 0.1).all()
        np.testing.assert_allclose(run.loss[:, -1], ends, rtol=1e-5)
        assert run.updates[-1] == run.stopped.max() and (np.diff(run.updates) > 0).all()


@pytest.mark.parametrize("loss", nets.LOSSES)
def test_divergence_is_said_and_leaves_no_figures(loss: str) -> None:
    for run in train(replace(QUICK, learning_rate=1e3, loss=loss, updates=60)):
        assert run.outcome == ("diverged", "diverged") and not run.usable.any()
        assert (run.stopped < 60).all() and np.isnan(run.models).all()
        for curve in (run.loss, run.accuracy, run.test_loss, run.test_accuracy, run.sharpness):
            assert np.isfinite(curve[:, 0]).all() and np.isnan(curve[:, -1]).all()


def test_one_seed_may_diverge_alone() -> None:
    outcomes = [run.outcome for run in train(Setting(batch_sizes=(8,), learning_rate=1.4, updates=600))]
    assert len(set(outcomes[0])) == 2 and "diverged" in outcomes[0]


def test_as_good_as_a_constant_is_no_solution() -> None:
    # At this rate every hidden unit is switched off for good; the output's biases learn the labels' shares.
    run = train(Setting(batch_sizes=(32,), learning_rate=2.0, updates=300, seeds=2))[0]
    assert run.outcome == ("constant", "constant")
    assert np.isfinite(run.loss[:, -1]).all() and (run.accuracy[:, -1] < 0.2).all()


def test_measured_curves_are_those_of_the_models() -> None:
    setting = replace(QUICK, label_noise=0.5, updates=200)
    run, problem = train(setting)[0], nets.digits_problem(64, seeds=2, label_noise=0.5)
    z, test_z = nets.outputs(run.models, problem.inputs), nets.outputs(run.models, problem.test_inputs)
    np.testing.assert_allclose(run.loss[:, -1], nets.losses(z, problem.targets, loss="mse"), rtol=1e-5)
    np.testing.assert_allclose(run.accuracy[:, -1], nets.accuracies(z, problem.targets))
    np.testing.assert_allclose(run.test_loss[:, -1], nets.losses(test_z, problem.test_targets, loss="mse"), rtol=1e-5)
    np.testing.assert_allclose(run.test_accuracy[:, -1], nets.accuracies(test_z, problem.test_targets))
    full = nets.curvature(run.models.astype(np.float64), problem.inputs, problem.targets, loss="mse")
    exact = nets.top_eigenvalues(full, steps=40)[0]
    assert (run.sharpness[:, -1] <= exact * (1 + 1e-5)).all() and (run.sharpness[:, -1] > 0.98 * exact).all()


def test_seeds_do_not_know_of_each_other_and_repeat() -> None:
    some, more = train(QUICK)[0], train(replace(QUICK, seeds=3))[0]
    np.testing.assert_allclose(some.models, more.models[:2], atol=1e-5)
    np.testing.assert_array_equal(some.models, train(QUICK)[0].models)
    assert not np.allclose(some.models, train(replace(QUICK, seed=1))[0].models)


def test_points_say_how_often_is_measured() -> None:
    assert train(QUICK, points=1)[0].updates.tolist() == [0, 25]
    full, ends = train(QUICK)[1], train(QUICK, points=1)[1]
    assert full.updates.tolist() == training.measured_at(25, 18).tolist() and full.updates[1] == 1
    np.testing.assert_array_equal(full.models, ends.models)
    np.testing.assert_allclose(full.sharpness[:, -1], ends.sharpness[:, -1], rtol=0.02)
    for wrong in (0, 101):
        with pytest.raises(InvalidArgument):
            train(QUICK, points=wrong)


def test_progress_rises_to_one() -> None:
    told: list[float] = []
    train(QUICK, report=told.append)
    assert told == sorted(told) and told[-1] == 1.0


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
def test_refused(wrong: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        train(replace(QUICK, **wrong))
    assert caught.value.code == code


@pytest.mark.slow
def test_noise_is_repelled_from_sharp_regions_at_equal_updates() -> None:
    small, large = train(Setting(batch_sizes=(8, 512), seeds=10))
    assert (small.sharpness[:, -1] < large.sharpness[:, -1]).all()
    # Not that large batches climb: the start is sharper still.
    assert (large.sharpness[:, -1] < large.sharpness[:, 0]).all()


@pytest.mark.slow
def test_at_equal_loss_the_order_stays() -> None:
    small, large = train(Setting(batch_sizes=(8, 512), protocol="loss", updates=4000))
    assert set(small.outcome + large.outcome) == {"trained"}
    assert (small.sharpness[:, -1] < large.sharpness[:, -1]).all()


@pytest.mark.slow
def test_full_batch_settles_at_two_over_the_learning_rate() -> None:
    # Gradient descent cannot stay where λmax > 2/lr (Cohen et al. 2021, arXiv:2103.00065).
    run = train(Setting(batch_sizes=(512,), learning_rate=1.4))[0]
    assert run.sharpness[:, -1] == pytest.approx(2 / 1.4, rel=0.03)


@pytest.mark.slow
def test_linear_scaling_takes_the_difference_away_or_turns_it_round() -> None:
    runs = train(Setting(batch_sizes=(8, 32, 128, 512), protocol="linear", learning_rate=1.28, epochs=200, seeds=3))
    ends = np.array([run.sharpness[:, -1] for run in runs])
    np.testing.assert_allclose(ends[1:3], ends[0][None].repeat(2, axis=0), rtol=0.03)
    assert (ends[3] < ends[0]).all() and (ends[3] < 1.05 * 2 / 1.28).all()


@pytest.mark.slow
def test_equal_epochs_leave_the_large_batch_undertrained() -> None:
    small, large = train(Setting(batch_sizes=(8, 512), protocol="epochs", epochs=30))
    assert (large.loss[:, -1] > 3 * small.loss[:, -1]).all()
    assert (large.test_accuracy[:, -1] < small.test_accuracy[:, -1] - 0.03).all()
