"""Frames become the Arrow tables that pyarrow itself would make."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ui.charts.arrow import stream, table

columns = st.one_of(
    st.lists(st.floats()),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1),
    st.lists(st.booleans(), min_size=1),
    st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")), min_size=1),
)


@given(columns)
def test_a_column_equals_pyarrows(values: list) -> None:
    # pyarrow cannot infer a type from nothing but nan.
    only_nan = all(value != value for value in values)
    expected = pa.array(values, pa.float64() if only_nan else None, from_pandas=True)
    made = table({"x": values})
    made.validate(full=True)
    assert made.column("x").combine_chunks().equals(expected)
    assert table({"x": np.array(values)}).equals(made)


def test_smaller_types_and_views_are_converted() -> None:
    whole = np.arange(12, dtype=np.float32)
    made = table({"x": whole[::2], "n": np.arange(6, dtype=np.int8)})
    assert made.to_pydict() == {"x": [0, 2, 4, 6, 8, 10], "n": [0, 1, 2, 3, 4, 5]}


def test_a_stream_contains_the_table() -> None:
    frame = {"x": [1.0, float("nan")], "name": ["α", "b"]}
    assert pa.ipc.open_stream(stream(frame)).read_all().equals(table(frame))
