"""Coverage of the intervals, the models of digits, and the sweep over thresholds."""

import numpy as np
import pytest
from sklearn import metrics as sk

from core.precision_recall import (
    COLUMNS,
    MODELS,
    Population,
    compare_models,
    count,
    cover,
    digit_scores,
    draw,
    mean_cost,
    rank,
    sweep,
)
from core.precision_recall.intervals import POSITIVES
from core.validate import InvalidArgument


def test_few_positives_make_intervals_that_miss() -> None:
    found = cover(2.563)
    plain, logit = (found.share[name][0] for name in ("plain", "logit"))
    by = dict(zip(POSITIVES, plain, strict=True))
    # Independently simulated: 44.7%, 81.9% and 94.1%.
    assert by[2] == pytest.approx(0.447, abs=0.06)
    assert by[20] == pytest.approx(0.819, abs=0.06)
    assert by[500] == pytest.approx(0.941, abs=0.03)
    assert (logit[:4] > plain[:4]).all()
    # From 10 positives on; with fewer, most intervals are too short.
    assert (np.diff(found.width[2:]) < 0).all()
    assert found.empty[0] > 0.02


@pytest.mark.parametrize("ratio", [0.2, 1.0, 5.0])
def test_sweep_measures_every_threshold(ratio: float) -> None:
    sample = draw(Population(1.5), 300, 0.1)
    found = sweep(rank(sample), -3, 6, ratio=ratio, points=40)
    for at, threshold in enumerate(found.thresholds):
        answer = sample.scores >= threshold
        assert found.f1[at] == pytest.approx(sk.f1_score(sample.labels, answer))
        assert found.accuracy[at] == pytest.approx((answer == sample.labels).mean())
        errors = ratio * (sample.labels & ~answer) + 1.0 * (~sample.labels & answer)
        assert found.cost[at] == pytest.approx(errors.mean() / max(ratio, 1))
        assert mean_cost(count(sample, threshold), ratio) == pytest.approx(found.cost[at])
    with pytest.raises(InvalidArgument):
        sweep(rank(sample), -3, 6, ratio=0.0)


@pytest.fixture(scope="module")
def table():
    return compare_models(seeds=2)


def test_the_table_of_digits_is_that_of_scikit_learn(table) -> None:
    pool = digit_scores("bayes", seed=1)
    labels = np.repeat([True, False], (pool.positives.size, pool.negatives.size))
    scores = np.concatenate([pool.positives, pool.negatives])
    row = dict(zip(COLUMNS, table.values[MODELS.index("bayes"), 1], strict=True))
    assert row["auc"] == pytest.approx(sk.roc_auc_score(labels, scores))
    assert row["average_precision"] == pytest.approx(sk.average_precision_score(labels, scores))
    assert row["f1"] == pytest.approx(sk.f1_score(labels, scores >= 0.5))
    assert row["log_loss"] == pytest.approx(sk.log_loss(labels, scores), rel=1e-6)
    assert table.never[1] == pytest.approx(1 - labels.mean())


def test_nearest_neighbours_have_few_scores_and_never_win_at_one_half(table) -> None:
    assert np.unique(digit_scores("neighbours").positives).size <= 16
    assert table.wins("neighbours", "f1") == 0
    assert table.mean[MODELS.index("balanced"), 0] < table.never.mean()
    with pytest.raises(InvalidArgument):
        digit_scores("forest")
