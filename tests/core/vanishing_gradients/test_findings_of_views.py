"""The findings of the deeper views, at random results, each compared with its condition."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import vanishing_gradients as topic

RANDOM = settings(max_examples=200, derandomize=True, deadline=None)
SPREADS = st.sampled_from([0.0, 1e-200, 1e-20, 0.2, 0.5, 1.0, 2.2, 3.3, 1e15, 1e200, math.nan])


@RANDOM
@given(
    sd=st.lists(SPREADS, min_size=2, max_size=5),
    dead=st.lists(st.sampled_from([0.0, 0.1, 0.9]), min_size=5, max_size=5),
    residual=st.booleans(),
)
def test_activation_findings_follow_the_signal(sd: list[float], dead: list[float], residual: bool) -> None:
    layers = SimpleNamespace(h_sd=np.array(sd), dead=np.array(dead[: len(sd)]))
    found = {f.code: f.figures for f in topic.activation_findings(layers, residual=residual)}
    lost = [number for number, value in enumerate(sd, 1) if not value > 0]
    if lost:
        expected = "signal_lost"
        assert found[expected]["layer"] == lost[0]
    else:
        decades = 2 * (math.log10(sd[-1]) - math.log10(sd[0]))
        expected = "signal_grows" if decades >= 1 else "signal_shrinks" if decades <= -1 else "signal_stays"
    dead_here = dead[: len(sd)]
    worst = dead_here.index(max(dead_here))
    # The first layer has no skip connection.
    some = "dead_units_skip" if residual and worst > 0 else "dead_units"
    assert set(found) == {expected, some if max(dead_here) > 0 else "no_dead_units"}
    if max(dead_here) > 0:
        assert found[some] == {"share": max(dead_here), "layer": worst + 1}


@settings(max_examples=80, derandomize=True, deadline=None)
@given(
    depth=st.integers(2, 50),
    width=st.sampled_from([1, 4, 64]),
    activation=st.sampled_from(topic.ACTIVATIONS),
    sigma=st.sampled_from([1e-9, 0.1, 1.0, 6.0, 1e3, 1e7]),
    residual=st.booleans(),
    seed=st.integers(0, 99),
)
def test_a_lost_signal_has_equal_or_infinite_values(depth, width, activation, sigma, residual, seed) -> None:
    net = topic.Net(depth, width, activation, "free", sigma_w=sigma, residual=residual)
    layers = topic.record_activations(net, seed=seed)
    found = {finding.code: finding.figures for finding in topic.activation_findings(layers)}
    lost = [
        number for number, h in enumerate(layers.h, 1) if not np.isfinite(h).all() or float(h.min()) == float(h.max())
    ]
    assert ("signal_lost" in found) == bool(lost)
    if lost:
        assert found["signal_lost"]["layer"] == lost[0]
    for layer in (1, depth):
        curve = topic.activation_curve(net, layers, layer=layer)
        assert curve.finite == np.isfinite(layers.z[layer - 1]).all()
        assert not curve.finite or np.isfinite(curve.rms_slope)


@pytest.mark.parametrize("activation", topic.ACTIVATIONS)
def test_variance_and_dead_units_are_those_of_the_activations(activation: str) -> None:
    layers = topic.record_activations(topic.Net(12, activation=activation, init="free", sigma_w=3.0), seed=2)
    codes = {finding.code for finding in topic.activation_findings(layers)}
    change = layers.h[-1].var() / layers.h[0].var()
    assert ("signal_grows" in codes) == (change >= 10)
    assert ("signal_shrinks" in codes) == (change <= 0.1)


@RANDOM
@given(values=st.lists(st.sampled_from([0.0, 1e-3, 0.009, 0.011, 0.5, 1.0, 1e3, math.nan]), min_size=1, max_size=5))
def test_direction_findings_count_the_singular_values_near_the_largest(values: list[float]) -> None:
    # The singular values of a Jacobian that is not finite are all nan.
    values = [math.nan] * len(values) if any(map(math.isnan, values)) else sorted(values, reverse=True)
    near = sum(100 * value > values[0] for value in values)
    found = topic.direction_findings(np.array([values]))
    if near == len(values) == 1:
        assert found == []
        return
    [finding] = found
    expected = "none" if near == 0 else "all" if near == len(values) else "some"
    assert finding.code == f"directions_{expected}"
    assert finding.figures == {"count": near, "width": len(values)}


@RANDOM
@given(
    decades=st.lists(st.sampled_from([-30.0, -2.1, -1.9, 0.0, 3.0]), min_size=4, max_size=4),
    memory=st.sampled_from([-29.0, -1.7, -1.0, 0.6]),
)
def test_time_findings_count_the_cells_that_lose_the_gradient(decades: list[float], memory: float) -> None:
    by_cell = dict(zip(topic.CELLS, decades, strict=True))
    found = {f.code: f.figures for f in topic.time_findings(SimpleNamespace(decades=by_cell, memory_decades=memory))}
    lost = [value for value in decades if value < -2]
    code = "time_vanishes"
    assert (found[code]["count"], found[code]["cells"]) == (len(lost), 4)
    assert set(found) == {code} | ({"memory_more"} if memory - by_cell["lstm"] > 0.5 else set())


@RANDOM
@given(values=st.lists(st.floats(-10, 10) | st.just(math.nan), min_size=3, max_size=3))
def test_smallest_factor_has_the_smallest_absolute_value(values: list[float]) -> None:
    product = math.prod(values)
    chain = SimpleNamespace(
        upstream=values[0], slope=values[1], source_value=values[2], by_hand=product, autograd=product
    )
    name = topic.smallest_factor(chain)
    if any(map(math.isnan, values)):
        assert name == "none"
        return
    assert abs(values[("arriving", "slope", "source_value").index(name)]) == min(map(abs, values))


@settings(max_examples=25, derandomize=True, deadline=None)
@given(
    depth=st.integers(2, 20),
    activation=st.sampled_from(topic.ACTIVATIONS),
    init=st.sampled_from(["xavier", "he", "default"]),
    seed=st.integers(0, 99),
)
def test_the_product_of_the_factors_is_what_autograd_returns(depth: int, activation: str, init: str, seed: int) -> None:
    chain = topic.differentiate_by_hand(topic.Net(depth, 16, activation, init), seed=seed)
    product = chain.upstream * chain.slope * chain.source_value
    assert product == pytest.approx(chain.autograd, rel=1e-9, abs=1e-18)
