"""Fixtures and helpers for tests of pages: the real app, run from ``app.py``."""

from __future__ import annotations

import functools
import hashlib
import html
import itertools
import json
import os
import pickle
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

# One thread each: the workers share the cores, and small matrices run slower on several.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Jobs run immediately in the test process; the worker pool has separate tests.
os.environ.setdefault("EXPLAINERS_WORKERS", "0")
os.environ.setdefault("EXPLAINERS_WARM_UP", "0")

import pandas as pd
import pyarrow
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, settings
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.progress import Report
from ui.page import picture
from ui.registry import ROOT
from ui.server import memory, startup
from ui.server.jobs import Inline, request_key
from ui.text import Words

Open = Callable[..., AppTest]
_change_ids = itertools.count()

# No deadline: how long an example takes depends on what else the machine does.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(scope="session", autouse=True)
def cached_component_scan() -> Iterator[None]:
    """Scan the installed packages for components once, not for every new `AppTest`: most of the time to open a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(autouse=True)
def original_main_module() -> Iterator[None]:
    """Restore ``__main__``, which `AppTest` replaces by its script: worker processes import it again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session", autouse=True)
def validated_charts() -> Iterator[None]:
    """Validate every specification that a test draws; the app does not validate."""
    build_specification = picture._specification

    @functools.cache
    def validated(build: Callable[..., Any], options: tuple[tuple[str, Any], ...], language: str) -> dict[str, Any]:
        if not isinstance(chart := build(**dict(options)), dict):
            chart.to_dict(validate=True)
        return build_specification(build, options, language)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture, "_specification", validated)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests first, so that no worker process is left with a slow test at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


class SharedResults(Inline):
    """Runs a job, or reads its result if a test of this session, in any process, has already run it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report, client: str = ""
    ) -> Future[Any]:
        file = self._folder / hashlib.sha256(request_key(function, arguments)).hexdigest()
        if file.exists():
            finished: Future[Any] = Future()
            finished.set_result(pickle.loads(file.read_bytes()))
            return finished
        future = super().submit(number, function, arguments, report)
        if not future.exception():
            temporary = file.with_suffix(f".{os.getpid()}")
            temporary.write_bytes(pickle.dumps(future.result()))
            temporary.replace(file)  # atomic: another process may read the file
        return future


@pytest.fixture(scope="session", autouse=True)
def shared_job_results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Share the results of jobs between tests: many tests open the same states of a page."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # shared by all worker processes of this session
    folder = folder / "jobs"
    folder.mkdir(exist_ok=True)
    original = startup.backend_from_environment

    def backend(*, short: bool):
        chosen = original(short=short)
        return SharedResults(folder) if isinstance(chosen, Inline) else chosen

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(startup, "backend_from_environment", backend)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_release_of_memory() -> Iterator[None]:
    """Collect no garbage in the background: a warning would be attributed to another test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "DELAY_SECONDS", 1e6)
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
        rerun(app)
        check_names_of_figures(app)
        return app

    return open_


def check_names_of_figures(app: AppTest) -> None:
    """Check that figures in one row have different names."""
    for element in app.get("html"):
        for row in re.findall(r"<dl class='figures'>(.*?)</dl>", element.proto.body):
            names = re.findall(r"<dt>(.*?)</dt>", row)
            assert len(set(names)) == len(names), names


