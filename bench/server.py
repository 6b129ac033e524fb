"""A real server process of an app."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ui.registry import ROOT


class Server:
    """One process that serves ``script`` with the settings of ``folder``."""

    def __init__(self, script: Path = ROOT / "app.py", folder: Path = ROOT, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed by stop)
        base = environment.get("STREAMLIT_SERVER_BASE_URL_PATH")
        self.address = f"http://127.0.0.1:{self.port}" + (f"/{base}" if base else "")
        arguments = ("--server.port", str(self.port), "--server.address", "127.0.0.1", "--server.headless", "true")
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *arguments],
            cwd=folder,
            env=os.environ | environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "the server did not start within a minute"
                time.sleep(0.02)

    def rest(self) -> None:
        """Wait until the process is idle, after its warm-up."""
        used, before = self.cpu_seconds(), -1.0
        while used - before > 0.1:
            time.sleep(0.5)
            before, used = used, self.cpu_seconds()

    def memory(self) -> float:
        """Return the memory in MB of the server and of the worker processes that it started.

        Pages that several of them share are counted once, and in full even where other programs use them, too.
        """
        pids = (self.process.pid, *children(self.process.pid))
        files: dict[str, float] = {}
        for pid in pids:
            for mapping, size in _file_pages(pid).items():
                files[mapping] = max(files.get(mapping, 0.0), size)
        return sum(files.values()) + sum(_anonymous(pid) for pid in pids)

    def own_memory(self) -> float:
        """Return the resident memory in MB of the server process alone."""
        return _resident(self.process.pid)

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server process in seconds."""
        return _cpu_seconds(self.process.pid)

    def kill(self) -> None:
        """Kill the process, as a crash does."""
        self.process.kill()
        self.process.wait(20)
        self.log.close()

    def stop(self) -> None:
        """End the process; a traceback in its log is an error."""
        self.process.terminate()
        self.process.wait(20)
        self.log.seek(0)
        log = self.log.read()
        self.log.close()
        assert "Traceback" not in log, log


@contextmanager
def bare_app() -> Iterator[tuple[Path, Path]]:
    """Give the script of the bare app and a folder without settings."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copy(ROOT / "bench" / "bare.py", folder)), Path(folder)


def _resident(pid: int) -> float:
    return _megabytes(Path(f"/proc/{pid}/status"), "VmRSS")


def _anonymous(pid: int) -> float:
    """Return the anonymous memory of a process in MB; of pages that two processes share, each has half."""
    return _megabytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss_Anon:")


def _file_pages(pid: int) -> dict[str, float]:
    """Return the resident memory in MB of each mapping of a file, without the pages that the process has changed."""
    try:
        lines = Path(f"/proc/{pid}/smaps").read_text().splitlines()
    except OSError:
        return {}
    pages: dict[str, float] = {}
    mapping = None
    for words in map(str.split, lines):
        if not words[0].endswith(":"):  # addresses, permissions, offset, device, inode, and the path of a file
            mapping = f"{words[2]} {words[5]}" if len(words) > 5 and words[5].startswith("/") else None
        elif mapping and words[0] in ("Rss:", "Anonymous:"):
            sign = 1 if words[0] == "Rss:" else -1
            pages[mapping] = pages.get(mapping, 0.0) + sign * int(words[1]) / 1024
    return pages


def _megabytes(file: Path, name: str) -> float:
    """Return a number of kB in a file of a process; 0 if the process has ended."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), 0.0)


def _cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process in seconds."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Return the process ids of all descendants of a process."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found
