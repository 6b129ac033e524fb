"""The list of pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "pages"

GROUPS = ("probability", "optimisation", "generalisation", "architecture")


@dataclass(frozen=True, slots=True)
class Explainer:
    """One explainer: ``core/<stem>/``, ``pages/<stem>.py``, ``pages/<stem>.toml``, ``views/<stem>.py`` and their tests.

    Attributes
    ----------
    stem : str
        Names the files and the page's address.
    group : str
        One of ``GROUPS``: its heading on the home page.
    icon : str
        A Material symbol.
    builds_on : tuple of str
        The stems of the explainers to read before it.
    """

    stem: str
    group: str
    icon: str
    builds_on: tuple[str, ...] = ()


EXPLAINERS = (
    Explainer("softmax_stability", "probability", ":material/functions:"),
    Explainer("cross_entropy_vs_kl", "probability", ":material/difference:", ("softmax_stability",)),
    Explainer("likelihood_sampling", "probability", ":material/query_stats:"),
    Explainer("gd_sgd_minibatch", "optimisation", ":material/landslide:"),
    Explainer("batch_size_minima", "generalisation", ":material/terrain:", ("gd_sgd_minibatch",)),
    Explainer("bagging_vs_boosting", "generalisation", ":material/forest:"),
    Explainer("precision_recall", "generalisation", ":material/target:"),
    Explainer("cls_vs_average_pooling", "architecture", ":material/join_inner:", ("softmax_stability",)),
    Explainer("vanishing_gradients", "architecture", ":material/layers:", ("gd_sgd_minibatch",)),
)
