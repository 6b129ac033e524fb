"""The algorithms: run alone or together."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.softmax_stability import DTYPES
from core.softmax_stability.arithmetic import run, run_all
from tests.core.softmax_stability.helpers import as_dtype, logit_rows


@given(logit_rows, st.sampled_from(DTYPES))
@settings(max_examples=30, deadline=None)
def test_run_and_run_all_compute_the_same_steps(logits, dtype):
    z = as_dtype(logits, dtype)
    for name, steps in run_all(z, 1).items():
        alone = run(name, z, 1)
        assert list(alone) == list(steps)
        for step, cells in steps.items():
            np.testing.assert_array_equal(alone[step].astype(float), cells.astype(float))
