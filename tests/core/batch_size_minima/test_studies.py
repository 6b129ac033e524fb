"""Studies: measures of every solution, comparisons and tables."""

import math
from dataclasses import replace

import numpy as np
import pytest

from core import batch_size_minima as topic
from core.batch_size_minima import sharpness, studies
from core.batch_size_minima.studies import compare, study
from core.batch_size_minima.training import Setting, train
from core.validate import InvalidArgument
from tests.core.batch_size_minima.helpers import FOUR_SEEDS, QUICK


def test_study_measures_every_usable_solution() -> None:
    reported: list[float] = []
    found = study(QUICK, report=reported.append)
    assert reported == sorted(reported) and reported[-1] == 1.0
    for name in sharpness.MEASURES:
        assert found.measures[name].shape == (2, 3) and (found.measures[name] > 0).all()
    # Never above ARPACK's value, except for examples at a ReLU kink that float32 puts on its other side.
    assert (found.final_values("sharpness") <= found.measures["lambda"] * (1 + 1e-3)).all()
    np.testing.assert_allclose(found.final_values("sharpness"), found.measures["lambda"], rtol=0.02)
    diverged = study(replace(QUICK, learning_rate=1e3))
    assert (
        all(np.isnan(values).all() for values in diverged.measures.values())
        and np.isnan(diverged.final_values("loss")).all()
    )
    assert found.first_usable == 0 and diverged.first_usable is None
    empty = compare(diverged, "lambda")
    assert empty.count == 0 and not empty.significant and math.isnan(empty.mean)


def test_unstable_polishing_gives_nan_without_a_warning() -> None:
    setting = replace(QUICK, updates=100)
    run = train(setting)[0]
    stretched = replace(run, models=run.models * np.float32(30))
    found = studies.measure(setting, [stretched])
    assert not np.isfinite(found.measures["polished"]).any() and np.isfinite(found.measures["lambda"]).all()
    assert not compare(found, "polished").count


def test_compare_is_paired_over_seeds() -> None:
    found = study(QUICK)
    accuracy = compare(found, "test_accuracy")
    each = found.runs[1].test_accuracy[:, -1] - found.runs[0].test_accuracy[:, -1]
    assert accuracy.mean == pytest.approx(each.mean())


@pytest.mark.parametrize("name", ["volume", "stopped", "outcome", "batch"])
def test_unknown_measures_are_rejected(name: str) -> None:
    found = study(QUICK)
    for call in (compare, topic.by_batch, studies.Study.final_values):
        with pytest.raises(InvalidArgument) as caught:
            call(found, name)
        assert caught.value.code == "unknown_choice"


@pytest.mark.slow
def test_keskars_sharpness_disagrees_until_polished() -> None:
    found = study(Setting(batch_sizes=(8, 512), seeds=6))
    for name in ("lambda", "trace", "polished", "filter"):
        assert compare(found, name).positive == 6, name
    raw = compare(found, "keskar")
    assert raw.mean < 0 and raw.significant


def test_table_has_a_row_for_every_solution() -> None:
    found = study(FOUR_SEEDS)
    table = found.table()
    assert {len(values) for values in table.values()} == {8}
    assert table["batch"].tolist() == [8] * 4 + [64] * 4 and table["seed"].tolist() == [0, 1, 2, 3] * 2
    assert table["lambda"][5] == found.measures["lambda"][1, 1]
    assert table["test_accuracy"][2] == found.runs[0].test_accuracy[2, -1]
    assert set(table["outcome"]) == {"trained"}


def test_by_batch_gives_the_interval_of_each_batch_size() -> None:
    found = study(FOUR_SEEDS)
    for name in ("lambda", "test_accuracy"):
        values = found.measures["lambda"] if name == "lambda" else found.final_values(name)
        mean, low, high = topic.by_batch(found, name)
        np.testing.assert_allclose(mean, values.mean(axis=1))
        assert (low < mean).all() and (mean < high).all()
