"""What the tests of pages share: the real app, run through its front door."""

from __future__ import annotations

import functools
import hashlib
import html
import itertools
import json
import os
import pickle
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

# One thread each: the workers share the cores, and small matrices run slower on several.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Long work runs at once in the test's own process; the pool has tests of its own.
os.environ.setdefault("EXPLAINERS_WORKERS", "0")
os.environ.setdefault("EXPLAINERS_WARM_UP", "0")

import pandas as pd
import pyarrow
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, settings
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from ui import page, startup
from ui.jobs import Inline, Report
from ui.registry import ROOT
from ui.text import Words

Open = Callable[..., AppTest]
_moves = itertools.count()

# How long an example takes is up to the machine, which others use too: 200 ms, Hypothesis' default, fail on a busy one.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(scope="session", autouse=True)
def installed_components_are_looked_for_once() -> Iterator[None]:
    """Spare every new `AppTest` the reading of all installed packages' metadata: four fifths of opening a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(scope="session", autouse=True)
def every_chart_is_validated() -> Iterator[None]:
    """Check each specification that a test draws: the app does not, in front of a class."""
    drawn = page._spec

    @functools.cache
    def validated(build: Callable[..., Any], options: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
        if not isinstance(chart := build(**dict(options)), dict):
            chart.to_dict(validate=True)
        return drawn(build, options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "_spec", validated)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow ones: begun last, one would keep its worker busy when the other has nothing left to do."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


class Shared(Inline):
    """Runs a job at once, unless a test of this session has run it, in whichever process: then its result is read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report
    ) -> Future[Any]:
        asked = pickle.dumps((function, sorted(arguments.items())))
        kept = self._folder / hashlib.sha256(asked).hexdigest()
        if kept.exists():
            read: Future[Any] = Future()
            read.set_result(pickle.loads(kept.read_bytes()))
            return read
        future = super().submit(number, function, arguments, report)
        if not future.exception():
            written = kept.with_suffix(f".{os.getpid()}")
            written.write_bytes(pickle.dumps(future.result()))
            written.replace(kept)  # whole or not at all: another process may be looking
        return future


@pytest.fixture(scope="session", autouse=True)
def a_training_runs_once_for_all_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hand what trained in one test to all that ask for exactly the same: pages are walked through many times."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of this session too, and of all its workers
    folder = folder / "jobs"
    folder.mkdir(exist_ok=True)
    chosen = startup.backend_from_environment

    def backend():
        made = chosen()
        return Shared(folder) if isinstance(made, Inline) else made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(startup, "backend_from_environment", backend)
        yield


@pytest.fixture
def open_page() -> Open:
    """Open a page as a link does: ``open_page("softmax_stability", lang="ko", softmax_offset="12")``."""

    def open_(stem: str, **parameters: Any) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        if stem != "home":
            app.switch_page(f"pages/{stem}.py")
        for name, value in parameters.items():
            app.query_params[name] = str(value)
        return rerun(app)

    return open_


def figures(app: AppTest) -> dict[str, str]:
    """Return the figures in cards, by name."""
    bodies = "".join(element.proto.body for element in app.get("html"))
    return {html.unescape(k): html.unescape(v) for k, v in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", bodies)}


def texts(app: AppTest) -> str:
    """Return all that is said on the page, in charts' words and cards too, as Markdown."""
    written = [element.proto.body for element in app.get("html")] + [part["text"] for part in parts(app).values()]
    marks = {"strong": "**", "em": "*", "code": "`"}
    said = re.sub(r"</?(\w+)[^>]*>", lambda tag: marks.get(tag[1], "\n"), "\n".join(written))
    return "\n".join([*(element.value for element in app.markdown), html.unescape(said)])


def boards(app: AppTest) -> Iterator[tuple[Any, list[dict[str, Any]], dict[str, Any]]]:
    """Yield each component of controls, what it is to draw, and where its controls stand."""
    for board in app.get("bidi_component"):
        if board.proto.component_name == "board":
            written, state = board.proto.bytes.splitlines()
            yield board.proto, json.loads(written)["parts"], json.loads(state)


def parts(app: AppTest) -> dict[str, dict[str, Any]]:
    """Return the controls on the page by key: what is drawn of them, with their ``place``, ``error`` and ``text``."""
    return {
        key: part
        | {"place": state["places"][key], "error": state["errors"].get(key, ""), "text": state["texts"].get(key, "")}
        for _, drawn, state in boards(app)
        for part in drawn
        for key in [part["key"]]
    }


def errors(app: AppTest) -> list[str]:
    """Return what the page says is wrong, in boxes and at controls."""
    return [box.value for box in app.error] + [part["error"] for part in parts(app).values() if part["error"]]


def move(app: AppTest, **places: Any) -> AppTest:
    """Move controls of one component as a browser does, by key: to an option's number, or a text."""
    [board] = [proto for proto, drawn, _ in boards(app) if places.keys() <= {part["key"] for part in drawn}]
    states = app._tree.get_widget_states()
    states.widgets.add(id=board.id, json_value=json.dumps({"moved": {"places": places, "at": next(_moves)}}))
    return check(app._run(states))


def chart_of(stem: str, app: AppTest, name: str) -> Any:
    """Return the chart whose alternative text stands at ``charts.<name>.alt``."""
    alt = Words(stem, app.session_state["language"])(f"charts.{name}.alt")
    [found] = [chart.proto for chart in app.get("vega_lite_chart") if chart.proto.alt == alt]
    return found


def data_of(stem: str, app: AppTest, chart: str, name: str) -> pd.DataFrame:
    """Return a data set of a chart, as `chart_of` finds it."""
    [found] = [dataset.data.data for dataset in chart_of(stem, app, chart).datasets if dataset.name == name]
    return pyarrow.ipc.open_stream(found).read_all().to_pandas()


def rerun(app: AppTest, *moved: Any) -> AppTest:
    """Run the app again once the controls in ``moved`` were, and check it."""
    return check(app.run())


def check(app: AppTest) -> AppTest:
    """Check what holds of every page in any state."""
    assert not app.exception, [(e.message, e.stack_trace) for e in app.exception]
    for chart in app.get("vega_lite_chart"):
        assert chart.proto.alt, "a chart without alternative text"
        for dataset in chart.proto.datasets:
            for column in pyarrow.ipc.open_stream(dataset.data.data).read_all().columns:
                infinite = pyarrow.types.is_floating(column.type) and pc.any(pc.is_inf(column)).as_py()
                assert not infinite, f"an infinity in the data of {chart.proto.alt!r}"
    return app
