"""Test sets: the share of positives changes how many examples are used, not which; own data are checked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from core.precision_recall import Pool, Population, count, draw, histogram, parse_pairs, pool_of, select
from core.validate import InvalidArgument
from tests.core.precision_recall.helpers import EXAMPLES, sample_of

SHARES = st.sampled_from([0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 1.0])


@settings(max_examples=60, derandomize=True, deadline=None)
@given(n=st.integers(1, 3000), shares=st.tuples(SHARES, SHARES), seed=st.integers(0, 99))
def test_another_share_uses_more_or_fewer_of_the_same_examples(n: int, shares, seed: int) -> None:
    one = draw(Population(1.0, 1.8), n, shares[0], seed=seed)
    other = draw(Population(1.0, 1.8), n + 7, shares[1], seed=seed)
    assert (one.positives, other.labels.size) == (round(n * shares[0]), n + 7)
    for sign in (True, False):
        a, b = one.scores[one.labels == sign], other.scores[other.labels == sign]
        shared = min(a.size, b.size)
        np.testing.assert_array_equal(a[:shared], b[:shared])


@settings(max_examples=60, derandomize=True, deadline=None)
@given(m=st.integers(1, 40), k=st.integers(1, 200), share=SHARES, seed=st.integers(0, 9))
def test_real_examples_are_left_out_until_the_share_is_reached(m: int, k: int, share: float, seed: int) -> None:
    pool = Pool(np.arange(m) + 1000.0, np.arange(k, dtype=float))
    sample = select(pool, share, seed=seed)
    n = sample.labels.size
    assert abs(sample.positives - share * n) <= 1
    assert set(sample.scores) <= {*pool.positives, *pool.negatives} and np.unique(sample.scores).size == n
    # One class is used up, but for rounding.
    assert m - sample.positives <= max(1, share * 2) or k - (n - sample.positives) <= 1 / max(1 - share, 0.05)
    whole = select(pool, seed=seed)
    assert (whole.positives, whole.labels.size) == (m, m + k)
    np.testing.assert_array_equal(whole.scores[: sample.positives], sample.scores[: sample.positives])


@settings(max_examples=80, derandomize=True, deadline=None)
@given(examples=EXAMPLES, threshold=st.integers(-4, 4).map(float), bins=st.integers(1, 30))
def test_cells_and_bins_count_every_example(examples, threshold: float, bins: int) -> None:
    sample = sample_of(examples)
    cells = count(sample, threshold)
    [[tn, fp], [fn, tp]] = confusion_matrix(sample.labels, sample.scores >= threshold, labels=[False, True])
    assert (cells.tp, cells.fp, cells.fn, cells.tn) == (tp, fp, fn, tn)
    found = histogram(sample, threshold, -4.5, 4.5, bins=bins)
    alarm = found.edges[:-1] >= threshold
    assert found.positives[alarm].sum() == tp and found.positives[~alarm].sum() == fn
    assert found.negatives[alarm].sum() == fp and found.negatives[~alarm].sum() == tn
    assert found.outside == (np.abs(sample.scores) > 4.5).sum()
    assert np.isclose(found.edges, threshold).any() and (np.diff(found.edges) <= 9 / bins + 1e-9).all()


def test_the_positive_class_is_the_last_one() -> None:
    assert pool_of([1.0, 2.0, 3.0], [0, 1, 0]).names == ("0", "1")
    pool = pool_of([1.0, 2.0, 3.0], np.array(["b", "a", "b"]))
    assert pool.names == ("a", "b") and pool.positives.tolist() == [1.0, 3.0]
    assert parse_pairs("0.9\t1\n0.2\t0 0.4\t1").positives.tolist() == [0.9, 0.4]


def test_thresholds_are_shares_of_the_range() -> None:
    assert pool_of([0.2, 0.9, 0.4], [0, 1, 0]).range == (0.0, 1.0)
    wide = pool_of([-2.0, 6.0, 1.0], [0, 1, 0])
    assert (wide.range, wide.threshold(0.25)) == ((-2.0, 6.0), 0.0)
    assert wide.axis[1] > 6
    constant = pool_of([5.0, 5.0, 5.0], [0, 1, 0])
    assert constant.range == (4.5, 5.5)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0.9 1 0.2", "odd"),
        ("0.9 1 0.2 0 0.3 2", "not_a_label"),
        ("0.9 1 0.2 1 0.3 1", "not_two_classes"),
        ("nan 1 0.2 0 0.3 1", "not_finite"),
        ("1e12 1 0.2 0 0.3 1", "out_of_range"),
        ("0.9 1 0.2 0", "too_few"),
        ("0.9 yes", "unreadable_number"),
    ],
)
def test_bad_pairs_are_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        parse_pairs(text)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("scores", "classes", "code"),
    [([1, 2, 3], ["a", "b", "c"], "not_two_classes"), ([1, 2, 3], [0, 1], "length_mismatch")],
)
def test_bad_columns_are_refused(scores, classes, code: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        pool_of(scores, classes)
    assert error.value.code == code
