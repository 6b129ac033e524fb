"""A class whose server is killed and started again."""

from bench.load import restart_class


def test_thirty_sessions_are_restored_after_a_restart() -> None:
    # The sessions imitate the browser's part, which tests/browser/test_connection.py checks in real tabs.
    result = restart_class(30)
    assert result.errors == []
    assert len(result.restored) == 30
