"""The curves that the home page draws for this topic."""

from __future__ import annotations

import numpy as np

from core.likelihood_sampling.intervals import clt_intervals, relative_log_likelihood
from core.likelihood_sampling.sources import draw, make_source
from core.thumbnail import Thumbnail


def thumbnail() -> Thumbnail:
    """Return the log-likelihood of the mean of one lognormal sample, and the parabola of the central limit theorem.

    Examples
    --------
    >>> list(thumbnail().lines)
    ['likelihood', 'parabola']
    """
    sample = draw(make_source("lognormal", sigma=1.5), 30, 1, seed=2)
    means = np.linspace(0.5, 8.0, 80)
    clt = clt_intervals(sample)
    lines = {
        "likelihood": relative_log_likelihood(sample[0], "lognormal", means),
        "parabola": -0.5 * ((means - clt.estimate[0]) / clt.width[0]) ** 2,
    }
    return Thumbnail(means, {name: np.where(line > -4, line, np.nan) for name, line in lines.items()})
