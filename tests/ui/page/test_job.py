"""Computations of a page, as jobs."""

import math
from typing import Any

import pytest

from ui.page import Page
from ui.page.job import JobMixin


def test_several_settings_are_one_job_and_none_are_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[str] = []

    def job(_: JobMixin, name: str, function: Any, *, short: bool, cached: bool, **arguments: Any) -> Any:
        jobs.append(name)
        return function(**arguments)

    monkeypatch.setattr(JobMixin, "job", job)
    page = Page("softmax_stability", "en")
    assert page.compute_each(divide, {"half": {"by": 2}, "third": {"by": 3}}) == {"half": 0.5, "third": 1 / 3}
    assert jobs == ["compute"]
    assert page.compute_each(math.sqrt, {}) == {}
    assert jobs == ["compute"]


def divide(*, by: float) -> float:
    return 1 / by
