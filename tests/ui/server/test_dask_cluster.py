"""The same jobs on a real Dask scheduler with two workers, on loopback."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.validate import InvalidArgument
from tests.ui.server import sample_jobs as sample
from tests.ui.server.test_jobs import Leaves, eventually, no_progress, order_of_starts
from ui.registry import ROOT
from ui.server.jobs import Jobs

distributed = pytest.importorskip("distributed")
# Dask leaves sockets to the garbage collector when a worker is lost on purpose.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def both_jobs() -> Iterator[tuple[Jobs, Jobs]]:
    """Give the jobs of two server processes that share a cluster."""
    from ui.server.dask_cluster import DaskCluster

    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(ROOT)
    try:
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as local:
            clusters = [DaskCluster(local.scheduler_address) for _ in range(2)]
            yield Jobs(clusters[0]), Jobs(clusters[1])
            for cluster in clusters:
                cluster.close()
    finally:
        os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)


@pytest.fixture
def jobs(both_jobs: tuple[Jobs, Jobs]) -> Jobs:
    return both_jobs[0]


def test_a_result_and_an_error_are_returned(jobs: Jobs) -> None:
    assert jobs.compute(sample.square, {"number": 3.0}, no_progress) == 9.0
    with pytest.raises(InvalidArgument) as refused:
        jobs.compute(sample.refuse, {}, no_progress)
    assert refused.value.code == "not_positive"


def test_the_same_request_is_computed_once(jobs: Jobs, tmp_path: Path) -> None:
    arguments = {"log": str(tmp_path / "log"), "number": 1}
    assert [jobs.compute(sample.count, arguments, no_progress) for _ in range(3)] == [1, 1, 1]
    assert (tmp_path / "log").read_text() == "x"


def test_progress_is_reported_and_an_abandoned_job_is_cancelled(jobs: Jobs, tmp_path: Path) -> None:
    started = tmp_path / "started"

    def show(fraction: float) -> None:
        if fraction > 0.05:
            raise Leaves

    with pytest.raises(Leaves):
        jobs.compute(sample.until_cancelled, {"started": str(started)}, show)
    assert eventually(Path(f"{started}.ended").exists)


def test_the_job_of_a_lost_worker_is_restarted(jobs: Jobs, tmp_path: Path) -> None:
    assert jobs.compute(sample.die_once, {"marker": str(tmp_path / "marker")}, no_progress) == "done"


def test_many_jobs_of_a_client_do_not_keep_another_one_waiting(jobs: Jobs, tmp_path: Path) -> None:
    def is_known(count: int) -> bool:
        def states(dask_scheduler) -> list[str]:
            return [task.state for task in dask_scheduler.tasks.values()]

        found = jobs._backend._client.run_on_scheduler(states)
        return found.count("queued") + found.count("processing") == count

    order = order_of_starts(jobs, 2, tmp_path, is_known)
    # Each worker runs a job and already has the next one.
    assert order.index("B0") < 8, "without priorities, it would be the last one"


def test_two_server_processes_share_a_result(both_jobs: tuple[Jobs, Jobs], tmp_path: Path) -> None:
    arguments = {"log": str(tmp_path / "log"), "number": 2}
    assert [jobs.compute(sample.count, arguments, no_progress) for jobs in both_jobs] == [2, 2]
    assert (tmp_path / "log").read_text() == "x"


def test_a_job_ends_when_the_last_server_process_has_left(both_jobs: tuple[Jobs, Jobs], tmp_path: Path) -> None:
    started = tmp_path / "started"
    first, second = (jobs.join(sample.until_cancelled, {"started": str(started)}) for jobs in both_jobs)
    assert eventually(lambda: first.fraction > 0.1 and second.fraction > 0.1), "both see the progress"
    both_jobs[0].leave(first)
    left_at = second.fraction
    # A cancelled job would raise at its next report; here several follow.
    assert eventually(lambda: second.fraction > left_at + 0.2)
    assert not second.future.done()
    both_jobs[1].leave(second)
    assert eventually(Path(f"{started}.ended").exists)
