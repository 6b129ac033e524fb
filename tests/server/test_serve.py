"""Several server processes behind nginx: ``python -m serve``."""

import asyncio
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from bench.loss import lose_processes
from bench.served import Served
from bench.sessions import Received, Session
from serve import __main__ as serve
from serve.__main__ import free_ports, main
from serve.nginx import BROWSER_BURST, configuration
from serve.processes import Process
from ui.registry import ROOT

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
with_nginx = pytest.mark.skipif(not NGINX, reason="needs nginx: sudo apt-get install nginx-light")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    served = Served(2, "--frame-ancestors", "'self' https://lms.example", EXPLAINERS_WORKERS="1")
    yield served
    pids = [pids_of(served, number)[-1] for number in (0, 1)]
    served.stop()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


class Browser:
    """A client that sends requests over one connection and keeps its cookies."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=10)
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> int:
        """Request a file and return the status of the answer."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request("GET", path, headers={"Cookie": cookies})
        response = self._connection.getresponse()
        response.read()
        self._cookies |= [text.split(";")[0].split("=", 1) for text in response.headers.get_all("Set-Cookie", [])]
        return response.status

    def close(self) -> None:
        self._connection.close()


def pids_of(served: Served, number: int) -> list[int]:
    """Return the process ids that a server process has had."""
    return served.pids(f"server process {number}")


def process_of(session: Session) -> int:
    """Return the number of the process that serves a session."""
    [number] = re.findall(r"explainers=(\d+)", session.cookies)
    return int(number)


def check(*runs: Received) -> None:
    assert [run.exceptions for run in runs] == [[]] * len(runs)


