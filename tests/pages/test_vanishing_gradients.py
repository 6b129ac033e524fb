"""The controls of the page on vanishing gradients, and what a change of them computes."""

import importlib
from typing import Any

import pytest

from core import vanishing_gradients as core
from tests.conftest import Open, SharedResults, figures, rerun
from ui.page import Page
from ui.server import startup
from ui.server.jobs import Inline

STEM = "vanishing_gradients"


def test_the_default_networks_are_not_measured_again_after_the_warm_up(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SharedResults, "submit", Inline.submit)
    startup.jobs.clear()
    monkeypatch.setattr(importlib.import_module("core.vanishing_gradients.thumbnail"), "MAX_DEPTH", 3)
    core.warm_up()
    measured = core.measure.cache_info().misses
    open_page(STEM, vanishing_depth="3")
    assert core.measure.cache_info().misses == measured


def test_width_one_at_full_depth_with_extreme_weights(open_page: Open) -> None:
    link = {"vanishing_width": "1", "vanishing_depth": "50", "vanishing_init": "free", "vanishing_sigma_w": "1e+07"}
    for activation in core.ACTIVATIONS:
        for tab in ("inside", "bend", "hand"):
            open_page(STEM, vanishing_activation=activation, vanishing_tab=tab, **link)


def test_a_change_of_the_depth_trains_nothing(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    called = []
    monkeypatch.setattr(core, "train", lambda **arguments: called.append(arguments))
    app = open_page(STEM)
    app.session_state["vanishing_depth"] = 23
    rerun(app)
    assert not called


def test_the_training_clips_only_if_asked(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = []
    job = Page.job

    def recorded(page: Page, name: str, function: Any, **arguments: Any) -> Any:
        clips.append(arguments["clip"])
        return job(page, name, function, **arguments)

    monkeypatch.setattr(Page, "job", recorded)
    for clip in ("false", "true"):
        open_page(STEM, vanishing_tab="training", vanishing_steps="50", vanishing_depth="2", vanishing_clip=clip)
    assert clips == [None, None, 1.0, 1.0]


def test_the_forget_bias_changes_the_gradient_of_the_lstm(open_page: Open) -> None:
    def shown(forget: str) -> float:
        app = open_page(STEM, vanishing_tab="time", vanishing_forget=forget)
        return float(figures(app)["LSTM"].replace("−", "-"))

    assert shown("0") < -15 < -5 < shown("2")
