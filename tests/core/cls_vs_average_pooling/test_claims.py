"""The verdicts on the claims."""

import numpy as np
import pytest
from scipy import stats

from core import cls_vs_average_pooling as topic
from core.claims import Verdict
from core.cls_vs_average_pooling import claims


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("average_fails_when_long", Verdict.DEPENDS),
        ("cls_is_unbiased", Verdict.DEPENDS),
        ("everybody_uses_cls", Verdict.HOLDS),
        ("weights_dilute", Verdict.HOLDS),
        pytest.param("frozen_mean_is_better", Verdict.DEPENDS, marks=pytest.mark.slow),
        ("masked_average_is_enough", Verdict.DEPENDS),
    ],
)
def test_verdicts(name: str, verdict: Verdict) -> None:
    assert topic.CLAIMS[name]().verdict == verdict
    assert len(topic.CLAIMS) == 6


def test_an_untrained_answer_is_no_more_one_sided_with_cls_than_with_the_mean() -> None:
    untrained = topic.untrained_cls("needle", 65, seeds=10)
    assert (untrained.one_class >= 0.5).all() and (untrained.mean_one_class >= 0.5).all()
    assert np.median(untrained.mean_one_class) > np.median(untrained.one_class)


@pytest.mark.parametrize(("drift", "verdict"), [(0.0, Verdict.HOLDS), (0.1, Verdict.DEPENDS)])
def test_masking_the_average_is_enough_if_attention_does_not_see_padding(
    monkeypatch: pytest.MonkeyPatch, drift: float, verdict: Verdict
) -> None:
    monkeypatch.setattr(claims, "attention_drift", lambda *_, **__: drift)
    assert topic.CLAIMS["masked_average_is_enough"]().verdict == verdict


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [((0.1, 0.1, 0.1), Verdict.HOLDS), ((0.1, 0.1, -0.1), Verdict.DEPENDS), ((0.0, -0.1, -0.1), Verdict.FALSE)],
)
def test_verdict_on_frozen_encoders_follows_from_paired_accuracies(
    monkeypatch: pytest.MonkeyPatch, gains: tuple[float, ...], verdict: Verdict
) -> None:
    given = dict(zip(("none", "mean", "cls"), gains, strict=True))

    def accuracies(trained_with: str, *, epochs: int, seeds: int) -> np.ndarray:
        noise = np.random.default_rng(0).normal(0, 0.01, (seeds, 2))
        return 0.7 + noise - noise.mean(axis=0) + (0.0, given[trained_with])

    monkeypatch.setattr(claims, "read_out", accuracies)
    claim = topic.CLAIMS["frozen_mean_is_better"]()
    assert claim.verdict == verdict
    cls, mean = accuracies("cls", epochs=10, seeds=10).T
    expected = stats.ttest_rel(mean, cls).confidence_interval()
    assert claim.evidence["cls_low"] == pytest.approx(100 * expected.low)
    assert claim.evidence["cls_high"] == pytest.approx(100 * expected.high)
