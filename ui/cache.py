"""Results that a whole class shares."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@cache
def kept(function: F, *, entries: int = 64) -> F:
    """Return ``function`` of a module, which keeps its last results for every session.

    Its arguments are hashable, and what it returns is read and never changed: unlike `st.cache_data`, this copies and
    hashes nothing by content, which a slider move would pay for. What takes seconds is for `Page.job`.
    """
    result: Any = lru_cache(maxsize=entries)(function)
    return result  # type: ignore[no-any-return]
