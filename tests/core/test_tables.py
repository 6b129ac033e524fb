"""Uploaded tables: the output of Python's csv module is parsed, and invalid input is refused with a code."""

import contextlib
import csv
import io
import time
import tracemalloc

import numpy as np
import pytest
import sklearn.datasets
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets import EXAMPLES, example_csv
from core.tables import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Table, check_size, parse_table, read_table
from core.validate import InvalidArgument
from ui.server.jobs import Jobs
from ui.server.worker_pool import WorkerPool

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
    assert table.left_out == () and table.labels == {} and table.rows_left_out == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_korean_column_names_in_the_encodings_of_excel(encoding):
    table = parse_table("키,몸무게,나이\n170,65,20\n180,80,31\n160,50,4\n".encode(encoding))
    assert list(table.columns) == ["키", "몸무게", "나이"]


def test_unusable_columns_are_left_out_by_name():
    table = parse_table(b"name,x,y,z,gap,same\nann,1,2,4,1,7\nbob,2,3,5,,7\ncy,4,1,9,,7\n")
    assert list(table.columns) == ["x", "y", "z"]
    assert [(column.name, column.reason) for column in table.left_out] == [
        ("name", "text"),
        ("gap", "gaps"),
        ("same", "constant"),
    ]


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
        (b"a,b,c\n1,2,3\nx y,5,6\n7,8,9\n", "too_few_rows", {"value": 2}),
        (b"a,b,c\n1,2,3\nx y,5,6\nz,8,9\n4,3,2\nu,9,1\n", "text_cell", {"argument": "a", "row": 3, "value": "x y"}),
        (b"a,b,c\n1,2,3\n4,,6\n7,,9\n", "missing_cell", {"argument": "b", "row": 3}),
        (b"a,b,c\n1,2,3\n4,5,nan\n7,8,-inf\n", "missing_cell", {"argument": "c", "row": 3}),
        (b"1,2,1e999\n4,5,6\n7,8,9\n", "too_few_rows", {"value": 2}),
        (b"a,b,c\n1,2,3\n1,5,6\n1,8,9\n", "constant", {"argument": "a"}),
        (b"a,b\n1,2\n4,5\n7,8\n", "too_few_columns", {"value": 2, "low": 3}),
        (b"a,b,c\n1,2,3\n4,5\n7,8,9\n", "uneven_rows", {"row": 3, "value": 2, "expected": 3}),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe", "not_a_table", {}),
        (b"1,2,3\n" * (MAX_ROWS + 5), "too_many_rows", {"high": MAX_ROWS}),
        (b"1\n" * 1_000_000, "too_many_rows", {"value": 1_000_000}),
        (b"a,b,c\n" + b"1,2,3\r" * (MAX_ROWS + 1), "too_many_rows", {"value": MAX_ROWS + 1}),
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


SHARED = {"height": [163.6, 159.4, 168.0, 173.4], "weight": [59.7, 58.4, 51.3, 64.5], "age": [50.0, 18.0, 31.0, 57.0]}


