"""`python -m bench [--only SECTION …] [--write]`: measure, and print tables as they come."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from threadpoolctl import threadpool_limits

from bench import browser, cold, compute, cpu, endurance, load, loss, uploads, users
from bench.table import Table

RESULTS = Path(__file__).with_name("RESULTS.md")
SECTIONS: dict[str, Callable[[], Table]] = {
    "latency": browser.latency,
    "drag": browser.drag,
    "cpu": cpu.cpu_per_rerun,
    "classes": load.classes,
    "users": users.users,
    "own": users.own_seeds,
    "restart": load.restart,
    "loss": loss.losses,
    "uploads": uploads.uploads,
    "endurance": endurance.endurance,
    "compute": compute.computations,
    "vectorised": compute.vectorised,
    "cold": cold.cold_starts,
}


def machine() -> str:
    """Describe the machine, the date and the versions."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("streamlit", "numpy", "altair", "pandas", "torch"))
    where = f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}), Python {platform.python_version()}"
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"Measured on {today}, {where}, {packages}. Server, readers and browser on the same machine."


def main() -> None:
    """Run the chosen sections."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), metavar="SECTION")
    parser.add_argument("--write", action="store_true", help=f"write the tables to {RESULTS.name}")
    chosen = parser.parse_args()
    texts = [f"# Results\n\n{machine()}\n"]
    print(texts[0])
    with threadpool_limits(limits=1):
        for section in chosen.only:
            texts.append(SECTIONS[section]().markdown())
            print(texts[-1], flush=True)
    if chosen.write:
        RESULTS.write_text("\n".join(texts), encoding="utf-8")


if __name__ == "__main__":
    main()
