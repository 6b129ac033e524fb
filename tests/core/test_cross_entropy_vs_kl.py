"""Cross-entropy vs KL, against SciPy, PyTorch, finite differences and what theory says."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.optimize
import scipy.spatial.distance
import scipy.special
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from torch.nn import functional as F

from core import cross_entropy_vs_kl as topic
from core.claims import Verdict
from core.cross_entropy_vs_kl import claims as claims_module
from core.validate import InvalidArgument

LN2 = math.log(2)

without_deadline = settings(deadline=None)  # the first example may wait for a busy machine


@st.composite
def weights(draw, size):
    """Weights of which some may be 0, not all."""
    values = draw(st.lists(st.floats(0, 1) | st.just(0.0), min_size=size, max_size=size))
    values[draw(st.integers(0, size - 1))] = draw(st.floats(0.01, 1))
    return values


@st.composite
def distributions(draw, count, positive=False):
    size = draw(st.integers(2, 8))
    rows = [draw(weights(size)) for _ in range(count)]
    if positive:
        rows = [[w + 1e-3 for w in row] for row in rows]
    return [topic.normalise(row, "P") for row in rows]


# --- quantities


@without_deadline
@given(distributions(2))
def test_quantities_agree_with_scipy_and_torch(pair):
    p, q = pair
    assert topic.entropy(p) == pytest.approx(scipy.stats.entropy(p), abs=1e-12)
    assert topic.kl_divergence(p, q) == pytest.approx(scipy.stats.entropy(p, q), abs=1e-12)
    if (q > 0).all():
        ce = F.cross_entropy(torch.tensor(q).log()[None], torch.tensor(p)[None]).item()
        kl = F.kl_div(torch.tensor(q).log(), torch.tensor(p), reduction="sum").item()
        assert topic.cross_entropy(p, q) == pytest.approx(ce, abs=1e-12)
        assert topic.kl_divergence(p, q) == pytest.approx(kl, abs=1e-12)
        js = scipy.spatial.distance.jensenshannon(p, q) ** 2
        assert topic.js_divergence(p, q) == pytest.approx(js, abs=1e-12)


@without_deadline
@given(distributions(2))
def test_cross_entropy_is_entropy_plus_kl_and_no_divergence_is_negative(pair):
    p, q = pair
    result = topic.compare(p, q)
    assert result.identity_difference < 1e-12
    assert result.kl_pq_terms.sum() > -1e-12  # the terms themselves: the reported sums are cut off at 0
    assert result.kl_qp_terms.sum() > -1e-12
    assert result.ce_pq >= result.entropy_p - 1e-12
    assert -1e-12 < result.js < LN2 + 1e-12
    assert math.isinf(result.kl_pq) == bool(((p > 0) & (q == 0)).any())


@without_deadline
@given(distributions(2), st.randoms(use_true_random=False))
def test_renaming_the_classes_changes_nothing(pair, random):
    p, q = pair
    order = list(range(p.size))
    random.shuffle(order)
    for measure in (topic.cross_entropy, topic.kl_divergence, topic.js_divergence):
        assert measure(p[order], q[order]) == pytest.approx(measure(p, q), abs=1e-12)


@without_deadline
@given(distributions(2))
def test_merging_two_classes_never_raises_kl_or_js(pair):
    def merged(x):
        return np.concatenate([[x[0] + x[1]], x[2:]])

    p, q = pair
    for measure in (topic.kl_divergence, topic.js_divergence):
        assert measure(merged(p), merged(q)) <= measure(p, q) + 1e-12


@without_deadline
@given(distributions(3))
def test_the_root_of_js_obeys_the_triangle_inequality(triple):
    a, b, c = triple

    def distance(x, y):
        return math.sqrt(topic.js_divergence(x, y))

    # The root turns a rounding error of 1e-16 into 1e-8.
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-7


@without_deadline
@given(distributions(2))
def test_a_bit_is_ln_2_nats_everywhere(pair):
    p, q = pair
    assert topic.entropy(p, unit="bits") * LN2 == pytest.approx(topic.entropy(p), abs=1e-12)
    nats, bits = topic.compare(p, q), topic.compare(p, q, unit="bits")
    for name in ("entropy_p", "entropy_q", "ce_pq", "ce_qp", "kl_pq", "kl_qp", "js"):
        assert getattr(bits, name) * LN2 == pytest.approx(getattr(nats, name), abs=1e-12)
    np.testing.assert_allclose(bits.kl_pq_terms * LN2, nats.kl_pq_terms, atol=1e-12)
    path_nats, path_bits = topic.loss_path(p, q, steps=4), topic.loss_path(p, q, steps=4, unit="bits")
    np.testing.assert_allclose(path_bits.kl * LN2, path_nats.kl, atol=1e-12)
    np.testing.assert_allclose(path_bits.kl_gradient * LN2, path_nats.kl_gradient, atol=1e-12)


def test_units_convert_both_ways():
    assert topic.convert_unit(1.0, source="bits", target="nats") == LN2
    assert topic.convert_unit(LN2, source="nats", target="bits") == 1.0
    assert topic.convert_unit(3.0, source="bits", target="bits") == 3.0


def test_zeros_follow_the_limits():
    assert topic.entropy([1, 0]) == 0
    assert math.copysign(1, topic.entropy([1, 0])) == 1  # a page would print "-0"
    assert topic.kl_divergence([1, 0], [0.5, 0.5]) == pytest.approx(LN2)
    assert topic.kl_divergence([0.5, 0.5], [1, 0]) == math.inf
    assert topic.cross_entropy([0.5, 0.5], [1, 0]) == math.inf
    assert topic.kl_divergence([1, 0], [1, 0]) == 0
    assert topic.js_divergence([1, 5e-324], [1, 0]) == 0  # the smallest mass, of which there is no half


def test_a_term_may_be_negative():
    result = topic.compare([0.5, 0.5], [0.9, 0.1])
    np.testing.assert_allclose(result.kl_pq_terms, [0.5 * math.log(5 / 9), 0.5 * math.log(5)])
    assert result.kl_pq_terms[0] < 0 < result.kl_pq
    np.testing.assert_allclose(result.entropy_terms + result.kl_pq_terms, result.ce_pq_terms)
    np.testing.assert_allclose(result.kl_qp_terms, [0.9 * math.log(1.8), 0.1 * math.log(0.2)])


# --- presets


@pytest.mark.parametrize("name", list(topic.PRESETS))
def test_presets_are_pairs_that_the_page_accepts(name):
    for values in topic.PRESETS[name]:
        np.testing.assert_allclose(topic.normalise(values, "P"), values, atol=1e-15)
    topic.check_pair(*topic.PRESETS[name])


def test_presets_are_what_they_are_called():
    assert topic.entropy(topic.PRESETS["one_hot"][0]) == 0
    uniform, _ = topic.PRESETS["uniform"]
    assert topic.entropy(uniform, unit="bits") == pytest.approx(math.log2(len(uniform)))
    smoothed, _ = topic.PRESETS["label_smoothed"]
    np.testing.assert_allclose(topic.smooth_labels(classes=len(smoothed)).target, smoothed)
    biased, fair = topic.PRESETS["coin"]
    assert topic.entropy(biased, unit="bits") == pytest.approx(-0.9 * math.log2(0.9) - 0.1 * math.log2(0.1))
    assert topic.entropy(fair, unit="bits") == 1
    assert topic.cross_entropy(*topic.PRESETS["five_class"]) == pytest.approx(-math.log(0.4))
    assert topic.cross_entropy(*topic.PRESETS["five_class"], unit="bits") == pytest.approx(-math.log2(0.4))
    disjoint = topic.compare(*topic.PRESETS["disjoint"], unit="bits")
    assert (disjoint.kl_pq, disjoint.kl_qp, disjoint.ce_pq, disjoint.ce_qp) == (math.inf,) * 4
    assert disjoint.js == pytest.approx(1)
    assert disjoint.identity_difference == 0


# --- what a reader types


@pytest.mark.parametrize(
    "text",
    ["1, 1, 2", "1 1 2", "1;1;2", "[1, 1, 2]", "(1 1 2)", "{1; 1,\n2}", " 0.5,0.5,1e0, ", ".25 .25 .5", "1,,1,2"],
)
def test_parse_reads_what_people_type(text):
    np.testing.assert_allclose(topic.parse_distribution(text), [0.25, 0.25, 0.5])


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("1, two, 3", "not_a_number", "Q: 'two' is not a number"),
        ("1/2 1/2", "not_a_number", "Q: '1/2' is not a number"),
        ("1 -2 3", "negative", "Q must not be negative, got -2.0"),
        ("1 \N{MINUS SIGN}2 3", "negative", "Q must not be negative, got -2.0"),
        ("0 0 0", "all_zero", "Q must have at least one value above 0"),
        ("1 nan", "not_finite", "Q must be finite, got nan"),
        ("1 inf", "not_finite", "Q must be finite, got inf"),
        ("1 1e999", "not_finite", "Q must be finite, got inf"),
        ("", "too_few", "Q needs at least 2 values, got 0"),
        ("[ ]", "too_few", "Q needs at least 2 values, got 0"),
        ("7", "too_few", "Q needs at least 2 values, got 1"),
        ("1 " * 9, "too_many", "Q takes at most 8 values, got 9"),
    ],
)
def test_parse_refuses_with_a_code(text, code, message):
    with pytest.raises(InvalidArgument) as refused:
        topic.parse_distribution(text, "Q")
    assert refused.value.code == code
    assert str(refused.value) == message
    assert refused.value.details["argument"] == "Q"


@without_deadline
@given(st.text(max_size=40))
def test_parse_gives_a_distribution_or_refuses(text):
    try:
        p = topic.parse_distribution(text)
    except InvalidArgument:
        return
    topic.check_distribution(p, "P")


@pytest.mark.parametrize("values", [[1e308, 1e308], [5e-324, 5e-324], [1e-320, 1e-320]])
def test_normalise_survives_extreme_weights(values):
    np.testing.assert_array_equal(topic.normalise(values, "P"), [0.5, 0.5])


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (lambda: topic.check_pair([0.5, 0.5], [0.2, 0.3, 0.5]), "length_mismatch", "Q"),
        (lambda: topic.check_pair([0.5, 0.4], [0.5, 0.5]), "not_normalised", "P"),
        (lambda: topic.check_pair([0.5, 0.5], [1.5, -0.5]), "negative", "Q"),
        (lambda: topic.check_pair([[0.5, 0.5]], [0.5, 0.5]), "not_a_vector", "P"),
        (lambda: topic.normalise(["a", "b"], "P"), "not_a_number", "P"),
        (lambda: topic.entropy([math.nan, 1]), "not_finite", "P"),
        (lambda: topic.entropy([]), "too_few", "P"),
        (lambda: topic.entropy([0.5, 0.5], unit="bytes"), "unknown_choice", "unit"),
        (lambda: topic.cross_entropy([1, 0], [1, 0], unit="bytes"), "unknown_choice", "unit"),
        (lambda: topic.kl_divergence([1, 0], [1, 0], unit="bytes"), "unknown_choice", "unit"),
        (lambda: topic.js_divergence([1, 0], [1, 0], unit="bytes"), "unknown_choice", "unit"),
        (lambda: topic.compare([1, 0], [1, 0], unit="bytes"), "unknown_choice", "unit"),
        (lambda: topic.convert_unit(1, source="bytes", target="bits"), "unknown_choice", "source"),
        (lambda: topic.convert_unit(1, source="bits", target="bytes"), "unknown_choice", "target"),
        (lambda: topic.logit_gradients([0.5, 0.5], [0, math.inf]), "not_finite", "logits"),
        (lambda: topic.logit_gradients([0.5, 0.5], [0, 351]), "out_of_range", "logits"),
        (lambda: topic.logit_gradients([0.5, 0.5], [-351, 0]), "out_of_range", "logits"),
        (lambda: topic.logit_gradients([0.5, 0.5], [0, 1, 2]), "length_mismatch", "Q"),
        (lambda: topic.loss_path([1, 0], [0, 1], steps=0), "out_of_range", "steps"),
        (lambda: topic.loss_path([1, 0], [0, 1], steps=1.5), "not_an_integer", "steps"),
        (lambda: topic.learn_both(classes=9), "out_of_range", "classes"),
        (lambda: topic.learn_both(runs=0), "out_of_range", "runs"),
        (lambda: topic.learn_both(steps=2001), "out_of_range", "steps"),
        (lambda: topic.learn_both(learning_rate=0), "not_positive", "learning_rate"),
        (lambda: topic.learn_both(learning_rate=101), "out_of_range", "learning_rate"),
        (lambda: topic.learn_both(seed=-1), "out_of_range", "seed"),
        (lambda: topic.zero_mass("other"), "unknown_choice", "case"),
        (lambda: topic.zero_mass("disjoint", points=1), "out_of_range", "points"),
        (lambda: topic.smooth_labels(classes=1), "out_of_range", "classes"),
        (lambda: topic.smooth_labels(epsilon=1.01), "out_of_range", "epsilon"),
        (lambda: topic.smooth_labels(epsilon=math.nan), "out_of_range", "epsilon"),
        (lambda: topic.distil([1.0, 0.0]), "not_positive", "temperatures"),
        (lambda: topic.distil([]), "too_few", "temperatures"),
        (lambda: topic.distil(np.ones(51)), "too_many", "temperatures"),
        (lambda: topic.distil(classes=101), "out_of_range", "classes"),
        (lambda: topic.distil(draws=1), "out_of_range", "draws"),
        (lambda: topic.distil(logit_scale=0), "not_positive", "logit_scale"),
        (lambda: topic.distil(seed=-1), "out_of_range", "seed"),
        (lambda: topic.fit_gaussian(10.1), "out_of_range", "separation"),
        (lambda: topic.fit_gaussian(-0.1), "out_of_range", "separation"),
        (lambda: topic.which_call([0.5, 0.5], [1.0]), "length_mismatch", "Q"),
    ],
)
def test_arguments_are_checked_at_the_door(call, code, argument):
    with pytest.raises(InvalidArgument) as refused:
        call()
    assert refused.value.code == code
    assert refused.value.details["argument"] == argument


# --- gradients


@without_deadline
@given(distributions(1), st.data())
def test_logit_gradients_agree_with_finite_differences(rows, data):
    (p,) = rows
    z = np.array(data.draw(st.lists(st.floats(-4, 4), min_size=p.size, max_size=p.size)))
    result = topic.logit_gradients(p, z)
    step = 1e-5
    for k, direction in enumerate(np.eye(p.size)):
        ahead, behind = scipy.special.softmax(z + step * direction), scipy.special.softmax(z - step * direction)
        ce = (topic.cross_entropy(p, ahead) - topic.cross_entropy(p, behind)) / (2 * step)
        assert result.cross_entropy[k] == pytest.approx(ce, abs=1e-8)
        # Not topic.kl_divergence, which is cut off at 0.
        kl = (scipy.special.rel_entr(p, ahead).sum() - scipy.special.rel_entr(p, behind).sum()) / (2 * step)
        assert result.kl[k] == pytest.approx(kl, abs=1e-8)


@without_deadline
@given(distributions(1), st.data())
def test_the_two_logit_gradients_are_one_arrow(rows, data):
    (p,) = rows
    z = np.array(data.draw(st.lists(st.floats(-350, 350), min_size=p.size, max_size=p.size)))
    result = topic.logit_gradients(p, z)
    np.testing.assert_allclose(result.kl, result.cross_entropy, atol=1e-14)
    np.testing.assert_allclose(result.q, scipy.special.softmax(z))


@without_deadline
@given(distributions(2, positive=True))
def test_the_path_keeps_both_curves_a_constant_apart(pair):
    p, q = pair
    path = topic.loss_path(p, q, steps=7)
    np.testing.assert_allclose(path.cross_entropy - path.kl, scipy.stats.entropy(p), atol=1e-12)
    assert path.entropy_p == pytest.approx(scipy.stats.entropy(p))
    assert path.largest_gradient_difference < 1e-14
    np.testing.assert_allclose(path.q[0], q)
    np.testing.assert_allclose(path.q[-1], p, atol=1e-15)
    np.testing.assert_allclose(path.cross_entropy_gradient, (1 - path.t)[:, None] * (q - p), atol=1e-14)
    assert (np.diff(path.kl) <= 1e-12).all()  # KL is convex in Q and least at P


@without_deadline
@given(distributions(2), st.sampled_from(("nats", "bits")))
def test_the_paths_axes_hold_what_any_step_shows(pair, unit):
    p, q = pair
    path = topic.loss_path(p, q, steps=5, unit=unit)
    shown = [topic.compare(p, at, unit=unit) for at in path.q]
    terms = np.array([[c.ce_pq_terms, c.kl_pq_terms, c.kl_qp_terms] for c in shown])
    terms = terms[np.isfinite(terms)]
    losses = np.array([c.ce_pq for c in shown])
    np.testing.assert_allclose(path.term_range, (min(terms.min(), 0), max(terms.max(), 0)), atol=1e-12)
    assert path.largest_loss == pytest.approx(max(losses[np.isfinite(losses)], default=0))


def test_a_path_from_an_infinite_loss_has_no_gradient_there():
    path = topic.loss_path(*topic.PRESETS["disjoint"], steps=10)
    assert path.cross_entropy[0] == path.kl[0] == math.inf
    assert np.isnan(path.cross_entropy_gradient[0]).all()
    assert np.isnan(path.kl_gradient[0]).all()
    assert np.isfinite(path.kl_gradient[1:]).all()
    assert path.largest_gradient_difference < 1e-14


@pytest.mark.parametrize("mass", [1e-200, 1e-310])
def test_a_path_survives_tiny_masses(mass):
    path = topic.loss_path([0.5, 0.5], topic.normalise([1, mass], "Q"), steps=3)
    assert np.isfinite(path.kl).all()
    assert path.largest_gradient_difference < 1e-14


# --- P learned too


def test_learning_both_follows_torch_autograd():
    steps, rate = 25, 1.0
    result = topic.learn_both(classes=4, runs=1, steps=steps, learning_rate=rate, seed=3)
    start = np.random.default_rng(3).normal(size=(2, 1, 4))
    for runs, has_entropy in ((result.by_cross_entropy, 0.0), (result.by_kl, 1.0)):
        a, b = (torch.tensor(start[i, 0], requires_grad=True) for i in (0, 1))
        optimiser = torch.optim.SGD([a, b], lr=rate)
        for _ in range(steps):
            optimiser.zero_grad()
            log_p, log_q = a.log_softmax(0), b.log_softmax(0)
            (log_p.exp() * (has_entropy * log_p - log_q)).sum().backward()
            optimiser.step()
        np.testing.assert_allclose(runs.p[0, -1], a.softmax(0).detach(), atol=1e-12)
        np.testing.assert_allclose(runs.q[0, -1], b.softmax(0).detach(), atol=1e-12)


@pytest.mark.parametrize("classes", [2, 5, 8])
def test_cross_entropy_makes_p_certain_and_kl_does_not(classes):
    result = topic.learn_both(classes=classes, runs=20)
    assert result.by_cross_entropy.entropy_p.shape == (20, 501)
    assert (result.by_cross_entropy.entropy_p[:, -1] < 0.01).all()
    assert (result.by_cross_entropy.cross_entropy[:, -1] < 0.01).all()
    assert (result.by_kl.kl[:, -1] < 1e-6).all()
    assert (result.by_kl.entropy_p[:, -1] > 0.5 * result.by_kl.entropy_p[:, 0]).all()


def test_both_losses_start_alike_and_report_consistently():
    nats, bits = topic.learn_both(steps=20, seed=7), topic.learn_both(steps=20, seed=7, unit="bits")
    np.testing.assert_array_equal(nats.by_cross_entropy.p[:, 0], nats.by_kl.p[:, 0])
    np.testing.assert_array_equal(nats.by_cross_entropy.q[:, 0], nats.by_kl.q[:, 0])
    for runs, in_bits in ((nats.by_cross_entropy, bits.by_cross_entropy), (nats.by_kl, bits.by_kl)):
        np.testing.assert_allclose(runs.entropy_p, scipy.stats.entropy(runs.p, axis=-1), atol=1e-12)
        np.testing.assert_allclose(runs.kl, scipy.stats.entropy(runs.p, runs.q, axis=-1), atol=1e-12)
        np.testing.assert_allclose(runs.cross_entropy, runs.entropy_p + runs.kl, atol=1e-12)
        np.testing.assert_allclose(in_bits.cross_entropy * LN2, runs.cross_entropy)
    assert not np.array_equal(topic.learn_both(steps=1, seed=8).by_kl.p, topic.learn_both(steps=1, seed=7).by_kl.p)


def test_the_largest_learning_rate_stays_finite():
    result = topic.learn_both(classes=8, runs=5, steps=300, learning_rate=100)
    for runs in (result.by_cross_entropy, result.by_kl):
        assert np.isfinite(runs.cross_entropy).all()


# --- one Gaussian for two


def mixture_log_density(x, d):
    return np.log(0.5 * scipy.stats.norm.pdf(x, -d / 2) + 0.5 * scipy.stats.norm.pdf(x, d / 2))


def reverse_kl_by_quad(mean, sigma, d):
    def integrand(x):
        log_q = -(((x - mean) / sigma) ** 2) / 2 - math.log(sigma * math.sqrt(2 * math.pi))
        a, b = -((x - d / 2) ** 2) / 2, -((x + d / 2) ** 2) / 2
        log_p = np.logaddexp(a, b) - math.log(2 * math.sqrt(2 * math.pi))
        return math.exp(log_q) * (log_q - log_p)

    low, high = mean - 12 * sigma, mean + 12 * sigma
    kink = [0.0] if low < 0 < high else None
    return quad(integrand, low, high, points=kink, epsabs=1e-12, epsrel=1e-12, limit=300)[0]


@pytest.mark.parametrize("d", [5.6, 5.7])
def test_reverse_optima_are_minima_by_an_independent_integral(d):
    fit = topic.fit_gaussian(d)
    assert sorted(abs(optimum.mean) > 1 for optimum in fit.reverse) == [False, True, True]
    for optimum in fit.reverse:
        here = reverse_kl_by_quad(optimum.mean, optimum.sigma, d)
        assert optimum.reverse_kl == pytest.approx(here, abs=1e-8)
        for mean_step, sigma_step in itertools.product((-0.02, 0, 0.02), repeat=2):
            if mean_step or sigma_step:
                assert reverse_kl_by_quad(optimum.mean + mean_step, optimum.sigma + sigma_step, d) > here


def test_the_lowest_reverse_kl_moves_from_the_centre_to_a_mode():
    below, above = topic.fit_gaussian(5.6), topic.fit_gaussian(5.7)
    assert not below.seeks_mode
    assert below.reverse[0].mean == 0
    assert above.seeks_mode
    assert above.reverse[0].mean == -above.reverse[1].mean > 2.5
    threshold = topic.mode_seeking_threshold()
    assert 5.6 < threshold < 5.7
    at = topic.fit_gaussian(threshold)
    by_mean = {
        round(optimum.mean): reverse_kl_by_quad(optimum.mean, optimum.sigma, threshold) for optimum in at.reverse
    }
    assert by_mean[0] == pytest.approx(by_mean[3], abs=1e-7)


def test_no_gaussian_of_the_grid_lies_below_the_optima():
    for d in np.linspace(0, 10, 41):
        fit = topic.fit_gaussian(d)
        lowest = fit.reverse[0].reverse_kl
        assert lowest - 1e-4 < fit.reverse_surface.min() < lowest + 2e-3  # a cell of the grid away
        assert fit.forward.forward_kl - 1e-12 < fit.forward_surface.min() < fit.forward.forward_kl + 2e-3
        assert sum(optimum.mean for optimum in fit.reverse) == 0


def test_one_optimum_while_the_mixture_is_narrow_and_three_when_it_is_wide():
    assert [len(topic.fit_gaussian(d).reverse) for d in (0, 1, 3, 4.5, 5, 8, 10)] == [1, 1, 1, 1, 3, 3, 3]


@pytest.mark.parametrize("d", [0.0, 2.0, 6.0, 10.0])
def test_forward_fit_has_the_moments_of_the_mixture(d):
    fit = topic.fit_gaussian(d)
    density = lambda x: math.exp(mixture_log_density(x, d))  # noqa: E731
    variance = quad(lambda x: x * x * density(x), -30, 30, points=[-d / 2, d / 2], limit=200)[0]
    assert fit.forward.mean == 0
    assert fit.forward.sigma**2 == pytest.approx(variance, rel=1e-9)
    kl = quad(
        lambda x: density(x) * (mixture_log_density(x, d) - scipy.stats.norm.logpdf(x, 0, fit.forward.sigma)),
        -d / 2 - 12,
        d / 2 + 12,
        points=[-d / 2, d / 2],
        limit=200,
    )[0]
    assert fit.forward.forward_kl == pytest.approx(kl, abs=1e-9)


def test_far_modes_cost_ln_2():
    # A Gaussian on one of two modes that do not overlap: log q/p = log 2 wherever q has mass.
    assert topic.fit_gaussian(10).reverse[0].reverse_kl == pytest.approx(LN2, abs=1e-5)


@pytest.mark.parametrize("d", [1.0, 6.0, 10.0])
def test_the_surface_is_the_reverse_kl(d):
    fit = topic.fit_gaussian(d)
    assert fit.reverse_surface.shape == fit.forward_surface.shape == (80, 121)
    np.testing.assert_allclose(fit.reverse_surface, fit.reverse_surface[:, ::-1], atol=1e-12)
    for row, column in ((0, 0), (0, 60), (40, 75), (79, 60), (79, 120)):
        expected = reverse_kl_by_quad(fit.means[column], math.exp(fit.log_sigmas[row]), d)
        assert fit.reverse_surface[row, column] == pytest.approx(expected, abs=2e-4)


def test_drawn_densities_are_densities():
    fit = topic.fit_gaussian(6)
    step = fit.x[1] - fit.x[0]
    np.testing.assert_allclose(fit.mixture_density, np.exp(mixture_log_density(fit.x, 6)))
    assert step * fit.mixture_density.sum() == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(fit.forward_density, scipy.stats.norm.pdf(fit.x, 0, fit.forward.sigma))
    for optimum, density in zip(fit.reverse, fit.reverse_densities, strict=True):
        np.testing.assert_allclose(density, scipy.stats.norm.pdf(fit.x, optimum.mean, optimum.sigma))


# --- zero mass


def test_a_missing_class_costs_half_log_epsilon():
    result = topic.zero_mass("missing_class")
    assert result.epsilon[0] == 0
    assert result.epsilon[1] == pytest.approx(1e-12)
    assert result.kl_pq[0] == result.ce_pq[0] == math.inf
    assert result.kl_qp[0] == pytest.approx(LN2)
    np.testing.assert_allclose(result.ce_qp, LN2)  # P is uniform
    epsilon = result.epsilon[1:]
    np.testing.assert_allclose(result.kl_pq[1:], -0.5 * np.log(4 * epsilon * (1 - epsilon)), atol=1e-12)
    np.testing.assert_allclose(result.ce_pq[1:], LN2 + result.kl_pq[1:])
    assert (result.js < LN2).all()


def test_disjoint_supports_leave_only_js_finite():
    result = topic.zero_mass("disjoint", unit="bits")
    assert result.kl_pq[0] == result.kl_qp[0] == result.ce_pq[0] == result.ce_qp[0] == math.inf
    assert result.js[0] == pytest.approx(1)
    epsilon = result.epsilon[1:]
    np.testing.assert_allclose(result.kl_pq[1:], (1 - 2 * epsilon) * np.log2((1 - epsilon) / epsilon), atol=1e-9)
    np.testing.assert_allclose(result.kl_pq, result.kl_qp, atol=1e-12)
    assert (np.diff(result.js) <= 0).all()
    assert result.kl_pq[-1] == result.js[-1] == pytest.approx(0, abs=1e-12)


# --- soft targets


@pytest.mark.parametrize(("classes", "epsilon"), [(2, 0.3), (10, 0.1), (1000, 0.05)])
def test_label_smoothing_agrees_with_torch(classes, epsilon):
    result = topic.smooth_labels(classes=classes, epsilon=epsilon)
    logits = torch.zeros(result.gap.size, classes, dtype=torch.float64)
    logits[:, 0] = torch.tensor(result.gap)
    label = torch.zeros(result.gap.size, dtype=torch.long)
    expected = F.cross_entropy(logits, label, label_smoothing=epsilon, reduction="none")
    np.testing.assert_allclose(result.cross_entropy, expected, atol=1e-12)
    np.testing.assert_allclose(result.cross_entropy - result.kl, scipy.stats.entropy(result.target), atol=1e-12)


def test_label_smoothing_has_a_floor_and_a_finite_gap():
    result = topic.smooth_labels(classes=10, epsilon=0.1)
    best = scipy.optimize.minimize_scalar(
        lambda gap: -0.91 * gap + math.log(math.exp(gap) + 9), bounds=(0, 12), method="bounded", options={"xatol": 1e-9}
    )
    assert result.optimal_gap == pytest.approx(best.x, abs=1e-6)
    assert result.floor == pytest.approx(best.fun, abs=1e-12)
    assert result.kl.min() > 0
    assert result.gap[result.kl.argmin()] == pytest.approx(best.x, abs=0.06)  # a step of the grid


def test_without_smoothing_the_loss_falls_for_ever():
    result = topic.smooth_labels(epsilon=0, unit="bits")
    assert (result.floor, result.optimal_gap) == (0, math.inf)
    assert (np.diff(result.cross_entropy) < 0).all()
    np.testing.assert_allclose(result.cross_entropy[0], math.log2(10))
    assert topic.smooth_labels(epsilon=1).optimal_gap == pytest.approx(0)


def test_distillation_gradient_is_what_torch_differentiates():
    tau, classes = 3.0, 6
    result = topic.distil([tau], classes=classes, draws=2, logit_scale=1.5, seed=4)
    teacher, student = np.random.default_rng(4).normal(scale=1.5, size=(2, 2, classes))
    norms, cosines = [], []
    for v, z in zip(teacher, student, strict=True):
        logits = torch.tensor(z, requires_grad=True)
        target = (torch.tensor(v) / tau).softmax(0)
        F.kl_div((logits / tau).log_softmax(0), target, reduction="sum").backward()
        g = logits.grad.numpy()
        norms.append(np.linalg.norm(g))
        centred = (z - z.mean()) - (v - v.mean())
        cosines.append(g @ centred / np.linalg.norm(g) / np.linalg.norm(centred))
    assert result.norm.median[0] == pytest.approx(np.median(norms))
    assert result.scaled_norm.median[0] == pytest.approx(tau**2 * np.median(norms))
    assert result.cosine.median[0] == pytest.approx(np.median(cosines))
    assert result.norm.low[0] == pytest.approx(np.percentile(norms, 2.5))
    assert result.norm.high[0] == pytest.approx(np.percentile(norms, 97.5))


def test_the_gradient_falls_as_the_square_of_the_temperature():
    result = topic.distil([100.0, 200.0, 400.0])
    np.testing.assert_allclose(result.norm.median[:-1] / result.norm.median[1:], 4, rtol=0.02)
    np.testing.assert_allclose(result.scaled_norm.median, result.limit_norm.median[0], rtol=0.02)
    assert result.limit_norm.median.shape == (1,)
    angle = 1 - result.cosine.median  # the next term of the expansion is 1/T smaller, and an angle enters squared
    np.testing.assert_allclose(angle[:-1] / angle[1:], 4, rtol=0.02)


def test_the_gradients_stay_equal_at_every_temperature_and_turn_to_the_squared_error():
    result = topic.distil()
    assert result.largest_difference < 1e-15
    assert (np.diff(result.cosine.median) > 0).all()
    for band in (result.norm, result.scaled_norm, result.cosine):
        assert (band.low < band.median).all()
        assert (band.median < band.high).all()


# --- which call did you compute?


def call_named(table, call):
    (found,) = (entry for entry in table.calls if entry.call == call)
    return found


@pytest.mark.filterwarnings("ignore:reduction. 'mean'")
@pytest.mark.parametrize("name", list(topic.PRESETS))
def test_the_text_of_a_call_is_the_call(name):
    p, q = topic.PRESETS[name]
    table = topic.which_call(p, q)
    assert len({entry.call for entry in table.calls}) == len(table.calls) == 64 + 6 + 6
    tensors = {"F": F, "P": torch.tensor([p], dtype=torch.float64), "Q": torch.tensor([q], dtype=torch.float64)}
    arrays = {"scipy": scipy, "P": np.array(p), "Q": np.array(q)}
    for entry in table.calls:
        value = float(eval(entry.call, tensors if entry.library == "torch" else arrays))
        assert entry.value == pytest.approx(value, rel=1e-12, nan_ok=True)


def test_every_way_of_calling_kl_div_is_there_once():
    ways = [
        tuple(entry.options.values()) for entry in topic.which_call(*topic.PRESETS["uniform"]).calls if entry.options
    ]
    assert len(ways) == len(set(ways)) == 64


def test_calls_are_named_by_what_they_return():
    p, q = (0.6, 0.3, 0.1), (0.2, 0.3, 0.5)
    expected = {
        'F.kl_div(Q.log(), P, reduction="sum")': "kl_pq",
        'F.kl_div(P.log(), Q, reduction="sum")': "kl_qp",
        'F.kl_div(Q.log(), P, reduction="batchmean")': "kl_pq",
        'F.kl_div(Q.log(), P, reduction="mean")': "kl_pq_over_classes",
        'F.kl_div(P.log(), Q, reduction="mean")': "kl_qp_over_classes",
        'F.kl_div(Q.log(), P, reduction="none").sum()': "kl_pq",
        'F.kl_div(Q.log(), P.log(), reduction="sum", log_target=True)': "kl_pq",
        'F.kl_div(Q.log(), P, reduction="sum", log_target=True)': "none_of_these",
        'F.kl_div(Q.log(), P.log(), reduction="sum")': "not_a_number",
        'F.kl_div(Q, P, reduction="sum")': "none_of_these",
        'F.kl_div(Q[0].log(), P[0], reduction="batchmean")': "kl_pq_over_classes",
        "F.cross_entropy(Q.log(), P)": "ce_pq",
        "F.cross_entropy(P.log(), Q)": "ce_qp",
        "F.cross_entropy(Q.log(), P.argmax(1))": "hard_label_ce",
        "F.cross_entropy(Q, P)": "double_softmax_ce",
        "F.cross_entropy(Q, P.argmax(1))": "double_softmax_hard_label_ce",
        "scipy.stats.entropy(P, Q)": "kl_pq",
        "scipy.stats.entropy(Q, P)": "kl_qp",
        "scipy.special.rel_entr(P, Q).sum()": "kl_pq",
        "scipy.special.kl_div(Q, P).sum()": "kl_qp",
    }
    table = topic.which_call(p, q)
    assert {call: call_named(table, call).returned for call in expected} == {c: (n,) for c, n in expected.items()}
    quantities = table.quantities
    assert quantities["kl_pq"] == pytest.approx(0.6 * math.log(3) + 0.1 * math.log(0.2))
    assert quantities["ce_pq"] == pytest.approx(-0.6 * math.log(0.2) - 0.3 * math.log(0.3) - 0.1 * math.log(0.5))
    assert quantities["hard_label_ce"] == pytest.approx(-math.log(0.2))
    assert quantities["kl_qp_over_classes"] == pytest.approx(scipy.stats.entropy(q, p) / 3)


def test_one_hot_targets_give_a_call_two_names_and_zeros_give_nan():
    table = topic.which_call(*topic.PRESETS["one_hot"])
    assert {"kl_pq", "ce_pq"} <= set(call_named(table, "F.cross_entropy(Q.log(), P)").returned)
    in_log_space = call_named(table, 'F.kl_div(Q.log(), P.log(), reduction="sum", log_target=True)')
    assert in_log_space.returned == ("not_a_number",)  # exp(−inf) · (−inf) is 0 · inf


@pytest.mark.filterwarnings("ignore:reduction. 'mean'")
def test_replayed_bugs_are_the_calls_that_were_reported():
    replays = {replay.bug.number: replay for replay in topic.replay_bugs()}
    assert [bug.number for bug in topic.REPORTED_BUGS] == list(replays)
    for replay in replays.values():
        tensors = {"F": F, **{n: torch.tensor(getattr(replay.bug, n), dtype=torch.float64) for n in "ab"}}
        assert replay.value == pytest.approx(float(eval(replay.bug.call, tensors)))
        assert replay.fixed_value == pytest.approx(float(eval(replay.bug.fix, tensors)))
        assert replay.bug.url.endswith(f"pytorch/pytorch/issues/{replay.bug.number}")
    for number in (57459, 7337):
        bug = replays[number].bug
        assert replays[number].value == pytest.approx(topic.kl_divergence(bug.b, bug.a))
        assert replays[number].fixed_value == pytest.approx(topic.kl_divergence(bug.a, bug.b))
    for number in (5282, 43348):
        bug = replays[number].bug
        assert replays[number].value < 0
        assert replays[number].fixed_value == pytest.approx(topic.kl_divergence(bug.b, bug.a))
    assert replays[43348].value == pytest.approx(math.log(0.5) - 0.5)
    unnormalised = replays[60928]
    assert round(unnormalised.value, 4) == -0.0648  # as the report prints it
    assert sum(unnormalised.bug.b) < 0.31
    target = topic.normalise(unnormalised.bug.b, "b")
    assert unnormalised.fixed_value == pytest.approx(scipy.stats.entropy(target, unnormalised.bug.a), abs=1e-3)


def test_importing_the_topic_imports_neither_torch_nor_streamlit():
    script = (
        "import sys; import core.cross_entropy_vs_kl; "
        "print(sorted({'torch', 'streamlit', 'pandas', 'altair', 'scipy.stats'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


# --- claims


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        ("identity", Verdict.HOLDS),
        ("one_hot_equal", Verdict.HOLDS),
        ("kl_no_metric", Verdict.HOLDS),
        ("minimum_is_entropy", Verdict.HOLDS),
        ("entropy_without_sign", Verdict.FALSE),
        ("entropy_extremes", Verdict.HOLDS),
        ("minimising_is_same", Verdict.DEPENDS),
        ("ce_gradient_1_over_x", Verdict.DEPENDS),
    ],
)
def test_verdicts(key, verdict):
    claim = topic.CLAIMS[key]()
    assert claim.verdict is verdict
    assert all(isinstance(value, float) and math.isfinite(value) for value in claim.evidence.values())


def test_claims_stand_in_the_order_of_the_page():
    assert list(topic.CLAIMS) == [
        "identity",
        "one_hot_equal",
        "kl_no_metric",
        "minimum_is_entropy",
        "entropy_without_sign",
        "entropy_extremes",
        "minimising_is_same",
        "ce_gradient_1_over_x",
    ]


def test_evidence_matches_what_is_known():
    evidence = {key: compute().evidence for key, compute in topic.CLAIMS.items()}
    assert evidence["one_hot_equal"]["cross_entropy"] == pytest.approx(-math.log(0.4))
    assert evidence["one_hot_equal"]["smoothed_difference"] == pytest.approx(
        scipy.stats.entropy(topic.PRESETS["label_smoothed"][0])
    )
    assert evidence["kl_no_metric"]["kl_pq"] == pytest.approx(0.9 * math.log(1.8) + 0.1 * math.log(0.2))
    assert evidence["kl_no_metric"]["kl_qp"] == pytest.approx(0.5 * math.log(5 / 9) + 0.5 * math.log(5))
    # Another draw, another implementation.
    a, b, c = np.random.default_rng(99).dirichlet(np.ones(5), size=(3, 4000))
    kl = lambda x, y: scipy.stats.entropy(x, y, axis=1)  # noqa: E731
    share = (kl(a, c) > kl(a, b) + kl(b, c)).mean()
    assert evidence["kl_no_metric"]["kl_triangle_violations"] == pytest.approx(share, abs=0.03)
    assert evidence["kl_no_metric"]["sqrt_js_triangle_violations"] == 0
    assert evidence["entropy_without_sign"]["without_sign"] == -1.75
    assert evidence["entropy_extremes"]["uniform"] == pytest.approx(math.log(5))
    assert evidence["ce_gradient_1_over_x"]["slope_bits"] == pytest.approx(-1 / (0.4 * LN2), rel=1e-6)
    assert evidence["ce_gradient_1_over_x"]["logit_slope"] == pytest.approx(0.4 - 1)


@pytest.mark.parametrize(
    ("key", "name", "broken", "verdict"),
    [
        ("identity", "kl_terms", lambda p, q: q * np.log(q / p), Verdict.FALSE),
        ("one_hot_equal", "kl_terms", lambda p, q: np.abs(p - q), Verdict.FALSE),
        ("minimum_is_entropy", "entropy", lambda p, **_: 0.0, Verdict.FALSE),
        ("entropy_extremes", "entropy_terms", lambda p: 2 - p, Verdict.FALSE),
        ("minimising_is_same", "kl_gradient_of_rows", lambda p, q: p - q, Verdict.FALSE),
    ],
)
def test_a_verdict_follows_its_evidence(monkeypatch, key, name, broken, verdict):
    monkeypatch.setattr(claims_module, name, broken)
    assert topic.CLAIMS[key]().verdict is verdict


def test_verdicts_have_another_side(monkeypatch):
    trained = topic.learn_both()
    same = topic.JointTraining(by_cross_entropy=trained.by_kl, by_kl=trained.by_kl, unit="nats")
    monkeypatch.setattr(claims_module, "learn_both", lambda: same)
    assert topic.CLAIMS["minimising_is_same"]().verdict is Verdict.HOLDS
    monkeypatch.setattr(claims_module, "PRESETS", {"coin": ((0.9, 0.1), (0.1, 0.9))})  # a pair whose KL is symmetric
    assert topic.CLAIMS["kl_no_metric"]().verdict is Verdict.FALSE


def test_the_thumbnail_is_two_curves_the_entropy_apart():
    small = topic.thumbnail()
    p, _ = topic.PRESETS["label_smoothed"]
    assert small.lines["cross_entropy"] - small.lines["kl"] == pytest.approx(scipy.stats.entropy(p))
