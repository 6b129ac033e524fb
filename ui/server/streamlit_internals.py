"""All uses of private parts of Streamlit.

Each function names the private part that it uses and what the app loses without it. All of it can be switched off with
``EXPLAINERS_STREAMLIT_INTERNALS=0``: the app then works the same, only slower, except that Back and Forward do not
restore the controls. `missing` lists the parts that the installed Streamlit no longer has.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from typing import Any

from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

# Every part below was read in the source of this version.
CHECKED_VERSION = "1.67.0"

# The private parts, as (module, dotted name in it).
PARTS = (
    ("streamlit.runtime.runtime", "Runtime._get_async_objs"),
    ("streamlit.runtime.scriptrunner_utils.script_run_context", "ScriptRunContext.is_history_navigation"),
)


def enabled() -> bool:
    """Return whether private parts of Streamlit may be used."""
    return os.environ.get("EXPLAINERS_STREAMLIT_INTERNALS") != "0"


def missing() -> list[str]:
    """Return the private parts that the installed Streamlit does not have, as dotted names."""
    lost = []
    for module, path in PARTS:
        try:
            found: Any = importlib.import_module(module)
            for name in path.split("."):
                # A field of a dataclass without a default is not an attribute of its class.
                fields = getattr(found, "__dataclass_fields__", {})
                found = fields[name] if name in fields else getattr(found, name)
        except (ImportError, AttributeError):
            lost.append(f"{module}.{path}")
    return lost


def server_event_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that sends messages to browsers; None if there is none, as in tests of a page.

    Private part: ``Runtime._get_async_objs``. Without it, a run ends its turn slightly too early.
    """
    if not enabled():
        return None
    get_objects = getattr(get_instance(), "_get_async_objs", None)
    loop = getattr(get_objects(), "eventloop", None) if get_objects else None
    return loop if isinstance(loop, asyncio.AbstractEventLoop) else None


def is_history_navigation() -> bool:
    """Return whether the browser's Back or Forward button started this run.

    Private part: ``ScriptRunContext.is_history_navigation``. Without it, Back and Forward change the address but not
    the controls.
    """
    return enabled() and bool(getattr(get_script_run_ctx(suppress_warning=True), "is_history_navigation", False))
