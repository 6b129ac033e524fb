"""What a link has prepared for its receiver: hidden pieces of the page, hidden controls and locked controls.

The parameters ``hide`` and ``lock`` are names separated by commas (``docs/links.md``).
"""

from __future__ import annotations

from collections.abc import Collection

from ui.controls import address

# The pieces of a page that a link can hide, beside the controls.
PIECES = ("predict", "challenges", "claims", "code")
HIDE, LOCK = "hide", "lock"
# The choice of the view is no control of the panel.
VIEW = {"tab"}


def hidden_names() -> set[str]:
    """Return the names of the pieces and controls that the link hides."""
    return _names(HIDE)


def locked_names() -> set[str]:
    """Return the names of the controls that the link locks: neither the user nor a scene changes them."""
    return _names(LOCK) - VIEW


def ignored_parameters(controls: Collection[str]) -> list[str]:
    """Return what the link asks for and a page with these ``controls`` does not have, as ``key=text``."""
    known = {HIDE: {*controls, *PIECES} - VIEW, LOCK: set(controls) - VIEW}
    unknown = [f"{key}={name}" for key, names in known.items() for name in sorted(_names(key) - names)]
    return unknown + [f"{key}={text}" for key, text in address.refused().items()]


def _names(key: str) -> set[str]:
    return {name.strip() for name in address.parameters().get(key, "").split(",") if name.strip()}
