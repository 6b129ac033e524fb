"""Mean-field theory against quadrature and known values."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from core import vanishing_gradients as topic
from core.validate import InvalidArgument


@pytest.mark.parametrize("activation", topic.ACTIVATIONS)
@pytest.mark.parametrize("sigma_w", [0.8, 1.0, 2**0.5, 2.0])
def test_mean_field_matches_numerical_integration(activation: str, sigma_w: float) -> None:
    result = topic.mean_field(activation, depth=6, sigma_w=sigma_w)
    moment, logs = 1.0, []
    for layer in range(6):
        q = sigma_w**2 * moment
        assert result.variance[layer] == pytest.approx(q, rel=2e-3)

        def expect(part: int, power: int, q: float = q) -> float:
            def integrand(z: float) -> float:
                return float(topic.activate(np.array([z]), activation)[part][0] ** power * norm.pdf(z, scale=q**0.5))

            edge = 9 * q**0.5
            return quad(integrand, -edge, 0, limit=200)[0] + quad(integrand, 0, edge, limit=200)[0]

        chi = sigma_w**2 * expect(1, 2)
        assert result.chi[layer] == pytest.approx(chi, rel=3e-3)
        logs.append(math.log10(chi) / 2)
        moment = expect(0, 2)
    expected = sum(logs[1:]) + (logs[0] - logs[-1])
    assert result.log_gradient[0] == pytest.approx(expected, abs=0.01)


def test_chi_of_known_cases() -> None:
    assert topic.mean_field("relu", depth=9, sigma_w=2**0.5).chi == pytest.approx(1, abs=0.01)
    assert topic.mean_field("identity", depth=9, sigma_w=3.0).chi == pytest.approx(9)
    # A centred sigmoid is ½ tanh(z/2), whose factor near 0 is (σ_w/4)².
    small = topic.mean_field("sigmoid", depth=40, sigma_w=1.0, centred=True)
    assert small.chi[-1] == pytest.approx(1 / 16, rel=1e-3)


@pytest.mark.parametrize("alpha", [0.3, 1.0, -2.0])
def test_scaled_residual_branches_of_a_linear_network(alpha: float) -> None:
    result = topic.mean_field("identity", depth=8, sigma_w=1.5, residual=True, alpha=alpha)
    # h has the mean square σ_w² after the first layer; each further layer adds α² σ_w² times what arrives.
    growth = 1 + (alpha * 1.5) ** 2
    np.testing.assert_allclose(result.variance[1:], 1.5**4 * growth ** np.arange(7))
    # ∂L/∂z of all layers but the first contains α.
    expected = growth ** ((7 - np.arange(8)) / 2) / np.array([abs(alpha), *[1.0] * 7])
    np.testing.assert_allclose(10**result.log_gradient, expected)


def test_branches_that_start_at_zero_keep_the_signal_and_have_no_theory_of_the_gradient() -> None:
    result = topic.mean_field("tanh", depth=8, sigma_w=1.5, residual=True, alpha=0.0)
    np.testing.assert_allclose(result.variance[1:], result.variance[1])
    assert np.isnan(result.log_gradient).all()


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.mean_field("swish", depth=3, sigma_w=1.0), "unknown_choice"),
        (lambda: topic.mean_field("relu", depth=0, sigma_w=1.0), "out_of_range"),
    ],
)
def test_mean_field_theory_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
