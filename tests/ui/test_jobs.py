"""Long work leaves the server's process, is computed once, and stops when nobody waits."""

import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.validate import InvalidArgument
from tests.ui import jobs_sample as sample
from ui import startup
from ui.jobs import Inline, Jobs, Pool, backend_from_environment


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool(2)


@pytest.fixture
def jobs(pool: Pool) -> Jobs:
    return Jobs(pool)


class Leaves(Exception):
    """A reader who moves on."""


def eventually(happened: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Wait until something has happened, at most so long."""
    waiter = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if happened():
            return True
        waiter.wait(0.05)
    return False


def nothing(fraction: float) -> None:
    """Show nothing."""


def test_a_result_comes_back(jobs: Jobs) -> None:
    assert jobs.compute(sample.square, {"number": 3.0}, nothing) == 9.0


def test_workers_use_one_thread_and_step_back(jobs: Jobs) -> None:
    assert jobs.compute(sample.threads, {}, nothing) == (1, 10)


def test_the_same_request_is_computed_once(jobs: Jobs, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with ThreadPoolExecutor(8) as readers:
        asked = [readers.submit(jobs.compute, sample.count, {"log": str(log), "number": 7}, nothing) for _ in range(8)]
        assert [reader.result() for reader in asked] == [7] * 8
    jobs.compute(sample.count, {"log": str(log), "number": 7}, nothing)
    assert log.read_text() == "x"
    jobs.compute(sample.count, {"log": str(log), "number": 8}, nothing)
    assert log.read_text() == "xx"


def test_only_so_many_results_are_kept(pool: Pool, tmp_path: Path) -> None:
    jobs, log = Jobs(pool, kept=2), tmp_path / "log"
    for number in (1, 2, 3, 1):
        jobs.compute(sample.count, {"log": str(log), "number": number}, nothing)
    assert log.read_text() == "xxxx"


def test_a_result_that_is_not_kept_is_let_go(pool: Pool) -> None:
    jobs = Jobs(pool, kept=1)
    first = weakref.ref(jobs.compute(sample.numbers, {"count": 10}, nothing))
    assert first() is not None, "kept"
    jobs.compute(sample.numbers, {"count": 11}, nothing)
    assert eventually(lambda: gc.collect() >= 0 and first() is None)


def test_progress_streams_back_and_a_job_that_nobody_waits_for_ends(jobs: Jobs, tmp_path: Path) -> None:
    started, seen = tmp_path / "started", []

    def show(fraction: float) -> None:
        seen.append(fraction)
        if fraction > 0.05:
            raise Leaves

    with pytest.raises(Leaves):
        jobs.compute(sample.until_dropped, {"started": str(started)}, show)
    assert seen == sorted(seen)
    assert eventually(Path(f"{started}.ended").exists), "the worker goes on although nobody waits"
    assert jobs.compute(sample.square, {"number": 2.0}, nothing) == 4.0


def test_a_job_goes_on_while_somebody_still_waits(jobs: Jobs, tmp_path: Path) -> None:
    arguments = {"started": str(tmp_path / "started")}
    first, second = jobs.join(sample.until_dropped, arguments), jobs.join(sample.until_dropped, arguments)
    assert first is second
    assert eventually((tmp_path / "started").exists)
    jobs.leave(first)
    assert not first.future.done()
    jobs.leave(second)
    assert eventually((tmp_path / "started.ended").exists)


def test_a_worker_that_dies_is_replaced_and_its_job_done(jobs: Jobs, tmp_path: Path) -> None:
    assert jobs.compute(sample.die_once, {"marker": str(tmp_path / "marker")}, nothing) == "done"
    assert jobs.compute(sample.square, {"number": 5.0}, nothing) == 25.0


def test_an_error_arrives_whole_and_is_not_kept(jobs: Jobs) -> None:
    for _ in range(2):
        with pytest.raises(InvalidArgument) as refused:
            jobs.compute(sample.refuse, {}, nothing)
        assert (refused.value.code, refused.value.details["argument"]) == ("not_positive", "learning_rate")


def test_short_work_does_not_wait_behind_a_training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EXPLAINERS_WORKERS", "1")
    startup.jobs.clear()
    long, short = startup.jobs(short=False), startup.jobs(short=True)
    training = long.join(sample.until_dropped, {"started": str(tmp_path / "started")})
    try:
        assert eventually((tmp_path / "started").exists)
        assert short.compute(sample.square, {"number": 3.0}, nothing) == 9.0
        assert not training.future.done()
    finally:
        long.leave(training)
        startup.jobs.clear()


def test_inline_runs_at_once() -> None:
    assert Jobs(Inline()).compute(sample.square, {"number": 3.0}, nothing) == 9.0
    with pytest.raises(InvalidArgument):
        Jobs(Inline()).compute(sample.refuse, {}, nothing)


def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLAINERS_WORKERS", "0")
    assert isinstance(backend_from_environment(), Inline)
    monkeypatch.setenv("EXPLAINERS_WORKERS", "3")
    assert isinstance(backend_from_environment(), Pool)


def test_an_unreachable_cluster_is_a_clear_error_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    import ui.cluster

    monkeypatch.setattr(ui.cluster, "PATIENCE", "1s")
    monkeypatch.setenv("EXPLAINERS_CLUSTER", "tcp://127.0.0.1:9")
    with pytest.raises(ConnectionError, match="no Dask scheduler answers"):
        backend_from_environment()