def written(separator: str, *, comma: bool = False, header: bool = True) -> str:
    """Return the shared columns as text."""
    rows = [[f"{value:g}" for value in row] for row in zip(*SHARED.values(), strict=True)]
    if comma:
        rows = [[cell.replace(".", ",") for cell in row] for row in rows]
    return "\n".join(separator.join(row) for row in ([list(SHARED)] if header else []) + rows) + "\n"


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize(
    ("separator", "comma"), [(",", False), (";", False), (";", True), ("\t", True), ("|", False), (" ", False)]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949", "cp1252"])
def test_separators_decimal_marks_and_encodings(header, separator, comma, encoding):
    table = parse_table(written(separator, comma=comma, header=header).encode(encoding))
    assert list(table.columns) == (list(SHARED) if header else ["1", "2", "3"])
    assert [column.tolist() for column in table.columns.values()] == list(SHARED.values())
    assert table.named == header


def test_western_and_korean_names_in_legacy_encodings():
    assert list(parse_table("größe;prüfung;été\n1;2;3\n4;1;6\n7;8;2\n".encode("cp1252")).columns) == [
        "größe",
        "prüfung",
        "été",
    ]
    table = parse_table(
        "키,몸무게,합격\n150,50,아니오\n151,57,예\n155,54,예\n149,58,아니오\n".encode("cp949"), labels=True
    )
    assert list(table.columns) == ["키", "몸무게"] and table.labels["합격"].tolist() == ["아니오", "예", "예", "아니오"]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (['"1,000"', '"20,311"', '"1,234,567.5"'], [1000, 20311, 1234567.5]),
        (["$10.00", "$ 11.5", "-€3"], [10, 11.5, -3]),
        (["12.6%", "3 %", "0%"], [12.6, 3, 0]),
        (["−1.5", "2", "−3e2"], [-1.5, 2, -300]),
        (["1,5원".replace(",", "."), "2원", "3원"], [1.5, 2, 3]),
    ],
)
def test_marks_in_numbers(cells, numbers):
    lines = [f"{cell},{k},{k * k}" for k, cell in enumerate(cells, start=2)]
    table = parse_table("\n".join(["a,b,c", *lines]).encode())
    assert table.columns["a"].tolist() == numbers


@pytest.mark.parametrize("gap", ["", "NA", "N/A", "?", "-", "nan", "inf", "null", "x"])
def test_rows_with_a_gap_are_left_out_and_counted(gap):
    table = parse_table(f"a,b,c\n1,2,3\n\n2,{gap},1\n3,7,5\n4,1,2\n".encode())
    assert table.columns["b"].tolist() == [2, 7, 1]
    assert (table.rows_left_out, table.first_left_out) == (1, 4), "empty lines count"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("2019,2020,2021\n512.5,431,500\n498,520.5,505\n480,510,470.25\n", ["2019", "2020", "2021"]),
        ("0,1,2\n.5,-.25,.75\n1.5,2.5,-1.5\n.25,.5,1.25\n", ["0", "1", "2"]),
        ("1,2,3\n2,5,1\n4,1,7\n3,3,2\n", ["1", "2", "3"]),
    ],
)
def test_a_header_of_numbers_is_no_observation(text, names):
    table = parse_table(text.encode())
    assert list(table.columns) == names
    assert table.named == (names[0] != "1"), "1, 2, 3 among small whole numbers may be data"


def test_the_rows_of_a_file_without_names_are_all_observations():
    table = parse_table(
        b"5.0,3.0,1.4,kind-b\n5.1,3.2,1.5,kind-a\n5.2,3.1,1.1,kind-b\n4.9,2.9,1.2,kind-a\n", labels=True
    )
    assert table.columns["1"].tolist() == [5.0, 5.1, 5.2, 4.9]
    assert table.labels["4"].tolist() == ["kind-b", "kind-a", "kind-b", "kind-a"]


@pytest.mark.parametrize(
    ("text", "before", "left_out"),
    [
        ("sep=;\na;b;c\n1;2;3\n2;5;1\n3;7;2\n", 0, 0),
        ("# Station 12\n# Units: C\n\na,b,c\n1,2,3\n2,5,1\n3,7,2\n", 2, 0),
        ("Monthly report\na,b,c\n1,2,3\n2,5,1\n3,7,2\n", 1, 0),
        ("a,b,c\n1,2,3\n2,5,1\n3,7,2\nTotal,14,6\n", 0, 1),
        ("a,b,c\n1,2,3,\n2,5,1,\n3,7,2,\n", 0, 0),
        ('"a","b","c"\n"r1",1,2,3\n"r2",2,5,1\n"r3",3,7,2\n', 0, 0),
    ],
)
def test_lines_around_the_table(text, before, left_out):
    table = parse_table(text.encode())
    assert [table.columns[name].tolist() for name in "abc"] == [[1, 2, 3], [2, 5, 7], [3, 1, 2]]
    assert (table.lines_before, table.rows_left_out) == (before, left_out)


