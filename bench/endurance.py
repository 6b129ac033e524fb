"""Memory of the whole app while a class uses every control, and after the class has left."""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench.server import Server
from bench.sessions import Session
from bench.table import Table
from ui.registry import EXPLAINERS

# A student who moves on before a rerun has ended, in seconds.
PATIENCE = 2.0
# After the class has left, in seconds.
IDLE = 300.0


@dataclass
class Endurance:
    """What a class has left in memory.

    Attributes
    ----------
    memory : list of (str, float, float)
        When, and then the memory in MB of the server process (resident), and of the server and its workers (see
        `Server.memory`).
    interrupted : int
        Reruns that took longer than ``PATIENCE``, such as trainings.
    errors : list of str
        Exceptions on a page.
    """

    memory: list[tuple[str, float, float]] = field(default_factory=list)
    interrupted: int = 0
    errors: list[str] = field(default_factory=list)


def use_everything(readers: int = 50, reruns: int = 5000, idle: float = IDLE, **environment: str) -> Endurance:
    """Let ``readers`` with seeds of their own change any control, ``reruns`` times in total, and then leave."""
    result = Endurance()
    # Sessions are discarded soon, as they are some minutes after a class.
    server = Server(STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL="5", **environment)
    left = reruns

    def measure(when: str) -> None:
        result.memory.append((when, server.own_memory(), server.memory()))

    async def reader(number: int) -> None:
        nonlocal left
        choose = random.Random(number)
        stem = EXPLAINERS[number % len(EXPLAINERS)].stem
        async with Session(server.port, stem, f"lang=ko&{stem.split('_')[0]}_seed={number}") as session:
            result.errors += (await session.open()).exceptions
            while left > 0:
                left -= 1
                if left % (reruns // 5) == 0:
                    measure(f"after {reruns - left:,} reruns")
                shown = await session.change_any(choose, PATIENCE)
                if shown is None:
                    result.interrupted += 1
                else:
                    result.errors += shown.exceptions

    async def run_class() -> None:
        for explainer in EXPLAINERS:
            async with Session(server.port, explainer.stem) as session:
                await session.open()
        await asyncio.to_thread(server.rest)
        measure("warmed up")
        await asyncio.gather(*(reader(number) for number in range(readers)))
        await asyncio.sleep(idle)
        measure(f"{idle / 60:.0f} minutes after the last reader has left")

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run_class()).result()
    server.stop()
    return result


def endurance() -> Table:
    """Measure memory over thousands of reruns by readers with settings of their own."""
    rows = []
    for name, environment in (("default", {}), ("small", {"EXPLAINERS_SMALL": "1"})):
        result = use_everything(**environment)
        for when, server, everything in result.memory:
            rows.append((name, when, f"{server:.0f} MB", f"{everything:.0f} MB"))
        rows.append((name, "errors", str(len(result.errors)), ""))
    return Table(
        "Memory over 5,000 reruns of any control by 50 readers with seeds of their own",
        ("configuration", "when", "server process", "with workers"),
        rows,
        "Target with workers: ≤ 600 MB (small: ≤ 450 MB), and at the end within 10 % of warmed up.",
    )
