"""Several server processes behind nginx, as ``python -m serve`` starts them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.server import children
from serve.__main__ import free_ports
from ui.registry import ROOT


class Served:
    """Server processes behind nginx, and what `serve` has printed."""

    def __init__(self, processes: int, *options: str, **environment: str) -> None:
        [self.port] = free_ports(1)
        self._file = tempfile.NamedTemporaryFile("w+")  # noqa: SIM115 (closed by stop)
        command = [sys.executable, "-m", "serve", "--processes", str(processes), "--port", str(self.port), *options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=self._file, stderr=subprocess.STDOUT
        )
        self.wait_for(lambda: "The app is ready" in self.log())

    def log(self) -> str:
        """Return what was printed so far."""
        return Path(self._file.name).read_text()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true, at most for a minute."""
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline and self.process.poll() is None, self.log()
            time.sleep(0.02)

    def pids(self, name: str) -> list[int]:
        """Return the process ids that a process, such as ``"server process 0"``, has had."""
        return [int(pid) for pid in re.findall(rf"{name} started, process id (\d+)", self.log())]

    def workers(self) -> list[int]:
        """Return the process ids of the Dask workers."""
        found = children(self.pids("Dask workers")[-1])
        return [pid for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def stop(self) -> None:
        """End all processes; a traceback in the log is an error."""
        self.process.terminate()
        assert self.process.wait(60) == 0
        log = self.log()
        self._file.close()
        assert "Traceback" not in log, log
