"""CPU time of the server process per rerun, for every slider, in a session whose settings nobody else has."""

from __future__ import annotations

import asyncio
import random
import time

from bench.server import Server
from bench.sessions import Session
from bench.table import Table, ms
from ui.registry import EXPLAINERS

# The seed of a page's first slider; each slider has a seed of its own.
FIRST_SEED = 1000


async def _move_slider(server: Server, page: str, which: int, changes: int) -> tuple[str, float, float] | None:
    """Return a slider's name, and CPU and wall time per change in seconds; None if the page has fewer sliders."""
    query = f"lang=ko&{page.split('_')[0]}_seed={FIRST_SEED + which}"
    async with Session(server.port, page, query) as session:
        await session.open()
        if which >= len(session.sliders):
            return None
        await asyncio.to_thread(server.rest)
        choose = random.Random(which)
        used, start = server.cpu_seconds(), time.perf_counter()
        for _ in range(changes):
            await session.change(choose, which)
        taken = time.perf_counter() - start
        return session.sliders[which].key, (server.cpu_seconds() - used) / changes, taken / changes


def cpu_per_rerun(changes: int = 24) -> Table:
    """Move every slider of the first view of each page, one after another, to random places."""

    async def measure() -> list[tuple[str, str, str, str]]:
        rows = []
        for explainer in EXPLAINERS:
            async with Session(server.port, explainer.stem) as session:
                await session.open()
        for explainer in EXPLAINERS:
            which = 0
            while moved := await _move_slider(server, explainer.stem, which, changes):
                name, cpu, wall = moved
                rows.append((explainer.stem, name, ms(cpu), ms(wall)))
                which += 1
        return rows

    server = Server()
    rows = asyncio.run(measure())
    server.stop()
    return Table(
        "CPU time of the server process per rerun, with settings that nobody else has",
        ("page", "slider", "CPU time", "change"),
        rows,
        "Target: ≤ 20 ms of CPU time. What takes longer is computed in a worker.",
    )
