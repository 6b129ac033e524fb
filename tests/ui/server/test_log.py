"""One line per page load and one per training, with nothing about the reader."""

import re
from collections.abc import Callable, Iterator

import pytest
from streamlit.runtime.scriptrunner import StopException

from core.validate import InvalidArgument
from tests.conftest import Open, change
from tests.ui.page.test_head import restore
from tests.ui.server import sample_jobs as sample
from tests.ui.server.test_jobs import no_progress
from ui.server import startup
from ui.server.jobs import Inline, Jobs
from ui.server.worker_pool import WorkerPool

# A line that matches has room for nothing else.
PAGE_LOAD = r"page_load page=(\w+) language=(en|ko) session=(new|same|restored) milliseconds=\d+"
TRAINING = r"training name=([\w.]+) seconds=\d+\.\d+ outcome=(done|cached|cancelled|failed) bytes=(\d+)"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[tuple[str, ...]]]]:
    """Give the values of the lines so far, durations left out."""
    caplog.set_level("INFO", "explainers")

    def values() -> list[tuple[str, ...]]:
        messages = [record.getMessage() for record in caplog.records if record.name == "explainers"]
        matches = [re.fullmatch(f"{PAGE_LOAD}|{TRAINING}", message) for message in messages]
        assert all(matches), messages
        return [tuple(value for value in match.groups() if value) for match in matches if match]

    return values


def test_page_loads(open_page: Open, lines) -> None:
    app = open_page("softmax_stability", lang="ko", softmax_offset="12")
    change(app, softmax_offset=3)
    assert lines() == [("softmax_stability", "ko", "new")], "one line, whatever is changed afterwards"
    restore(app, "?lang=en&softmax_typed=31337")
    app.switch_page("pages/home.py").run()
    assert lines()[1:] == [("softmax_stability", "en", "restored"), ("home", "en", "same")]


def test_trainings_are_logged_and_short_computations_are_not(open_page: Open, lines) -> None:
    startup.jobs.clear()
    open_page("bagging_vs_boosting", bagging_tab="redrawn", bagging_seed="31337")
    trainings = [line for line in lines() if "." in line[0]]
    assert trainings and {line[:2] for line in trainings} == {("bagging_vs_boosting.redrawn", "done")}
    assert "31337" not in str(lines())


def test_outcomes_of_trainings(lines) -> None:
    jobs = Jobs(Inline())
    for function, arguments in ((sample.numbers, {"count": 31337}),) * 2 + ((sample.refuse, {}),):
        try:
            jobs.compute(function, arguments, no_progress, name="topic.job")
        except InvalidArgument:
            assert function is sample.refuse
    size = str(max(job.size for job in jobs._jobs.values()))
    assert int(size) > 8 * 31337
    assert lines() == [("topic.job", "done", size), ("topic.job", "cached", size), ("topic.job", "failed", "0")]


def test_a_training_that_a_changed_control_ends_is_logged_as_cancelled(lines, tmp_path) -> None:
    def leave(fraction: float) -> None:
        raise StopException

    jobs = Jobs(WorkerPool(1))
    with pytest.raises(StopException):
        jobs.compute(sample.until_cancelled, {"started": str(tmp_path / "started")}, leave, name="topic.job")
    assert lines() == [("topic.job", "cancelled", "0")]


def test_the_log_goes_to_the_standard_error_stream(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    from ui.server import log

    monkeypatch.setattr(log._logger, "handlers", [])
    log.start()
    log.start()
    log.write("page_load", page="home")
    assert re.fullmatch(r"[\d-]+ [\d:,]+ explainers: page_load page=home\n", capsys.readouterr().err)
