"""The verdicts on the claims, and that they can change."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from core import batch_size_minima as topic
from core.batch_size_minima import claims as module
from core.batch_size_minima import escapes
from core.batch_size_minima.claims import CLEAN, LINEAR, NOISY, SHORT, train_cached
from core.batch_size_minima.noise_by_direction import NoiseByDirection
from core.batch_size_minima.training import Setting
from core.claims import Verdict


@pytest.mark.parametrize(("name", "verdict"), [("noise_is_the_reason", Verdict.DEPENDS)])
def test_verdict_on_noise(name: str, verdict: Verdict) -> None:
    claim = topic.CLAIMS[name]()
    assert claim.verdict == verdict
    assert all(isinstance(value, str) or math.isfinite(value) for value in claim.evidence.values())


def test_verdict_on_noise_is_false_if_noise_does_not_depend_on_batch_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim is false if the shift of a minibatch does not depend on its size."""
    monkeypatch.setattr(escapes, "shift_sd", lambda size, **_: np.full_like(np.asarray(size, dtype=float), 0.3))
    assert topic.CLAIMS["noise_is_the_reason"]().verdict == Verdict.FALSE


@pytest.mark.slow
def test_large_batches_end_sharper_under_one_protocol_only() -> None:
    claim = topic.CLAIMS["large_batch_sharp"]()
    figures = claim.evidence
    assert claim.verdict is Verdict.DEPENDS
    assert figures["updates_low"] > 0 > figures["linear_high"]
    assert figures["updates_wins"] == CLEAN.seeds and figures["linear_wins"] == 0
    # Full-batch descent cannot stay above 2 / learning rate.
    assert figures["linear_large"] < 1.02 * figures["edge"] < figures["linear_small"]


@pytest.mark.slow
def test_verdicts_on_flatness_and_small_batches_depend_on_the_task() -> None:
    flat, small = (topic.CLAIMS[name]() for name in ("flat_generalises", "small_batch_regularises"))
    assert flat.verdict is small.verdict is Verdict.DEPENDS
    for name in ("clean", "noisy", "decayed"):
        assert flat.evidence[f"{name}_sharper"] == CLEAN.seeds
        assert flat.evidence[f"{name}_mean"] == -small.evidence[f"{name}_mean"]
    assert flat.evidence["clean_low"] < 0 < flat.evidence["clean_high"]
    assert flat.evidence["noisy_high"] < 0 < flat.evidence["decayed_low"]
    assert flat.evidence["dinh_high"] > 20 * flat.evidence["dinh_low"] and flat.evidence["dinh_change"] < 1e-6
    assert small.evidence["fits_large"] > small.evidence["fits_small"]
    assert small.evidence["test_decayed"] > small.evidence["test_small"] > small.evidence["test_large"]


@pytest.mark.slow
def test_pretraining_is_untested_and_one_epoch_of_large_batches_fails() -> None:
    claim = topic.CLAIMS["large_batches_pretrain"]()
    assert claim.verdict is Verdict.UNTESTED
    shares = [claim.evidence[f"b_{batch}"] for batch in (8, 32, 128, 1024)]
    assert shares == sorted(shares, reverse=True) and shares[0] > 85 > 40 > shares[-1]


@pytest.mark.slow
def test_the_learning_rate_that_batch_sizes_share_decides_their_comparison() -> None:
    claim = topic.CLAIMS["one_rate_is_fair"]()
    figures = claim.evidence
    assert claim.verdict is Verdict.DEPENDS
    assert figures["best_small"] < figures["best_large"]
    small, large = (
        topic.train(replace(SHORT, batch_sizes=(batch,), learning_rate=0.8), points=1)[0].test_accuracy[:, -1]
        for batch in (8, 256)
    )
    expected = stats.ttest_rel(large, small).confidence_interval(0.95)
    assert figures["at_0_8_mean"] == pytest.approx(100 * (large - small).mean())
    assert (figures["at_0_8_low"], figures["at_0_8_high"]) == pytest.approx((100 * expected.low, 100 * expected.high))
    assert figures["at_0_2_low"] < 0 < figures["at_0_2_high"], "no difference at a small rate"
    assert figures["at_1_6_low"] > figures["own_high"], "the small batch diverges at a large one"


@pytest.mark.parametrize(("at_shared", "verdict"), [(0.02, Verdict.HOLDS), (0.5, Verdict.FALSE)])
def test_one_rate_is_fair_if_it_gives_the_difference_of_the_best_rates(
    monkeypatch: pytest.MonkeyPatch, at_shared: float, verdict: Verdict
) -> None:
    def accuracies(setting: Setting) -> np.ndarray:
        # Both batch sizes are best at 0.1, which is no shared rate.
        gap = 0.02 if setting.learning_rate == 0.1 else at_shared
        return np.array([[0.5], [0.5 + gap]]) - setting.learning_rate

    monkeypatch.setattr(module, "_test_accuracies", accuracies)
    assert topic.CLAIMS["one_rate_is_fair"]().verdict is verdict


