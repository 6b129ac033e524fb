"""The thumbnail."""

from core import cls_vs_average_pooling as topic


def test_thumbnail_curves_separate_with_length() -> None:
    small = topic.thumbnail()
    assert small.lines["average"][-1] < 0.7 < small.lines["attention"][-1]
