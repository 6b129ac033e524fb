"""The map against single cells."""

import math

import numpy as np
import pytest

from core.softmax_stability import ALGORITHMS, DTYPES, VERDICTS, errors, make_logits, map_grid, verdict_map
from tests.core.softmax_stability.helpers import epsilon


@pytest.mark.parametrize("true_class", [0, 3])
@pytest.mark.parametrize("dtype", DTYPES)
def test_verdict_map_matches_errors_in_each_cell(dtype, true_class):
    offsets, spreads = [-800, -95, -5, 0, 9.5, 86, 90, 705], [0, 3, 16, 20, 60, 115, 300, 2400]
    result = verdict_map(
        dtype=dtype, n_classes=4, true_class=true_class, offsets=offsets, spreads=spreads, temperature=0.9
    )
    assert result.tolerance == pytest.approx(math.sqrt(epsilon(dtype)))
    seen = set()
    for row, spread in enumerate(spreads):
        for column, offset in enumerate(offsets):
            logits = make_logits(4, offset=offset, spread=spread)
            for name, single in errors(logits, dtype=dtype, true_class=true_class, temperature=0.9).items():
                verdict = VERDICTS[result.verdicts[name][row, column]]
                assert verdict == single.verdict, (name, spread, offset)
                seen.add(verdict)
    assert seen >= {"right", "failed"}
    for name in ALGORITHMS:
        assert sum(result.shares[name].values()) == pytest.approx(1)
        assert result.shares[name]["failed"] == np.mean(result.verdicts[name] == 2)


def test_verdict_map_joins_its_chunks():
    offsets, spreads = np.linspace(-100, 100, 40), np.linspace(0, 40, 12)
    whole = verdict_map(dtype="float32", n_classes=1000, true_class=0, offsets=offsets, spreads=spreads)
    row = verdict_map(dtype="float32", n_classes=1000, true_class=0, offsets=offsets, spreads=spreads[7:8])
    for name in ALGORITHMS:
        assert whole.verdicts[name].shape == (12, 40)
        np.testing.assert_array_equal(whole.verdicts[name][7], row.verdicts[name][0])


@pytest.mark.parametrize("n_classes", [2, 10, 1000])
def test_map_grid_covers_the_range_within_its_limit(n_classes: int) -> None:
    offsets, spreads = map_grid(n_classes)
    assert (offsets[0], offsets[-1], spreads[0], spreads[-1]) == pytest.approx((-1000, 1000, 0, 1000))
    assert (np.diff(offsets) > 0).all()
    assert (np.diff(spreads) > 0).all()
    assert offsets.size * spreads.size * n_classes <= 160_000
