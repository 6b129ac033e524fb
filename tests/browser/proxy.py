"""A TCP proxy on loopback that can drop or hold its connections, as a classroom's Wi-Fi does."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Literal

Direction = Literal["requests", "answers"]


class Proxy:
    """Forwards connections to ``port`` of this machine until `cut`, and again after `restore`."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._connected = threading.Event()
        self._connected.set()
        self._open: set[socket.socket] = set()
        self._held: set[Direction] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close all connections, and refuse new ones."""
        self._connected.clear()
        for connection in list(self._open):
            _close(connection)
        self._held.clear()

    def hold(self, direction: Direction) -> None:
        """Deliver nothing in one direction, while the connections stay open; `cut` discards what was held."""
        self._held.add(direction)

    def restore(self, port: int | None = None) -> None:
        """Forward connections again, to another port if one is given."""
        self._target = port or self._target
        self._connected.set()

    def close(self) -> None:
        """Close all connections and stop listening."""
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                browser, _ = self._listening.accept()
                if not self._connected.is_set():
                    _close(browser)
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except OSError:
                    _close(browser)
                    continue
                for source, sink, direction in ((browser, server, "requests"), (server, browser, "answers")):
                    self._open.add(source)
                    threading.Thread(target=self._forward, args=(source, sink, direction), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, direction: Direction) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                while direction in self._held:
                    time.sleep(0.01)
                sink.sendall(data)
        _close(source)
        _close(sink)
        self._open.discard(source)


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
