"""Where products of densities leave the range of a number type."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.likelihood_sampling import DENSITIES, DTYPES, per_value, running_products
from core.validate import InvalidArgument

SIGMAS = {"normal": 1.0, "wide": 10.0, "narrow": 0.1}


@pytest.mark.parametrize(("outcomes", "density"), [(2, "coin"), (10, "classes")])
def test_products_of_equal_probabilities_vanish_below_half_of_the_smallest_number(outcomes: int, density: str) -> None:
    found = running_products(density, 1200)
    for dtype in DTYPES:
        smallest = Fraction(float(np.finfo(dtype).smallest_subnormal))
        # A result of at most half of the smallest number is rounded to 0. Rounding on the way moves it by a few.
        exact = next(n for n in range(1, 1200) if Fraction(1, outcomes**n) <= smallest / 2)
        assert abs(found.lost[dtype] - exact) <= (0 if outcomes == 2 else 1)
        assert found.end[dtype] == "zero"


@settings(max_examples=30, derandomize=True, deadline=None)
@given(density=st.sampled_from(sorted(SIGMAS)), seed=st.integers(0, 99_999))
def test_products_follow_the_sum_of_logarithms_until_they_are_lost(density: str, seed: int) -> None:
    found = running_products(density, seed=seed)
    z = np.random.default_rng(seed).standard_normal(1000)
    exact = np.cumsum(stats.norm.logpdf(SIGMAS[density] * z, scale=SIGMAS[density])) / math.log(10)
    np.testing.assert_allclose(found.log10, exact)
    for dtype in DTYPES:
        lost, values = found.lost[dtype], found.products[dtype]
        assert lost is not None and np.isnan(values[lost - 1 :]).all() and np.isfinite(values[: lost - 1]).all()
        limits = np.finfo(dtype)
        normal = (values > math.log10(float(limits.tiny))) & np.isfinite(values)
        np.testing.assert_allclose(values[normal], exact[normal], atol=0.01 if dtype == "float64" else 0.3)
        expected = "infinite" if exact[lost - 1] > 0 else "zero"
        assert found.end[dtype] == expected == ("infinite" if density == "narrow" else "zero")


def test_a_product_within_the_range_is_not_lost() -> None:
    found = running_products("coin", 1000)
    assert found.lost["float64"] is None and found.end["float64"] == "finite"
    assert found.products["float64"][-1] == pytest.approx(-1000 * math.log10(2))


@settings(max_examples=30, derandomize=True, deadline=None)
@given(density=st.sampled_from(sorted(DENSITIES)), seed=st.integers(0, 999))
def test_logarithms_per_value_end_where_the_product_is_lost(density: str, seed: int) -> None:
    products = running_products(density, seed=seed)
    n, curves = per_value(products)
    np.testing.assert_allclose(curves["sum"] * n, products.log10[n.astype(int) - 1])
    for dtype in DTYPES:
        last = n[np.isfinite(curves[dtype])].max()
        lost = products.lost[dtype]
        assert last == (n[-1] if lost is None else lost - 1)


@pytest.mark.parametrize("wrong", [{"density": "other"}, {"n": 0}, {"n": 10**6}])
def test_bad_arguments_are_refused(wrong: dict) -> None:
    with pytest.raises(InvalidArgument):
        running_products(**{"density": "normal", **wrong})
    assert set(DENSITIES) > set(SIGMAS)
