"""A class that loses a server process and a worker behind nginx."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosed

from bench.load import PAUSE
from bench.served import Served
from bench.sessions import Received, Session
from bench.table import Table, ms, percentiles
from bench.trainings import TRAININGS
from ui.registry import EXPLAINERS


@dataclass
class Loss:
    """What a class experienced.

    Attributes
    ----------
    changed, restored, trained : list of float
        Seconds, of every change of a slider, of every restored page, from the loss of its process on, and of every page
        with a training.
    lost : int
        Processes and workers that were killed.
    errors : list of str
        Exceptions and error messages on a page, and states that were not restored.
    """

    changed: list[float] = field(default_factory=list)
    restored: list[float] = field(default_factory=list)
    trained: list[float] = field(default_factory=list)
    lost: int = 0
    errors: list[str] = field(default_factory=list)

    def check(self, *runs: Received) -> None:
        """Note the errors that a page has shown."""
        self.errors += [text for run in runs for text in (*run.exceptions, *run.messages)]


async def _reader(port: int, stem: str, number: int, opened: asyncio.Barrier, over: asyncio.Event, loss: Loss) -> None:
    choose = random.Random(number)
    async with Session(port, stem) as session:
        loss.check(await session.open())
        await opened.wait()
        while not over.is_set():
            await asyncio.sleep(choose.uniform(0.5 * PAUSE, 1.5 * PAUSE))
            before, start = dict(session.address), time.monotonic()
            try:
                shown = await session.change(choose)
            except ConnectionClosed:
                loss.check(*await session.reconnect(port))
                loss.restored.append(time.monotonic() - start)
                if session.address != before:
                    loss.errors.append(f"{session.page}: {session.address} instead of {before}")
            else:
                loss.check(shown)
                loss.changed.append(shown.seconds)


async def _trainer(
    port: int, trainings: Sequence[tuple[str, str]], first: int, over: asyncio.Event, loss: Loss
) -> None:
    """Open one page with a training after another; open it again if its connection is lost, as a browser does."""
    seed = first
    while not over.is_set():
        page, query = trainings[seed % len(trainings)]
        start = time.monotonic()
        try:
            async with Session(port, page, f"{query}{seed}") as session:
                loss.check(await session.open())
        except ConnectionClosed:
            continue
        loss.trained.append(time.monotonic() - start)
        seed += 1


def lose_processes(
    served: Served,
    stems: Sequence[str],
    seconds: float,
    *,
    trainers: int = 1,
    trainings: Sequence[tuple[str, str]] = TRAININGS,
) -> Loss:
    """Let one reader a page change sliders and others start trainings, and kill a server process and a worker."""
    loss = Loss()

    def kill(pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        loss.lost += 1

    async def run_class() -> None:
        opened, over = asyncio.Barrier(len(stems) + 1), asyncio.Event()
        tasks = [_reader(served.port, stem, number, opened, over, loss) for number, stem in enumerate(stems)]
        tasks += [_trainer(served.port, trainings, 1000 * number, over, loss) for number in range(trainers)]
        running = asyncio.gather(*tasks)
        await opened.wait()
        await asyncio.sleep(seconds / 3)
        kill(served.pids("server process 0")[-1])
        await asyncio.sleep(seconds / 3)
        kill(served.workers()[0])
        await asyncio.sleep(seconds / 3)
        over.set()
        await running

    # In another thread: the browser's driver has an event loop in the main one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run_class()).result()
    return loss


def losses(readers: int = 60, seconds: float = 60.0) -> Table:
    """Measure a class behind three server processes and two workers, of which one each is lost."""
    served = Served(3, EXPLAINERS_WORKERS="2")
    stems = [EXPLAINERS[number % len(EXPLAINERS)].stem for number in range(readers)]
    loss = lose_processes(served, stems, seconds, trainers=2)
    served.stop()
    rows = [
        (name, str(len(durations)), *percentiles(durations), ms(max(durations)))
        for name, durations in (
            ("changes", loss.changed),
            ("restored pages", loss.restored),
            ("trainings", loss.trained),
        )
    ]
    note = f"Lost: {loss.lost}. Errors: {len(loss.errors)}. Target: no error, all pages restored."
    title = f"{readers} readers behind 3 processes and 2 workers, of which one each is killed"
    return Table(title, ("", "number", "p50", "p95", "longest"), rows, note)
