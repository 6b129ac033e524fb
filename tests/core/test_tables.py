"""Uploaded tables: the output of Python's csv module is parsed, and invalid input is refused with a code."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tables import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, parse_table
from core.validate import InvalidArgument

GOOD = b"height,weight,age\n170,65,20\n180,80.5,31\n160,5e1,-4\n"


@given(
    table=st.lists(st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=3), min_size=3, max_size=20).filter(
        lambda rows: all(len(set(column)) > 1 for column in zip(*rows, strict=True))
    ),
    separator=st.sampled_from(",;\t"),
    newline=st.sampled_from(["\n", "\r\n"]),
    header=st.booleans(),
)
@settings(deadline=None)
def test_output_of_the_csv_module_is_parsed(table, separator, newline, header):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=newline)
    if header:
        writer.writerow(["a", "b, or c", 'd "quoted"'])
    writer.writerows(table)
    read = parse_table(out.getvalue().encode())
    names = ["a", "b, or c", 'd "quoted"'] if header else ["1", "2", "3"]
    # Commas in a quoted column name must not affect the choice of the separator.
    assert list(read.columns) == names
    np.testing.assert_array_equal(np.column_stack(list(read.columns.values())), table)


def test_valid_table():
    table = parse_table(GOOD)
    assert list(table.columns) == ["height", "weight", "age"]
    np.testing.assert_array_equal(table.columns["weight"], [65, 80.5, 50])
    assert table.left_out == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_korean_column_names_in_the_encodings_of_excel(encoding):
    table = parse_table("키,몸무게,나이\n170,65,20\n180,80,31\n160,50,4\n".encode(encoding))
    assert list(table.columns) == ["키", "몸무게", "나이"]


def test_unusable_columns_are_left_out_by_name():
    table = parse_table(b"name,x,y,z,gap,same\nann,1,2,4,1,7\nbob,2,3,5,,7\ncy,4,1,9,2,7\n")
    assert list(table.columns) == ["x", "y", "z"]
    assert table.left_out == ("name", "gap", "same")


def test_column_names_are_made_unique_and_short():
    table = parse_table(b"x,x,," + b"q" * 100 + b"\n1,2,3,4\n2,3,4,5\n5,6,7,9\n")
    assert list(table.columns) == ["x", "x (2)", "3", "q" * 40]


@pytest.mark.parametrize(
    ("data", "code", "details"),
    [
        (b"", "empty_table", {}),
        (b" \n\n ", "empty_table", {}),
        ("\ufeff".encode(), "empty_table", {}),
        (b",,,\n,,\n", "empty_table", {}),
        (b"just some text", "too_few_rows", {"value": 0}),
        (b"a,b,c\n1,2,3\n", "too_few_rows", {"value": 1}),
        (b"1,2,3\n", "too_few_rows", {"value": 1}),
        (b"a,b,c\n1,2,3\nx y,5,6\n7,8,9\n", "text_cell", {"argument": "a", "row": 3, "value": "x y"}),
        (b"a,b,c\n1,2,3\n4,,6\n7,8,9\n", "missing_cell", {"argument": "b", "row": 3}),
        (b"a,b,c\n1,2,3\n4,5,nan\n7,8,9\n", "missing_cell", {"argument": "c", "row": 3}),
        (b"a,b,c\n1,2,3\n4,5,-inf\n7,8,9\n", "missing_cell", {"argument": "c"}),
        (b"1,2,1e999\n4,5,6\n7,8,9\n", "missing_cell", {"argument": "3", "row": 1}),
        (b"a,b,c\n1,2,3\n1,5,6\n1,8,9\n", "constant", {"argument": "a"}),
        (b"a,b\n1,2\n4,5\n7,8\n", "too_few_columns", {"value": 2, "low": 3}),
        (b"a,b,c\n1,2,3\n4,5\n7,8,9\n", "not_a_table", {}),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe", "not_a_table", {}),
        (b"1,2,3\n" * (MAX_ROWS + 5), "too_many_rows", {"high": MAX_ROWS}),
        (b"1\n" * 1_000_000, "too_many_rows", {"value": 1_000_000}),
        (b"a,b,c\n" + b"1,2,3\r" * (MAX_ROWS + 1), "too_many_rows", {"value": MAX_ROWS + 2}),
        (b"1," * MAX_BYTES, "too_large", {"high": MAX_BYTES // 1_000_000}),
        (b"1," * MAX_COLUMNS + b"1\n", "too_many_columns", {"value": MAX_COLUMNS + 1}),
    ],
)
def test_invalid_tables_are_refused(data, code, details):
    with pytest.raises(InvalidArgument) as refused:
        parse_table(data)
    assert refused.value.code == code
    assert {name: refused.value.details[name] for name in details} == details


def test_formulas_are_treated_as_text():
    with pytest.raises(InvalidArgument) as refused:
        parse_table(b'a,b,c\n"=cmd|\' /C calc\'!A0",2,3\n__import__("os"),5,6\n7,8,9\n')
    assert refused.value.code == "text_cell"


@given(data=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_table_or_a_refusal(data):
    try:
        table = parse_table(data)
    except InvalidArgument:
        return
    assert len(table.columns) >= 3
    for column in table.columns.values():
        assert np.isfinite(column).all()
        assert np.ptp(column) > 0
