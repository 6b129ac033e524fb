"""A class in which everybody uploads a table at the same moment."""

import pytest

from bench.uploads import upload_class


@pytest.mark.slow
def test_every_upload_of_a_class_is_answered() -> None:
    result = upload_class(20, megabytes=1.0, idle=0.0)
    assert len(result.answered) == 20
    assert (result.refused, result.errors) == ([], 0)
    assert result.during, "another session changed its slider meanwhile"
