"""Pooling: against NumPy and torch, theory against simulation, and what training shows in which direction."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from scipy.stats import norm

from core import cls_vs_average_pooling as topic
from core.claims import Verdict
from core.cls_vs_average_pooling import closed_form as _pooling_closed_form
from core.cls_vs_average_pooling import training as training
from core.validate import InvalidArgument

RNG = np.random.default_rng(0)


# Pooling itself


def test_weights_are_scipys_softmax_and_uniform_at_zero() -> None:
    keys = RNG.standard_normal((5, 9))
    np.testing.assert_allclose(topic.attention_weights(keys, sharpness=1.7), softmax(1.7 * keys, axis=1), rtol=1e-12)
    np.testing.assert_allclose(topic.attention_weights(keys, sharpness=0.0), 1 / 9, rtol=1e-12)
    assert topic.attention_weights(keys, sharpness=100.0).max(axis=1).min() > 0.5


def test_pooling_is_the_weighted_sum() -> None:
    values, weights = RNG.standard_normal((3, 7, 4)), RNG.random((3, 7))
    expected = np.stack([np.average(v, axis=0, weights=w) for v, w in zip(values, weights, strict=True)])
    np.testing.assert_allclose(topic.pool(values, weights), expected, rtol=1e-12)


def test_the_mean_is_attention_at_zero_sharpness() -> None:
    values, keys = RNG.standard_normal((6, 11, 3)), RNG.standard_normal((6, 11))
    pooled = topic.pool(values, topic.attention_weights(keys, sharpness=0.0))
    np.testing.assert_allclose(pooled, values.mean(axis=1), atol=1e-12)


@given(st.integers(1, 12), st.integers(0, 12), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_padding_never_changes_a_masked_result(length: int, padding: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, weights = rng.standard_normal((length, 4)), rng.random(length) + 0.1
    padded = np.concatenate([values, 1e6 * rng.standard_normal((padding, 4))])
    mask = np.arange(length + padding) < length
    grown = np.concatenate([weights, rng.random(padding)])
    np.testing.assert_allclose(topic.pool(padded, grown, mask=mask), topic.pool(values, weights), rtol=1e-9)


@given(st.permutations(range(8)))
@settings(max_examples=30, deadline=None)
def test_order_does_not_matter_to_a_pool(order: list[int]) -> None:
    values, weights = np.arange(24.0).reshape(8, 3) ** 1.1, np.linspace(0.1, 1, 8)
    np.testing.assert_allclose(topic.pool(values[order], weights[order]), topic.pool(values, weights), rtol=1e-12)


def test_all_tokens_padded_is_refused() -> None:
    with pytest.raises(InvalidArgument) as refused:
        topic.pool(np.ones((4, 2)), np.ones(4), mask=np.zeros(4, bool))
    assert refused.value.code == "all_zero"


# Sequences and accuracy in closed form


def test_the_needle_holds_the_label() -> None:
    drawn = topic.draw_sequences("needle", 9, count=200, seed=3)
    rows = np.arange(200)
    assert (drawn.keys[rows, drawn.needle] == 4.0).all()
    assert (np.sign(drawn.values[rows, drawn.needle]) == drawn.labels).all()


def test_the_majority_is_the_sign_of_the_votes_and_ties_are_named() -> None:
    odd, even = (topic.draw_sequences("majority", n, count=2000, seed=1) for n in (5, 4))
    assert (odd.labels != 0).all()
    share = np.mean(even.labels == 0)
    exact = math.comb(4, 2) / 2**4
    assert abs(share - exact) < 4 * math.sqrt(exact * (1 - exact) / 2000)


@pytest.mark.parametrize("length", [2, 5, 17, 65, 257])
def test_theory_predicts_average_pooling_of_the_needle(length: int) -> None:
    measured = topic.pooled_accuracy("needle", [length], sharpness=0.0, count=4000, seeds=5)
    exact = norm.cdf(2 / math.sqrt(length - 1))
    assert measured.theory[0] == pytest.approx(exact, rel=1e-12)
    assert abs(measured.accuracy[0] - exact) < 4 * math.sqrt(exact * (1 - exact) / 20_000)


def test_one_token_is_always_right_and_a_tie_counts_half() -> None:
    assert topic.pooled_accuracy("needle", [1], sharpness=0.0).accuracy[0] == 1
    tied = topic.pooled_accuracy("majority", [2], sharpness=0.0, count=4000)
    assert tied.tied[0] == pytest.approx(0.5, abs=0.03)
    assert tied.accuracy[0] == pytest.approx(0.75, abs=0.03), "right without a tie, a coin with one"


def test_attention_finds_the_needle_and_loses_the_majority() -> None:
    average, sharp = (topic.pooled_accuracy("needle", [65], sharpness=b) for b in (0.0, 2.0))
    assert sharp.low[0] > average.high[0]
    average, sharp = (topic.pooled_accuracy("majority", [65], sharpness=b) for b in (0.0, 2.0))
    assert sharp.high[0] < average.low[0]


def test_the_same_seed_gives_the_same_figures() -> None:
    one, kept = (topic.pooled_accuracy("needle", [5, 9], sharpness=1.0, seed=7) for _ in range(2))
    expected = one.accuracy.copy()
    np.testing.assert_array_equal(kept.accuracy, expected)
    one.accuracy[:] = kept.accuracy[:] = 0  # of the caller alone
    np.testing.assert_array_equal(topic.pooled_accuracy("needle", [5, 9], sharpness=1.0, seed=7).accuracy, expected)
    _pooling_closed_form._at_length.cache_clear()
    afresh = topic.pooled_accuracy("needle", [9, 5], sharpness=1.0, seed=7)
    np.testing.assert_array_equal(afresh.accuracy, expected[::-1])


def test_the_crossover_is_where_the_lead_begins_to_last() -> None:
    lengths = [2, 3, 5, 17, 65, 257]
    average, sharp = (topic.pooled_accuracy("needle", lengths, sharpness=b) for b in (0.0, 2.0))
    start = topic.crossover(sharp, average)
    assert start in lengths
    behind = sharp.low <= average.high
    assert not behind[lengths.index(start) :].any()
    assert start == lengths[0] or behind[lengths.index(start) - 1]
    assert topic.crossover(average, sharp) is None


# Padding


def test_averaging_padding_drifts_and_masking_does_not() -> None:
    drift = topic.padding_drift(8, [8, 9, 16, 64, 256])
    assert drift.with_padding[0] == 0
    assert (np.diff(drift.with_padding) > 0).all()
    np.testing.assert_allclose(drift.masked, 0, atol=1e-12)
    assert drift.cosine[0] == pytest.approx(1)
    assert drift.index_zero_right.all()
    np.testing.assert_array_equal(drift.index_zero_left, [True, False, False, False, False])


# The encoder


def encoder(seed: int = 0) -> dict:
    return training.init_parameters(np.random.default_rng(seed), 2, 2)


def test_the_encoder_without_positions_is_equivariant_and_its_mean_invariant() -> None:
    tokens = torch.from_numpy(RNG.standard_normal((3, 9, 2)).astype(np.float32))
    order = torch.randperm(9, generator=torch.Generator().manual_seed(0))
    parameters = encoder()
    plain, _ = training.encode(parameters, tokens)
    shuffled, _ = training.encode(parameters, tokens[:, order])
    torch.testing.assert_close(shuffled[:, 1:], plain[:, 1:][:, order], rtol=1e-4, atol=1e-5)
    for pooling in ("cls", "mean", "max"):
        torch.testing.assert_close(
            training.pooled_logits(parameters, shuffled, pooling),
            training.pooled_logits(parameters, plain, pooling),
            rtol=1e-4, atol=1e-5,
        )  # fmt: skip


def test_attention_is_torchs_own() -> None:
    parameters = encoder(3)
    tokens = torch.from_numpy(RNG.standard_normal((2, 6, 2)).astype(np.float32))
    x = torch.cat([parameters["cls"].expand(2, 1, training.WIDTH), tokens @ parameters["embed"]], dim=1)
    attended = torch.nn.functional.scaled_dot_product_attention(
        x @ parameters["query0"], x @ parameters["key0"], x @ parameters["value0"]
    )
    x = torch.nn.functional.layer_norm(x + attended @ parameters["out0"], (training.WIDTH,))
    hidden = torch.nn.functional.gelu(x @ parameters["up0"]) @ parameters["down0"]
    expected = torch.nn.functional.layer_norm(x + hidden, (training.WIDTH,))
    torch.testing.assert_close(training.encode(parameters, tokens)[0], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("length", [3, 16, 65])
def test_mean_pooling_gives_every_token_one_nth_of_the_gradient(length: int) -> None:
    encoded = torch.randn(4, 1 + length, training.WIDTH, generator=torch.Generator().manual_seed(1), requires_grad=True)
    loss = training.pooled_logits(encoder(), encoded, "mean").square().sum()
    [slope] = torch.autograd.grad(loss, [encoded])
    norms = slope[:, 1:].norm(dim=-1)
    torch.testing.assert_close(norms / norms.sum(dim=1, keepdim=True), torch.full((4, length), 1 / length))
    assert slope[:, 0].norm() == 0


@pytest.mark.slow
def test_training_learns_and_is_determined_by_its_seed() -> None:
    one, two = (topic.train_poolings("needle", 9, poolings=("cls", "mean"), steps=120, seeds=1) for _ in range(2))
    np.testing.assert_array_equal(one.accuracy, two.accuracy)
    assert (one.accuracy[:, 0, -1] > 0.9).all()
    assert one.gradient_share[0, 1, 0] > 3 * one.gradient_share[0, 0, 0], "training leads the gradient to the needle"
    assert one.attention_entropy[1, 0] < one.attention_entropy[0, 0]


@pytest.mark.slow
def test_without_attention_the_average_learns_long_sequences_worse() -> None:
    run = topic.train_poolings("needle", 65, poolings=("mean", "bag"), steps=200, seeds=2)
    assert run.accuracy[0, :, -1].min() > run.accuracy[1, :, -1].max()


@pytest.mark.slow
def test_the_digits_transformer_learns_with_every_pooling() -> None:
    heard: list[float] = []
    run = topic.train_digits(poolings=("cls", "mean", "max"), epochs=6, seeds=1, report=heard.append)
    assert (run.accuracy[:, 0, -1] > 0.6).all()
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1)
    assert run.attention.sum() == pytest.approx(1)
    np.testing.assert_allclose(run.gradient.sum(axis=1), 1)
    wrong = run.said >= 0
    assert (run.said[wrong] != run.meant[wrong]).all()


def test_patches_are_cut_row_by_row() -> None:
    image = np.arange(64.0)
    cut = topic.patches(image[None])[0]
    np.testing.assert_array_equal(cut[0], [0, 1, 8, 9])
    np.testing.assert_array_equal(cut[1], [2, 3, 10, 11])
    np.testing.assert_array_equal(cut[4], [16, 17, 24, 25])


def test_cls_is_about_an_average_before_training() -> None:
    untrained = topic.untrained_cls("needle", 65)
    assert (untrained.entropy > 0.9).all()
    assert (untrained.entropy <= 1 + 1e-6).all()


# Claims and refusals


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("average_fails_when_long", Verdict.DEPENDS),
        ("cls_is_unbiased", Verdict.FALSE),
        ("everybody_uses_cls", Verdict.DEPENDS),
        ("weights_dilute", Verdict.HOLDS),
    ],
)
def test_the_verdicts(name: str, verdict: Verdict) -> None:
    assert topic.CLAIMS[name]().verdict == verdict
    assert len(topic.CLAIMS) == 4


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.draw_sequences("haystack", 4), "unknown_choice"),
        (lambda: topic.draw_sequences("needle", 0), "out_of_range"),
        (lambda: topic.draw_sequences("needle", 4.5), "not_an_integer"),
        (lambda: topic.pooled_accuracy("needle", [4], sharpness=-1.0), "out_of_range"),
        (lambda: topic.pooled_accuracy("needle", [4], sharpness=math.nan), "out_of_range"),
        (lambda: topic.pooled_accuracy("needle", [4, 0], sharpness=1.0), "out_of_range"),
        (lambda: topic.pooled_accuracy("needle", [4], sharpness=1.0, seed=True), "not_an_integer"),
        (lambda: topic.padding_drift(8, [7]), "out_of_range"),
        (lambda: topic.train_poolings("needle", 4, poolings=("sum",)), "unknown_choice"),
        (lambda: topic.train_poolings("needle", 4, steps=0), "out_of_range"),
        (lambda: topic.train_digits(poolings=("bag",)), "unknown_choice"),
        (lambda: topic.train_digits(epochs=101), "out_of_range"),
        (lambda: topic.untrained_cls("needle", 4, seeds=0), "out_of_range"),
    ],
)
def test_refusals(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        call()
    assert refused.value.code == code


def test_the_thumbnail_parts_with_length() -> None:
    small = topic.thumbnail()
    assert small.lines["average"][-1] < 0.7 < small.lines["attention"][-1]