@pytest.mark.slow
def test_sharpness_aware_training_is_flatter_everywhere_and_better_with_wrong_labels_only() -> None:
    flatter, better = topic.CLAIMS["sam_flatter"](), topic.CLAIMS["sam_generalises"]()
    figures = better.evidence
    assert flatter.verdict is Verdict.HOLDS and better.verdict is Verdict.DEPENDS
    assert flatter.evidence == figures
    for size in (8, 256):
        assert figures[f"clean_{size}_sharper_high"] < 0 and figures[f"noisy_{size}_sharper_high"] < 0
        assert figures[f"clean_{size}_better_low"] < 0 < figures[f"clean_{size}_better_high"]
        assert figures[f"noisy_{size}_better_low"] > 0
    plain, sharpness_aware = (
        train_cached(setting)[1].test_accuracy[:, -1] for setting in (NOISY, replace(NOISY, sam=0.1))
    )
    expected = stats.ttest_rel(sharpness_aware, plain).confidence_interval(0.95)
    assert figures["noisy_256_better_low"] == pytest.approx(100 * expected.low)
    assert figures["noisy_256_better_high"] == pytest.approx(100 * expected.high)


@pytest.mark.slow
def test_momentum_is_flatter_with_the_full_batch_only() -> None:
    claim = topic.CLAIMS["momentum_flatter"]()
    assert claim.verdict is Verdict.DEPENDS
    for labels in ("clean", "noisy"):
        assert claim.evidence[f"{labels}_256_sharper_high"] < 0 < claim.evidence[f"{labels}_8_sharper_high"]
        for size in (8, 256):
            assert claim.evidence[f"{labels}_{size}_better_low"] < 0 < claim.evidence[f"{labels}_{size}_better_high"]


@pytest.mark.slow
def test_gradient_noise_is_strongest_along_the_largest_curvature() -> None:
    claim = topic.CLAIMS["noise_along_curvature"]()
    assert claim.verdict is Verdict.HOLDS
    assert all(claim.evidence[f"{name}_low"] > 0.7 for name in ("clean", "noisy", "cross_entropy"))


def test_noise_that_is_even_in_all_directions_makes_the_claim_false(monkeypatch: pytest.MonkeyPatch) -> None:
    def even(model: np.ndarray, inputs: np.ndarray, targets: np.ndarray, *, loss: str) -> NoiseByDirection:
        variance = np.random.default_rng(int(inputs.sum())).uniform(0.9, 1.1, 40)
        return NoiseByDirection(np.arange(40.0)[::-1], variance, float(model.size))

    monkeypatch.setattr(module, "noise_by_direction", even)
    monkeypatch.setattr(module, "train_cached", lambda setting: topic.train(replace(setting, updates=1), points=1))
    assert topic.CLAIMS["noise_along_curvature"]().verdict is Verdict.FALSE


def test_rank_correlation_is_that_of_scipy() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 30))
    assert module._rank_correlation(x, y + x) == pytest.approx(stats.spearmanr(x, y + x).statistic)


@pytest.mark.parametrize(
    ("flatter", "better", "verdicts"),
    [(1.0, 0.0, (Verdict.HOLDS, Verdict.FALSE)), (0.0, 0.1, (Verdict.FALSE, Verdict.HOLDS))],
)
def test_flatness_and_generalisation_of_sam_are_judged_apart(
    monkeypatch: pytest.MonkeyPatch, flatter: float, better: float, verdicts: tuple[Verdict, Verdict]
) -> None:
    def made_up(setting: Setting) -> tuple[SimpleNamespace, ...]:
        noise, changed = np.random.default_rng(0).normal(0, 0.01, (4, 1)), setting.sam > 0
        run = SimpleNamespace(usable=np.full(4, True), sharpness=9 + noise**2, test_accuracy=0.5 + noise)
        if changed:
            run.sharpness, run.test_accuracy = run.sharpness - flatter + noise, run.test_accuracy + better - noise
        return tuple(SimpleNamespace(**vars(run), batch=batch) for batch in setting.batch_sizes)

    monkeypatch.setattr(module, "train_cached", made_up)
    assert tuple(topic.CLAIMS[name]().verdict for name in ("sam_flatter", "sam_generalises")) == verdicts


def test_claims_are_in_order_and_share_trainings() -> None:
    assert list(topic.CLAIMS) == [
        "large_batch_sharp",
        "flat_generalises",
        "noise_is_the_reason",
        "noise_along_curvature",
        "small_batch_regularises",
        "sam_flatter",
        "sam_generalises",
        "momentum_flatter",
        "large_batches_pretrain",
        "one_rate_is_fair",
    ]
    tiny = replace(LINEAR, seeds=1, epochs=1)
    assert train_cached(tiny) is train_cached(tiny)


@pytest.mark.slow
@pytest.mark.parametrize("setting", [CLEAN, LINEAR], ids=["equal updates", "linear scaling"])
def test_lanczos_sharpness_of_the_claims_matches_arpack(setting: Setting) -> None:
    runs = train_cached(setting)
    found = topic.measure(setting, runs)
    np.testing.assert_allclose(found.final_values("sharpness"), found.measures["lambda"], rtol=0.005)
