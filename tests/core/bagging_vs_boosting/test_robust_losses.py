"""Gradient boosting with different losses."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor

from core.bagging_vs_boosting.robust_losses import ROBUST_LOSSES, errors_by_loss
from core.bagging_vs_boosting.samples import make_sample
from core.validate import InvalidArgument


def leaf_values(loss: str, leaves: np.ndarray, y: np.ndarray, score: np.ndarray) -> dict[int, float]:
    """Return Friedman's one Newton step for every leaf."""
    values = {}
    for leaf in np.unique(leaves):
        here = leaves == leaf
        if loss == "exponential":
            weight = np.exp(-y[here] * score[here])
            values[leaf] = (y[here] * weight).sum() / weight.sum()
        else:
            p = 1 / (1 + np.exp(-score[here]))
            values[leaf] = ((y[here] > 0) - p).sum() / (p * (1 - p)).sum()
    return values


@pytest.mark.parametrize("loss", ["exponential", "log_loss"])
def test_errors_are_those_of_newton_steps_on_the_loss(loss: str) -> None:
    settings = {"n": 120, "flip": 0.2, "n_test": 400}
    found = errors_by_loss(loss, stages=(1, 8), n_seeds=1, **settings)
    sample = make_sample("moons", seed=0, **settings)
    x, y = sample.points, sample.labels
    odds = np.log((y > 0).sum() / (y < 0).sum())
    start = odds / 2 if loss == "exponential" else odds
    score, test_score = np.full(len(y), start), np.full(len(sample.test_labels), start)
    errors = []
    for _ in range(8):
        negative_gradient = y * np.exp(-y * score) if loss == "exponential" else (y > 0) - 1 / (1 + np.exp(-score))
        tree = DecisionTreeRegressor(max_depth=3, random_state=0).fit(x, negative_gradient)
        values = leaf_values(loss, tree.apply(x), y, score)
        score = score + 0.1 * np.array([values[leaf] for leaf in tree.apply(x)])
        test_score = test_score + 0.1 * np.array([values[leaf] for leaf in tree.apply(sample.test_points)])
        errors.append(np.mean(np.sign(test_score) != sample.test_labels))
    # Splits that gain equally much may be chosen differently.
    np.testing.assert_allclose(found[0], [errors[0], errors[-1]], atol=0.015)


@pytest.mark.parametrize("loss", ROBUST_LOSSES)
def test_errors_of_a_number_of_trees_do_not_depend_on_the_others(loss: str) -> None:
    settings = {"flip": 0.1, "n_seeds": 2, "n": 60, "n_test": 100}
    both = errors_by_loss(loss, stages=(3, 12), **settings)
    np.testing.assert_array_equal(both[:, :1], errors_by_loss(loss, stages=(3,), **settings))
    assert both.shape == (2, 2)


@pytest.mark.parametrize(
    ("loss", "settings", "argument"),
    [
        ("hinge", {}, "loss"),
        ("huber", {"n_seeds": 0}, "n_seeds"),
        ("huber", {"depth": 0}, "depth"),
        ("huber", {"stages": (201,)}, "stages"),
        ("huber", {"flip": 0.6}, "flip"),
    ],
)
def test_invalid_arguments_are_refused(loss: str, settings: dict[str, object], argument: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        errors_by_loss(loss, **{"flip": 0.0, "stages": (1,), "n_seeds": 1, **settings})
    assert caught.value.details["argument"] == argument
