"""Every chart says what its axes show."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Open
from tests.pages.states import CHEAPEST
from ui.charts.titles import BELOW, LETTER
from ui.registry import EXPLAINERS
from ui.text import LANGUAGES, codes

STEMS = [explainer.stem for explainer in EXPLAINERS]


def encodings(specification: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the channel and its definition for all position channels with an axis, in all layers."""
    if isinstance(specification, dict):
        for channel in ("x", "y"):
            definition = specification.get("encoding", {}).get(channel)
            if isinstance(definition, dict) and "field" in definition and definition.get("axis", {}) is not None:
                yield channel, definition
        for inner in specification.values():
            yield from encodings(inner)
    elif isinstance(specification, list):
        for inner in specification:
            yield from encodings(inner)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("stem", STEMS)
def test_axes_have_titles(open_page: Open, stem: str, lang: str) -> None:
    prefix = stem.split("_")[0] + "_"
    for view in codes(stem, "tabs"):
        app = open_page(stem, lang=lang, **CHEAPEST.get(stem, {}) | {f"{prefix}tab": view})
        for chart in app.get("vega_lite_chart"):
            specification = json.loads(chart.proto.spec)
            titles: dict[str, set[str]] = {}
            for channel, definition in encodings(specification):
                if definition.get("type") == "quantitative":  # categories are named at their ticks
                    title = definition.get("title") or definition.get("axis", {}).get("title") or ""
                    lines = title if isinstance(title, list) else [title]
                    titles.setdefault(channel, set()).add(" ".join(lines))
                    # Only layers are counted downwards, from the input on.
                    reverse = channel == "y" and (definition.get("scale") or {}).get("reverse")
                    assert not reverse or stem == "vanishing_gradients", (view, title)
                    height = specification.get("height")
                    if channel == "y" and isinstance(height, int):
                        # Vega shrinks an axis by what its title is too long, in the worst case to nothing.
                        longest = max(len(line) + sum("가" <= letter <= "힣" for letter in line) for line in lines)
                        assert longest * LETTER <= 1.1 * (height - BELOW), (view, title)
            # A layer without a title, such as a rule, shares the axis of another one.
            unnamed = [channel for channel, found in titles.items() if not any(found)]
            assert not unnamed, (view, chart.proto.alt)
