"""The curves of a thumbnail are at the positions of their numbers."""

import base64
import html
import importlib
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from core.thumbnail import Thumbnail
from tests.conftest import Open
from ui.charts.sparkline import sparkline
from ui.registry import EXPLAINERS
from ui.text import LANGUAGES, Words


def paths(drawn: str) -> list[str]:
    """Return the curves of an image."""
    [source] = re.findall("src='data:image/svg.xml;base64,([^']*)'", drawn)
    return [path.attrib["d"] for path in ElementTree.fromstring(base64.b64decode(source)).findall("{*}path")]


def test_a_line_reaches_from_corner_to_corner() -> None:
    rising = Thumbnail(np.array([0.0, 1.0, 2.0]), {"a": np.array([5.0, 6.0, 7.0])})
    assert paths(sparkline(rising, "")) == ["M3.0 117.0L150.0 60.0L297.0 3.0"]


def test_a_logarithmic_axis_has_equal_factors_in_equal_steps() -> None:
    powers = Thumbnail(np.array([1.0, 10.0, 100.0]), {"a": np.array([1.0, 1e-3, 1e-6])}, log_x=True, log_y=True)
    assert paths(sparkline(powers, "")) == ["M3.0 3.0L150.0 60.0L297.0 117.0"]


def test_missing_values_leave_a_gap() -> None:
    y = np.array([1.0, 1.0, np.nan, 0.0, 0.0])
    [drawn] = paths(sparkline(Thumbnail(np.arange(5.0), {"a": y}), ""))
    assert drawn == "M3.0 3.0L76.5 3.0M223.5 117.0L297.0 117.0"


def test_curves_share_their_axis() -> None:
    drawn = paths(sparkline(Thumbnail(np.arange(2.0), {"a": np.array([0.0, 1.0]), "b": np.array([1.0, 2.0])}), ""))
    assert drawn == ["M3.0 117.0L297.0 60.0", "M3.0 60.0L297.0 3.0"]


@pytest.mark.parametrize("stem", [explainer.stem for explainer in EXPLAINERS])
def test_every_thumbnail_fits_its_image(stem: str) -> None:
    shown = importlib.import_module(f"core.{stem}").thumbnail()
    drawn = paths(sparkline(shown, ""))
    assert len(drawn) == len(shown.lines)
    points = np.array(re.findall(r"[ML]([\d.-]+) ([\d.-]+)", "".join(drawn)), float)
    assert len(points) == sum(np.isfinite(line).sum() for line in shown.lines.values())
    assert (points.min(0) == (3, 3)).all() and (points.max(0) == (297, 117)).all()


def test_the_alternative_text_is_escaped() -> None:
    assert "alt='Tom&#x27;s &lt;b&gt;'" in sparkline(Thumbnail(np.arange(2.0), {"a": np.arange(2.0)}), "Tom's <b>")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_home_shows_every_explainer(open_page: Open, lang: str) -> None:
    drawn = "".join(element.proto.body for element in open_page("home", lang=lang).get("html"))
    alts = re.findall("<img class='thumbnail' alt='([^']*)'", drawn)
    assert sorted(map(html.unescape, alts)) == sorted(
        Words(explainer.stem, lang)("thumbnail") for explainer in EXPLAINERS
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_home_names_the_axes_and_the_finding_of_every_thumbnail(open_page: Open, lang: str) -> None:
    home = open_page("home", lang=lang)
    drawn = html.unescape("".join(element.proto.body for element in home.get("html")))
    captions = [caption.value for caption in home.caption]
    for explainer in EXPLAINERS:
        words = Words(explainer.stem, lang)
        assert f"<p>↑ {words('thumbnail_y')}</p>" in drawn and f"<p>{words('thumbnail_x')} →</p>" in drawn
        assert {words("thumbnail_finding"), words("question")} <= set(captions)


def test_prerequisites_come_first() -> None:
    stems = [explainer.stem for explainer in EXPLAINERS]
    for index, explainer in enumerate(EXPLAINERS):
        assert set(explainer.builds_on) <= set(stems[:index])
