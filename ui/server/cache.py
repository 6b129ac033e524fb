"""Results that all sessions share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@cache
def cached(function: F, *, entries: int = 64) -> F:
    """Return ``function`` with a cache of its last results, for all sessions.

    Its arguments are hashable, and its results are read and never changed: unlike `st.cache_data`, this neither copies
    results nor hashes arguments by content, on every rerun. Computations that take seconds belong in `Page.job`.
    """
    result: Any = lru_cache(maxsize=entries)(function)
    return result  # type: ignore[no-any-return]
