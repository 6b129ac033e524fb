"""Problems and reference losses that the tests of this topic share."""

import numpy as np

from core.gd_sgd_minibatch import load_problem, start_point

DIABETES, CANCER = load_problem("diabetes"), load_problem("cancer")
CORNER = start_point(DIABETES, "corner")


def mean_loss(problem, w):
    activation = problem.inputs @ w
    if problem.loss == "squared":
        return np.mean((activation - problem.target) ** 2) / 2
    return np.mean(np.logaddexp(0, activation) - problem.target * activation)
