"""Memory is released when nobody has used the app for some time."""

import threading

import pytest

from ui.server import memory


def test_memory_is_released_once_after_the_last_of_several_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    released, calls = threading.Event(), []

    def release() -> None:
        calls.append(1)
        released.set()

    monkeypatch.setattr(memory, "DELAY_SECONDS", 0.2)
    for _ in range(3):
        memory.note_use()
    memory.start_releasing(release)
    assert released.wait(10)
    released.clear()
    assert not released.wait(0.5), "nobody has used the app since"
    assert len(calls) == 1
    memory.note_use()
    assert released.wait(10)
