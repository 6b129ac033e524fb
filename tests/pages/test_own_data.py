"""One own table for all pages that take one: uploaded, pasted or chosen, and never outside of its session."""

import contextlib
import io
import re
from typing import Any

import numpy as np
import pytest
import streamlit as st
from sklearn.datasets import load_breast_cancer
from streamlit.testing.v1 import AppTest

from core import gd_sgd_minibatch, likelihood_sampling
from core.tables import MAX_BYTES
from tests.conftest import Open, address, all_data, errors, page_controls, refusal, rerun, tables, texts
from tests.pages.test_every_page import codes
from ui.page.job import JobMixin
from ui.page.markup import escape_markdown
from ui.server import startup
from ui.server.cache import cached
from ui.text import LANGUAGES, Words

# By page: the control that asks for a table, with the value that does, and the number of columns.
PAGES = {
    "softmax_stability": ("softmax_own", "true", 1),
    "cross_entropy_vs_kl": ("cross_preset", "own", 2),
    "likelihood_sampling": ("likelihood_source", "own", 1),
    "gd_sgd_minibatch": ("gd_problem", "own", 3),
    "bagging_vs_boosting": ("bagging_dataset", "own", 3),
    "precision_recall": ("precision_source", "own", 2),
}
every_page = pytest.mark.parametrize("stem", PAGES)
# The first two columns are distributions over 8 classes, the last one has two values.
ROWS = np.column_stack(
    [
        np.array([30517, 10007, 5003, 4001, 2003, 20011, 8009, 20449]) / 1e5,
        np.array([12539, 15013, 7001, 9001, 3001, 25013, 18013, 10419]) / 1e5,
        [0, 0, 1, 1, 0, 1, 0, 1],
    ]
)
NAMES = ("kimsalary", "leesalary", "parkgroup")
TABLE = "\n".join([",".join(NAMES), *(",".join(f"{cell:g}" for cell in row) for row in ROWS)])
# What must not leave the session.
SECRETS = (*NAMES, "0.30517", "0.12539", "payroll")


def open_own(open_page: Open, stem: str, **parameters: str) -> AppTest:
    control, code, _ = PAGES[stem]
    return open_page(stem, **{control: code} | parameters)


def upload(app: AppTest, content: str = TABLE) -> AppTest:
    return rerun(app, app.file_uploader[0].set_value(("payroll.csv", content.encode(), "text/csv")))


def paste(app: AppTest, text: str) -> AppTest:
    return rerun(app, app.text_area[0].set_value(text))


def columns(app: AppTest, stem: str) -> list[str]:
    """Return the chosen columns."""
    prefix = f"upload_{stem.split('_')[0]}_table_"
    return [box.value for box in app.selectbox if box.key.startswith(prefix)]


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def read(stem: str, lang: str, name: str, rows: int, n_columns: int) -> str:
    return escape_markdown(Words(stem, lang)("own.read", name=name, rows=rows, columns=n_columns))


