"""The search for the largest class that a machine serves well."""

import asyncio

import pytest

from bench.users import FIRST, LARGEST, LIMIT, largest


@pytest.mark.parametrize(("capacity", "found"), [(10, 0), (130, 120), (FIRST, FIRST), (10**6, LARGEST)])
def test_the_largest_class_within_the_limit_is_found(capacity: int, found: int) -> None:
    measured = []

    async def measure(count: int) -> list[float]:
        measured.append(count)
        # A single slow measurement, such as one that another program has disturbed, does not count.
        disturbed = measured.count(count) == 1
        return [0.01, LIMIT if count <= capacity and not disturbed else 2 * LIMIT]

    count, durations = asyncio.run(largest(measure))
    assert count == found
    assert durations == ([0.01, LIMIT] if found else [])
