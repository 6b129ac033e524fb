"""Jobs run in worker processes, are computed once, and are cancelled when no session waits."""

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from core import bagging_vs_boosting as bagging
from core import vanishing_gradients as vanishing
from core.validate import InvalidArgument
from tests.ui.server import sample_jobs as sample
from ui.registry import ROOT
from ui.server import startup
from ui.server.backends import backend_from_environment
from ui.server.jobs import Inline, Job, Jobs
from ui.server.worker_pool import WorkerPool


@pytest.fixture(scope="module")
def pool() -> WorkerPool:
    return WorkerPool(2)


@pytest.fixture
def jobs(pool: WorkerPool) -> Jobs:
    return Jobs(pool)


class Leaves(Exception):
    """A session that stops waiting."""


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Wait until a condition is true, at most for some seconds; return whether it became true."""
    waiter = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return True
        waiter.wait(0.05)
    return False


def no_progress(fraction: float) -> None:
    """Ignore the progress."""


def test_a_result_is_returned(jobs: Jobs) -> None:
    assert jobs.compute(sample.square, {"number": 3.0}, no_progress) == 9.0


def test_workers_use_one_thread_and_have_low_priority(jobs: Jobs) -> None:
    assert jobs.compute(sample.threads, {}, no_progress) == (1, os.nice(0) + 10)


def test_the_same_request_is_computed_once(jobs: Jobs, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with ThreadPoolExecutor(8) as readers:
        asked = [
            readers.submit(jobs.compute, sample.count, {"log": str(log), "number": 7}, no_progress) for _ in range(8)
        ]
        assert [reader.result() for reader in asked] == [7] * 8
    jobs.compute(sample.count, {"log": str(log), "number": 7}, no_progress)
    assert log.read_text() == "x"
    jobs.compute(sample.count, {"log": str(log), "number": 8}, no_progress)
    assert log.read_text() == "xx"


def test_the_memory_of_cached_results_is_limited(pool: WorkerPool) -> None:
    jobs = Jobs(pool, max_bytes=20_000)
    for count in (1000, 1001, 1002):
        jobs.compute(sample.numbers, {"count": count}, no_progress)
    assert [job.size > 8000 for job in jobs._jobs.values()] == [True, True], "the oldest was removed"
    oldest, newest = jobs._jobs.values()
    jobs.compute(sample.numbers, {"count": 1001}, no_progress)
    jobs.compute(sample.numbers, {"count": 1003}, no_progress)
    assert oldest in jobs._jobs.values(), "it was used again"
    assert newest not in jobs._jobs.values()


def test_cached_results_are_removed_unless_a_session_waits_for_them(jobs: Jobs, tmp_path: Path) -> None:
    log = tmp_path / "log"
    kept = jobs.join(sample.count, {"log": str(log), "number": 1})
    kept.future.result()
    jobs.compute(sample.count, {"log": str(log), "number": 2}, no_progress)
    jobs.clear()
    assert list(jobs._jobs.values()) == [kept]
    for number in (1, 2):
        assert jobs.compute(sample.count, {"log": str(log), "number": number}, no_progress) == number
    assert log.read_text() == "xxx", "only the removed one was computed again"
    jobs.leave(kept)


@pytest.mark.parametrize("small", [False, True])
def test_results_of_long_jobs_stay_while_the_app_is_idle(monkeypatch: pytest.MonkeyPatch, small: bool) -> None:
    monkeypatch.setenv("EXPLAINERS_WORKERS", "0")
    monkeypatch.setenv("EXPLAINERS_SMALL", "1" if small else "0")
    startup.jobs.clear()
    long, short = startup.jobs(short=False), startup.jobs(short=True)
    assert (long is short) == small
    for jobs in (long, short):
        jobs.compute(sample.square, {"number": 3.0}, no_progress)
    startup._release()
    assert len(long._jobs) == 1
    assert len(short._jobs) == (1 if small else 0)
    startup.jobs.clear()


def test_a_result_that_is_no_longer_cached_is_garbage_collected(pool: WorkerPool) -> None:
    jobs = Jobs(pool, max_bytes=9000)
    first = weakref.ref(jobs.compute(sample.numbers, {"count": 1000}, no_progress))
    assert first() is not None, "cached"
    jobs.compute(sample.numbers, {"count": 1001}, no_progress)
    assert eventually(lambda: gc.collect() >= 0 and first() is None)


def test_uncached_results_are_removed_with_their_arguments(pool: WorkerPool, tmp_path: Path) -> None:
    jobs, log = Jobs(pool), tmp_path / "log"
    arguments = {"log": str(log), "number": 7}
    first, second = (jobs.join(sample.count, arguments, cached=False) for _ in range(2))
    assert first is second, "sessions that wait at the same time share the computation"
    assert first.future.result() == 7
    jobs.leave(first)
    assert jobs.join(sample.count, arguments, cached=False) is second, "a session still waits"
    jobs.leave(second)
    jobs.leave(second)
    assert jobs.compute(sample.count, arguments, no_progress, cached=False) == 7
    assert log.read_text() == "xx"
    gone = weakref.ref(jobs.compute(sample.numbers, {"count": 10}, no_progress, cached=False))
    assert eventually(lambda: gc.collect() >= 0 and gone() is None)
    with pytest.raises(InvalidArgument):
        jobs.compute(sample.refuse, {}, no_progress, cached=False)
    assert not jobs._jobs, "nor are the arguments of a refused job"


def test_a_result_is_cached_if_one_of_the_waiting_sessions_asks_for_it(jobs: Jobs, tmp_path: Path) -> None:
    arguments = {"log": str(tmp_path / "log"), "number": 7}
    joined = [jobs.join(sample.count, arguments, cached=cached) for cached in (False, True)]
    assert joined[0].future.result() == 7
    for job in joined:
        jobs.leave(job)
    jobs.compute(sample.count, arguments, no_progress)
    assert (tmp_path / "log").read_text() == "x"


def test_progress_is_reported_and_an_abandoned_job_is_cancelled(jobs: Jobs, tmp_path: Path) -> None:
    started, seen = tmp_path / "started", []

    def show(fraction: float) -> None:
        seen.append(fraction)
        if fraction > 0.05:
            raise Leaves

    with pytest.raises(Leaves):
        jobs.compute(sample.until_cancelled, {"started": str(started)}, show)
    assert seen == sorted(seen)
    assert eventually(Path(f"{started}.ended").exists), "the worker continues although no session waits"
    assert jobs.compute(sample.square, {"number": 2.0}, no_progress) == 4.0


def test_a_job_continues_while_another_session_waits(jobs: Jobs, tmp_path: Path) -> None:
    arguments = {"started": str(tmp_path / "started")}
    first, second = jobs.join(sample.until_cancelled, arguments), jobs.join(sample.until_cancelled, arguments)
    assert first is second
    assert eventually((tmp_path / "started").exists)
    jobs.leave(first)
    assert not first.future.done()
    jobs.leave(second)
    assert eventually((tmp_path / "started.ended").exists)


def test_a_dead_worker_is_replaced_and_its_job_restarted(jobs: Jobs, tmp_path: Path) -> None:
    assert jobs.compute(sample.die_once, {"marker": str(tmp_path / "marker")}, no_progress) == "done"
    assert jobs.compute(sample.square, {"number": 5.0}, no_progress) == 25.0


def test_idle_workers_end_and_start_again_with_the_next_job() -> None:
    jobs = Jobs(WorkerPool(1, idle=0.5))
    first = jobs.compute(sample.process, {}, no_progress)
    assert eventually(lambda: not Path(f"/proc/{first}").exists())
    assert jobs.compute(sample.process, {}, no_progress, cached=False) == first, "the result is still cached"
    assert jobs.compute(sample.square, {"number": 3.0}, no_progress) == 9.0


@pytest.mark.skipif("forkserver" not in multiprocessing.get_all_start_methods(), reason="no fork")
def test_workers_are_forks_of_a_process_with_torch_which_is_replaced_when_it_dies() -> None:
    jobs = Jobs(WorkerPool(1, idle=0.5))

    def ask(function: Callable[[], Any]) -> Any:
        return jobs.compute(function, {}, no_progress, cached=False)

    assert "torch" in ask(sample.libraries)
    first, server = ask(sample.process), ask(os.getppid)
    assert server != os.getpid()
    assert eventually(lambda: not Path(f"/proc/{first}").exists())
    assert ask(os.getppid) == server
    os.kill(server, signal.SIGKILL)
    assert eventually(lambda: ask(os.getppid) not in (server, 1))
    assert "torch" in ask(sample.libraries)


@pytest.mark.parametrize("fork_server", [True, False])
def test_workers_have_the_libraries_of_jobs_and_no_pandas(fork_server: bool) -> None:
    jobs = Jobs(WorkerPool(1, fork_server=fork_server))
    assert jobs.compute(sample.libraries, {}, no_progress) == {"torch", "sklearn"}


@pytest.mark.parametrize("fork_server", [True, False])
def test_networks_and_trees_are_trained_in_a_worker(fork_server: bool) -> None:
    """torch's optimisers look for many libraries when they are first used."""
    jobs = Jobs(WorkerPool(1, fork_server=fork_server))
    training = jobs.compute(vanishing.train, {"net": vanishing.Net(2, width=4), "steps": 1}, no_progress)
    assert training.loss.shape == (3, 1)
    sample_of_moons = bagging.make_sample("moons", n=20)
    methods = {"bagging": {"method": "bagging", "depth": 3}}
    arguments = {"sample": sample_of_moons, "methods": methods, "size": 4, "stages": (1, 2)}
    _, fits = jobs.compute(bagging.fit_staged_ensembles, arguments, no_progress)
    assert fits["bagging"].stages.tolist() == [1, 2]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_fork_server_has_one_thread() -> None:
    """A fork copies no other thread, and a lock that one holds is never released."""
    code = "import os, ui.server.preload; print(len(os.listdir('/proc/self/task')))"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "1"


