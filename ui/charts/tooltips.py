"""Tooltips in the page's language, with rounded values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Four significant digits, without trailing zeros.
FORMAT = ".4~g"


def complete_tooltips(specification: Any, names: Mapping[str, str]) -> None:
    """Give each tooltip of a specification a title, and each quantitative one a format, where it has none.

    Parameters
    ----------
    specification : dict or list
        A Vega-Lite specification or a part of one; it is changed in place.
    names : mapping of str to str
        The titles, by field.

    Examples
    --------
    >>> point = {"encoding": {"tooltip": {"field": "low", "type": "quantitative"}}}
    >>> complete_tooltips(point, {"low": "interval from"})
    >>> point["encoding"]["tooltip"]
    {'field': 'low', 'type': 'quantitative', 'title': 'interval from', 'format': '.4~g'}
    """
    if isinstance(specification, list):
        for part in specification:
            complete_tooltips(part, names)
    elif isinstance(specification, dict):
        if isinstance(encoding := specification.get("encoding"), dict) and "tooltip" in encoding:
            given = encoding["tooltip"]
            for definition in given if isinstance(given, list) else [given]:
                if not definition.get("title"):
                    definition["title"] = names[definition["field"]]
                if definition["type"] == "quantitative":
                    definition.setdefault("format", FORMAT)
        for part in specification.values():
            complete_tooltips(part, names)
