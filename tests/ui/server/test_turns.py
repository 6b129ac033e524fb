"""Runs take turns, and no run waits for ever."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ui.server import turns

LONG = 30.0


@pytest.fixture
def long_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TIMEOUT_SECONDS", LONG)


def start(run: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_one_run_at_a_time(long_timeout: None) -> None:
    running, counts = [], []

    @turns.in_turn
    def run(number: int) -> None:
        running.append(number)
        counts.append(len(running))
        for _ in range(1000):
            threading.Event().wait(0)  # lets other threads run
        running.remove(number)

    threads = [start(lambda number=number: run(number)) for number in range(8)]
    for thread in threads:
        thread.join(LONG)
    assert counts == [1] * 8


def test_a_run_that_waits_for_a_job_lets_others_run(long_timeout: None) -> None:
    job_done, other_ran = threading.Event(), threading.Event()

    @turns.in_turn
    def waiting() -> None:
        with turns.yield_turn():
            assert job_done.wait(LONG)

    thread = start(waiting)
    start(turns.in_turn(other_ran.set)).join(LONG)
    assert other_ran.is_set() and thread.is_alive()
    job_done.set()
    thread.join(LONG)
    turns.in_turn(lambda: None)()


def test_a_failing_run_releases_its_turn(long_timeout: None) -> None:
    @turns.in_turn
    def failing() -> None:
        with turns.yield_turn():
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert turns._turn.acquire(timeout=0)
    turns._turn.release()


def test_yielding_without_a_turn_acquires_none() -> None:
    with turns.yield_turn():
        pass
    assert turns._turn.acquire(timeout=0)
    turns._turn.release()


def test_a_turn_ends_after_the_event_loop_has_taken_the_messages(
    long_timeout: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_event_loop", [])
    order: list[str] = []

    async def server() -> None:
        loop = asyncio.get_running_loop()
        turns.release_in(loop)
        # This coroutine blocks the event loop until the run is over.
        start(turns.in_turn(lambda: loop.call_soon_threadsafe(order.append, "message"))).join(LONG)
        assert not turns._turn.acquire(timeout=0)
        second = start(turns.in_turn(lambda: order.append("second run")))
        await asyncio.to_thread(second.join, LONG)

    # In a thread: the browser tests of this process may keep an event loop running in the main thread.
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, server()).result()
    assert order == ["message", "second run"]
    assert turns._turn.acquire(timeout=0)
    turns._turn.release()


def test_a_long_run_does_not_block_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TIMEOUT_SECONDS", 0.01)
    end, started = threading.Event(), threading.Event()

    @turns.in_turn
    def long() -> None:
        started.set()
        assert end.wait(LONG)

    thread = start(long)
    assert started.wait(LONG)
    assert turns.in_turn(lambda: "ran")() == "ran"
    end.set()
    thread.join(LONG)
    assert turns._turn.acquire(timeout=LONG), "the turn was released once"
    assert not turns._turn.acquire(timeout=0)
    turns._turn.release()


def test_a_run_that_ends_after_the_server_has_stopped_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    monkeypatch.setattr(turns, "_event_loop", [loop])
    run = turns.in_turn(lambda: "done")
    assert [run(), run()] == ["done", "done"]
