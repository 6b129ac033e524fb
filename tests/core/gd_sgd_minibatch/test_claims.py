"""The verdicts, their evidence, and that the verdicts follow from it."""

import math

import numpy as np
import pytest

from core import gd_sgd_minibatch
from core.claims import Verdict
from core.gd_sgd_minibatch import CLAIMS, sample_gradients
from core.gd_sgd_minibatch import claims as claims_module
from tests.core.gd_sgd_minibatch.helpers import CANCER, CORNER, DIABETES, mean_loss

PINNED = {
    "exact_gradient": Verdict.HOLDS,
    "unbiased": Verdict.HOLDS,
    "iterations_per_epoch": Verdict.DEPENDS,
    "noise_escapes": Verdict.DEPENDS,
    "noise_traps": Verdict.DEPENDS,
    "step_too_large": Verdict.DEPENDS,
    "less_computing": Verdict.DEPENDS,
    "squared_l2": Verdict.FALSE,
}


def test_claims_are_in_page_order():
    assert list(CLAIMS) == list(PINNED)


@pytest.mark.parametrize("key", PINNED)
def test_verdict_of_each_claim(key):
    claim = CLAIMS[key]()
    assert claim.verdict is PINNED[key]
    assert all(isinstance(value, float) for value in claim.evidence.values())
    assert all(math.isfinite(value) for value in claim.evidence.values())


def test_evidence_matches_independent_computations():
    evidence = {key: CLAIMS[key]().evidence for key in ("exact_gradient", "iterations_per_epoch", "step_too_large")}
    exact = evidence["exact_gradient"]
    gradients = sample_gradients(DIABETES, CORNER)
    assert exact["gradient_norm"] == pytest.approx(np.linalg.norm(gradients.mean(axis=0)))
    assert exact["sgd_deviation"] == pytest.approx(math.sqrt(gradients.var(axis=0).sum()))
    epoch = evidence["iterations_per_epoch"]
    assert (epoch["n"], epoch["quotient"], epoch["counted"], epoch["last_batch"], epoch["dropped"]) == (
        442,
        13.8125,
        14,
        26,
        13,
    )
    # Half of the start's excess loss lies along the steepest axis, where 200 updates multiply by |1 − 2·share|^200.
    curvatures = DIABETES.curvatures
    axis_share = (1 / curvatures[1]) / (1 / curvatures).sum()
    step = evidence["step_too_large"]
    for name, share in (("below", 0.99), ("above", 1.01), ("far_above", 1.1)):
        steepest = abs(1 - 2 * share) ** 200 * math.sqrt(axis_share)
        assert step[name] == pytest.approx(steepest, rel=1e-3)
    # Gradient descent on the logistic loss in plain loops.
    w = np.zeros(2)
    for _ in range(200):
        p = 1 / (1 + np.exp(-CANCER.inputs @ w))
        w = w - 1.1 * 2 / CANCER.curvatures[1] * CANCER.inputs.T @ (p - CANCER.target) / CANCER.n
    assert step["logistic_first"] == pytest.approx(math.log(2) - CANCER.minimum)
    assert step["logistic_last"] == pytest.approx(mean_loss(CANCER, w) - CANCER.minimum)


def test_squaring_scales_the_learning_rate_limit_by_the_curvature_ratio():
    """At the optimum the Hessian is 2XᵀX for the squared norm and XᵀX/‖r‖ for the norm, because Xᵀr = 0."""
    evidence = CLAIMS["squared_l2"]().evidence
    hessian = DIABETES.inputs.T @ DIABETES.inputs
    residual = np.linalg.norm(DIABETES.inputs @ DIABETES.optimum - DIABETES.target)
    largest = np.linalg.eigvalsh(hessian).max()
    assert evidence["limit_squared"] == pytest.approx(2 / (2 * largest), rel=0.01)
    assert evidence["limit_norm"] == pytest.approx(2 * residual / largest, rel=0.02)


def test_verdicts_follow_from_the_evidence(monkeypatch):
    """When a patched computation returns other results, the verdict changes."""
    always, never = (lambda **_: 1.0), (lambda **_: 0.0)
    real_drawn, real_batches = claims_module.gradient_variance, claims_module.batches

    def biased(*args, **options):
        drawn = real_drawn(*args, **options)
        drawn.bias[:] = 5 * drawn.bias_error
        return drawn

    def dropping(n, batch_size, **options):
        # Every second batch has half the size, which adds an iteration where the batch size divides n.
        options["updates"] = 2 * n
        for k, batch in enumerate(real_batches(n, batch_size, **options)):
            yield batch[:, : -(-batch.shape[1] // 2)] if k % 2 == 0 else batch

    cases = [
        (
            "exact_gradient",
            "_gradient_descent_path",
            lambda problem, start, *_: np.stack([start, start]),
            Verdict.FALSE,
        ),
        ("unbiased", "gradient_variance", biased, Verdict.FALSE),
        ("iterations_per_epoch", "batches", dropping, Verdict.FALSE),
        ("noise_escapes", "share_in_best_basin", never, Verdict.FALSE),
        ("noise_traps", "share_in_best_basin", always, Verdict.FALSE),
        ("noise_traps", "share_in_best_basin", never, Verdict.HOLDS),
        (
            "step_too_large",
            "_gradient_descent_path",
            lambda problem, *_: np.tile(problem.optimum, (2, 1)),
            Verdict.FALSE,
        ),
        ("less_computing", "samples_to_target", lambda *_, **__: _cost(5.0, 9.0), Verdict.HOLDS),
        ("less_computing", "samples_to_target", lambda *_, **__: _cost(9.0, 5.0), Verdict.FALSE),
        ("squared_l2", "_largest_rate", lambda *_: 1e-4, Verdict.FALSE),
    ]
    assert list(dict.fromkeys(key for key, *_ in cases)) == list(CLAIMS)
    for key, name, replacement, verdict in cases:
        with monkeypatch.context() as patch:
            patch.setattr(claims_module, name, replacement)
            assert CLAIMS[key]().verdict is verdict, key


def _cost(sgd, gd):
    values = np.array([sgd, gd])
    return gd_sgd_minibatch.SamplesToTarget(
        np.array([1, 442]), values, values, values, values, values, np.ones(2), 0.02, 20, 100
    )
