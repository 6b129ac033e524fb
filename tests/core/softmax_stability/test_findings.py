"""Each kind of failure produces its finding."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.softmax_stability import (
    ALGORITHMS,
    DTYPES,
    EXTREMES,
    Errors,
    errors,
    extreme_class,
    findings,
    make_logits,
    reference,
    trace,
)
from tests.core.softmax_stability.helpers import as_dtype, epsilon, exact


def found(logits, *, dtype: str = "float32", true_class: int = 0, temperature: float = 1.0) -> dict[str, dict]:
    options = {"dtype": dtype, "true_class": true_class, "temperature": temperature}
    traces = {name: trace(logits, algorithm=name, **options) for name in ALGORITHMS}
    truth = reference(logits, **options)
    named = findings(
        np.asarray(logits, float),
        traces,
        errors(logits, **options),
        truth,
        true_class=true_class,
        temperature=temperature,
    )
    return {finding.code: finding.figures for finding in named}


def test_run_without_failures_has_one_finding() -> None:
    assert found([0.0, 1.0, 2.0]) == {"calm": {}}


@pytest.mark.parametrize(
    ("logits", "options", "code"),
    [
        ([70_000.0, 70_001.0], {"dtype": "float16"}, "input_overflows"),
        ([1000.0, 1001.0], {}, "exp_overflows"),
        ([0.0, 1.0, 2.0], {"temperature": 0.01}, "exp_overflows"),
        ([87.0] * 10, {}, "sum_overflows"),
        ([-110.0, -109.0], {}, "zero_over_zero"),
        ([0.0, 110.0], {}, "log_of_zero"),
        ([0.0, 40.0], {}, "epsilon"),
        ([17.0, 0.0], {}, "certain"),
        ([1e8, 1e8], {}, "orders"),
        ([1e5, 1e5], {"temperature": 0.01}, "orders"),
        ([-100.0, -99.0, -98.0], {"true_class": 2}, "naive_only"),
        ([0.0, 1.0, 2.0], {"dtype": "float64"}, "epsilon_small"),
        ([0.0, 17.0], {"dtype": "float16"}, "epsilon_zero"),
        ([0.0, -math.inf], {}, "masked"),
        ([-math.inf, 0.0], {}, "true_masked"),
        ([-math.inf, -math.inf], {}, "all_masked"),
        ([-1e9, 0.0, 1.0], {"dtype": "float16", "true_class": 2}, "input_masked"),
        ([-70_000.0, 0.0, 1.0], {"dtype": "float16", "true_class": 0}, "input_true_masked"),
        ([12.0, 0.0], {"dtype": "float32"}, "lost_digits"),
    ],
)
def test_each_failure_has_its_finding(logits: list[float], options: dict, code: str) -> None:
    assert code in found(logits, **options)
    assert "calm" not in found(logits, **options)


def test_findings_carry_the_figures() -> None:
    figures = found([0.0, 110.0])["log_of_zero"]
    assert figures["loss"] == math.inf
    assert figures["truth"] == pytest.approx(110)
    assert found([0.0, 40.0])["epsilon"]["loss"] == pytest.approx(-math.log(1e-8), rel=1e-6)
    # log(p + ε) = log p + log(1 + ε/p), and its derivative is that of log p times p / (p + ε).
    p = 1 / (1 + math.e + math.e**2)
    assert found([0.0, 1.0, 2.0], dtype="float64")["epsilon_small"] == {
        "loss_error": pytest.approx(math.log1p(1e-8 / p), rel=1e-6),
        "gradient_error": pytest.approx((1 - p) * 1e-8 / (p + 1e-8), rel=1e-6),
    }
    assert found([1e8, 1e8])["orders"] == {
        "first": pytest.approx(math.log(2)),
        "back": 0.0,
        "truth": pytest.approx(math.log(2)),
    }


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_order_of_subtractions_is_not_a_finding_where_both_fail_or_agree(dtype: str) -> None:
    assert "orders" not in found([1e8, 1e8], dtype=dtype)


def test_a_mask_that_does_not_fit_into_the_type_is_not_called_an_overflow() -> None:
    named = found([-1e9, 0.0, 1.0], dtype="float16", true_class=2)
    assert "input_overflows" not in named
    assert named["input_masked"] == {"count": 1}


def test_exact_loss_of_a_certain_class_is_given_beyond_float64() -> None:
    figures = found([1000.0, 0.0])["certain"]
    assert figures["log10_truth"] == pytest.approx(-1000 / math.log(10))


def named_independently(logits, *, dtype: str, true_class: int, temperature: float, measured: dict[str, Errors]) -> set:
    """Return the codes by their definitions, with mpmath and plain NumPy; verdicts are from ``measured``."""
    scaled = np.asarray(logits, float) / temperature
    masked = np.isneginf(scaled)
    if masked.all():
        return {"all_masked"}
    codes = set()
    if masked.any():
        codes.add("true_masked" if masked[true_class] else "masked")
    with np.errstate(all="ignore"):
        z = as_dtype(scaled, dtype)
        number = z.dtype.type
        wide = np.float32 if z.dtype.itemsize == 2 else z.dtype
        exps = np.exp(z)
        total = number(exps.sum(dtype=wide))
        hopeless = bool(np.any(z.astype(float) == np.inf) or np.all(np.isinf(z.astype(float))))
        rounded = np.isinf(z.astype(float)) & ~masked
        if rounded.any():
            codes.add("input_overflows" if hopeless else "input_true_masked" if rounded[true_class] else "input_masked")
        ranks = {name: ["right", "wrong", "failed"].index(one.verdict) for name, one in measured.items()}
        if not hopeless:
            if np.isinf(exps.astype(float)).any():
                codes.add("exp_overflows")
            elif np.isinf(float(total)):
                codes.add("sum_overflows")
            elif float(total) == 0:
                codes.add("zero_over_zero")
            elif ranks["naive"] > ranks["log_of_softmax"]:
                codes.add("naive_only")
        exact_logits = np.where(np.isinf(z.astype(float)), scaled, z.astype(float))
        unmasked = [k for k in range(z.size) if exact_logits[k] != -np.inf]
        if masked[true_class]:
            loss, complement = mpmath.inf, mpmath.mpf(1)
        else:
            with mpmath.workdps(60):
                others = mpmath.fsum(
                    mpmath.exp(mpmath.mpf(float(exact_logits[k])) - mpmath.mpf(float(exact_logits[true_class])))
                    for k in unmasked
                    if k != true_class
                )
                loss, complement = mpmath.log1p(others), others / (1 + others)
        # log(softmax) and log-sum-exp with the maximum subtracted.
        shift = z - z.max()
        shifted = np.exp(shift)
        normaliser = number(shifted.sum(dtype=wide))
        p = shifted / normaliser
        log_p = np.log(p)
        d_p = np.zeros_like(p)
        d_p[true_class] = -number(1)
        d_p = d_p / p
        d_sum = number((-d_p * (p / normaliser)).sum(dtype=wide))
        gradient = (d_p / normaliser + d_sum) * shifted
        log_finite = np.isfinite(np.append(gradient, -log_p[true_class]).astype(float)).all()
        if not log_finite and mpmath.isfinite(loss) and np.isfinite(p.astype(float)).all():
            codes.add("log_of_zero")
        argument = p + number(1e-8)
        d_e = np.zeros_like(p)
        d_e[true_class] = -number(1)
        d_e = d_e / argument
        d_es = number((-d_e * (p / normaliser)).sum(dtype=wide))
        e_gradient = (d_e / normaliser + d_es) * shifted
        e_loss = -np.log(argument)[true_class]
        if measured["plus_epsilon"].verdict != "right":
            same = float(e_loss) == float(-log_p[true_class]) and np.array_equal(
                e_gradient.astype(float), gradient.astype(float), equal_nan=True
            )
            if float(number(1e-8)) == 0:
                codes.add("epsilon_zero")
            elif not same and np.isfinite(np.append(e_gradient, e_loss).astype(float)).all():
                codes.add("epsilon" if loss >= -mpmath.log(mpmath.mpf("1e-8")) else "epsilon_small")
        log_sum = np.log(normaliser)
        stable = -(shift[true_class] - log_sum)
        back = (z.max() + log_sum) - z[true_class]
        if float(stable) == 0 and complement > 0:
            codes.add("certain")
        if all(math.isfinite(x) for x in (float(stable), float(back), float(loss))):
            allowed = math.sqrt(epsilon(dtype)) * loss
            if abs(float(stable) - loss) <= allowed < abs(float(back) - loss):
                codes.add("orders")
    if any(one.verdict == "wrong" for one in measured.values()):
        codes.add("lost_digits")
    return codes or {"calm"}


SIZES = st.one_of(st.floats(0, 20), st.floats(0, 120), st.floats(0, 1000), st.sampled_from([0.0, 1e8, 7e4, 1e12]))
SIGNS = st.sampled_from([-1.0, 1.0])


@st.composite
def typed_logits(draw) -> np.ndarray:
    row = [draw(SIGNS) * draw(SIZES) for _ in range(draw(st.integers(2, 6)))]
    masks = [draw(st.integers(0, 9)) == 0 for _ in row]
    return np.array([-math.inf if mask else value for mask, value in zip(masks, row, strict=True)])


generated_logits = st.builds(
    lambda n, sign, offset, spread: make_logits(n, offset=sign * offset, spread=spread),
    st.sampled_from([2, 3, 10, 100]),
    SIGNS,
    SIZES,
    SIZES,
)


@settings(max_examples=600, derandomize=True, deadline=None)
@given(
    logits=st.one_of(generated_logits, typed_logits()),
    dtype=st.sampled_from(DTYPES),
    which=st.sampled_from(EXTREMES),
    temperature=st.sampled_from([0.01, 0.1, 1.0, 1.0, 1.0, 3.7, 100.0]),
)
def test_findings_are_present_exactly_where_their_condition_holds(
    logits: np.ndarray, dtype: str, which: str, temperature: float
) -> None:
    options = {"dtype": dtype, "true_class": extreme_class(logits, which), "temperature": temperature}
    measured = errors(logits, **options)
    codes = set(found(logits, **options))
    assert codes == named_independently(logits, measured=measured, **options)
    if "input_true_masked" in codes:
        assert trace(logits, algorithm="log_sum_exp", **options).loss == math.inf
    if "sum_overflows" in codes:
        naive = trace(logits, algorithm="naive", **options)
        assert (naive.loss, *naive.probabilities) == (math.inf, *np.zeros(logits.size))
        assert not np.isfinite(naive.gradient).all()
    assert ("calm" in codes) <= all(one.verdict == "right" for one in measured.values())
    if any(one.verdict == "failed" for one in measured.values()):
        failures = {"input_overflows", "exp_overflows", "sum_overflows", "zero_over_zero", "naive_only", "log_of_zero"}
        masks = {"input_true_masked", "all_masked", "masked", "true_masked"}
        assert codes & {*failures, *masks, "epsilon_zero"}, "each failure has a reason"


def test_exact_results_of_masked_classes_are_those_without_them() -> None:
    masked = reference([0.5, -math.inf, 2.0], dtype="float64", true_class=2)
    p, log10_p, loss, gradient = exact([0.5, 2.0], 1)
    np.testing.assert_allclose(masked.probabilities, [p[0], 0.0, p[1]], rtol=1e-15)
    np.testing.assert_allclose(masked.gradient, [gradient[0], 0.0, gradient[1]], rtol=1e-15)
    assert masked.loss == pytest.approx(loss)
    assert masked.log10_probabilities[1] == -math.inf
    assert masked.log10_complement == pytest.approx(log10_p[0])
