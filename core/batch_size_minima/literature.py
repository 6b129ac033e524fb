"""Published results of Keskar et al. (2017)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """Published results of one network of Keskar et al. (2017), which this project does not reproduce.

    Attributes
    ----------
    network, data : str
    sharp_small, sharp_large : float
        Sharpness at ε = 1e-3 in all directions, mean of 5 runs, for Adam with batch size 256 and with 10 % of the data.
    test_small, test_large : float
        Test accuracy in per cent.
    """

    network: str
    data: str
    sharp_small: float
    sharp_large: float
    test_small: float
    test_large: float

    @property
    def ratio(self) -> float:
        """Ratio of the large batch's sharpness to the small batch's, to one decimal."""
        return round(self.sharp_large / self.sharp_small, 1)

    @property
    def gap(self) -> float:
        """Test accuracy of the small batch minus that of the large batch, in percentage points."""
        return self.test_small - self.test_large


KESKAR = (
    Published("F1", "MNIST", 1.23, 205.14, 98.03, 97.81),
    Published("F2", "TIMIT", 1.39, 310.64, 64.02, 59.45),
    Published("C1", "CIFAR-10", 28.58, 707.23, 80.04, 77.26),
    Published("C2", "CIFAR-10", 8.68, 925.32, 89.24, 87.26),
    Published("C3", "CIFAR-100", 29.85, 258.75, 49.58, 46.45),
    Published("C4", "CIFAR-100", 12.83, 421.84, 63.08, 57.81),
)
