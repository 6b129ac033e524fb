"""Initialisation and normalisation."""

import math
from dataclasses import replace

import numpy as np
import pytest

from core import vanishing_gradients as topic
from core.validate import InvalidArgument
from core.vanishing_gradients import Net
from core.vanishing_gradients.networks import draw_weights


def test_normalisations_give_mean_0_and_variance_1() -> None:
    for how, axes in (("layer", 2), ("batch", 1)):
        inside = topic.record_activations(Net(6, activation="relu", init="he", normalisation=how))
        np.testing.assert_allclose(inside.z.mean(axis=axes), 0, atol=1e-10)
        np.testing.assert_allclose(inside.z.var(axis=axes), 1, atol=0.01)


def test_results_depend_on_the_seed_and_deeper_nets_share_their_first_layers() -> None:
    net = Net(6)
    first, second, other = (topic.measure(net, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.gradient, second.gradient)
    assert (first.gradient != other.gradient).all()
    np.testing.assert_array_equal(draw_weights(Net(9)).hidden[:5], draw_weights(net).hidden)
    he = draw_weights(Net(6, init="he")).hidden
    np.testing.assert_allclose(he, 2**0.5 * draw_weights(net).hidden)


@pytest.mark.parametrize("init", topic.INITS)
def test_scaled_branches_divide_all_weights_but_the_first_by_the_root_of_the_depth(init: str) -> None:
    net = Net(9, 16, init=init, residual=True)
    plain, scaled = draw_weights(net, seeds=1), draw_weights(replace(net, branch="scaled"), seeds=1)
    np.testing.assert_allclose(scaled.hidden * 3, plain.hidden)
    np.testing.assert_array_equal(scaled.first, plain.first)
    without_skips = draw_weights(replace(net, residual=False, branch="scaled"), seeds=1)
    np.testing.assert_array_equal(without_skips.hidden, plain.hidden)


@pytest.mark.parametrize("width", [1, 16, 64, 128])
def test_orthogonal_matrices_are_orthogonal(width: int) -> None:
    weights = draw_weights(Net(3, width, init="orthogonal"), seeds=1)
    np.testing.assert_allclose(weights.hidden[0, 0] @ weights.hidden[0, 0].T, np.eye(width), atol=1e-12)
    first = weights.first[0]
    gram = first.T @ first if width <= 64 else first @ first.T
    np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: Net(1), "out_of_range"),
        (lambda: Net(51), "out_of_range"),
        (lambda: Net(2.5), "not_an_integer"),
        (lambda: Net(width=0), "out_of_range"),
        (lambda: Net(sigma_w=-1.0), "out_of_range"),
        (lambda: Net(sigma_w=math.nan), "out_of_range"),
        (lambda: Net(activation="swish"), "unknown_choice"),
        (lambda: Net(init="zero"), "unknown_choice"),
        (lambda: Net(normalisation="group"), "unknown_choice"),
        (lambda: Net(branch="half"), "unknown_choice"),
    ],
)
def test_networks_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
