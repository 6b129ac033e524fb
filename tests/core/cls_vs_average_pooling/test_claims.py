"""The verdicts on the claims."""

import numpy as np
import pytest

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
        ("masked_average_is_enough", Verdict.DEPENDS),
    ],
)
def test_verdicts(name: str, verdict: Verdict) -> None:
    assert topic.CLAIMS[name]().verdict == verdict
    assert len(topic.CLAIMS) == 5


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
