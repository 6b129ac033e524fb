"""Strategies for distributions that several test modules use."""

from __future__ import annotations

import math

from hypothesis import settings
from hypothesis import strategies as st

from core import cross_entropy_vs_kl as topic

LN2 = math.log(2)
without_deadline = settings(deadline=None)  # the first example can be slow on a busy machine


@st.composite
def weights(draw, size):
    """Draw weights of which some, but not all, can be 0."""
    values = draw(st.lists(st.floats(0, 1) | st.just(0.0), min_size=size, max_size=size))
    values[draw(st.integers(0, size - 1))] = draw(st.floats(0.01, 1))
    return values


@st.composite
def distributions(draw, count, positive=False):
    """Draw ``count`` distributions over the same 2 to 8 classes."""
    size = draw(st.integers(2, 8))
    rows = [draw(weights(size)) for _ in range(count)]
    if positive:
        rows = [[w + 1e-3 for w in row] for row in rows]
    return [topic.normalise(row, "P") for row in rows]
