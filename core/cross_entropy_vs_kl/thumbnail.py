"""The curves that the home page draws for this topic, and what to compute before the first visit."""

from __future__ import annotations

from core.cross_entropy_vs_kl.distributions import PRESETS
from core.cross_entropy_vs_kl.gaussian_fit import mode_seeking_threshold
from core.cross_entropy_vs_kl.gradients import loss_path
from core.cross_entropy_vs_kl.library_calls import replay_bugs
from core.thumbnail import Thumbnail


def warm_up() -> None:
    """Import torch and compute the threshold of mode seeking, which are slow the first time.

    Examples
    --------
    >>> warm_up()
    """
    replay_bugs()
    mode_seeking_threshold()


def thumbnail() -> Thumbnail:
    """Return cross-entropy and KL along the line from Q to P; their difference is H(P).

    Examples
    --------
    >>> list(thumbnail().lines)
    ['cross_entropy', 'kl']
    """
    path = loss_path(*PRESETS["label_smoothed"])
    return Thumbnail(path.t, {"cross_entropy": path.cross_entropy, "kl": path.kl})
