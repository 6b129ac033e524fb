"""The page on batch size and minima shows what `core` measures, and says where runs are gone."""

import numpy as np
import pandas as pd
import pyarrow
import pytest

from core import batch_size_minima as core
from tests.conftest import Open, rerun
from ui.text import LANGUAGES, Words

STEM = "batch_size_minima"


def chart(app, name: str):
    alt = Words(STEM, app.session_state["language"])(f"charts.{name}.alt")
    [found] = [c.proto for c in app.get("vega_lite_chart") if c.proto.alt == alt]
    return found


def data(app, name: str, dataset: str) -> pd.DataFrame:
    [found] = [d.data.data for d in chart(app, name).datasets if d.name == dataset]
    return pyarrow.ipc.open_stream(found).read_all().to_pandas()


def texts(app) -> str:
    return "\n".join(element.value for element in app.markdown)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_shares_are_the_measured_ones(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, batch_rate="0.015", batch_noise="label", batch_seed="7", batch_batch="32")
    shown = data(app, "share", "points")
    found = core.escape(tuple(shown.x.astype(int)), learning_rate=0.015, noise="label", seed=7)
    np.testing.assert_allclose(shown[["y", "low", "high"]].T, [found.flat, found.low, found.high])
    row = core.at_size(found, 32)
    points = data(app, "runs", "points")
    for at, group in points.groupby("at"):
        np.testing.assert_allclose(np.sort(group.x), np.sort(found.path[row, round(at / 5)]))
    np.testing.assert_allclose(points.y, core.landscape(points.x))
    words = data(app, "runs", "texts")
    last = words[words["at"] == 100].text.tolist()
    assert last == [Words(STEM, lang)(f"texts.{basin}", n=counts[row, -1])
                    for basin, counts in (("sharp", found.in_sharp), ("flat", found.in_flat))]  # fmt: skip
    assert data(app, "share", "here").x.tolist() == [32]


def test_moving_the_batch_size_leaves_every_spec_as_it_is(open_page: Open) -> None:
    app = open_page(STEM)
    before = {name: chart(app, name).spec for name in ("runs", "share", "seen")}
    app.session_state["batch_batch"] = 12
    app.session_state["batch_rate"] = 0.03
    rerun(app)
    assert before == {name: chart(app, name).spec for name in before}


def test_the_batch_seen_is_what_the_run_goes_down(open_page: Open) -> None:
    app = open_page(STEM, batch_batch="16", batch_seed="3")
    shown = core.shaking(16, seed=3)
    moving, points = data(app, "seen", "moving"), data(app, "seen", "points")
    for update in (1, 17, 40):
        curve = moving[moving["at"] == update]
        np.testing.assert_allclose(curve.y, shown.seen[update - 1])
        ball = points[points["at"] == update]
        np.testing.assert_allclose(ball.x, shown.path[update - 1 : update + 1])
        np.testing.assert_allclose(ball.y, shown.height[update - 1])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_runs_that_are_gone_are_said_to_be(open_page: Open, lang: str) -> None:
    app = open_page(STEM, lang=lang, batch_rate="0.5", batch_batch="8")
    assert data(app, "share", "points").y.isna().all()
    assert data(app, "runs", "points").query("at == 100").empty
    said = Words(STEM, lang)("notice.diverged", share=1.0, limit=1 / 3, rate=0.5, lost=10.0)
    assert said in texts(app)


def test_holding_scales_the_rate_on_screen(open_page: Open) -> None:
    app = open_page(STEM, batch_hold="true", batch_batch="64")
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["learning rate at this B"] == "0.02"
    assert figures["updates at this B"] == "750"


def test_keskars_table_is_marked_as_published(open_page: Open) -> None:
    app = open_page(STEM, batch_tab="keskar")
    table = app.dataframe[0].value
    assert table.shape == (6, 8)
    assert table.iloc[0].tolist() == ["F1", "MNIST", "1.23", "205.14", "166.78", "98.03", "97.81", "0.22"]
    assert "Published, not measured here" in texts(app)
    assert "1609.04836" in app.caption[-2].value + app.caption[-1].value
