"""What Streamlit works out again and again although it stays the same: worked out once, or not at all.

A move keeps the server's interpreter busy for some milliseconds, and at 50 moves a second each of them counts twice:
for the move, and for those that wait behind it. What is worked out at every run was an eighth of a move.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache, wraps
from typing import Any

from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig


def _filled_once(fill: Callable[..., None]) -> Callable[..., None]:
    @cache
    def filled(section: str) -> CustomThemeConfig:
        message = CustomThemeConfig()
        fill(message, section)
        return message

    # Settings that are edited while the server runs count from then on.
    config.on_config_parsed(filled.cache_clear, force_connect=True)

    @wraps(fill)
    def merge(message: CustomThemeConfig, section: str = "theme") -> None:
        # A part of a message that has nothing to say is not to be said.
        if (known := filled(section)).ByteSize():
            message.MergeFrom(known)

    return merge


def _as_it_is(make: Callable[..., Any]) -> Callable[..., Any]:
    # Adds the triggers that came with the run, and a class made for each reading, for writing to it. The boards have no
    # triggers, and nobody writes to their values.
    @wraps(make)
    def presenter(*_: Any, **__: Any) -> Callable[[Any, Any], Any]:
        return lambda value, _session_state: value

    return presenter


def _never(ask: Callable[[], bool]) -> Callable[[], bool]:
    @wraps(ask)
    def never() -> bool:
        return False

    return never


SPARED: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    # The theme's settings, gathered from all settings there are: sent again with every run.
    ("streamlit.runtime.app_session", "_populate_theme_msg", _filled_once),
    # A chart's specification without the names that Altair counts up.
    ("streamlit.elements.vega_charts", "_stabilize_vega_json_spec", lru_cache(maxsize=512)),
    # What a reading of a component's value gives.
    ("streamlit.components.v2.bidi_component.main", "make_bidi_component_presenter", _as_it_is),
    # Whether the app was typed in at a prompt: the first element of all waits until the source of what runs is found.
    ("streamlit.env_util", "is_repl", _never),
)


@cache
def spare_runs() -> None:
    """Have Streamlit do what `SPARED` lists once, or not at all.

    None of these functions is public. A Streamlit that has one of them no more runs as it comes.
    """
    for module, name, spare in SPARED:
        with suppress(ImportError, AttributeError):
            found = importlib.import_module(module)
            setattr(found, name, spare(getattr(found, name)))
