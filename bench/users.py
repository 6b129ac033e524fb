"""How many students this machine serves."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from bench.load import PAUSE, request_trainings
from bench.served import Served
from bench.server import Server
from bench.sessions import Session
from bench.table import Table, ms, percentiles
from ui.registry import EXPLAINERS

# In seconds: a class is served well if 95 % of its changes are within this time.
LIMIT = 0.15
# Students who start one training after another.
TRAINING = 5
# Students who have seeds of their own.
OWN_SEEDS = 30
# Sizes of classes in which every student has a seed, and numbers of server processes that serve them.
OWN_SEEDS_CLASSES, PROCESSES = (30, 150, 400), (1, 2)
# The first size of a class that is tried, and the largest one.
FIRST, LARGEST = 80, 640
# How often the range between a size that is served well and one that is not is halved.
HALVINGS = 2
# In seconds: before a measurement, and its duration.
SETTLE, WINDOW = 1.0, 6.0


class Students:
    """Sessions on all pages, of which the first ``active`` ones change a slider every few seconds.

    With ``own_seeds``, each has a seed of its own and changes any slider, otherwise the first one of its page.
    """

    def __init__(self, port: int, *, own_seeds: bool = False) -> None:
        self._port = port
        self._own_seeds = own_seeds
        self._tasks: list[asyncio.Task[None]] = []
        self._opened = asyncio.Semaphore(0)
        self._active = 0
        self._changing = 0
        self._changed: list[float] = []
        self.errors: list[str] = []

    async def measure(self, count: int, seconds: float = WINDOW) -> list[float]:
        """Return the durations in seconds of all changes, while ``count`` students are active."""
        for number in range(len(self._tasks), count):
            self._tasks.append(asyncio.create_task(self._student(number)))
            await self._opened.acquire()
        self._active = count
        await asyncio.sleep(SETTLE)
        self._changed.clear()
        await asyncio.sleep(seconds)
        self._active = 0
        # Without the changes that have not ended yet, a slow server would look quick.
        while self._changing:
            await asyncio.sleep(0.05)
        return list(self._changed)

    async def leave(self) -> None:
        """End all sessions."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _student(self, number: int) -> None:
        choose = random.Random(number)
        stem = EXPLAINERS[number % len(EXPLAINERS)].stem
        seed = f"&{stem.split('_')[0]}_seed={number}" if self._own_seeds else ""
        async with Session(self._port, stem, f"lang=ko{seed}") as session:
            self.errors += (await session.open()).exceptions
            self._opened.release()
            while True:
                await asyncio.sleep(choose.uniform(0.5 * PAUSE, 1.5 * PAUSE))
                if number < self._active:
                    slider = choose.randrange(len(session.sliders)) if self._own_seeds else 0
                    self._changing += 1
                    shown = await session.change(choose, slider)
                    self._changing -= 1
                    self._changed.append(shown.seconds)
                    self.errors += shown.exceptions


async def largest(measure: Callable[[int], Awaitable[list[float]]]) -> tuple[int, list[float]]:
    """Return the largest class that is served well, and the durations of its changes in seconds.

    The size doubles until a class is too large; then the range is halved. A size is too large if it fails twice.
    """
    served, too_large, durations = 0, FIRST, list[float]()

    async def serves_well(count: int) -> bool:
        nonlocal served, durations
        for _ in range(2):
            found = await measure(count)
            if np.percentile(found, 95) <= LIMIT:
                served, durations = count, found
                return True
        return False

    while too_large <= LARGEST and await serves_well(too_large):
        too_large *= 2
    for _ in range(HALVINGS if too_large <= LARGEST else 0):
        middle = (served + too_large) // 2
        if not await serves_well(middle):
            too_large = middle
    return served, durations


def _say(count: int) -> str:
    """Write a size that was found; 0 means that the smallest one that was tried is too large."""
    if count == 0:
        return f"fewer than {FIRST // 2**HALVINGS}"
    return f"{count} or more" if count == LARGEST else f"about {count}"


def users() -> Table:
    """Search for the largest class that one server process serves well."""
    load = os.getloadavg()[0]
    server, rows, counts = Server(), [], []

    def add(name: str, count: str, durations: list[float]) -> None:
        rows.append((name, count, *(percentiles(durations) if durations else ("", ""))))

    async def find_all() -> list[str]:
        students, own = Students(server.port), Students(server.port, own_seeds=True)
        # What a first visit computes is left out.
        await students.measure(FIRST, 3 * WINDOW)
        for name, trainings in (("first slider", 0), (f"the same, {TRAINING} others start trainings", TRAINING)):
            stop = asyncio.Event()
            trainers = [
                asyncio.create_task(request_trainings(server.port, stop, 1000 * number)) for number in range(trainings)
            ]
            count, durations = await largest(students.measure)
            stop.set()
            await asyncio.gather(*trainers)
            counts.append(_say(count))
            add(name, counts[-1], durations)
        await students.leave()
        add("any slider, each with a seed of their own", str(OWN_SEEDS), await own.measure(OWN_SEEDS, 3 * WINDOW))
        await own.leave()
        return students.errors + own.errors

    # In another thread: the browser's driver has an event loop in the main one.
    with ThreadPoolExecutor(1) as thread:
        errors = thread.submit(asyncio.run, find_all()).result()
    server.stop()
    note = (
        f"`make run` on this machine serves {counts[0]} students who move a slider every {PAUSE:.0f} s with "
        f"p95 ≤ {ms(LIMIT)}, and {counts[1]} while {TRAINING} more start one training after another. "
        f"Errors: {len(errors)}. Load average before: {load:.1f} on {os.cpu_count()} cores."
    )
    return Table("Students that this machine serves", ("they change", "students", "change p50", "p95"), rows, note)


def own_seeds() -> Table:
    """Measure classes in which every student has a seed and changes any slider, with one and two server processes."""
    rows = []
    for processes in PROCESSES:
        for count in OWN_SEEDS_CLASSES:
            durations, errors = _own_seeds_class(processes, count)
            rows.append((str(processes), str(count), *percentiles(durations), str(len(errors))))
    note = (
        f"A change every {PAUSE:.0f} s each, for {3 * WINDOW:.0f} s. Targets with two processes: p95 ≤ 150 ms for 150 "
        "students, ≤ 500 ms for 400."
    )
    columns = ("server processes", "students", "change p50", "p95", "errors")
    return Table("Students with seeds of their own, on any slider", columns, rows, note)


def _own_seeds_class(processes: int, count: int) -> tuple[list[float], list[str]]:
    server = Server() if processes == 1 else Served(processes)

    async def run() -> tuple[list[float], list[str]]:
        # What a first visit computes is left out.
        first = Students(server.port)
        await first.measure(2 * len(EXPLAINERS) * processes, WINDOW)
        await first.leave()
        students = Students(server.port, own_seeds=True)
        durations = await students.measure(count, 3 * WINDOW)
        await students.leave()
        return durations, students.errors

    with ThreadPoolExecutor(1) as thread:
        result = thread.submit(asyncio.run, run()).result()
    server.stop()
    return result
