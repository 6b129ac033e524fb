"""Random test sets that several test modules share."""

import numpy as np
from hypothesis import strategies as st

from core.precision_recall import Sample

# Few different scores, so that many are equal, or all different ones.
SCORES = st.one_of(st.integers(-3, 3).map(float), st.floats(-5, 5).map(lambda x: round(x, 6)))
EXAMPLES = st.lists(st.tuples(SCORES, st.booleans()), min_size=1, max_size=60)


def sample_of(examples: list[tuple[float, bool]]) -> Sample:
    """Return a test set, the positives first."""
    ordered = sorted(examples, key=lambda example: not example[1])
    scores, labels = zip(*ordered, strict=True)
    return Sample(np.array(scores), np.array(labels))
