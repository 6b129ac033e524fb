"""The number of workers by the environment."""

import os

import pytest

from ui.server.environment import is_small, worker_count


@pytest.mark.parametrize(("cores", "workers"), [(None, 1), (1, 1), (2, 1), (3, 2), (5, 4), (64, 4)])
def test_the_default_is_one_worker_fewer_than_cores(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, workers: int
) -> None:
    monkeypatch.delenv("EXPLAINERS_WORKERS", raising=False)
    monkeypatch.delenv("EXPLAINERS_SMALL", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert (worker_count(), is_small()) == (workers, False)


def test_a_small_server_has_one_worker_unless_it_is_told_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPLAINERS_WORKERS", raising=False)
    monkeypatch.setenv("EXPLAINERS_SMALL", "1")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert (worker_count(), is_small()) == (1, True)
    for told in (0, 3):
        monkeypatch.setenv("EXPLAINERS_WORKERS", str(told))
        assert worker_count() == told
