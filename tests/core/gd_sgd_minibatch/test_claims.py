"""The verdicts, their evidence, and that the verdicts follow from it."""

import math

import numpy as np
import pytest

from core import gd_sgd_minibatch
from core.claims import Verdict
from core.gd_sgd_minibatch import CLAIMS, sample_gradients
from core.gd_sgd_minibatch import claims as claims_module
from core.gd_sgd_minibatch.landscapes import Overfit
from tests.core.gd_sgd_minibatch.helpers import CANCER, CORNER, DIABETES, mean_loss

PINNED = {
    "exact_gradient": Verdict.HOLDS,
    "noisy_gradient": Verdict.HOLDS,
    "unbiased": Verdict.HOLDS,
    "iterations_per_epoch": Verdict.DEPENDS,
    "noise_escapes": Verdict.DEPENDS,
    "noise_regularises": Verdict.FALSE,
    "noise_traps": Verdict.DEPENDS,
    "step_too_large": Verdict.DEPENDS,
    "less_computing": Verdict.DEPENDS,
    "squared_l2": Verdict.FALSE,
    "twice_the_batch": Verdict.DEPENDS,
    "linear_scaling": Verdict.DEPENDS,
    "averaging": Verdict.DEPENDS,
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
    keys = ("exact_gradient", "noisy_gradient", "iterations_per_epoch", "step_too_large")
    evidence = {key: CLAIMS[key]().evidence for key in keys}
    noisy, gradients = evidence["noisy_gradient"], gradients_by_hand(DIABETES, CORNER)
    length = np.linalg.norm(gradients.mean(axis=0))
    assert evidence["exact_gradient"]["gradient_norm"] == pytest.approx(length)
    assert noisy["gradient_norm"] == pytest.approx(length)
    assert noisy["start_deviation"] == pytest.approx(math.sqrt(gradients.var(axis=0).sum()))
    uphill = [mean_loss(DIABETES, CORNER - 1e-6 * gradient) > mean_loss(DIABETES, CORNER) for gradient in gradients]
    assert noisy["uphill_share"] == pytest.approx(np.mean(uphill))
    there = gradients_by_hand(DIABETES, DIABETES.optimum)
    assert np.linalg.norm(there.mean(axis=0)) < 1e-12
    assert noisy["optimum_deviation"] == pytest.approx(math.sqrt(np.mean(np.sum(there**2, axis=1))))
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

    def noise_only(*, batch_size, **_):
        return float(batch_size < claims_module.basins().x.size)

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

    def only_at_the_start(problem, w):
        return sample_gradients(problem, w) if w is not problem.optimum else np.zeros((problem.n, 2))

    cases = [
        (
            "exact_gradient",
            "_gradient_descent_path",
            lambda problem, start, *_: np.stack([start, start]),
            Verdict.FALSE,
        ),
        ("noisy_gradient", "sample_gradients", lambda problem, _: np.ones((problem.n, 2)), Verdict.FALSE),
        ("noisy_gradient", "sample_gradients", only_at_the_start, Verdict.DEPENDS),
        ("unbiased", "gradient_variance", biased, Verdict.FALSE),
        ("iterations_per_epoch", "batches", dropping, Verdict.FALSE),
        ("noise_escapes", "share_in_best_basin", never, Verdict.FALSE),
        ("noise_escapes", "share_in_best_basin", noise_only, Verdict.HOLDS),
        ("noise_regularises", "overfit", lambda: _overfit(0.3, difference=-0.1), Verdict.HOLDS),
        ("noise_regularises", "overfit", lambda: _overfit(0.4, difference=-0.1), Verdict.DEPENDS),
        ("noise_regularises", "overfit", lambda: _overfit(0.3, difference=-0.01), Verdict.FALSE),
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
        ("twice_the_batch", "samples_to_target", lambda *_, **__: _costs([64, 32, 16, 4, 2]), Verdict.HOLDS),
        ("twice_the_batch", "samples_to_target", lambda *_, **__: _costs([9, 9, 9, 9, 9]), Verdict.FALSE),
        ("linear_scaling", "_final_excess", lambda *_: np.ones(50), Verdict.HOLDS),
        ("linear_scaling", "_final_excess", lambda *arguments: np.full(50, arguments[3]), Verdict.FALSE),
        ("averaging", "_last_and_average", lambda *_: (np.arange(2.0, 9), np.arange(1.0, 8)), Verdict.HOLDS),
        ("averaging", "_last_and_average", lambda *_: (np.arange(1.0, 8), np.arange(1.0, 8)), Verdict.FALSE),
    ]
    assert list(dict.fromkeys(key for key, *_ in cases)) == list(CLAIMS)
    for key, name, replacement, verdict in cases:
        with monkeypatch.context() as patch:
            patch.setattr(claims_module, name, replacement)
            assert CLAIMS[key]().verdict is verdict, key


def _overfit(last, *, difference):
    """Return test losses of B = 5 that end at ``last``, from a minimum of 0.3."""
    return Overfit({5: 0.3, 100: 0.3}, {5: last, 100: 0.5}, {5: 0.1, 100: 0.1}, difference, 0.02, 20)


def _cost(sgd, gd):
    values = np.array([sgd, gd])
    return gd_sgd_minibatch.SamplesToTarget(
        np.array([1, 442]), values, values, values, values, values, np.ones(2), 0.02, 20, 100
    )


def _costs(updates):
    values = np.array(updates, float)
    return gd_sgd_minibatch.SamplesToTarget(
        np.array([1, 2, 4, 128, 256]), values, values, values, values, values, np.ones(5), 0.001, 20, 100
    )


def gradients_by_hand(problem, w):
    """Return the gradient of every sample's squared loss, one after another."""
    return np.array([(x @ w - y) * x for x, y in zip(problem.inputs, problem.target, strict=True)])


def test_noise_scale_is_where_noise_and_gradient_of_a_batch_are_equal():
    """Of B samples with replacement, the mean gradient's variance is tr Σ / B: equal to |g|² at B = tr Σ / |g|²."""
    evidence = CLAIMS["twice_the_batch"]().evidence
    gradients = gradients_by_hand(DIABETES, CORNER)
    mean = gradients.mean(axis=0)
    deviation = np.mean([np.sum((g - mean) ** 2) for g in gradients])
    assert evidence["noise_scale_first"] == pytest.approx(deviation / np.sum(mean**2))
    assert evidence["noise_scale_last"] > 10 * evidence["noise_scale_first"]
    assert evidence["updates_2"] <= 0.6 * evidence["updates_1"]
    assert evidence["updates_256"] > 0.6 * evidence["updates_128"]


def test_linear_scaling_ends_at_the_limit_of_gradient_descent():
    evidence = CLAIMS["linear_scaling"]().evidence
    # Two exact steps along the axes of the loss.
    share = evidence["full_share"]
    factors = (1 - 2 * share * DIABETES.curvatures / DIABETES.curvatures[1]) ** 4
    w = CORNER - DIABETES.optimum
    along = np.linalg.eigh(DIABETES.hessian)[1].T @ w
    expected = 0.5 * np.sum(DIABETES.curvatures * along**2 * factors)
    assert evidence["full"] == pytest.approx(expected)
    assert share > 1 and evidence["full"] > 1.25 * evidence["small"]


def test_averages_of_iterates_match_plain_loops():
    evidence = CLAIMS["averaging"]().evidence
    rate = 0.05 * DIABETES.limit
    last, average = [], []
    for seed in range(100):
        w, total = CORNER.copy(), np.zeros(2)
        for k in np.random.default_rng(seed).permutation(DIABETES.n)[:20]:
            w = w - rate * (DIABETES.inputs[k] @ w - DIABETES.target[k]) * DIABETES.inputs[k]
            total += w
        last.append(mean_loss(DIABETES, w) - DIABETES.minimum)
        average.append(mean_loss(DIABETES, total / 20) - DIABETES.minimum)
    # The order of the samples is another one than in the claim.
    for name, values in (("last_short", last), ("average_short", average)):
        assert evidence[name] == pytest.approx(np.mean(values), abs=4 * np.std(values) / 10)
    assert evidence["average_short"] > evidence["last_short"]
    assert evidence["average_long"] < 0.1 * evidence["last_long"]
    for length in ("short", "long"):
        difference = evidence[f"average_{length}"] - evidence[f"last_{length}"]
        assert abs(difference) > evidence[f"half_width_{length}"] > 0
