"""A class in which everybody uploads a large table while one user drags a slider."""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median

from bench.server import Server
from bench.sessions import Session
from bench.table import Table, ms, percentiles
from ui.server.memory import DELAY_SECONDS

PAGES = (("gd_sgd_minibatch", "lang=en&gd_problem=own"), ("bagging_vs_boosting", "lang=en&bagging_dataset=own"))


@dataclass
class Uploads:
    """What a class experienced.

    Attributes
    ----------
    before, during : list of float
        Seconds of each change of the slider of the session that uploads nothing.
    answered : list of float
        Seconds until each upload was answered.
    refused : list of str
        Error messages.
    errors : int
        Exceptions on a page.
    memory : tuple of float
        MB of the server process before, at the end, and after memory was released.
    """

    before: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    errors: int = 0
    memory: tuple[float, float, float] = (0.0, 0.0, 0.0)


def large_table(number: int, megabytes: float) -> bytes:
    """Return a table of numbers with 9,000 rows."""
    columns = round(megabytes * 1e6 / 9000 / 9)
    names = ",".join(f"column{i}" for i in range(columns))
    cells = [f"{(i * 7919 + number) % 999_983 / 1e6:.6f}" for i in range(9000 + columns)]
    return "\n".join([names, *(",".join(cells[i : i + columns]) for i in range(9000))]).encode()


def upload_class(students: int = 50, megabytes: float = 4.0, *, idle: float = DELAY_SECONDS + 5) -> Uploads:
    """Let ``students`` upload tables at once; measure what a user of another page notices.

    Memory is measured again ``idle`` seconds after the last upload.
    """
    result = Uploads()
    # Sessions are discarded at once, so that their memory can be compared.
    server = Server(STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION="false", STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL="1")

    async def student(number: int) -> None:
        page, query = PAGES[number % len(PAGES)]
        async with Session(server.port, page, query) as session:
            result.errors += len((await session.open()).exceptions)
            data = await asyncio.to_thread(large_table, number, megabytes)
            start = time.perf_counter()
            shown = await session.upload(f"table{number}.csv", data)
            result.answered.append(time.perf_counter() - start)
            result.refused += shown.messages
            result.errors += len(shown.exceptions)

    async def run_sessions() -> None:
        choose = random.Random(0)
        async with Session(server.port, "softmax_stability") as user:
            await user.open()
            for times in (None, result.before):
                for _ in range(20):
                    shown = await user.change(choose)
                    if times is not None:
                        times.append(shown.seconds)
                    await asyncio.sleep(0.1)
            uploads = asyncio.gather(*(student(number) for number in range(students)))
            while not uploads.done():
                result.during.append((await user.change(choose)).seconds)
                await asyncio.sleep(0.1)
            await uploads

    async def run_all() -> None:
        await asyncio.to_thread(server.rest)
        before = server.own_memory()
        await run_sessions()
        end = server.own_memory()
        await asyncio.sleep(3)
        async with Session(server.port, "softmax_stability") as user:  # sessions are discarded when one is looked up
            await user.open()
        await asyncio.sleep(idle)
        result.memory = (before, end, server.own_memory())

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run_all()).result()
    server.stop()
    return result


def uploads() -> Table:
    """Measure fifty uploads at once."""
    result = upload_class()
    row = (
        str(len(result.answered)),
        *percentiles(result.before),
        *percentiles(result.during),
        f"{median(result.during) / median(result.before):.1f}",
        ms(max(result.during)),
        ms(max(result.answered)),
        str(len(result.refused)),
        str(result.errors),
        *(f"{memory:.0f} MB" for memory in result.memory),
    )
    columns = (
        "uploads",
        "change before p50",
        "p95",
        "change during p50",
        "p95",
        "ratio",
        "slowest",
        "last upload",
        "refused",
        "errors",
        "memory before",
        "at the end",
        "after it was released",
    )
    note = "Uploads of 4 MB at once; target: a change of another user takes at most twice its usual time (median)."
    return Table("A class that uploads tables", columns, [row], note)