@pytest.mark.skipif("forkserver" not in multiprocessing.get_all_start_methods(), reason="no fork")
def test_a_worker_that_cannot_be_started_breaks_the_pool_for_one_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, refused = ForkServerProcess.start, []

    def refuse_once(process: ForkServerProcess) -> None:
        if not refused:
            refused.append(process)
            raise EOFError
        start(process)

    monkeypatch.setattr(ForkServerProcess, "start", refuse_once)
    jobs = Jobs(WorkerPool(1))
    with pytest.raises(BrokenProcessPool):
        jobs.join(sample.square, {"number": 7.0}).future.result(60)
    assert jobs.compute(sample.square, {"number": 7.0}, no_progress) == 49.0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_end_with_a_server_that_was_killed() -> None:
    code = (
        "from tests.ui.server import sample_jobs; from ui.server.worker_pool import WorkerPool; "
        "pool = WorkerPool(1); "
        "print(pool.submit(0, sample_jobs.process, {}, lambda _: None).result(), flush=True); input()"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    worker = Path(f"/proc/{int(server.stdout.readline())}")
    assert worker.exists()
    server.kill()
    with server:  # closes the pipes, and does not wait until the worker closes its end
        server.wait(20)
    assert eventually(lambda: not worker.exists(), 20)


def test_a_job_that_reports_no_progress_takes_no_report(jobs: Jobs) -> None:
    assert jobs.compute(pow, {"base": 2, "exp": 5}, no_progress) == 32


def test_an_error_arrives_complete_and_is_not_cached(jobs: Jobs) -> None:
    for _ in range(2):
        with pytest.raises(InvalidArgument) as refused:
            jobs.compute(sample.refuse, {}, no_progress)
        assert (refused.value.code, refused.value.details["argument"]) == ("not_positive", "learning_rate")


def test_a_short_job_does_not_wait_behind_a_long_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EXPLAINERS_WORKERS", "1")
    startup.jobs.clear()
    long, short = startup.jobs(short=False), startup.jobs(short=True)
    training = long.join(sample.until_cancelled, {"started": str(tmp_path / "started")})
    try:
        assert eventually((tmp_path / "started").exists)
        assert short.compute(sample.square, {"number": 3.0}, no_progress) == 9.0
        assert not training.future.done()
    finally:
        long.leave(training)
        startup.jobs.clear()


def order_of_starts(
    jobs: Jobs, workers: int, folder: Path, is_known: Callable[[int], bool] = lambda count: True
) -> list[str]:
    """Return the order in which 20 jobs of a client and one job of another one start, which asks last.

    ``is_known`` tells whether the backend knows so many jobs that have not ended.
    """
    log, gate = folder / "log", folder / "gate"

    def ask(number: int, client: str) -> Job:
        name = f"{client}{number}"
        arguments = {"log": str(log), "name": name, "gate": str(gate)}
        return jobs.join(sample.start_at_gate, arguments, client=client)

    asked = [ask(number, "A") for number in range(20)]
    assert eventually(lambda: log.exists() and len(log.read_text().split()) == workers), "all workers are busy"
    asked.append(ask(0, "B"))
    assert eventually(lambda: is_known(len(asked)))
    gate.touch()
    for job in asked:
        job.future.result()
        jobs.leave(job)
    return log.read_text().split()


def test_many_jobs_of_a_client_do_not_keep_another_one_waiting(tmp_path: Path) -> None:
    order = order_of_starts(Jobs(WorkerPool(1)), 1, tmp_path)
    assert order == ["A0", "B0", *(f"A{number}" for number in range(1, 20))]


def test_abandoned_jobs_are_not_started(tmp_path: Path) -> None:
    jobs, log, gate = Jobs(WorkerPool(1)), tmp_path / "log", tmp_path / "gate"
    asked = [
        jobs.join(sample.start_at_gate, {"log": str(log), "name": name, "gate": str(gate)}) for name in ("a", "b", "c")
    ]
    assert eventually(log.exists)
    jobs.leave(asked[1])
    gate.touch()
    assert asked[2].future.result() is None
    assert log.read_text().split() == ["a", "c"]


def test_inline_runs_immediately() -> None:
    assert Jobs(Inline()).compute(sample.square, {"number": 3.0}, no_progress) == 9.0
    with pytest.raises(InvalidArgument):
        Jobs(Inline()).compute(sample.refuse, {}, no_progress)


def test_the_environment_chooses_the_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLAINERS_WORKERS", "0")
    assert isinstance(backend_from_environment(), Inline)
    monkeypatch.setenv("EXPLAINERS_WORKERS", "3")
    assert isinstance(backend_from_environment(), WorkerPool)


def test_an_unreachable_cluster_is_a_clear_error_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    import ui.server.dask_cluster

    monkeypatch.setattr(ui.server.dask_cluster, "TIMEOUT", "1s")
    monkeypatch.setenv("EXPLAINERS_CLUSTER", "tcp://127.0.0.1:9")
    with pytest.raises(ConnectionError, match="no Dask scheduler answers"):
        backend_from_environment()


def test_short_jobs_do_not_wait_for_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLAINERS_CLUSTER", "tcp://127.0.0.1:9")
    assert isinstance(backend_from_environment(short=True), WorkerPool)
