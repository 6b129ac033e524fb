"""The data sets that scikit-learn bundles, standardised or as tables; they need no download.

They are read from scikit-learn's files: its loaders would import scipy.stats and pandas, which take memory
(docs/performance.md). Each function caches its result, whose arrays are read-only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.validate import check_choice

# The data sets that `example_csv` writes.
EXAMPLES = ("diabetes", "breast_cancer", "wine", "iris", "digits")

# The names that scikit-learn gives to the columns of its files.
_TUMOUR = (
    *("radius", "texture", "perimeter", "area", "smoothness"),
    *("compactness", "concavity", "concave points", "symmetry", "fractal dimension"),
)
_COLUMNS = {
    "diabetes": ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
    "breast_cancer": (
        *(f"mean {name}" for name in _TUMOUR),
        *(f"{name} error" for name in _TUMOUR),
        *(f"worst {name}" for name in _TUMOUR),
    ),
    "wine": (
        *("alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids"),
        *("nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue"),
        *("od280/od315_of_diluted_wines", "proline"),
    ),
    "iris": ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"),
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table of features with a target.

    Attributes
    ----------
    features : ndarray, shape (n_samples, n_features)
    target : ndarray, shape (n_samples,)
        A continuous quantity, or indices into `target_names`.
    feature_names : tuple of str
    target_names : tuple of str
        The names of the classes; empty for a continuous target.
    """

    features: NDArray[np.float64]
    target: NDArray[np.float64]
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.features.setflags(write=False)
        self.target.setflags(write=False)

    def columns(self, *names: str) -> NDArray[np.float64]:
        """Return the features with the given names, shape (n_samples, len(names))."""
        return self.features[:, [self.feature_names.index(name) for name in names]]


def standardise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shift and scale each column to mean 0 and standard deviation 1.

    The standard deviation is computed with n, not n − 1, in the denominator.

    Examples
    --------
    >>> standardise(np.array([1.0, 3.0])).tolist()
    [-1.0, 1.0]
    """
    scaled: NDArray[np.float64] = (values - values.mean(axis=0)) / values.std(axis=0)
    return scaled


@lru_cache(maxsize=2)
def diabetes(*, standardised: bool = True) -> Dataset:
    """Return the diabetes data: 442 patients, 10 features, and the disease progression after one year.

    Features and target are standardised, or in their original units (bmi in kg/m², bp in mm Hg).

    References
    ----------
    Efron, B., Hastie, T., Johnstone, I., Tibshirani, R. (2004). Least angle regression. Annals of Statistics 32(2),
    407-499. doi:10.1214/009053604000000067

    Examples
    --------
    >>> diabetes().columns("bmi", "bp").shape
    (442, 2)
    """
    features, target = (np.loadtxt(_file(f"diabetes_{name}.csv.gz")) for name in ("data_raw", "target"))
    if standardised:
        features, target = standardise(features), standardise(target)
    return Dataset(features, target, _COLUMNS["diabetes"])


@lru_cache(maxsize=2)
def breast_cancer(*, standardised: bool = True) -> Dataset:
    """Return the breast cancer data: 569 tumours with 30 features, malignant (0) or benign (1).

    The features are standardised, or in their original units.

    References
    ----------
    Street, W. N., Wolberg, W. H., Mangasarian, O. L. (1993). Nuclear feature extraction for breast tumor diagnosis.
    Proc. SPIE 1905, 861-870. doi:10.1117/12.148698

    Examples
    --------
    >>> breast_cancer().features.shape
    (569, 30)
    """
    return _classes("breast_cancer", standardised=standardised)


@lru_cache(maxsize=1)
def wine() -> Dataset:
    """Return the wine data: 178 wines of three cultivars with 13 standardised features.

    References
    ----------
    Aeberhard, S., Forina, M. (1992). Wine. UCI Machine Learning Repository. doi:10.24432/C5PC7J

    Examples
    --------
    >>> len(wine().target_names)
    3
    """
    return _classes("wine")


@lru_cache(maxsize=1)
def digits() -> Dataset:
    """Return 1797 handwritten digits of 8 × 8 pixels in row-major order, scaled to [0, 1].

    References
    ----------
    Alpaydin, E., Kaynak, C. (1998). Optical recognition of handwritten digits. UCI Machine Learning Repository.
    doi:10.24432/C50P49

    Examples
    --------
    >>> digits().features.shape
    (1797, 64)
    """
    table = np.loadtxt(_file("digits.csv.gz"), delimiter=",")
    names = tuple(f"pixel {row},{column}" for row in range(8) for column in range(8))
    return Dataset(table[:, :-1] / 16.0, table[:, -1].copy(), names, tuple(str(k) for k in range(10)))


def _classes(name: str, *, standardised: bool = True) -> Dataset:
    """Read one of the data sets with classes, whose names are in the file's first line."""
    file = _file(f"{name}.csv" if name != "wine" else "wine_data.csv")
    with file.open() as lines:
        class_names = next(lines).strip().split(",")[2:]
        table = np.loadtxt(lines, delimiter=",")
    features = standardise(table[:, :-1]) if standardised else table[:, :-1].copy()
    return Dataset(features, table[:, -1].copy(), _COLUMNS[name], tuple(class_names))


def _file(name: str) -> Path:
    """Return the path of a data file of scikit-learn."""
    sklearn = find_spec("sklearn")
    assert sklearn is not None and sklearn.origin is not None, "scikit-learn is installed"
    return Path(sklearn.origin).with_name("datasets") / "data" / name


def example_csv(name: str) -> bytes:
    """Return one of `EXAMPLES` as a file with separated cells, in original units.

    The features come first, the target comes last: ``progression``, or the name of the class. Digits are given as the
    mean brightness of the image, of its upper half and of its left half.

    Raises
    ------
    InvalidArgument
        ``unknown_choice``.

    References
    ----------
    Fisher, R. A. (1936). The use of multiple measurements in taxonomic problems. Annals of Eugenics 7(2), 179-188.
    doi:10.1111/j.1469-1809.1936.tb02137.x

    Examples
    --------
    >>> example_csv("iris").splitlines()[1]
    b'5.1,3.5,1.4,0.2,setosa'
    """
    check_choice(name, "name", EXAMPLES)
    if name == "digits":
        images = digits().features.reshape(-1, 8, 8)
        features: Any = np.round([images.mean((1, 2)), images[:, :4].mean((1, 2)), images[:, :, :4].mean((1, 2))], 4).T
        return _csv(["brightness", "upper half", "left half", "digit"], features, digits().target.astype(int))
    if name == "diabetes":
        data = diabetes(standardised=False)
        return _csv([*data.feature_names, "progression"], data.features, data.target)
    data = _classes(name, standardised=False)
    target = "species" if name == "iris" else "class"
    class_names = np.array(data.target_names)
    return _csv([*data.feature_names, target], data.features, class_names[data.target.astype(int)])


def _csv(names: Iterable[str], features: NDArray[np.float64], target: NDArray[Any]) -> bytes:
    """Write columns as a file, numbers with the digits that they have in the data set."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(names)
    out.writerows([*row, last] for row, last in zip(features.tolist(), target.tolist(), strict=True))
    return text.getvalue().encode()
