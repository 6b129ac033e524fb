"""Clients take turns, and none waits for ever."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ui.server.fair_queue import FairQueue


def test_cancelled_items_take_no_turn() -> None:
    queue = FairQueue[str]()
    for client, item in (("A", "A1"), ("B", "cancelled"), ("B", "B1"), ("A", "A2"), ("C", "cancelled")):
        queue.put(client, item)
    assert [queue.get(lambda item: item != "cancelled") for _ in range(4)] == ["A1", "B1", "A2", None]


def test_a_second_item_does_not_wait_for_later_clients() -> None:
    queue = FairQueue[str]()
    for client in "AB":
        queue.put(client, f"{client}1")
        assert queue.get(lambda item: True) == f"{client}1"
    for client in "AC":
        queue.put(client, f"{client}2")
    assert [queue.get(lambda item: True) for _ in range(2)] == ["A2", "C2"]


@settings(derandomize=True)
@given(st.lists(st.sampled_from([*"ABC", None]), max_size=60))
def test_other_clients_have_at_most_two_turns_while_a_client_waits(steps: list[str | None]) -> None:
    """A step adds an item of a client, or serves one."""
    queue, waiting, since = (
        FairQueue[str](),
        dict.fromkeys("ABC", 0),
        {client: dict.fromkeys("ABC", 0) for client in "ABC"},
    )
    for step in steps:
        if step is not None:
            queue.put(step, step)
            waiting[step] += 1
            continue
        served = queue.get(lambda item: True)
        assert (served is None) == (not any(waiting.values()))
        if served is None:
            continue
        waiting[served] -= 1
        for client, turns in since.items():
            turns[served] += 1
            if client == served or not waiting[client]:
                turns.update(dict.fromkeys("ABC", 0))
            assert max(turns.values()) <= 2
