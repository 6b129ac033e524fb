"""Activations by layer."""

import pytest

from core import vanishing_gradients as topic
from core.validate import InvalidArgument
from core.vanishing_gradients import Net


def test_activation_curve_has_the_slope_of_the_layer() -> None:
    net = Net(12)
    inside = topic.record_activations(net)
    result = topic.activation_curve(net, inside, layer=12)
    assert result.density.max() == 1
    # In deep layers a sigmoid's z hardly depend on the input, and the slope there is the factor of a layer.
    assert result.rms_slope == pytest.approx(
        (topic.mean_field("sigmoid", depth=12, sigma_w=1.0).chi[-1]) ** 0.5, rel=0.05
    )
    assert result.flat == inside.saturated[-1]


def test_saturated_and_dead_units_are_counted() -> None:
    plain = topic.record_activations(Net(10, activation="relu", init="he"))
    assert plain.saturated[0] == pytest.approx(0.5, abs=0.1)
    assert (plain.dead <= plain.saturated).all()
    assert topic.record_activations(Net(10, init="free", sigma_w=50.0)).saturated[5] > 0.8
    assert topic.record_activations(Net(10, activation="identity")).saturated.max() == 0


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.activation_curve(Net(2), topic.record_activations(Net(2)), layer=3), "out_of_range"),
    ],
)
def test_activation_statistics_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
