"""Published comparisons of [CLS] and average pooling."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A published comparison, which this project does not reproduce.

    Attributes
    ----------
    source, setting : str
    cls, mean : float
        In the paper's own measure; higher is better.
    measure : {"correlation", "accuracy"}
        Spearman's rank correlation × 100, or accuracy in per cent.
    """

    source: str
    setting: str
    cls: float
    mean: float
    measure: str


LITERATURE = (
    Published("Reimers & Gurevych 2019, Table 6", "SBERT, trained on NLI", 79.80, 80.78, "correlation"),
    Published("Reimers & Gurevych 2019, Table 6", "SBERT, trained on STSb", 86.62, 87.44, "correlation"),
    Published("Reimers & Gurevych 2019, Table 1", "BERT off the shelf, STSb", 16.50, 46.35, "correlation"),
    Published("Beyer et al. 2022, Table 1", "ViT-S/16, ImageNet, 90 epochs", 75.0, 76.5, "accuracy"),
    Published("Beyer et al. 2022, Table 1", "ViT-S/16, ImageNet, 150 epochs", 76.9, 78.5, "accuracy"),
    Published("Beyer et al. 2022, Table 1", "ViT-S/16, ImageNet, 300 epochs", 78.2, 80.0, "accuracy"),
)
