"""Processes that are started again when they end."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import time
import urllib.request
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

# A process that ends soon after its start waits longer before each new start, up to a maximum; in seconds.
FIRST_DELAY, LONGEST_DELAY = 0.2, 30.0
# A process that ran for so long has started well.
STABLE_SECONDS = 30.0
# What a process has for ending after SIGTERM, before it is killed.
END_SECONDS = 10.0
# A process that does not answer for so long is killed. A cold start under load takes some seconds.
SILENT_SECONDS = 60.0
HEALTH_SECONDS = 5.0


class Process:
    """One command, with a process group of its own.

    Parameters
    ----------
    name : str
        What messages call it.
    command : sequence of str
    folder : Path
        Where it runs.
    environment : mapping of str
        Variables besides those of this process.
    health : str, optional
        An address that answers while the process is healthy. Without one, a running process is healthy.
    silent : float
        A process that does not answer for so many seconds is killed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        health: str | None = None,
        silent: float = SILENT_SECONDS,
    ) -> None:
        self.name = name
        self._command = command
        self._folder = folder
        self._environment = environment or {}
        self._health = health
        self._silent = silent
        self._failures = 0
        self._next_start = 0.0
        self._next_check = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command."""
        self._started = self._answered = time.monotonic()
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, env=os.environ | self._environment, start_new_session=True
        )
        say(f"{self.name} started, process id {self._process.pid}")

    def supervise(self) -> None:
        """Start the command again if it has ended, after a delay that grows with repeated failures."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._next_start:
                self.start()
        elif (status := self._process.poll()) is not None:
            self._kill_group()
            self._process = None
            self._failures = 1 if now - self._started > STABLE_SECONDS else self._failures + 1
            delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (self._failures - 1))
            self._next_start = now + delay
            reason = f"signal {-status}" if status < 0 else f"status {status}"
            say(f"{self.name} ended ({reason}); starting it again in {delay:.1f} s")
        elif self._health and now >= self._next_check:
            self._next_check = now + min(HEALTH_SECONDS, self._silent / 2)
            if self.is_healthy():
                self._answered = now
            elif now - self._answered > self._silent:
                say(f"{self.name} has not answered for {self._silent:.0f} s")
                self._kill_group()

    def is_healthy(self) -> bool:
        """Return whether the process runs and answers."""
        if self._process is None or self._process.poll() is not None:
            return False
        if self._health is None:
            return True
        with suppress(OSError), urllib.request.urlopen(self._health, timeout=2) as response:
            return bool(response.status == 200)
        return False

    def stop(self) -> None:
        """End the process, and what it has started."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS)
            self._kill_group()
            self._process.wait()
            self._process = None

    def _kill_group(self) -> None:
        # Worker processes outlive a server process that was killed.
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


class Supervisor:
    """Processes that run until SIGTERM or Ctrl+C. SIGHUP restarts the ``rolling`` ones, one after another."""

    def __init__(self, processes: Sequence[Process], rolling: Sequence[Process]) -> None:
        self._processes = processes
        self._rolling = rolling
        self._waiting: deque[Process] = deque()
        self._restarted: Process | None = None
        self._announced = False
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()

    def run(self, ready: str) -> None:
        """Start all processes, print ``ready`` once they are healthy, and supervise them until the end."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, self._note)
        try:
            for process in self._processes:
                process.start()
            ends: tuple[int, ...] = (signal.SIGTERM, signal.SIGINT)
            while (received := self._next_signal()) not in ends:
                if received == signal.SIGHUP and not self._waiting:
                    self._waiting.extend(self._rolling)
                for process in self._processes:
                    process.supervise()
                self._continue_restart()
                if not self._announced and all(process.is_healthy() for process in self._processes):
                    self._announced = True
                    say(ready)
        finally:
            # The proxy is the last of the list: no request is to meet a process that is ending.
            for process in reversed(self._processes):
                process.stop()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._signals.put(number)

    def _next_signal(self) -> int:
        """Return the next signal, or 0 after a fifth of a second."""
        with suppress(queue.Empty):
            return self._signals.get(timeout=0.2)
        return 0

    def _continue_restart(self) -> None:
        """Restart the next process once all are healthy: a broken update stops at the first one."""
        if not (self._restarted or self._waiting) or not all(process.is_healthy() for process in self._rolling):
            return
        if self._restarted is not None:
            say(f"{self._restarted.name}: restarted")
            self._restarted = None
        if self._waiting:
            self._restarted = self._waiting.popleft()
            self._restarted.stop()
            self._restarted.start()


def say(message: str) -> None:
    """Print a message at once, also into a file."""
    print(message, flush=True)
