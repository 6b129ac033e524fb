"""The exact results in decimal arithmetic."""

import numpy as np
import pytest

from core.softmax_stability import reference
from core.softmax_stability.truth import decimal_truth


def test_cached_float64_truth_depends_on_logits_and_class_and_is_read_only():
    for _ in range(2):
        for true_class in (0, 2):
            truth = reference([1, 2, 4], dtype="float64", true_class=true_class)
            exact = decimal_truth(np.array([1.0, 2.0, 4.0]), true_class)
            assert truth.loss == exact.loss[0]
            np.testing.assert_array_equal(truth.probabilities, exact.probabilities)
            np.testing.assert_array_equal(truth.gradient, exact.gradient)
            with pytest.raises(ValueError, match="read-only"):
                truth.probabilities[0] = 0
    assert reference([1, 2, 5], dtype="float64", true_class=0).loss > exact.loss[0]
