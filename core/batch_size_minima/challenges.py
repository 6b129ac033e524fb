"""The challenges: leave a minimum below its stability limit."""

from __future__ import annotations

from core.batch_size_minima.double_well import SHARP
from core.batch_size_minima.escapes import Escape, learning_rate_of, row_of_batch_size
from core.challenges import Attempt, Challenge, Challenges, Settings

# Large batches: the smallest batch size, and the share of the runs that leave the sharp minimum.
LARGE_BATCH, HALF = 96, 0.5
# Few updates: batch size, most updates, and share.
FAST_BATCH, FAST_UPDATES, MOST = 64, 150, 0.8
# The way back: the smallest batch size, and the share of the runs that leave the flat minimum.
BACK_BATCH, SOME = 16, 0.05


def _flat_share(settings: Settings, result: Escape) -> float | None:
    """Return the share of the runs that end in the flat basin; None beyond the stability limit of the sharp minimum."""
    batch = settings["batch"]
    row = row_of_batch_size(result, batch)
    stable = learning_rate_of(result, batch) * SHARP < 2 and result.diverged[row] == 0
    return float(result.flat[row]) if stable else None


def _large(settings: Settings, result: Escape) -> Attempt:
    """At least half of the runs leave the sharp minimum, with batches of at least 96."""
    batch, share = settings["batch"], _flat_share(settings, result)
    allowed = settings["start"] == "sharp" and settings["noise"] == "batch" and batch >= LARGE_BATCH
    return Attempt(allowed and share is not None and share >= HALF, batch)


def _fast(settings: Settings, result: Escape) -> Attempt:
    """At least 80 % of the runs with batches of 64 leave the sharp minimum within 150 updates."""
    share, row = _flat_share(settings, result), row_of_batch_size(result, settings["batch"])
    updates = int(result.steps[row])
    allowed = settings["start"] == "sharp" and settings["noise"] == "batch" and settings["batch"] == FAST_BATCH
    return Attempt(allowed and updates <= FAST_UPDATES and share is not None and share >= MOST, updates)


def _back(settings: Settings, result: Escape) -> Attempt:
    """At least 5 % of the runs leave the flat minimum for the sharp one, with batches of at least 16."""
    batch, share = settings["batch"], _flat_share(settings, result)
    allowed = settings["start"] == "flat" and batch >= BACK_BATCH
    return Attempt(allowed and share is not None and 1 - share >= SOME, batch)


CHALLENGES: Challenges = {
    "large": Challenge(_large, "larger"),
    "fast": Challenge(_fast, "smaller"),
    "back": Challenge(_back, "larger"),
}
