"""What Streamlit is spared at every run comes out as Streamlit itself works it out."""

import importlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig

from ui import once


def spared(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return a function as it runs in the app, and Streamlit's own."""
    [module] = [module for module, spared, _ in once.SPARED if spared == name]
    once.spare_runs()
    ours = getattr(pytest.importorskip(module), name)
    return ours, ours.__wrapped__


def filled(fill: Callable[..., Any], *section: str) -> CustomThemeConfig:
    message = CustomThemeConfig()
    fill(message, *section)
    return message


@pytest.mark.parametrize("section", [(), ("theme.light",), ("theme.dark",), ("theme.sidebar",)])
def test_the_theme_is_the_configured_one(section: tuple[str, ...]) -> None:
    ours, streamlits = spared("_populate_theme_msg")
    for _ in range(2):
        assert filled(ours, *section) == filled(streamlits, *section)


def test_the_theme_follows_an_edited_configuration() -> None:
    ours, _ = spared("_populate_theme_msg")
    before = filled(ours, "theme.dark").primary_color
    config.get_config_options(force_reparse=True, options_from_flags={"theme.dark.primaryColor": "#ABCDEF"})
    edited = filled(ours, "theme.dark").primary_color
    config.get_config_options(force_reparse=True)
    assert (edited, filled(ours, "theme.dark").primary_color) == ("#ABCDEF", before)


def test_a_section_without_settings_is_not_mentioned() -> None:
    ours, _ = spared("_populate_theme_msg")
    message = CustomThemeConfig()
    ours(message.sidebar, "theme.sidebar")
    assert not message.HasField("sidebar")


def test_a_specification_has_stable_names() -> None:
    ours, streamlits = spared("_stabilize_vega_json_spec")
    spec = json.dumps({"params": [{"name": "param_7"}], "hconcat": [{"name": "view_3"}, {"name": "view_9"}]})
    assert ours(spec) == ours(spec) == streamlits(spec) != spec


def test_a_board_says_what_streamlit_would_hand_out() -> None:
    ours, streamlits = spared("make_bidi_component_presenter")
    value = {"moved": {"places": {"a": 3}, "at": 7}}

    class Widgets(dict[str, Any]):
        widget_metadata = MappingProxyType({"events": SimpleNamespace(value_type="json_trigger_value")})

    state = SimpleNamespace(_new_widget_state=Widgets())
    assert ours("events", "board", {"moved"})(value, state) == streamlits("events", "board", {"moved"})(value, state)


def test_a_run_is_not_typed_in_at_a_prompt() -> None:
    ours, streamlits = spared("is_repl")
    with ThreadPoolExecutor(1) as thread:  # as a run
        assert thread.submit(streamlits).result() is thread.submit(ours).result() is False


def test_a_streamlit_without_them_runs_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = (("streamlit.no_such_module", "f", once._as_it_is), ("streamlit.config", "no_such_function", once._as_it_is))
    monkeypatch.setattr(once, "SPARED", gone)
    once.spare_runs.__wrapped__()
    assert not hasattr(importlib.import_module("streamlit.config"), "no_such_function")
