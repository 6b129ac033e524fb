"""The verdicts on the claims."""

import importlib
import math

import numpy as np
import pytest
from scipy import stats

from core import vanishing_gradients as topic
from core.claims import Verdict
from core.vanishing_gradients import Net
from core.vanishing_gradients import matrix_completion as topic_completion
from tests.core.vanishing_gradients.helpers import gradients_by_modules

VERDICTS = {
    "derivative_in_unit_interval": Verdict.HOLDS,
    "many_factors_vanish": Verdict.HOLDS,
    "relu_solves": Verdict.DEPENDS,
    "skip_solves": Verdict.DEPENDS,
    "gates_solve": Verdict.DEPENDS,
    "explosion_is_rare": Verdict.DEPENDS,
    "clipping_cures": Verdict.DEPENDS,
    "batch_normalisation_fixes": Verdict.DEPENDS,
    "depth_needs_activations": Verdict.DEPENDS,
    "first_layers_learn_least": Verdict.DEPENDS,
    "steady_trains_well": Verdict.DEPENDS,
}
# They train networks.
SLOW = ("clipping_cures", "steady_trains_well")


def test_claims_are_in_order() -> None:
    assert list(topic.CLAIMS) == list(VERDICTS)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in VERDICTS]
)
def test_verdicts(name: str) -> None:
    claim = topic.CLAIMS[name]()
    assert claim.verdict == VERDICTS[name]
    assert all(np.isfinite(value) for value in claim.evidence.values())


def test_evidence_agrees_with_closed_forms() -> None:
    evidence = topic.CLAIMS["batch_normalisation_fixes"]().evidence
    assert evidence["factor"] == pytest.approx(math.sqrt(math.pi / (math.pi - 1)), abs=0.02)
    assert topic.CLAIMS["derivative_in_unit_interval"]().evidence["largest"] == 0.25


def test_depth_without_activations_matters_when_it_changes_what_training_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("core.vanishing_gradients.claims")
    alike = topic_completion.complete_matrix(1, seeds=5)
    monkeypatch.setattr(module, "complete_matrix", lambda factors, seeds: alike)
    assert topic.CLAIMS["depth_needs_activations"]().verdict == Verdict.HOLDS


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_gradients_of_weights_are_those_of_torchs_modules(activation: str) -> None:
    evidence = topic.CLAIMS["first_layers_learn_least"]().evidence
    gradients, _ = gradients_by_modules(Net(30, activation=activation), seeds=5)
    change = np.median(np.log10(gradients[:, 0] / gradients[:, -1]))
    assert evidence[f"{activation}_weights"] == pytest.approx(change, abs=1e-6)
    if activation == "relu":
        assert evidence["relu_size"] == pytest.approx(np.median(gradients))
        # z's gradient vanishes, but the weights' gradient is about as small in all layers.
        assert evidence["relu_signal"] < -4
        assert abs(change) < 0.5


@pytest.mark.parametrize(("changes", "verdict"), [((-9, -9, -9, -9), Verdict.HOLDS), ((-9, 0, -9, 0), Verdict.FALSE)])
def test_verdict_on_the_first_layers_follows_from_both_networks(
    monkeypatch: pytest.MonkeyPatch, changes: tuple[float, ...], verdict: Verdict
) -> None:
    module = importlib.import_module("core.vanishing_gradients.claims")
    given = iter(changes)
    monkeypatch.setattr(module, "_median_change", lambda _: next(given))
    assert topic.CLAIMS["first_layers_learn_least"]().verdict == verdict


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [((0.6, 0.6, 0.6), Verdict.HOLDS), ((0.6, -0.6, 0.6), Verdict.DEPENDS), ((0.0, -0.6, 0.0), Verdict.FALSE)],
)
def test_verdict_on_clipping_follows_from_paired_accuracies(
    monkeypatch: pytest.MonkeyPatch, gains: tuple[float, ...], verdict: Verdict
) -> None:
    module = importlib.import_module("core.vanishing_gradients.claims")
    given = iter(gains)
    noise = np.linspace(-0.01, 0.01, 10)

    def accuracies(net: Net, *, learning_rate: float, clip: float | None = None) -> np.ndarray:
        return 0.2 + noise + (next(given) if clip else 0.0)

    monkeypatch.setattr(module, "_accuracies", accuracies)
    claim = topic.CLAIMS["clipping_cures"]()
    assert claim.verdict == verdict
    # A difference that is the same for all seeds has an interval of length 0, however much the seeds differ.
    assert claim.evidence["deep_low"] == pytest.approx(claim.evidence["deep_high"]) == pytest.approx(100 * gains[2])


@pytest.mark.parametrize(
    ("xavier", "orthogonal", "verdict"),
    [(0.7, 0.95, Verdict.DEPENDS), (0.95, 0.95, Verdict.HOLDS), (0.2, 0.3, Verdict.FALSE)],
)
def test_verdict_on_steady_gradients_follows_from_the_trainings(
    monkeypatch: pytest.MonkeyPatch, xavier: float, orthogonal: float, verdict: Verdict
) -> None:
    module = importlib.import_module("core.vanishing_gradients.claims")
    accuracy = {"xavier": xavier, "orthogonal": orthogonal}
    monkeypatch.setattr(module, "_accuracies", lambda net, **_: np.linspace(0, 0.01, 10) + accuracy[net.init])
    assert topic.CLAIMS["steady_trains_well"]().verdict == verdict


def test_paired_interval_is_that_of_scipy() -> None:
    module = importlib.import_module("core.vanishing_gradients.claims")
    first, second = np.random.default_rng(0).normal(size=(2, 7))
    expected = stats.ttest_rel(first, second).confidence_interval()
    assert module._paired_interval(first - second) == pytest.approx((expected.low, expected.high))
