"""Each finding appears for the runs that it describes."""

import pytest

from core.gd_sgd_minibatch import compare, findings, load_problem, start_point
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
