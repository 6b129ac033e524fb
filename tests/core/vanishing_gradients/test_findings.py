"""The findings and outcomes, and the widest range of settings."""

import numpy as np
import pytest

from core import vanishing_gradients as topic
from core.vanishing_gradients import Net


@pytest.mark.parametrize("activation", topic.ACTIVATIONS)
@pytest.mark.parametrize("normalisation", topic.NORMALISATIONS)
@pytest.mark.parametrize("sigma_w", [0.0, 1e9])
def test_extreme_settings_give_no_warning(activation: str, normalisation: str, sigma_w: float) -> None:
    for width in (1, 8):
        for residual in (False, True):
            net = Net(50, width, activation, "free", sigma_w, residual, normalisation)
            for dtype in topic.DTYPES:
                profile = topic.measure(net, dtype=dtype, seeds=2)
                assert topic.findings(net, profile)
            inside = topic.record_activations(net)
            shares = topic.histograms(inside.h, np.linspace(-1, 1, 11))
            assert (shares.sum(axis=1) <= 1 + 1e-9).all()


def test_overflow_is_reported_with_its_layer() -> None:
    net = Net(50, activation="identity", init="free", sigma_w=1e3)
    profile = topic.measure(net, dtype="float32")
    [finding] = [f for f in topic.findings(net, profile) if f.code == "overflow"]
    # float32 overflows at 10^38.5, and z grows by three decades per layer from about 1.
    assert finding.figures["layer"] in (13, 14)
    assert not np.isfinite(profile.gradient).any()


def test_findings_distinguish_the_cases() -> None:
    def codes(net: Net, **options) -> list[str]:
        return [finding.code for finding in topic.findings(net, topic.measure(net, **options))]

    assert codes(Net(10)) == ["vanishes", "theory"]
    assert codes(Net(20, activation="relu", init="he"))[0] == "steady"
    assert codes(Net(50, activation="relu", init="free", sigma_w=2.0))[0] == "explodes"
    assert codes(Net(20, normalisation="layer")) == ["vanishes", "no_theory"]
    assert codes(Net(50, init="small"), dtype="float32")[0] == "zero"
    assert codes(Net(50, activation="relu", init="he", residual=True))[1] == "theory_fails"
    assert "one_matrix" in codes(Net(50, activation="identity"))
    # All units are saturated, so that the gradient is exactly 0.
    assert codes(Net(50, activation="tanh", init="free", sigma_w=1e9))[0] == "zero"


def test_divergence_is_reported_and_gives_nan() -> None:
    net = Net(20, activation="relu", init="he", residual=True)
    result = topic.train(net, steps=30, optimiser="sgd", learning_rate=1.0)
    assert topic.outcome(result) == "diverged"
    assert np.isnan(result.loss[:, -1]).all() and np.isnan(result.accuracy[:, -1]).all()
