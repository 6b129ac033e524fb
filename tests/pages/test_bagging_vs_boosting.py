"""The controls of the page on bagging and boosting, and the user's own table."""

import re
from functools import partial

import numpy as np
import pytest

from tests.conftest import Open, data_of, errors, rerun, texts
from ui.text import LANGUAGES, Words

STEM = "bagging_vs_boosting"
data = partial(data_of, STEM)


def test_both_methods_have_the_same_depth_unless_boosting_gets_its_own(open_page: Open) -> None:
    same, apart = open_page(STEM, bagging_depth="1"), open_page(STEM, bagging_depth="1", bagging_boost_depth="3")
    lines = [data(app, "errors", "lines") for app in (same, apart)]
    bagging, boosting = (
        [frame[frame.series.str.startswith(name)].y.to_numpy() for frame in lines] for name in ("Bagging", "AdaBoost")
    )
    np.testing.assert_array_equal(*bagging)
    assert not np.array_equal(*boosting)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("tab", ["redrawn", "bias", "floor"])
def test_views_that_need_a_population_are_unavailable_for_real_data(open_page: Open, lang: str, tab: str) -> None:
    app = open_page(STEM, lang=lang, bagging_dataset="wine", bagging_tab=tab)
    assert [box.value for box in app.info] == [Words(STEM, lang)("only_populations")]


def table(rows: int, seed: int = 0) -> bytes:
    rng = np.random.default_rng(seed)
    lines = [f"{a:.3f},{b:.3f},{int(a + b > 0)}" for a, b in rng.normal(size=(rows, 2))]
    return "\n".join(["left,right,class", *lines]).encode()


def upload(app, content: bytes):
    app.file_uploader[0].set_value([("own.csv", content, "text/csv")])
    return rerun(app)


def captions(app) -> str:
    return "\n".join(caption.value for caption in app.caption)


def test_ensembles_are_fitted_to_an_uploaded_table(open_page: Open) -> None:
    app = upload(open_page(STEM, bagging_dataset="own"), table(100))
    assert not errors(app)
    assert len(data(app, "votes", "points")) == 2 * 70, "70 % of the rows, on both sides"
    assert "left (across), right (up)" in captions(app)
    app = rerun(app, app.selectbox(key="upload_bagging_table_second_['left', 'right', 'class']").set_value("left"))
    assert "left (across), left (up)" in captions(app)


@pytest.mark.parametrize("tab", ["redrawn", "bias", "floor", "noise"])
def test_views_that_need_a_population_are_unavailable_for_an_uploaded_table(open_page: Open, tab: str) -> None:
    app = upload(open_page(STEM, bagging_dataset="own", bagging_n="50"), table(100))
    app.session_state["bagging_tab"] = tab
    assert [box.value for box in rerun(app).info] == [Words(STEM, "en")("only_populations")]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_table"), (table(5), "too_few_rows"), (b"a,b,c\n1,2,3\n1,2,4\n1,3,5\n", "constant")],
)
def test_an_invalid_table_is_explained_and_the_picture_stays(open_page: Open, content: bytes, code: str) -> None:
    app = upload(open_page(STEM, bagging_dataset="own"), content)
    [message] = errors(app)
    shape = Words(STEM, "en")(f"errors.{code}").split("{")[0]
    assert message.startswith(shape)
    assert message.endswith(Words(STEM, "en")("refused.unused"))
    assert len(data(app, "votes", "points")) == 2 * 300, "moons, until there is a table"


def flowers(rows: int = 60) -> bytes:
    rng = np.random.default_rng(1)
    lines = [
        f"{a + k % 3:.2f},{b:.2f},{c:.2f},{'rgb'[k % 3]}*" for k, (a, b, c) in enumerate(rng.normal(size=(rows, 3)))
    ]
    return "\n".join(["long,wide,deep,kind", *lines]).encode()


def test_a_class_of_text_is_the_default_and_its_values_are_named(open_page: Open) -> None:
    app = upload(open_page(STEM, bagging_dataset="own"), flowers())
    assert not errors(app)
    assert [box.value for box in app.selectbox if box.key.startswith("upload_bagging_table_")] == [
        "long",
        "wide",
        "kind",
    ]
    shown = "\n".join(caption.value for caption in app.caption)
    assert "kind = b\\*" in shown and "20 of 60" in shown, "cells are shown as text, not as Markdown"


def test_the_snippet_of_an_own_table_prints_the_figures_on_screen(
    open_page: Open, tmp_path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    content = flowers(400)
    app = upload(
        open_page(
            STEM,
            bagging_dataset="own",
            bagging_flip="0.2",
            bagging_seed="4",
            bagging_trees="20",
            bagging_n="100",
            bagging_behind="code",
        ),
        content,
    )
    (tmp_path / "own.csv").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    [snippet] = [block.value for block in app.code if "parse_table" in block.value]
    exec(compile(snippet, "snippet", "exec"), {})
    printed = [f"{float(error):.1%}" for error in re.findall(r"test error (\S+)", capsys.readouterr().out)]
    assert len(printed) == 2
    assert all(figure in texts(app) for figure in printed)
