"""A full garbage collection follows uploads, once."""

import gc
import threading

import pytest

from ui.server import memory


def test_one_collection_follows_several_uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    collected, calls = threading.Event(), []

    def collect() -> None:
        calls.append(1)
        collected.set()

    monkeypatch.setattr(gc, "collect", collect)
    monkeypatch.setattr(memory, "DELAY_SECONDS", 0.2)
    for _ in range(3):
        memory.collect_later()
    assert collected.wait(10)
    assert memory._timer is not None
    memory._timer.join()
    assert calls == [1]
