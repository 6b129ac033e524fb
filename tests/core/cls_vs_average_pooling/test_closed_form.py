"""Accuracy without training against theory."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from core import cls_vs_average_pooling as topic
from core.cls_vs_average_pooling import closed_form
from core.validate import InvalidArgument


@pytest.mark.parametrize("length", [2, 5, 17, 65, 257])
def test_theory_matches_average_pooling_of_the_needle(length: int) -> None:
    measured = topic.pooled_accuracy("needle", [length], sharpness=0.0, count=4000, seeds=5)
    exact = norm.cdf(2 / math.sqrt(length - 1))
    assert measured.theory[0] == pytest.approx(exact, rel=1e-12)
    assert abs(measured.accuracy[0] - exact) < 4 * math.sqrt(exact * (1 - exact) / 20_000)


def test_one_token_is_always_right_and_a_tie_counts_half() -> None:
    assert topic.pooled_accuracy("needle", [1], sharpness=0.0).accuracy[0] == 1
    tied = topic.pooled_accuracy("majority", [2], sharpness=0.0, count=4000)
    assert tied.tied[0] == pytest.approx(0.5, abs=0.03)
    assert tied.accuracy[0] == pytest.approx(0.75, abs=0.03), "always right without a tie, half right with one"


def test_attention_helps_with_the_needle_and_hurts_with_the_majority() -> None:
    average, sharp = (topic.pooled_accuracy("needle", [65], sharpness=b) for b in (0.0, 2.0))
    assert sharp.low[0] > average.high[0]
    average, sharp = (topic.pooled_accuracy("majority", [65], sharpness=b) for b in (0.0, 2.0))
    assert sharp.high[0] < average.low[0]


def test_results_depend_on_the_seed_only_and_the_cache_is_protected() -> None:
    first, second = (topic.pooled_accuracy("needle", [5, 9], sharpness=1.0, seed=7) for _ in range(2))
    expected = first.accuracy.copy()
    np.testing.assert_array_equal(second.accuracy, expected)
    first.accuracy[:] = second.accuracy[:] = 0  # the cache is not affected
    np.testing.assert_array_equal(topic.pooled_accuracy("needle", [5, 9], sharpness=1.0, seed=7).accuracy, expected)
    closed_form._accuracy_at_length.cache_clear()
    recomputed = topic.pooled_accuracy("needle", [9, 5], sharpness=1.0, seed=7)
    np.testing.assert_array_equal(recomputed.accuracy, expected[::-1])


def test_crossover_is_the_length_from_which_the_lead_lasts() -> None:
    lengths = [2, 3, 5, 17, 65, 257]
    average, sharp = (topic.pooled_accuracy("needle", lengths, sharpness=b) for b in (0.0, 2.0))
    start = topic.crossover(sharp, average)
    assert start in lengths
    behind = sharp.low <= average.high
    assert not behind[lengths.index(start) :].any()
    assert start == lengths[0] or behind[lengths.index(start) - 1]
    assert topic.crossover(average, sharp) is None


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.pooled_accuracy("needle", [4], sharpness=-1.0), "out_of_range"),
        (lambda: topic.pooled_accuracy("needle", [4], sharpness=math.nan), "out_of_range"),
        (lambda: topic.pooled_accuracy("needle", [4, 0], sharpness=1.0), "out_of_range"),
        (lambda: topic.pooled_accuracy("needle", [4], sharpness=1.0, seed=True), "not_an_integer"),
    ],
)
def test_closed_form_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code


@pytest.mark.parametrize(("length", "sharpness"), [(17, 2.0), (48, 4.0), (129, 8.0), (257, 1.0)])
def test_signal_to_noise_of_the_needle_matches_many_sequences(length: int, sharpness: float) -> None:
    sequences = [topic.draw_sequences("needle", length, count=20_000, seed=seed) for seed in range(5)]
    agreements = np.concatenate(
        [s.labels * (topic.attention_weights(s.keys, sharpness=sharpness) * s.values).sum(axis=1) for s in sequences]
    )
    shown = topic.pooled_accuracy("needle", [length], sharpness=sharpness, count=10).signal_to_noise[0]
    assert shown == pytest.approx(agreements.mean() / agreements.std(), rel=0.05)


def test_signal_to_noise_of_the_average_is_exact() -> None:
    lengths = np.array([2, 9, 64, 257])
    shown = topic.pooled_accuracy("needle", lengths, sharpness=0.0, count=10).signal_to_noise
    np.testing.assert_allclose(shown, 2 / np.sqrt(lengths - 1.0), rtol=1e-9)


def test_signal_to_noise_of_a_sharp_attention_does_not_depend_on_the_sequences_drawn() -> None:
    # Independent: 10⁶ sequences give 44 to 45; five seeds of 400 gave 149 or 632, because failures are rare.
    for seed in (0, 2, 99999):
        shown = topic.pooled_accuracy("needle", [17], sharpness=6.0, count=400, seed=seed).signal_to_noise[0]
        assert shown == pytest.approx(44.5, abs=1.0)


@pytest.mark.parametrize("sharpness", [0.5, 3.0, 8.0])
def test_signal_to_noise_with_one_other_token_matches_quadrature(sharpness: float) -> None:
    def expect(power: int, of_other: bool = False) -> float:
        """Return the expectation of a power of the needle's weight, or of the other token's."""

        def integrand(key: float) -> float:
            weight = 1 / (1 + math.exp(sharpness * (key - 4)))
            return float((1 - weight if of_other else weight) ** power * norm.pdf(key))

        return float(quad(integrand, -12, 12, limit=500, points=[4])[0])

    mean = expect(1)
    variance = 4 * (expect(2) - mean**2) + expect(2, of_other=True)
    shown = topic.pooled_accuracy("needle", [2], sharpness=sharpness, count=10).signal_to_noise[0]
    assert shown == pytest.approx(2 * mean / variance**0.5, rel=1e-3)