def test_the_class_is_labels_or_numbers_with_few_values():
    rows = "".join(f"{k},{k * k % 7 / 8},{k * 3 % 11 / 4},{k % 2},{'ab'[k % 2]}\n" for k in range(30))
    table = parse_table(f"id,x,y,code,kind\n{rows}".encode(), labels=True)
    assert table.class_names()[:2] == ["kind", "code"]
    assert list(table.columns)[-1] == "id", "the numbers of the rows come last"


def test_repeated_names_never_collide():
    table = parse_table(b"a,a (3),a\n1,2,3\n2,5,1\n3,7,2\n")
    assert len(table.columns) == 3 and list(table.columns)[0:2] != ["a", "a"]


def test_columns_with_many_gaps_are_left_out_instead_of_most_rows():
    rows = [[str(k * (j + 2) % 97) if k % 10 != j else "NA" for j in range(10)] for k in range(60)]
    rows = [["NA" if j > 4 and (k + j) % 4 else cell for j, cell in enumerate(row)] for k, row in enumerate(rows)]
    table = parse_table("\n".join([",".join("abcdefghij"), *(",".join(row) for row in rows)]).encode())
    assert list(table.columns) == list("abcde")
    assert {column.name for column in table.left_out} == set("fghij")
    assert table.rows_left_out == 30


@pytest.mark.parametrize(
    ("text", "column", "commas"),
    [
        ("1,5\n2\n3,7\n4,1", [1.5, 2, 3.7, 4.1], "numbers"),
        ("height\n171,5\n168,25\n180,0", [171.5, 168.25, 180], "numbers"),
        ("0,5\n0,25\n0,125", [0.5, 0.25, 0.125], "numbers"),
        ("1,5\n-0,5\n2,5", [1.5, -0.5, 2.5], "numbers"),
        ("1,5\nNA\n3,7\n4,1", [1.5, 3.7, 4.1], "numbers"),
        ("950원\n1,234원\n12,000원", [950, 1234, 12000], "numbers"),
        ("1,234.5\n950\n2,000,000", [1234.5, 950, 2e6], "numbers"),
        # Nothing tells how these are meant: two columns, as the separator of most files.
        ("1,5\n2,5\n3,7", [5, 5, 7], "columns"),
        ("1,234\n5,678\n9,012", [1, 5, 9], "columns"),
        ("1,-5\n2,5\n3,7", [-5, 5, 7], None),
        ("x,y\n4,5\n2,5\n3,7", [4, 2, 3], None),
        ("5, 1\n2, 5\n3, 7", [5, 2, 3], None),
        ("1;5\n2;5,5\n3;7", [5, 5.5, 7], None),
        # R writes the numbers of the rows below no name.
        ("height\n1,171\n2,168\n3,180", [171, 168, 180], "columns"),
        ("sep=;\n1,5\n2,5\n3,7", [1.5, 2.5, 3.7], None),
        ("sep=,\nheight\n171,5\n168,2\n180,1", [171, 168, 180], None),
        ("-,5\n-,7\n,3", [5, 7, 3], "columns"),
    ],
)
def test_commas_of_a_single_column_are_decimal_or_separators(text, column, commas):
    for newline in ("\n", "\r\n"):
        table = parse_table(text.replace("\n", newline).encode(), min_columns=1)
        assert next(iter(table.columns.values())).tolist() == column
        assert table.commas == commas


@given(
    numbers=st.lists(st.integers(-9999, 9999), min_size=4, max_size=20).filter(lambda found: len(set(found)) > 1),
    named=st.booleans(),
)
@settings(deadline=None)
def test_decimal_commas_are_read_back_or_reported_as_separators(numbers, named):
    written = [f"{number / 100:g}".replace(".", ",") for number in numbers]
    try:
        table = parse_table("\n".join(["x"] * named + written).encode(), min_columns=1)
    except InvalidArgument:
        # Read as two columns, of which neither has different values.
        assert all("," in cell for cell in written)
        return
    if table.commas == "columns":
        assert all("," in cell for cell in written)
    else:
        assert table.columns["x" if named else "1"].tolist() == [number / 100 for number in numbers]


