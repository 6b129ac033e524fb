"""What a page tells its reader to notice, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to notice.

    Attributes
    ----------
    code : str
        Names the sentence.
    figures : dict of str to (float or int)
        What fills it.
    """

    code: str
    figures: dict[str, float | int]
