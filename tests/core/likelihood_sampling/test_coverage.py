"""Coverage against the sample size."""

import numpy as np
import pytest

from core.likelihood_sampling import SIZES, coverage_curves, make_source, methods


@pytest.mark.parametrize("name", ["normal", "exponential", "bernoulli", "cauchy", "tumours", "own"])
def test_every_method_has_a_share_inside_its_interval_at_every_size(name: str) -> None:
    source = make_source(name, p=0.3, values=[1.0, 2.0, 40.0])
    progress: list[float] = []
    curves = coverage_curves(source, seed=1, report=progress.append)
    assert tuple(curves.share) == methods(source)
    assert progress == sorted(progress) and len(progress) == len(SIZES)
    for method, share in curves.share.items():
        assert share.shape == curves.sizes.shape
        assert ((curves.low[method] <= share) & (share <= curves.high[method])).all()
    assert curves.samples >= 300


def test_wrong_model_falls_below_the_clt() -> None:
    curves = coverage_curves(make_source("exponential"))
    difference = curves.share["lognormal"] - curves.share["clt"]
    assert difference[SIZES.index(10)] > 0.03 and difference[SIZES.index(100)] < -0.1
    assert curves.share["lognormal"][-1] < 0.02
    np.testing.assert_allclose(curves.share["right"], 0.95, atol=0.03)


def test_normal_intervals_by_t_have_their_level_at_every_size() -> None:
    curves = coverage_curves(make_source("normal"), level=0.9)
    np.testing.assert_allclose(curves.share["clt"], 0.9, atol=0.03)
    assert curves.share["right"][0] < 0.75, "the χ² threshold is too small for two values"
