"""A class: sessions on all pages that change a slider every few seconds."""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench.server import Server
from bench.sessions import Session
from bench.table import Table, ms, percentiles
from bench.trainings import TRAININGS
from ui.registry import EXPLAINERS

PAUSE = 3.0


@dataclass
class Load:
    """What a class experienced.

    Attributes
    ----------
    opened, changed : list of float
        Seconds, of every page load and of every change of a slider.
    errors : int
        Exceptions on a page, and sessions that were lost.
    memory : float
        MB of the server process at the end.
    """

    opened: list[float] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)
    errors: int = 0
    memory: float = 0.0


async def _reader(port: int, number: int, seconds: float, spread: float, load: Load) -> None:
    choose = random.Random(number)
    page = EXPLAINERS[number % len(EXPLAINERS)].stem
    await asyncio.sleep(choose.uniform(0, spread))
    try:
        async with Session(port, page) as session:
            shown = await session.open()
            load.opened.append(shown.seconds)
            load.errors += len(shown.exceptions)
            end = asyncio.get_running_loop().time() + seconds
            while asyncio.get_running_loop().time() < end:
                await asyncio.sleep(choose.uniform(0.5 * PAUSE, 1.5 * PAUSE))
                shown = await session.change(choose)
                load.changed.append(shown.seconds)
                load.errors += len(shown.exceptions)
    except (OSError, TimeoutError):
        load.errors += 1


async def request_trainings(port: int, stop: asyncio.Event, first: int = 0) -> None:
    """Request one training after another, each with another seed, from the ``first`` one on."""
    seed = first
    while not stop.is_set():
        page, query = TRAININGS[seed % len(TRAININGS)]
        async with Session(port, page, f"{query}{seed}") as session:
            await session.open()
        seed += 1


def run_class(server: Server, readers: int, seconds: float, *, training: bool = False) -> Load:
    """Let a class of ``readers`` arrive over some seconds and change sliders for ``seconds``."""
    load = Load()

    async def run_sessions() -> None:
        stop = asyncio.Event()
        trainer = asyncio.create_task(request_trainings(server.port, stop)) if training else None
        spread = max(5.0, readers / 15)
        await asyncio.gather(*(_reader(server.port, n, seconds, spread, load) for n in range(readers)))
        load.memory = server.own_memory()
        stop.set()
        if trainer:
            await trainer

    # In another thread: the browser's driver has an event loop in the main one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run_sessions()).result()
    return load


def classes(sizes: tuple[tuple[int, int], ...] = ((30, 1), (150, 3), (400, 1)), seconds: float = 40.0) -> Table:
    """Measure classes of several sizes, several times each, without and with trainings."""
    rows = []
    for size, times in sizes:
        for training in (False, True):
            loads, a_session = [], 0.0
            for _ in range(times):
                server = Server()
                # Leave out the cost of the first visit.
                run_class(server, len(EXPLAINERS) * 2, 10.0)
                server.rest()
                before = server.own_memory()
                loads.append(run_class(server, size, seconds, training=training))
                server.stop()
                a_session = max(a_session, (loads[-1].memory - before) / size)
            changed, opened = ([t for load in loads for t in getattr(load, name)] for name in ("changed", "opened"))
            rows.append(
                (
                    str(size),
                    "yes" if training else "no",
                    *percentiles(changed),
                    ", ".join(percentiles(load.changed)[1] for load in loads) if times > 1 else "",
                    *percentiles(opened),
                    str(sum(load.errors for load in loads)),
                    f"{max(load.memory for load in loads):.0f} MB",
                    f"{a_session:.2f} MB",
                )
            )
    columns = (
        "readers",
        "trainings",
        "change p50",
        "change p95",
        "each time",
        "page load p50",
        "page load p95",
        "errors",
        "server memory",
        "a session",
    )
    note = "Targets at 150: change p95 ≤ 150 ms (≤ 250 ms during trainings), page load p95 ≤ 1 s, no error, under 1 GB."
    return Table(f"A class ({seconds:.0f} s, a change every {PAUSE:.0f} s each)", columns, rows, note)


@dataclass
class Restart:
    """What a class experienced when the server was killed and started again.

    Attributes
    ----------
    restored : list of float
        Seconds from the start of the new server's service until a session was restored.
    errors : list of str
        Exceptions on a page, and states that were not restored.
    """

    restored: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def restart_class(readers: int = 30) -> Restart:
    """Let a class change sliders, kill the server, start another one, and let all sessions reconnect at once."""
    result, choose = Restart(), random.Random(0)
    servers = [Server()]

    async def reconnect(session: Session, port: int, start: float) -> None:
        before = dict(session.address)
        runs = await session.reconnect(port)
        result.restored.append(time.perf_counter() - start)
        result.errors += [error for run in runs for error in run.exceptions]
        if session.address != before:
            result.errors.append(f"{session.page}: {session.address} instead of {before}")
        result.errors += (await session.change(choose)).exceptions

    async def run_sessions() -> None:
        stems = [EXPLAINERS[number % len(EXPLAINERS)].stem for number in range(readers)]
        sessions = [Session(servers[0].port, stem) for stem in stems]
        for session in sessions:
            await session.__aenter__()
            await session.open()
            for _ in range(2):
                await session.change(choose)
        await asyncio.to_thread(servers[0].kill)
        servers.append(await asyncio.to_thread(Server))
        start = time.perf_counter()
        await asyncio.gather(*(reconnect(session, servers[1].port, start) for session in sessions))
        for session in sessions:
            await session.__aexit__(None, None, None)

    # In another thread: the browser's driver has an event loop in the main one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run_sessions()).result()
    servers[1].stop()
    return result


def restart() -> Table:
    """Measure how long a class waits for its state after the server was killed and started again."""
    result = restart_class()
    row = (str(len(result.restored)), *percentiles(result.restored), ms(max(result.restored)), str(len(result.errors)))
    columns = ("readers", "restored p50", "p95", "last", "errors")
    return Table("A restart under a class", columns, [row], "Target: all restored within 10 s of the server being up.")
