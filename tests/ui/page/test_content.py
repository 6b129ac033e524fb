"""Texts, tables and columns of a view, outside of the picture."""

from streamlit.testing.v1 import AppTest

from tests.conftest import tables


def app() -> None:
    import streamlit as st

    from ui.page import Page

    page = Page("softmax_stability", "en")
    page.text("a paragraph with **bold**")
    page.caption("a remark")
    page.code_block("x = 1")
    page.table({"name": ["a<b", "b"], "value": [1.0, 2.0]})
    cells = page.columns(2, rows=2)
    for number, cell in enumerate(cells):
        with cell:
            st.write(f"cell {number}")


def test_each_element_is_shown() -> None:
    shown = AppTest.from_function(app).run()
    assert not shown.exception
    assert shown.markdown[0].value == "a paragraph with **bold**"
    assert shown.caption[0].value == "a remark"
    assert shown.code[0].value == "x = 1"
    [table] = tables(shown)
    assert table.to_dict("list") == {"name": ["a<b", "b"], "value": ["1.0", "2.0"]}


def test_columns_are_filled_row_by_row() -> None:
    shown = AppTest.from_function(app).run()
    assert [[text.value for text in column.markdown] for column in shown.columns] == [
        ["cell 0"],
        ["cell 1"],
        ["cell 2"],
        ["cell 3"],
    ]