def test_many_spaces_in_cells_take_no_time():
    began = time.perf_counter()
    with contextlib.suppress(InvalidArgument):
        parse_table(("1,2,a" + " " * 10_000 + "b\n").encode() * 4, labels=True)
    assert time.perf_counter() - began < 5, "half a minute, if spaces were passed again from each of them"


def test_underscores_are_no_numbers():
    assert parse_table(b"a,b,c\n1_000,2,3\n2,5,1\n3,7,2\n4,1,9\n").columns["a"].tolist() == [2, 3, 4]


def test_table_read_in_a_worker_process_is_the_same() -> None:
    data = b"a,b,kind\n1,2,u\n2,5,v\n3,7,u\n4,1,v\n"
    jobs = Jobs(WorkerPool(1))

    def read(data: bytes) -> Table:
        result: Table = jobs.compute(read_table, {"data": data, "labels": True}, lambda _: None, cached=False)
        return result

    there, here = read(data), parse_table(data, labels=True)
    assert {name: column.tolist() for name, column in there.columns.items()} == {"b": [2, 5, 7, 1], "a": [1, 2, 3, 4]}
    assert there.labels["kind"].tolist() == here.labels["kind"].tolist()
    with pytest.raises(InvalidArgument) as refused:
        read(b"")
    assert refused.value.code == "empty_table"


LARGE = MAX_BYTES - 1000


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [
        b"a" * LARGE,
        b'"' + b"a," * (LARGE // 2),
        (",".join("abc" for _ in range(200)) + "\n" + ("1.234," * 199 + "1.2\n") * 4100).encode()[:LARGE],
        ("x;y\n" + ("1,111" * 45 + ";" + "2,222" * 45 + "\n") * 9900).encode(),
    ],
    ids=["one cell", "open quote", "many columns", "long numbers"],
)
def test_the_largest_files_need_little_memory(data: bytes) -> None:
    check_size(data)
    tracemalloc.start()
    with contextlib.suppress(InvalidArgument):
        parse_table(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30 * MAX_BYTES


@pytest.mark.parametrize("text", ["1000\n1000\n", "logit\n1000\n1000\n", "1000\r\n1000"])
def test_columns_that_are_vectors_may_be_short_and_equal(text):
    [column] = parse_table(text.encode(), min_columns=1, vectors=True).columns.values()
    assert column.tolist() == [1000, 1000]
    with pytest.raises(InvalidArgument) as refused:
        parse_table(text.encode(), min_columns=1)
    assert refused.value.code == "too_few_rows"
    with pytest.raises(InvalidArgument) as refused:
        parse_table(b"1000\n", min_columns=1, vectors=True)
    assert (refused.value.code, refused.value.details["low"]) == ("too_few_rows", 2)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_a_table_without_anything_left_out(name):
    table = parse_table(example_csv(name), labels=True)
    assert not table.left_out and not table.rows_left_out and not table.lines_before
    data = getattr(sklearn.datasets, f"load_{name}")(**({"scaled": False} if name == "diabetes" else {}))
    *features, target = [*table.columns, *table.labels]
    if name == "digits":
        np.testing.assert_allclose(table.columns["brightness"], data.data.mean(axis=1) / 16, atol=5e-5)
        bottom = 2 * table.columns["brightness"] - table.columns["upper half"]
        np.testing.assert_allclose(bottom, data.images[:, 4:].mean(axis=(1, 2)) / 16, atol=2e-4)
    else:
        np.testing.assert_array_equal(np.column_stack([table.columns[name] for name in features]), data.data)
    expected = data.target_names[data.target] if target in table.labels else data.target
    np.testing.assert_array_equal(table.values(target), expected)
