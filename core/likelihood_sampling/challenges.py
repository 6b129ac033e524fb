"""The challenges: many values that are too few, a right centre with a wrong width, and a low effective sample size."""

from __future__ import annotations

import numpy as np

from core.challenges import Attempt, Challenge, Challenges, Settings
from core.likelihood_sampling.experiment import Experiment
from core.likelihood_sampling.importance import Proposals
from core.likelihood_sampling.sources import SOURCES, misfit

# The least nominal level that counts.
LEVEL = 0.95
# Many values, and the coverage below which they are too few.
MANY, HALF = 100, 0.5
# The coverage of a wrong model, and how near the limit of its estimates is to the true mean.
SHORT, NEAR = 0.4, 0.01
# The coverage of a proposal, and its effective sample size as a share of the draws.
COVERAGE, EFFECTIVE = 0.9, 0.25


def _many(settings: Settings, result: Experiment) -> Attempt:
    """With at least 100 values, fewer than half of the CLT's intervals contain the mean."""
    allowed = settings["source"] in SOURCES and result.method == "clt" and result.level >= LEVEL
    return Attempt(allowed and result.n >= MANY and result.coverage.share < HALF, result.n)


def _width(settings: Settings, result: Experiment) -> Attempt:
    """A wrong model's estimates approach the true mean, and fewer than 40% of its intervals contain it."""
    if settings["source"] in ("tumours", "own") or result.method in ("clt", "right") or result.level < LEVEL:
        return Attempt(False)
    wrong = misfit(result.source, result.method)
    near = wrong is not None and abs(wrong.limit - result.truth) <= NEAR * abs(result.truth)
    return Attempt(near and result.coverage.share < SHORT, 100 * result.coverage.share)


def _wide(settings: Settings, proposals: Proposals) -> Attempt:
    """The intervals of a proposal cover in 90% of the runs, with an effective sample size of at most 25%."""
    at = int(np.flatnonzero(proposals.widths == settings["width"])[0])
    effective = float(proposals.effective[at])
    return Attempt(bool(proposals.share[at] >= COVERAGE) and effective <= EFFECTIVE, 100 * effective)


CHALLENGES: Challenges = {
    "many": Challenge(_many, "larger"),
    "width": Challenge(_width, "smaller"),
    "wide": Challenge(_wide, "smaller", views=("proposal",)),
}
