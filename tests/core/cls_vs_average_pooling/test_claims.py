"""The verdicts on the claims."""

import pytest

from core import cls_vs_average_pooling as topic
from core.claims import Verdict


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("average_fails_when_long", Verdict.DEPENDS),
        ("cls_is_unbiased", Verdict.FALSE),
        ("everybody_uses_cls", Verdict.DEPENDS),
        ("weights_dilute", Verdict.HOLDS),
    ],
)
def test_verdicts(name: str, verdict: Verdict) -> None:
    assert topic.CLAIMS[name]().verdict == verdict
    assert len(topic.CLAIMS) == 4
