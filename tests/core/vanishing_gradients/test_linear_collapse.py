"""A network without activations as one matrix."""

import numpy as np
import pytest

from core import vanishing_gradients as topic
from core.validate import InvalidArgument
from core.vanishing_gradients import Net


def test_a_linear_network_equals_one_matrix() -> None:
    for init in ("default", "xavier", "orthogonal"):
        result = topic.one_matrix(Net(50, activation="identity", init=init))
        assert result.error < 1e-10
    np.testing.assert_allclose(
        topic.one_matrix(Net(50, activation="identity", init="orthogonal")).singular_values, 1, atol=1e-9
    )
    assert np.isnan(topic.one_matrix(Net(50, activation="identity", init="free", sigma_w=1e9)).error)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.one_matrix(Net()), "unknown_choice"),
    ],
)
def test_linear_collapse_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
