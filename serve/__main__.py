"""Start several server processes behind nginx, and supervise them.

Ctrl+C or SIGTERM ends all of them; SIGHUP restarts the server processes one after another, after an update.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import secrets
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from serve.nginx import configuration
from serve.processes import Process, Supervisor, say
from ui.server.environment import worker_count
from ui.server.network import network_address

ROOT = Path(__file__).resolve().parent.parent

NO_NGINX = """\
`serve` needs nginx, which was not found. Install it:
  Debian, Ubuntu: sudo apt-get install nginx-light
  Fedora:         sudo dnf install nginx
  macOS:          brew install nginx
`make run` serves the app with one process and needs no nginx."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal ends it, and return the exit status."""
    options = _options(arguments)
    # Debian installs nginx where only root's PATH leads.
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not nginx:
        print(NO_NGINX, file=sys.stderr)
        return 2
    if not _is_free(options.port):
        print(f"Port {options.port} is in use. Choose another one with --port.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="explainers-") as name:
        folder = Path(name)
        # nginx started by root has workers that are not root.
        folder.chmod(0o755)
        scheduler_port, *ports = free_ports(options.processes + 1)
        cluster = _cluster(scheduler_port, folder)
        environment = {
            "STREAMLIT_SERVER_COOKIE_SECRET": secrets.token_hex(),
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "1",
        }
        if cluster:
            environment["EXPLAINERS_CLUSTER"] = f"tcp://127.0.0.1:{scheduler_port}"
        base = options.base_path
        apps = [_app(number, port, base, environment) for number, port in enumerate(ports)]
        file = folder / "nginx.conf"
        file.write_text(
            configuration(ports, port=options.port, folder=folder, base=base, frame_ancestors=options.frame_ancestors),
            encoding="utf-8",
        )
        health = f"http://127.0.0.1:{options.port}{base}/_stcore/health"
        proxy = Process("nginx", [nginx, "-e", "stderr", "-p", name, "-c", str(file)], folder, health=health)
        # Workers import `core`, so an update restarts them, too; the scheduler knows nothing of the project.
        Supervisor([*cluster, *apps, proxy], [*cluster[1:], *apps]).run(_addresses(options.port, base))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m serve", description=__doc__)
    parser.add_argument("--processes", type=_positive, default=os.cpu_count() or 1, help="default: one a core")
    parser.add_argument("--port", type=_positive, default=8501, help="default: 8501")
    parser.add_argument("--base-path", type=_base_path, default="", help="such as explainers; default: none")
    parser.add_argument(
        "--frame-ancestors",
        type=_sources,
        default="'self'",
        metavar="SITES",
        help="sites that may show the app in a frame, such as \"'self' https://lms.example\"; default: 'self'",
    )
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer between 1 and 65535")
    return int(text)


def _base_path(text: str) -> str:
    """Return a path with one slash before it and none after it; "" for none."""
    path = text.strip("/")
    if not re.fullmatch(r"[\w.~/-]*", path, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a path of letters, digits and . _ ~ - /")
    return f"/{path}" if path else ""


def _sources(text: str) -> str:
    # The text becomes part of the configuration of nginx.
    if not re.fullmatch(r"[\w.:/*' -]+", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of sites, separated by spaces")
    return text


def _app(number: int, port: int, base: str, environment: dict[str, str]) -> Process:
    settings = {"port": str(port), "address": "127.0.0.1", "headless": "true", "baseUrlPath": base.strip("/")}
    flags = [text for name, value in settings.items() for text in (f"--server.{name}", value)]
    return Process(
        f"server process {number}",
        [sys.executable, "-m", "streamlit", "run", "app.py", *flags],
        ROOT,
        environment,
        f"http://127.0.0.1:{port}{base}/_stcore/health",
    )


def _cluster(port: int, folder: Path) -> list[Process]:
    """Return a Dask scheduler and its workers; none if the environment names other workers."""
    if os.environ.get("EXPLAINERS_CLUSTER") or not (workers := worker_count()):
        return []
    if not importlib.util.find_spec("distributed"):
        say("Each process has its own workers. For workers that all share: pip install '.[cluster]'")
        return []
    environment = {
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        # Each connection that closes at a restart would be an error with a traceback.
        "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical",
    }
    nice = ["nice", "-n", "10"]
    python = [sys.executable, "-m"]
    # On loopback only: anyone who reaches a scheduler can run code on its workers.
    local = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--no-dashboard"]
    scheduler = [*python, "distributed.cli.dask_scheduler", *local, "--port", str(port)]
    worker = [*nice, *python, "distributed.cli.dask_worker", f"tcp://127.0.0.1:{port}", *local, "--nthreads", "1"]
    return [
        Process("Dask scheduler", scheduler, folder, environment),
        Process(
            "Dask workers",
            [*worker, "--nworkers", str(workers), "--local-directory", str(folder)],
            folder,
            environment,
        ),
    ]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except PermissionError:
            return True  # nginx says what is missing
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that no process listens to."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _addresses(port: int, base: str) -> str:
    lines = [f"  Local:   http://localhost:{port}{base}"]
    if address := network_address():
        lines.append(f"  Network: http://{address}:{port}{base}")
    return "\n".join(["The app is ready:", *lines])


if __name__ == "__main__":
    sys.exit(main())