@every_page
def test_own_data_never_leave_the_session(
    open_page: Open, stem: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    app = open_own(open_page, stem, **{f"{stem.split('_')[0]}_behind": "code"})
    before = all_data(app)
    # Ensembles need more rows than distributions may have classes.
    content = TABLE + "\n" + TABLE.partition("\n")[2] if stem == "bagging_vs_boosting" else TABLE
    upload(app, content)
    assert not errors(app)
    assert all_data(app) != before
    assert len(columns(app, stem)) == PAGES[stem][2]
    assert any(secret in text for secret in SECRETS for text in [captions(app), str(columns(app, stem))])
    for view in [*codes(stem, "tabs"), "headline"]:
        app.session_state[f"{stem.split('_')[0]}_tab"] = view
        assert not errors(rerun(app)), view
    links = str(address(app)) + "".join(str(box.value) for box in app.code if "http" in box.value)
    # A table that the page refuses, with text among its numbers.
    refused = upload(app, content.replace("0.30517", "0.30517 won").replace("0.12539", "payroll").replace("0\n", "x\n"))
    logged = caplog.text + "".join(capfd.readouterr())
    kept = [key for short in (True, False) for key in startup.jobs(short=short)._jobs]
    for secret in SECRETS:
        assert secret not in links + str(address(refused))
        assert secret not in logged
        assert not any(secret.encode() in key for key in kept)
    assert not any(np.float64(0.30517).tobytes() in key for key in kept)
    # Another session with the same link.
    other = open_own(open_page, stem, **{f"{stem.split('_')[0]}_behind": "code"})
    assert all_data(other) == before
    assert not any(secret in texts(other) + captions(other) for secret in SECRETS)
    assert columns(other, stem) == []


@pytest.mark.parametrize(
    ("stem", "functions"),
    [
        ("likelihood_sampling", [likelihood_sampling.run]),
        ("gd_sgd_minibatch", [gd_sgd_minibatch.level_sets]),
    ],
)
def test_results_of_own_data_are_not_kept_for_other_sessions(open_page: Open, stem: str, functions: list) -> None:
    app = open_own(open_page, stem)
    before = [cached(function).cache_info() for function in functions]
    assert not errors(upload(app))
    assert [cached(function).cache_info() for function in functions] == before


def test_the_table_stays_for_all_pages_until_it_is_removed(open_page: Open) -> None:
    app = upload(open_own(open_page, "gd_sgd_minibatch"))
    for stem, (control, code, count) in PAGES.items():
        app.switch_page(f"pages/{stem}.py")
        app.query_params[control] = code
        rerun(app)
        too_short = [refusal(Words(stem, "en"), "too_few_rows", kept=False, low=15, value=8)]
        assert errors(app) == (too_short if stem == "bagging_vs_boosting" else []), stem
        assert read(stem, "en", "payroll.csv", 8, 3) in captions(app), stem
        assert len(columns(app, stem)) == count
        assert not app.info, "the table is there"
    rerun(app, app.button(key="upload_precision_remove").click())
    assert columns(app, stem) == []
    assert "payroll" not in captions(app)
    app.switch_page("pages/gd_sgd_minibatch.py")
    app.query_params["gd_problem"] = "own"
    rerun(app)
    assert columns(app, "gd_sgd_minibatch") == []
    assert "payroll" not in captions(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pasted_cells_are_read_as_a_file_is(open_page: Open, lang: str) -> None:
    stem = "gd_sgd_minibatch"
    uploaded = all_data(upload(open_own(open_page, stem)))
    app = paste(open_own(open_page, stem, lang=lang), TABLE.replace(",", "\t"))
    assert not errors(app)
    assert all_data(app) == uploaded or lang == "ko"
    words = Words(stem, lang)
    assert read(stem, lang, words("own.pasted"), 8, 3) in captions(app)
    assert app.text_area[0].value in ("", None), "the field is ready for another table"
    shown = all_data(app)
    for text, code in (("1,2\n", "too_few_rows"), ("1," * (MAX_BYTES // 2 + 1), "too_large"), (" ", "empty_table")):
        [message] = errors(paste(app, text))
        assert message == refusal(words, code, kept=True, low=3, value=1, high=5)
        assert all_data(app) == shown, "the last table stays"
    assert not errors(paste(app, ""))
    # The same text again, after another table.
    upload(app, TABLE.replace("0.30517", "0.3"))
    assert all_data(app) != shown
    assert all_data(paste(app, TABLE)) == shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_preview_has_ten_rows_and_says_what_was_left_out(open_page: Open, lang: str) -> None:
    stem = "gd_sgd_minibatch"
    rows = "".join(f"{k},{k * k % 7}.5,{k % 5},name{k}\n" for k in range(30))
    app = paste(open_own(open_page, stem, lang=lang), f"Report of 2026\n\nx,y,z,who\n{rows}1,,2,b\n")
    words = Words(stem, lang)
    [shown] = tables(app)
    assert list(shown.columns) == ["y", "z", "x"], "the chosen columns first; the number of the row is the last choice"
    assert shown["y"].astype(float).tolist() == [k * k % 7 + 0.5 for k in range(10)]
    [label] = [box.label for box in app.expander if "10" in box.label]
    assert label == words("own.preview", shown=10, rows=30, shown_columns=3, columns=3)
    expected = [
        words("table.left_out", columns=words("table.reasons.text", name="who")),
        words("table.rows", used=30, count=1, line=34),
        words("table.before", count=1),
    ]
    assert all(escape_markdown(sentence) in captions(app) for sentence in expected)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("text", "commas", "values"),
    [("1,5\n2,5\n3,7\n", "columns", [5, 5, 7]), ("cm\n171,5\n168,2\n", "numbers", [171.5, 168.2])],
)
def test_decimal_comma_notes_name_the_reading_and_the_alternative(
    open_page: Open, text: str, commas: str, values: list[float], lang: str
) -> None:
    stem = "softmax_stability"
    app = paste(open_own(open_page, stem, lang=lang, softmax_behind="code"), text)
    assert not errors(app)
    sentence = Words(stem, lang)(f"table.commas.{commas}")
    assert escape_markdown(sentence) in captions(app)
    assert any(f"np.array({[float(value) for value in values]})" in block.value for block in app.code)
    [first_line] = re.findall("“(.*)”", sentence)
    paste(app, f"{first_line}\n{text}")
    assert not errors(app)
    assert escape_markdown(sentence) not in captions(app)
    otherwise = [1.5, 2.5, 3.7] if commas == "columns" else [171.0, 168.0]
    assert any(f"np.array({otherwise})" in block.value for block in app.code)


def test_a_data_set_is_shown_and_its_code_prints_the_same_figures(open_page: Open) -> None:
    app = open_own(open_page, "precision_recall", precision_behind="code", lang="en")
    rerun(app, app.selectbox(key="upload_precision_example").set_value("breast_cancer"))
    assert not errors(app)
    assert read("precision_recall", "en", "Breast cancer", 569, 31) in captions(app)
    assert columns(app, "precision_recall") == ["mean radius", "class"]
    [code] = [block.value for block in app.code if "example_csv" in block.value]
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "<the snippet>", "exec"), found := {})
    data = load_breast_cancer()
    malignant = data.target == list(data.target_names).index("malignant")
    radii = data.data[:, 0]
    assert sorted(found["sample"].scores[found["sample"].labels]) == sorted(radii[malignant])


def test_a_table_for_another_page_is_explained_here(open_page: Open) -> None:
    app = paste(open_own(open_page, "likelihood_sampling"), "\n".join(f"{k * k % 11}" for k in range(20)))
    assert not errors(app)
    app.switch_page("pages/gd_sgd_minibatch.py")
    app.query_params["gd_problem"] = "own"
    words = Words("gd_sgd_minibatch", "en")
    assert errors(rerun(app)) == [refusal(words, "too_few_columns", kept=False, low=3, value=1)]
    assert escape_markdown(words("own.unread", name=words("own.pasted"))) in captions(app)
    assert not errors(upload(app)), "another table replaces it"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_columns_that_are_no_distributions_are_refused_until_they_are_normalised(open_page: Open, lang: str) -> None:
    app = paste(open_own(open_page, "cross_entropy_vs_kl", lang=lang), "P\tQ\n3\t1\n1\t1\n")
    assert errors(app) == [refusal(Words("cross_entropy_vs_kl", lang), "not_normalised", kept=False, value=4)]
    app.session_state["cross_normalise"] = True
    assert not errors(rerun(app))
    assert "0.75" in page_controls(app)["cross_normalise_note"]["text"]


def test_a_removed_table_does_not_return_when_the_next_one_is_refused(open_page: Open) -> None:
    app = open_own(open_page, "cross_entropy_vs_kl")
    before = all_data(app)
    assert not errors(paste(app, "P\tQ\n0.3\t0.1\n0.7\t0.9\n"))
    rerun(app, app.button(key="upload_cross_remove").click())
    paste(app, "P\tQ\n3\t1\n1\t1\n")
    assert errors(app) == [refusal(Words("cross_entropy_vs_kl", "en"), "not_normalised", kept=False, value=4)]
    assert all_data(app) == before


def test_equal_logits_of_a_table_are_shown(open_page: Open) -> None:
    app = paste(open_own(open_page, "softmax_stability", softmax_behind="code"), "1000\n1000\n")
    assert not errors(app)
    assert any("np.array([1000.0, 1000.0])" in block.value for block in app.code)


def test_a_reading_that_a_rerun_interrupts_is_repeated(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    read_table = JobMixin.job
    interrupted = []

    def interrupt(page: JobMixin, name: str, *arguments: Any, **options: Any) -> Any:
        if name == "table" and not interrupted:
            interrupted.append(name)
            st.rerun()
        return read_table(page, name, *arguments, **options)

    app = open_own(open_page, "gd_sgd_minibatch")
    monkeypatch.setattr(JobMixin, "job", interrupt)
    upload(app)
    assert interrupted and columns(app, "gd_sgd_minibatch") == list(NAMES)
    del interrupted[:]
    paste(app, TABLE.replace("kim", "choi"))
    assert interrupted and columns(app, "gd_sgd_minibatch") == ["choisalary", *NAMES[1:]]
