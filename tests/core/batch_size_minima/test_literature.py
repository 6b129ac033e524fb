"""Published results."""

from core import batch_size_minima as topic


def test_keskars_networks_are_sharper_and_worse_with_large_batches() -> None:
    assert len(topic.KESKAR) == 6
    assert all(row.ratio > 8 and 0 < row.gap < 6 for row in topic.KESKAR)
