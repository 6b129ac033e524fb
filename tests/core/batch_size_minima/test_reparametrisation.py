"""Rescaled parameters: the same function with another sharpness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.batch_size_minima import networks, reparametrisation, sharpness
from core.batch_size_minima.networks import Sizes
from core.batch_size_minima.studies import Study


@given(st.integers(0, 1000), st.floats(0.05, 20), st.sampled_from(networks.LOSSES))
@settings(max_examples=40, deadline=None)
def test_rescaling_keeps_logits_and_filter_normalised_sharpness(seed: int, alpha: float, loss: str) -> None:
    sizes, rng = Sizes(4, 5, 3), np.random.default_rng(seed)
    models = rng.standard_normal((2, sizes.parameters))
    inputs = networks.append_ones(rng.standard_normal((2, 9, 4)))
    targets = np.eye(3)[rng.integers(0, 3, (2, 9))]
    scaled = reparametrisation.rescale(models, alpha, sizes=sizes)
    np.testing.assert_allclose(
        networks.outputs(scaled, inputs, sizes=sizes), networks.outputs(models, inputs, sizes=sizes), atol=1e-6
    )
    before, after = (sharpness.filter_sharpness(at, inputs, targets, loss=loss, sizes=sizes) for at in (models, scaled))
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        reparametrisation.rescale(scaled, 1 / alpha, sizes=sizes), models, rtol=1e-12, atol=1e-300
    )


def test_rescaling_changes_the_other_measures(result: Study) -> None:
    alpha = np.geomspace(0.1, 10, 5)
    same = reparametrisation.rescaling(result, alpha, batch_index=1, seed_index=1)
    assert (same.logit_change < 1e-6).all()
    np.testing.assert_allclose(same.filter, same.filter[2], rtol=1e-9)
    assert same.filter[2] == pytest.approx(result.measures["filter"][1, 1], rel=1e-9)
    assert same.lambda_max[2] == pytest.approx(result.measures["lambda"][1, 1], rel=1e-5)
    assert np.ptp(same.loss) < 1e-9 and np.ptp(same.accuracy) == 0
    assert same.lambda_max.max() > 10 * same.lambda_max.min() and same.keskar.max() > 2 * same.keskar.min()
    assert same.loss[0] == pytest.approx(result.runs[1].test_loss[1, -1], rel=1e-4)
    # ∂²L/∂b₁² is proportional to 1/α² and ∂²L/∂W₂² to α², so that both ends are far sharper than the middle.
    assert same.lambda_max[0] > 5 * same.lambda_max[2] and same.lambda_max[-1] > 5 * same.lambda_max[2]
