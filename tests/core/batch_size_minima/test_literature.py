"""Batch size and minima: the verdicts, what is published, what the home page shows."""

import math

import numpy as np
import pytest

from core import batch_size_minima as topic
from core.batch_size_minima import toy as toy
from core.claims import Verdict
from core.thumbnail import Thumbnail


@pytest.mark.parametrize(("name", "verdict"), [("noise_is_the_reason", Verdict.HOLDS)])
def test_verdicts(name: str, verdict: Verdict) -> None:
    claim = topic.CLAIMS[name]()
    assert claim.verdict == verdict
    assert all(isinstance(value, str) or math.isfinite(value) for value in claim.evidence.values())


def test_the_verdict_on_noise_can_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the batch's shift independent of its size, the claim would be false."""
    monkeypatch.setattr(toy, "shift_sd", lambda size, **_: np.full_like(np.asarray(size, dtype=float), 0.3))
    assert topic.CLAIMS["noise_is_the_reason"]().verdict == Verdict.FALSE


def test_keskars_table_says_what_they_say() -> None:
    assert len(topic.KESKAR) == 6
    assert all(row.ratio > 8 and 0 < row.gap < 6 for row in topic.KESKAR)


def test_the_thumbnail() -> None:
    shown = topic.thumbnail()
    assert isinstance(shown, Thumbnail) and len(shown.lines) == 4
    assert all(curve.shape == shown.x.shape and not np.isinf(curve).any() for curve in shown.lines.values())
