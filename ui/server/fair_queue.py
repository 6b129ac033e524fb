"""A queue in which clients take turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """A queue of clients, each with its items: one item of the first client is served, and the client goes to the end.

    So an item waits for at most one item of each client that waits already, and not for clients that come later.

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
        # The client that was served last, with its other items. It goes behind those that have come since.
        self._served: dict[str, deque[T]] = {}

    def put(self, client: str, item: T) -> None:
        """Add an item of a client."""
        clients = self._served if client in self._served else self._waiting
        clients.setdefault(client, deque()).append(item)

    def get(self, is_wanted: Callable[[T], bool]) -> T | None:
        """Remove and return the oldest item of the client whose turn it is; None if there is no item.

        Items that are not wanted any more are removed, and are no turn.
        """
        self._waiting |= {client: items for client, items in self._served.items() if items}
        self._served = {}
        while self._waiting:
            client = next(iter(self._waiting))
            items = self._waiting.pop(client)
            while items:
                if is_wanted(item := items.popleft()):
                    self._served = {client: items}
                    return item
        return None
