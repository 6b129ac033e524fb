"""What the home page says of each thumbnail, ``thumbnail_finding`` in the words of the page, is what it shows."""

import importlib

import numpy as np

from core.thumbnail import Thumbnail
from ui.registry import EXPLAINERS


def thumbnail(stem: str) -> Thumbnail:
    shown: Thumbnail = importlib.import_module(f"core.{stem}").thumbnail()
    return shown


def lines(stem: str) -> list[np.ndarray]:
    """Return the curves in the order of the dash patterns: solid, dashed, dotted."""
    return list(thumbnail(stem).lines.values())


def test_the_naive_softmax_is_lost_at_both_ends() -> None:
    shifted, naive = lines("softmax_stability")
    assert np.ptp(shifted) < 1e-6
    middle = len(naive) // 2
    np.testing.assert_allclose(naive[middle], shifted[middle], atol=1e-6)
    assert not np.isclose(naive[[0, -1]], shifted[[0, -1]]).any()


def test_cross_entropy_and_kl_are_always_the_same_distance_apart() -> None:
    cross_entropy, kl = lines("cross_entropy_vs_kl")
    assert np.ptp(cross_entropy - kl) < 1e-12 < (cross_entropy - kl).min()


def test_the_likelihood_of_a_skewed_sample_reaches_further_to_the_right() -> None:
    shown = thumbnail("likelihood_sampling")
    likelihood, parabola = shown.lines.values()
    for line, ratio in ((likelihood, (1.5, 100)), (parabola, (0.8, 1.2))):
        inside = shown.x[line > -1.5]
        top = shown.x[np.nanargmax(line)]
        assert ratio[0] < (inside[-1] - top) / (top - inside[0]) < ratio[1]
    assert shown.x[likelihood > -1.5][-1] > shown.x[parabola > -1.5][-1] + 1


def test_single_samples_are_fast_at_first_and_batches_closer_in_the_end() -> None:
    single, batches, full = lines("gd_sgd_minibatch")
    early, late = len(single) // 2, -5
    assert single[early] < batches[early] and single[early] < full[early]
    assert batches[late:].mean() < single[late:].mean()


def test_every_minibatch_sees_the_valleys_shifted() -> None:
    shown = thumbnail("batch_size_minima")
    full, *batches = (shown.x[np.nanargmin(line)] for line in shown.lines.values())
    assert len(batches) == 3 and all(abs(batch - full) > 0.01 for batch in batches)


def test_boosting_rises_again_above_bagging() -> None:
    bagging, boosting = lines("bagging_vs_boosting")
    lowest = boosting.argmin()
    assert boosting[lowest] < boosting[0] and boosting[lowest] < boosting[-10:].mean() - 0.01
    assert boosting[-10:].min() > bagging[-10:].max()


def test_precision_falls_where_positives_are_rare_and_recall_stays() -> None:
    precision, recall = lines("precision_recall")
    assert (np.diff(precision) > 0).all() and precision[0] < 0.02 and precision[-1] > 0.85
    assert np.ptp(recall) == 0


def test_averaging_loses_the_token_and_attention_keeps_it() -> None:
    average, attention = lines("cls_vs_average_pooling")
    assert average[-1] < 0.65 and attention.min() > 0.95


def test_only_he_initialisation_keeps_the_gradient() -> None:
    sigmoid, _, he = lines("vanishing_gradients")
    assert sigmoid[0] < 1e-10 * sigmoid[-1]
    assert 0.1 < he[0] / he[-1] < 10


def test_every_thumbnail_has_a_test() -> None:
    assert len(EXPLAINERS) == 9
