"""Runs take turns, and nobody waits for ever."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from ui import turns

LONG = 30.0


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", LONG)


def started(run: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_one_run_is_under_way_at_a_time(patient: None) -> None:
    under_way, most = [], []

    @turns.in_turn
    def run(number: int) -> None:
        under_way.append(number)
        most.append(len(under_way))
        for _ in range(1000):
            threading.Event().wait(0)  # lets the other threads run
        under_way.remove(number)

    threads = [started(lambda number=number: run(number)) for number in range(8)]
    for thread in threads:
        thread.join(LONG)
    assert most == [1] * 8


def test_a_run_that_waits_for_a_job_lets_others_go_ahead(patient: None) -> None:
    done, went_ahead = threading.Event(), threading.Event()

    @turns.in_turn
    def waiting() -> None:
        with turns.aside():
            assert done.wait(LONG)

    thread = started(waiting)
    started(turns.in_turn(went_ahead.set)).join(LONG)
    assert went_ahead.is_set() and thread.is_alive()
    done.set()
    thread.join(LONG)
    turns.in_turn(lambda: None)()


def test_a_run_that_fails_gives_its_turn_back(patient: None) -> None:
    @turns.in_turn
    def failing() -> None:
        with turns.aside():
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert turns._turn.acquire(timeout=0)
    turns._turn.release()


def test_outside_of_a_turn_waiting_aside_takes_none() -> None:
    with turns.aside():
        pass
    assert turns._turn.acquire(timeout=0)
    turns._turn.release()


def test_a_turn_ends_when_the_server_has_taken_up_what_the_run_said(
    patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_server", [])
    order: list[str] = []

    async def server() -> None:
        loop = asyncio.get_running_loop()
        turns.serve(loop)
        # This coroutine holds the loop until the run is over.
        started(turns.in_turn(lambda: loop.call_soon_threadsafe(order.append, "answer"))).join(LONG)
        assert not turns._turn.acquire(timeout=0)
        second = started(turns.in_turn(lambda: order.append("second run")))
        await asyncio.to_thread(second.join, LONG)

    asyncio.run(server())
    assert order == ["answer", "second run"]
    assert turns._turn.acquire(timeout=0)
    turns._turn.release()


def test_nobody_waits_for_a_run_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.01)
    end, begun = threading.Event(), threading.Event()

    @turns.in_turn
    def long() -> None:
        begun.set()
        assert end.wait(LONG)

    thread = started(long)
    assert begun.wait(LONG)
    assert turns.in_turn(lambda: "went ahead")() == "went ahead"
    end.set()
    thread.join(LONG)
    assert turns._turn.acquire(timeout=LONG), "it was given back once"
    assert not turns._turn.acquire(timeout=0)
    turns._turn.release()
