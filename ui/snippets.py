"""Code that a page shows: parts that are written with any indentation, joined to one text."""

from __future__ import annotations

import inspect


def join_code(*parts: str) -> str:
    """Return parts of a program one after another, without their common indentation; empty parts are left out.

    Examples
    --------
    >>> print(join_code("    a = 1", "", "        print(a)"))
    a = 1
    <BLANKLINE>
    print(a)
    """
    return "\n\n".join(inspect.cleandoc(part) for part in parts if part.strip())