def test_the_shared_workers_are_as_many_as_without_serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    commands: dict[str, list[str]] = {}
    monkeypatch.setattr(serve, "Process", lambda name, command, *_: commands.update({name: command}))
    monkeypatch.delenv("EXPLAINERS_CLUSTER", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    for small, told, workers in (("0", None, "3"), ("1", None, "1"), ("1", "2", "2")):
        commands.clear()
        monkeypatch.setenv("EXPLAINERS_SMALL", small)
        monkeypatch.delenv("EXPLAINERS_WORKERS", raising=False)
        if told:
            monkeypatch.setenv("EXPLAINERS_WORKERS", told)
        serve._cluster(8786, tmp_path)
        command = commands["Dask workers"]
        assert command[command.index("--nworkers") + 1] == workers
    monkeypatch.setenv("EXPLAINERS_WORKERS", "0")
    assert serve._cluster(8786, tmp_path) == []


@pytest.mark.parametrize(("text", "path"), [("", ""), ("/", ""), ("explainers", "/explainers"), ("/a/b/", "/a/b")])
def test_a_base_path_has_one_slash_before_it(text: str, path: str) -> None:
    assert serve._options(["--base-path", text]).base_path == path


@with_nginx
def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "nginx.conf"
    [port] = free_ports(1)
    file.write_text(configuration([8601, 8602, 8603], port=port, folder=tmp_path, base="/explainers"))
    command = [NGINX, "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(file)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "[warn]" not in run.stderr


@with_nginx
def test_a_reader_keeps_the_process_and_survives_its_end(served: Served) -> None:
    async def read() -> None:
        async with Session(served.port, "softmax_stability") as session, Session(served.port, "lessons") as other:
            check(await session.open(), await other.open())
            first = process_of(session)
            assert process_of(other) != first, "new readers go to the process with the fewest"
            check(await session.change(random.Random(3)))
            address = dict(session.address)
            assert address, "the slider is not at its default"
            # More tabs of the same browser, although the other process has fewer readers.
            tabs = [Session(served.port, "softmax_stability") for _ in range(3)]
            for tab in tabs:
                tab.cookies = session.cookies
                await tab.__aenter__()
            assert [process_of(tab) for tab in tabs] == [first] * 3
            for tab in tabs:
                await tab.__aexit__(None, None, None)
            pid = pids_of(served, first)[-1]
            os.kill(pid, signal.SIGKILL)
            check(*await session.reconnect(served.port))
            assert process_of(session) != first
            assert session.address == address
            await asyncio.to_thread(served.wait_for, lambda: pids_of(served, first)[-1] != pid)
            check(await session.change(random.Random(4)))

    # In another thread: the browser's driver has an event loop in the main one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, read()).result()


@with_nginx
def test_sighup_restarts_one_process_after_another_and_no_request_fails(served: Served) -> None:
    before = [pids_of(served, number)[-1] for number in (0, 1)]
    served.process.send_signal(signal.SIGHUP)

    def restarted() -> bool:
        urllib.request.urlopen(f"http://127.0.0.1:{served.port}/_stcore/health", timeout=10).close()
        return all(f"server process {number}: restarted" in served.log() for number in (0, 1))

    served.wait_for(restarted)
    assert not {pids_of(served, number)[-1] for number in (0, 1)} & set(before)


@with_nginx
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_class_loses_a_process_and_a_worker_and_sees_no_error(served: Served) -> None:
    training = ("vanishing_gradients", "lang=en&vanishing_tab=training&vanishing_depth=2&vanishing_seed=")
    loss = lose_processes(served, ["softmax_stability"] * 12, 6.0, trainings=[training])
    assert loss.lost == 2
    assert loss.errors == []
    assert loss.restored and loss.changed and loss.trained


@with_nginx
@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
def test_a_foreign_page_cannot_connect(served: Served, origin: str) -> None:
    url = f"ws://127.0.0.1:{served.port}/_stcore/stream"
    with (
        pytest.raises(InvalidStatus, match="403"),
        connect(url, origin=Origin(origin), subprotocols=[Subprotocol("streamlit")]),
    ):
        pass


@with_nginx
def test_the_app_itself_can_connect_and_has_the_headers(served: Served) -> None:
    own = f"127.0.0.1:{served.port}"
    with connect(f"ws://{own}/_stcore/stream", origin=Origin(f"http://{own}"), subprotocols=[Subprotocol("streamlit")]):
        pass
    with urllib.request.urlopen(f"http://{own}/softmax_stability") as response:
        headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = dict(directive.split(" ", 1) for directive in headers["Content-Security-Policy"].split("; "))
    assert policy["frame-ancestors"] == "'self' https://lms.example"
    assert policy["default-src"] == policy["base-uri"] == "'self'"


@with_nginx
def test_a_file_over_the_limit_is_refused(served: Served) -> None:
    connection = HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.putrequest("PUT", "/_stcore/upload_file/session/file")
    connection.putheader("Content-Length", "7000000")
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


@with_nginx
def test_only_the_browser_with_too_many_requests_is_refused(served: Served) -> None:
    greedy, *others = browsers = [Browser(served.port) for _ in range(31)]
    statuses = [greedy.get("/_stcore/health") for _ in range(2 * BROWSER_BURST)]
    assert statuses[:BROWSER_BURST] == [200] * BROWSER_BURST and statuses[-1] == 429
    # A class at the same address loads three pages each, within some seconds.
    assert {browser.get("/_stcore/health") for browser in others for _ in range(15)} == {200}
    for browser in browsers:
        browser.close()


def test_a_process_that_hangs_is_started_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    [port] = free_ports(1)
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    process = Process("the server", command, tmp_path, health=f"http://127.0.0.1:{port}/", silent=2.0)
    output = ""

    def wait_for(condition: Callable[[], bool]) -> None:
        nonlocal output
        deadline = time.monotonic() + 60
        while not condition():
            process.supervise()
            output += capfd.readouterr().out
            assert time.monotonic() < deadline, output
            time.sleep(0.02)

    process.start()
    try:
        wait_for(process.is_healthy)
        [pid] = re.findall(r"process id (\d+)", output + capfd.readouterr().out)
        os.kill(int(pid), signal.SIGSTOP)
        wait_for(lambda: "has not answered for 2 s" in output and process.is_healthy())
    finally:
        process.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_without_nginx_a_message_says_what_to_install() -> None:
    code = "import shutil, sys; shutil.which = lambda *a, **k: None; import serve.__main__ as m; sys.exit(m.main([]))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 2
    assert "apt-get install nginx-light" in run.stderr and "make run" in run.stderr


@pytest.mark.parametrize(
    ("option", "value"), [("--processes", "0"), ("--port", "x"), ("--base-path", "a;b"), ("--frame-ancestors", "*; }")]
)
def test_a_wrong_option_is_named(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([option, value])
    assert f"argument {option}: {value!r} is not" in capsys.readouterr().err