def figures(app: AppTest) -> dict[str, str]:
    """Return the figures in cards, by name."""
    bodies = "".join(element.proto.body for element in app.get("html"))
    return {html.unescape(k): html.unescape(v) for k, v in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", bodies)}


def tables(app: AppTest) -> list[pd.DataFrame]:
    """Return the tables of the page; cells are texts."""
    found = []
    for element in app.get("html"):
        if element.proto.body.startswith("<div class='table'"):
            head, *rows = (
                ["".join(cell.itertext()) for cell in row]
                for row in ElementTree.fromstring(element.proto.body).iter("tr")
            )
            found.append(pd.DataFrame(rows, columns=head))
    return found


def texts(app: AppTest) -> str:
    """Return all visible texts of the page, those of controls and cards included, as Markdown."""
    bodies = [re.sub(r"<p class='unseen'>.*?</p>", "", element.proto.body) for element in app.get("html")]
    bodies += [control["text"] for control in page_controls(app).values()]
    marks = {"strong": "**", "em": "*", "code": "`", "span": ""}
    text = re.sub(r"</?(\w+)[^>]*>", lambda tag: marks.get(tag[1], "\n"), "\n".join(bodies))
    return "\n".join([*(element.value for element in app.markdown), html.unescape(text)])


def panels(app: AppTest) -> Iterator[tuple[Any, list[dict[str, Any]], dict[str, Any]]]:
    """Yield the element, the specifications of the controls and the state of each panel."""
    for panel in app.get("bidi_component"):
        if panel.proto.component_name == "panel":
            specification, state = panel.proto.bytes.splitlines()
            yield panel.proto, json.loads(specification)["controls"], json.loads(state)


def page_controls(app: AppTest) -> dict[str, dict[str, Any]]:
    """Return the controls of the page by key: their specification with ``value``, ``error`` and ``text``."""
    return {
        key: control
        | {"value": state["values"][key], "error": state["errors"].get(key, ""), "text": state["texts"].get(key, "")}
        for _, controls, state in panels(app)
        for control in controls
        for key in [control["key"]]
    }


def address(app: AppTest) -> dict[str, str]:
    """Return the parameters that the browser writes into the address."""
    parameters: dict[str, str | None] = {}
    for _, _, state in panels(app):
        parameters |= state["address"]
    return {key: text for key, text in parameters.items() if text is not None}


def errors(app: AppTest) -> list[str]:
    """Return the error messages in boxes and at controls."""
    at_controls = [control["error"] for control in page_controls(app).values()]
    return [box.value for box in app.error] + [message for message in at_controls if message]


def refusal(words: Words, code: str, *, kept: bool, **values: Any) -> str:
    """Return the message for an input that is refused; ``kept`` is whether an earlier valid one stays in use."""
    return f"{words(f'errors.{code}', **values)} {words('refused.kept' if kept else 'refused.unused')}"


def change(app: AppTest, **values: Any) -> AppTest:
    """Change controls of one panel as a browser does, by key: to the index of an option, or to a text."""
    [panel] = [proto for proto, controls, _ in panels(app) if values.keys() <= {control["key"] for control in controls}]
    states = app._tree.get_widget_states()
    states.widgets.add(id=panel.id, json_value=json.dumps({"change": {"values": values, "id": next(_change_ids)}}))
    return check(app._run(states))


def chart_of(stem: str, app: AppTest, name: str) -> Any:
    """Return the chart whose alternative text is at ``charts.<name>.alt`` in the page's words."""
    alt = Words(stem, app.session_state["language"])(f"charts.{name}.alt")
    [found] = [chart.proto for chart in app.get("vega_lite_chart") if chart.proto.alt == alt]
    return found


def data_of(stem: str, app: AppTest, chart: str, name: str) -> pd.DataFrame:
    """Return a data set of a chart, as `chart_of` finds it."""
    [found] = [dataset.data.data for dataset in chart_of(stem, app, chart).datasets if dataset.name == name]
    return pyarrow.ipc.open_stream(found).read_all().to_pandas()


def all_data(app: AppTest) -> list[bytes]:
    """Return the data sets of all charts, as they were sent."""
    return [dataset.data.data for chart in app.get("vega_lite_chart") for dataset in chart.proto.datasets]


def rerun(app: AppTest, *changed: Any) -> AppTest:
    """Run the app again, after the elements in ``changed`` were changed, and check it."""
    return check(app.run())


def check(app: AppTest) -> AppTest:
    """Check what holds for every page in every state."""
    assert not app.exception, [(e.message, e.stack_trace) for e in app.exception]
    for chart in app.get("vega_lite_chart"):
        assert chart.proto.alt, "a chart without alternative text"
        for dataset in chart.proto.datasets:
            for column in pyarrow.ipc.open_stream(dataset.data.data).read_all().columns:
                infinite = pyarrow.types.is_floating(column.type) and pc.any(pc.is_inf(column)).as_py()
                assert not infinite, f"an infinity in the data of {chart.proto.alt!r}"
    return app
