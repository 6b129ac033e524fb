"""Each finding appears for the runs that it describes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.gd_sgd_minibatch import (
    PROBLEMS,
    SCHEDULES,
    compare,
    descend,
    findings,
    load_problem,
    noise_limit,
    start_point,
)
from core.gd_sgd_minibatch.optimisers import rates
from tests.core.gd_sgd_minibatch.helpers import DIABETES


def codes(runs, **changes):
    settings_ = {
        "batch_size": 32,
        "learning_rate": 0.1,
        "length": 30,
        "unit": "updates",
        "optimiser": "sgd",
        "momentum": 0.9,
        "schedule": "constant",
        "replacement": False,
        **changes,
    }
    problem = settings_.pop("problem", DIABETES)
    every = compare(problem, start=start_point(problem, "corner"), seed=1, **settings_)
    found = findings(problem, {name: every[name] for name in runs}, settings_)
    return {(finding.code, finding.run): finding.figures for finding in found}


def test_findings_describe_the_runs():
    calm = codes(["gd", "mini", "sgd"])
    assert calm[("below", None)] == {"rate": 0.1, "limit": pytest.approx(DIABETES.limit)}
    assert {code for code, _ in calm} == {"best", "below"}
    assert {code for code, _ in codes(["mini"])} == {"below"}
    by_epoch = codes(["gd", "mini", "sgd"], unit="epochs", length=1)
    assert by_epoch[("best", "sgd")]["samples"] == 442
    away = codes(["mini"], batch_size=442, learning_rate=1.2 * DIABETES.limit, length=60)
    assert set(away) == {("left", "mini"), ("above", None)}
    flown = codes(["gd", "mini", "sgd"], learning_rate=3 * DIABETES.limit)
    assert {code for code, _ in flown} == {"left", "above"}
    assert codes(["gd"])[("below", None)]["rate"] == 0.1, "gradient descent may be shown alone"
    narrow = codes(["mini"], problem=load_problem("raw"), learning_rate=1e-4, schedule="inverse")
    assert narrow[("valley", None)] == {"condition": 26333}
    assert narrow[("decay", None)] == {"first": 1e-4, "last": pytest.approx(1e-4 / (1 + 20 * 29 / 30))}
    assert ("adaptive", None) in codes(["mini"], optimiser="adam")
    assert ("noise", "sgd") in codes(["gd", "sgd", "mini"], learning_rate=0.6 * DIABETES.limit)
    assert ("noise", "sgd") not in codes(["mini"], learning_rate=0.6 * DIABETES.limit)
    assert codes(["mini"], replacement=True, batch_size=442)[("replacement", None)] == {"n": 442}
    assert ("cut", None) in codes(["sgd", "mini"], unit="epochs", length=20)
    assert ("cut", None) not in codes(["mini"], unit="epochs", length=20)
    # The limit of momentum is above the limit of plain gradient descent.
    assert ("below", None) in codes(["mini"], optimiser="momentum", learning_rate=1.5 * DIABETES.limit, batch_size=442)


def growth(optimiser: str, momentum: float, step: float) -> float:
    """Return the spectral radius of the update of (w, v) on ½λw², with ``step`` = learning rate · λ."""
    beta = 0.0 if optimiser == "sgd" else momentum
    v = np.array([1.0, beta])  # v ← g + βv, with g = w in units of 1/λ
    w = step * (np.array([1.0, 0.0]) + beta * v) if optimiser == "nesterov" else step * v
    return float(np.abs(np.linalg.eigvals([np.array([1.0, 0.0]) - w, v])).max())


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    name=st.sampled_from(PROBLEMS),
    optimiser=st.sampled_from(["sgd", "momentum", "nesterov"]),
    momentum=st.sampled_from([0.0, 0.2, 0.5, 0.9, 0.98]),
    schedule=st.sampled_from(SCHEDULES),
    share=st.sampled_from([0.1, 0.3, 0.6, 0.99, 1.0, 1.01, 1.5, 2.0, 4.0]),
    length=st.sampled_from([1, 5, 30, 100]),
)
def test_sentences_on_the_learning_rate_follow_the_growth_of_errors(
    name: str, optimiser: str, momentum: float, schedule: str, share: float, length: int
) -> None:
    problem = load_problem(name)
    changes = {"optimiser": optimiser, "momentum": momentum, "schedule": schedule, "length": length}
    found = codes(["gd", "mini", "sgd"], problem=problem, learning_rate=problem.learning_rate(share), **changes)
    factors = share * rates(schedule, length)
    steepest = np.array([growth(optimiser, momentum, 2 * factor) for factor in factors])
    grows, stays = steepest > 1 + 1e-9, np.abs(steepest - 1) <= 1e-9
    if grows.all():
        expected = "above"
    elif grows.any():
        expected = "crosses"
        # Afterwards errors shrink along both axes.
        assert not grows[-1]
    else:
        expected = "at_limit" if stays.all() else "below"
    if expected == "below" and not stays.any():
        flattest = [growth(optimiser, momentum, 2 * factor / problem.condition) for factor in factors]
        assert max(flattest) < 1
    suffix = "" if problem.loss == "squared" else "_near"
    about_rate = {code for code, _ in found if code.split("_")[0] in ("above", "below", "crosses", "at")}
    assert about_rate == {expected + suffix}
    assert (("decay", None) in found) == bool(factors[-1] < factors[0])
    if expected == "crosses":
        assert found[(expected + suffix, None)]["update"] == grows.sum()
    noisy = optimiser == "sgd" and schedule == "constant" and problem.loss == "squared" and not grows.any()
    assert (("noise", "sgd") in found) == (noisy and share * problem.limit > noise_limit(problem, 1))


def test_at_the_limit_the_loss_does_not_fall() -> None:
    """The error along the steepest direction changes its sign with every update."""
    for name in ("diabetes", "standard"):
        problem = load_problem(name)
        run = descend(problem, start="steep", batch_size=problem.n, learning_rate=problem.limit, updates=1000)
        assert run.excess[-1] == pytest.approx(run.excess[0], rel=1e-9)
        [code] = [
            code
            for code, _ in codes(["mini"], problem=problem, learning_rate=problem.limit, batch_size=problem.n)
            if code != "valley"
        ]
        assert code == "at_limit"


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimiser", ["adagrad", "adadelta", "rmsprop", "adam"])
def test_step_lengths_of_adaptive_optimisers_are_measured(optimiser: str, schedule: str) -> None:
    figures = codes(["mini"], optimiser=optimiser, schedule=schedule)[("adaptive", None)]
    every = compare(
        DIABETES,
        start=start_point(DIABETES, "corner"),
        seed=1,
        batch_size=32,
        learning_rate=0.1,
        length=30,
        optimiser=optimiser,
        schedule=schedule,
    )
    path, factors = every["mini"].path, rates(schedule, 30)
    lengths = [
        float(np.hypot(*(after - before))) / (0.1 * factor)
        for before, after, factor in zip(path, path[1:], factors, strict=False)
    ]
    assert figures == {"first": pytest.approx(lengths[0]), "median": pytest.approx(np.median(lengths))}


@pytest.mark.parametrize("seed", range(5))
def test_rounding_errors_do_not_decide_the_best_run(seed: int) -> None:
    """Gradient descent and a batch of all samples are one computation up to the order of a sum."""
    settings_ = {"batch_size": 442, "learning_rate": 0.3, "length": 30 + 40 * seed, "unit": "updates"}
    settings_ |= {"optimiser": "sgd", "momentum": 0.9, "schedule": "constant", "replacement": False}
    every = compare(DIABETES, start="corner", seed=seed, **settings_)
    for order in (["gd", "mini"], ["mini", "gd"]):
        [best] = [f for f in findings(DIABETES, {name: every[name] for name in order}, settings_) if f.code == "best"]
        assert best.run == order[0]
