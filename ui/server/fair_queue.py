"""A queue in which clients take turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """A queue that serves clients in rounds: each one has one turn a round, also one that has come later.

    Examples
    --------
    >>> queue = FairQueue()
    >>> for item in ("A1", "A2", "A3"):
    ...     queue.put("A", item)
    >>> queue.get(lambda item: True)
    'A1'
    >>> queue.put("B", "B1")
    >>> [queue.get(lambda item: True) for _ in range(4)]
    ['B1', 'A2', 'A3', None]
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[T]] = {}
        # The clients that have had their turn in this round.
        self._served: set[str] = set()

    def put(self, client: str, item: T) -> None:
        """Add an item of a client."""
        self._waiting.setdefault(client, deque()).append(item)

    def get(self, is_wanted: Callable[[T], bool]) -> T | None:
        """Remove and return the oldest item of the client whose turn it is; None if there is no item.

        Items that are not wanted any more are removed, and are no turn.
        """
        for _ in range(2):  # this round and the next one
            for client in [client for client in self._waiting if client not in self._served]:
                items = self._waiting.pop(client)
                while items:
                    if is_wanted(item := items.popleft()):
                        self._served.add(client)
                        if items:
                            self._waiting[client] = items
                        return item
            self._served.clear()
        return None
