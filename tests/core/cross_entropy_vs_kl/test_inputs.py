"""Invalid arguments are refused with a code."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core import cross_entropy_vs_kl as topic
from core.validate import InvalidArgument


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (lambda: topic.check_pair([0.5, 0.5], [0.2, 0.3, 0.5]), "length_mismatch", "Q"),
        (lambda: topic.check_pair([0.5, 0.4], [0.5, 0.5]), "not_normalised", "P"),
        (lambda: topic.check_pair([0.5, 0.5], [1.5, -0.5]), "negative", "Q"),
        (lambda: topic.check_pair([[0.5, 0.5]], [0.5, 0.5]), "not_a_vector", "P"),
        (lambda: topic.normalise(["a", "b"], "P"), "not_a_number", "P"),
        (lambda: topic.entropy([math.nan, 1]), "not_finite", "P"),
        (lambda: topic.entropy([]), "too_few", "P"),
        (lambda: topic.entropy([0.5, 0.5], unit="bytes"), "unknown_choice", "unit"),
        (lambda: topic.cross_entropy([1, 0], [1, 0], unit="bytes"), "unknown_choice", "unit"),
        (lambda: topic.kl_divergence([1, 0], [1, 0], unit="bytes"), "unknown_choice", "unit"),
        (lambda: topic.js_divergence([1, 0], [1, 0], unit="bytes"), "unknown_choice", "unit"),
        (lambda: topic.compare([1, 0], [1, 0], unit="bytes"), "unknown_choice", "unit"),
        (lambda: topic.convert_unit(1, source="bytes", target="bits"), "unknown_choice", "source"),
        (lambda: topic.convert_unit(1, source="bits", target="bytes"), "unknown_choice", "target"),
        (lambda: topic.logit_gradients([0.5, 0.5], [0, math.inf]), "not_finite", "logits"),
        (lambda: topic.logit_gradients([0.5, 0.5], [0, 351]), "out_of_range", "logits"),
        (lambda: topic.logit_gradients([0.5, 0.5], [-351, 0]), "out_of_range", "logits"),
        (lambda: topic.logit_gradients([0.5, 0.5], [0, 1, 2]), "length_mismatch", "Q"),
        (lambda: topic.loss_path([1, 0], [0, 1], steps=0), "out_of_range", "steps"),
        (lambda: topic.loss_path([1, 0], [0, 1], steps=1.5), "not_an_integer", "steps"),
        (lambda: topic.train_jointly(classes=9), "out_of_range", "classes"),
        (lambda: topic.train_jointly(runs=0), "out_of_range", "runs"),
        (lambda: topic.train_jointly(steps=2001), "out_of_range", "steps"),
        (lambda: topic.train_jointly(learning_rate=0), "not_positive", "learning_rate"),
        (lambda: topic.train_jointly(learning_rate=101), "out_of_range", "learning_rate"),
        (lambda: topic.train_jointly(seed=-1), "out_of_range", "seed"),
        (lambda: topic.zero_mass("other"), "unknown_choice", "case"),
        (lambda: topic.zero_mass("disjoint", points=1), "out_of_range", "points"),
        (lambda: topic.smooth_labels(classes=1), "out_of_range", "classes"),
        (lambda: topic.smooth_labels(epsilon=1.01), "out_of_range", "epsilon"),
        (lambda: topic.smooth_labels(epsilon=math.nan), "out_of_range", "epsilon"),
        (lambda: topic.distil([1.0, 0.0]), "not_positive", "temperatures"),
        (lambda: topic.distil([]), "too_few", "temperatures"),
        (lambda: topic.distil(np.ones(51)), "too_many", "temperatures"),
        (lambda: topic.distil(classes=101), "out_of_range", "classes"),
        (lambda: topic.distil(draws=1), "out_of_range", "draws"),
        (lambda: topic.distil(logit_scale=0), "not_positive", "logit_scale"),
        (lambda: topic.distil(seed=-1), "out_of_range", "seed"),
        (lambda: topic.fit_gaussian(10.1), "out_of_range", "separation"),
        (lambda: topic.fit_gaussian(-0.1), "out_of_range", "separation"),
        (lambda: topic.tabulate_calls([0.5, 0.5], [1.0]), "length_mismatch", "Q"),
    ],
)
def test_invalid_arguments_are_refused(call, code, argument):
    with pytest.raises(InvalidArgument) as refused:
        call()
    assert refused.value.code == code
    assert refused.value.details["argument"] == argument
