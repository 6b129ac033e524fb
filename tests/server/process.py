"""A real server process of the app."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from ui.registry import ROOT


class Server:
    """One process of the app."""

    def __init__(self, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed by stop)
        self.address = f"http://127.0.0.1:{self.port}"
        arguments = ("--server.port", str(self.port), "--server.address", "127.0.0.1", "--server.headless", "true")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", *arguments],
            cwd=ROOT, env=os.environ | environment, stdout=self.log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "the server did not start within a minute"
                time.sleep(0.1)

    def stop(self) -> None:
        """End the process; whatever it logged of errors fails the test."""
        self.process.terminate()
        self.process.wait(20)
        self.log.seek(0)
        said = self.log.read()
        self.log.close()
        assert "Traceback" not in said, said
