"""The likelihood as a running product in three number types, and as a sum of logarithms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.validate import check_choice, check_integer

Array = NDArray[np.float64]

DTYPES = ("float16", "float32", "float64")
# Standard deviation of a normal distribution, or the number of equally likely outcomes.
DENSITIES = {"normal": 1.0, "wide": 10.0, "narrow": 0.1, "coin": 2, "classes": 10}


@dataclass(frozen=True, slots=True)
class Products:
    """Running products of densities.

    Attributes
    ----------
    log10 : ndarray, shape (n,)
        The logarithm to base 10 of the product, computed as a sum in float64.
    products : dict of str to ndarray, shape (n,)
        By number type: log10 of the running product in that type; nan from where it is 0 or infinite.
    lost : dict of str to (int or None)
        The number of values at which the product is first 0 or infinite; None if it never is.
    end : dict of str to str
        ``zero``, ``infinite`` or ``finite``: what becomes of the product.
    """

    log10: Array
    products: dict[str, Array]
    lost: dict[str, int | None]
    end: dict[str, str]


def running_products(density: str, n: int = 1000, *, seed: int = 0) -> Products:
    """Multiply the densities of ``n`` values one after another, in each number type.

    Parameters
    ----------
    density : str
        ``normal``, ``wide`` and ``narrow``: normal with σ = 1, 10 and 0.1. ``coin`` and ``classes``: 2 and 10 equally
        likely outcomes.
    n : int
        1 to 100,000.
    seed : int

    Returns
    -------
    Products

    Raises
    ------
    InvalidArgument
        Unknown ``density``; ``n`` outside 1 … 100,000.

    Examples
    --------
    >>> running_products("coin", 1200).lost
    {'float16': 25, 'float32': 150, 'float64': 1075}
    """
    check_choice(density, "density", DENSITIES)
    check_integer(n, "n", low=1, high=100_000)
    parameter = DENSITIES[density]
    if density in ("coin", "classes"):
        densities = np.full(n, 1 / parameter)
    else:
        z = np.random.default_rng(seed).standard_normal(n)
        densities = np.exp(-0.5 * z**2) / (parameter * np.sqrt(2 * np.pi))
    products: dict[str, Array] = {}
    lost: dict[str, int | None] = {}
    end: dict[str, str] = {}
    for dtype in DTYPES:
        with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
            product = np.cumprod(densities.astype(dtype), dtype=dtype)
            logs = np.log10(product.astype(np.float64))
        gone = np.flatnonzero(~np.isfinite(logs))
        lost[dtype] = int(gone[0]) + 1 if gone.size else None
        end[dtype] = "finite" if not gone.size else "zero" if product[gone[0]] == 0 else "infinite"
        logs[gone[0] if gone.size else n :] = np.nan
        products[dtype] = logs
    return Products(np.cumsum(np.log10(densities)), products, lost, end)


def per_value(products: Products, points: int = 160) -> tuple[Array, dict[str, Array]]:
    """Return the logarithms divided by the number of values, at about ``points`` numbers of values.

    Divided by n, the products of few and of many values fit into one picture: by the law of large numbers, the mean
    logarithm approaches minus the entropy of the density.

    Returns
    -------
    n : ndarray
        Increasing numbers of values, evenly spaced on a logarithmic axis; the last value before each product is lost is
        one of them.
    curves : dict of str to ndarray
        By number type, and ``sum`` for the sum of logarithms; nan where the product is lost.

    Examples
    --------
    >>> n, curves = per_value(running_products("coin"))
    >>> round(float(curves["sum"][-1]), 4)
    -0.301
    """
    total = products.log10.size
    ends = [lost - 1 for lost in products.lost.values() if lost is not None and lost > 1]
    n = np.unique([*np.rint(np.geomspace(1, total, points)).astype(int), *ends])
    curves = {"sum": products.log10[n - 1] / n}
    curves |= {dtype: values[n - 1] / n for dtype, values in products.products.items()}
    return n.astype(np.float64), curves
