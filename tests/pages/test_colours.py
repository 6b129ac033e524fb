"""Marks of one chart can be told apart by colour-blind users: by colour, or by shape or dash pattern besides."""

import itertools
import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Open
from tests.pages.states import CHEAPEST
from tests.pages.test_every_page import codes, pages, prefix
from tests.ui.charts.colour_vision import ciede2000, lab_of_deuteranopes, over
from ui.charts import theme
from ui.registry import ROOT

THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
DIFFERENCE = 10


def scales(specification: Any) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Yield the colours of each encoding by category, and its shapes or dash patterns, if it has any."""
    if isinstance(specification, dict):
        encoding = specification.get("encoding", {})
        for channel in ("fill", "color", "stroke"):
            scale = (encoding.get(channel) or {}).get("scale") or {}
            domain = scale.get("domain")
            # The domain of a continuous scale is numbers.
            if isinstance(scale.get("range"), list) and isinstance(domain, list) and isinstance(domain[0], str):
                besides = [encoding[other]["scale"] for other in ("shape", "strokeDash") if other in encoding]
                marks = {name: tuple(s["range"][k]) for s in besides for k, name in enumerate(s["domain"])}
                yield dict(zip(scale["domain"], scale["range"], strict=False)), marks
        for part in specification.values():
            yield from scales(part)
    elif isinstance(specification, list):
        for part in specification:
            yield from scales(part)


def shared_scales(specification: Any) -> Iterator[list[tuple[str, ...]]]:
    """Yield the categories of layers that differ but share one scale: Vega then ignores the colours of all but one."""
    layers = specification.get("layer", [])
    found = [scale["domain"] for layer in layers if (scale := layer.get("encoding", {}).get("color", {}).get("scale"))]
    domains = [tuple(domain) for domain in found if isinstance(domain, list)]
    shared = specification.get("resolve", {}).get("scale", {}).get("color") != "independent"
    if shared and len(set(domains)) > 1:
        yield domains


def has_text_colours_of_the_theme(specification: dict[str, Any]) -> bool:
    """Return whether texts are drawn in the page's text colour as SVG, and in no such colour on a canvas."""
    renderer = specification["usermeta"]["embedOptions"]["renderer"]
    drawn = {key: value for key, value in specification.items() if key != "config"}
    return renderer == "svg" or (renderer == "canvas" and theme.INK not in json.dumps(drawn))


def symbol(name: str) -> str:
    """Return the symbol with which the name of a state begins: it is written in the state's cells."""
    return "" if name[0].isalnum() else name[0]


def difference(one: str, other: str, background: str) -> float:
    return ciede2000(*(lab_of_deuteranopes(over(colour, background)) for colour in (one, other)))


@pages
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_marks_differ_for_deuteranopes(open_page: Open, stem: str, mode: str) -> None:
    background, close = THEMES[mode]["backgroundColor"], []
    for view in codes(stem, "tabs"):
        app = open_page(stem, lang="en", **CHEAPEST.get(stem, {}) | {f"{prefix(stem)}tab": view})
        for chart in app.get("vega_lite_chart"):
            specification = json.loads(chart.proto.spec)
            found = list(scales(specification))
            assert list(shared_scales(specification)) == []
            assert has_text_colours_of_the_theme(specification), view
            # A band and an interval have the colour of their curve or point, which has a pattern or a shape.
            marks = {name: mark for _, named in found for name, mark in named.items()}
            for colours, _ in found:
                for one, other in itertools.combinations(colours, 2):
                    if marks.get(one, symbol(one)) == marks.get(other, symbol(other)):
                        apart = difference(colours[one], colours[other], background)
                        if apart < DIFFERENCE:
                            close.append((view, one, other, round(apart, 1)))
    assert close == []
