"""Padding and masks."""

import numpy as np
import pytest
import torch

from core import cls_vs_average_pooling as topic
from core.validate import InvalidArgument


def test_padding_changes_the_average_unless_masked() -> None:
    drift = topic.padding_drift(8, [8, 9, 16, 64, 256])
    assert drift.with_padding[0] == 0
    assert (np.diff(drift.with_padding) > 0).all()
    np.testing.assert_allclose(drift.masked, 0, atol=1e-12)
    assert drift.cosine[0] == pytest.approx(1)
    assert drift.index_zero_right.all()
    np.testing.assert_array_equal(drift.index_zero_left, [True, False, False, False, False])


@pytest.mark.parametrize(("length", "longest"), [(1, 256), (8, 256), (250, 256), (512, 512)])
def test_log_spaced_lengths_increase_from_the_sentence_to_the_longest(length: int, longest: int) -> None:
    lengths = topic.log_spaced_lengths(length, longest)
    assert (lengths[0], lengths[-1]) == (length, longest)
    assert (np.diff(lengths) > 0).all() and lengths.size <= 40


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.padding_drift(8, [7]), "out_of_range"),
        (lambda: topic.padding_drift(8, [16, 513]), "out_of_range"),
        (lambda: topic.padding_drift(8, []), "too_few"),
        (lambda: topic.padding_drift(8, [8.5]), "not_an_integer"),
        (lambda: topic.padding_drift(8, [16], width=0), "out_of_range"),
        (lambda: topic.padding_drift(8, [16], seed=-1), "out_of_range"),
        (lambda: topic.attention_drift(8, 16, mask_keys=True, width=0), "out_of_range"),
        (lambda: topic.attention_drift(8, 16, mask_keys=True, seed=-1), "out_of_range"),
        (lambda: topic.log_spaced_lengths(8, 7), "out_of_range"),
        (lambda: topic.attention_drift(8, 7, mask_keys=True), "out_of_range"),
        (lambda: topic.attention_drift(0, 7, mask_keys=True), "out_of_range"),
        (lambda: topic.log_spaced_lengths(0, 7), "out_of_range"),
        (lambda: topic.log_spaced_lengths(8, 513), "out_of_range"),
    ],
)
def test_padding_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code


@pytest.mark.parametrize("masked", [True, False])
def test_attention_over_padding_matches_torch(masked: bool) -> None:
    length, padded, width, seed = 5, 12, 16, 3
    rng = np.random.default_rng(seed)
    tokens, padding = rng.standard_normal((length, width)), rng.standard_normal(width)
    query, key, value = torch.from_numpy(rng.standard_normal((3, width, width)) / 4)
    batch = torch.from_numpy(np.concatenate([tokens, np.tile(padding, (padded - length, 1))]))

    def average(sequence: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        output = torch.nn.functional.scaled_dot_product_attention(
            (sequence @ query)[None], (sequence @ key)[None], (sequence @ value)[None], attn_mask=mask
        )
        return output[0, :length].mean(dim=0)

    visible = torch.arange(padded) < length
    unpadded, after = average(batch[:length], None), average(batch, visible[None, None] if masked else None)
    expected = float((after - unpadded).norm() / unpadded.norm())
    assert topic.attention_drift(length, padded, mask_keys=masked, seed=seed) == pytest.approx(expected, abs=1e-12)
