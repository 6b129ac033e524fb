"""The charts and texts on cross-entropy and KL divergence show what `core` computes."""

import contextlib
import io
import json
import math

import mpmath
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.cross_entropy_vs_kl import compare, loss_path, normalise
from tests.conftest import Open, chart_of, data_of, figures, texts
from ui.numbers import format_number

STEM = "cross_entropy_vs_kl"


def test_example_of_the_lecture_notes_in_both_units(open_page: Open) -> None:
    nats = figures(open_page(STEM, cross_preset="five_class"))
    assert nats["H(P, Q)"] == nats["KL(P‖Q)"] == format_number(-math.log(0.4)) + " nats"
    bits = figures(open_page(STEM, cross_preset="five_class", cross_unit="bits"))
    assert bits["H(P, Q)"] == format_number(-math.log2(0.4)) + " bits"


def test_disjoint_supports_have_infinite_divergences(open_page: Open) -> None:
    app = open_page(STEM, cross_preset="disjoint")
    shown = figures(app)
    assert (shown["KL(P‖Q)"], shown["KL(Q‖P)"], shown["H(P, Q)"]) == ("∞ nats",) * 3
    assert shown["Jensen–Shannon"] == format_number(math.log(2)) + " nats"
    assert "P uses a class to which Q gives probability 0" in texts(app)


def test_cross_entropy_is_the_entropy_once_q_equals_p(open_page: Open) -> None:
    shown = figures(open_page(STEM, cross_step="100"))
    assert shown["KL(P‖Q)"] == "0 nats"
    assert shown["H(P, Q)"] == shown["H(P)"]


@pytest.mark.parametrize(("separation", "seeks"), [("5.6", False), ("5.7", True)])
def test_reverse_kl_seeks_a_mode_if_the_modes_are_far_apart(open_page: Open, separation: str, seeks: bool) -> None:
    app = open_page(STEM, lang="en", cross_tab="gaussian", cross_separation=separation)
    assert ("sits on one bump" in texts(app)) is seeks


def test_call_in_the_wrong_order_is_shown_as_the_other_kl(open_page: Open) -> None:
    app = open_page(STEM, cross_preset="coin", cross_tab="calls", cross_order="target_q")
    # KL(Q‖P) of the fair against the biased coin.
    swapped = 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1)
    assert any(text.value == f"## {format_number(swapped)} nats → KL(Q‖P)" for text in app.markdown)


def amount(value: float, unit: str) -> str:
    text = format_number(value)
    return f"{text} {unit.removesuffix('s')}" if text == "1" else f"{text} {unit}"


@pytest.mark.parametrize("unit", ["nats", "bits"])
@pytest.mark.parametrize("case", ["missing_class", "disjoint"])
def test_cards_of_a_vanishing_probability_are_exact_at_the_slider(open_page: Open, case: str, unit: str) -> None:
    for epsilon in ("1e-12", "1e-11", "1e-06", "0.0001", "0.001", "0.1"):
        query = {"cross_tab": "zero", "cross_case": case, "cross_epsilon": epsilon, "cross_unit": unit}
        app = open_page(STEM, **query)
        with mpmath.workdps(40):
            e, half = mpmath.mpf(float(epsilon)), mpmath.mpf(1) / 2
            if case == "missing_class":
                p, q = [half, half], [1 - e, e]
            else:
                p, q = [(1 - e) / 2] * 2 + [e / 2] * 2, [e / 2] * 2 + [(1 - e) / 2] * 2
            scale = mpmath.log(2) if unit == "bits" else 1
            kl = float(mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(p, q, strict=True)) / scale)
            ce = float(mpmath.fsum(-a * mpmath.log(b) for a, b in zip(p, q, strict=True)) / scale)
        bodies = [element.proto.body for element in app.get("html")]
        assert any(f"<dd>{format_number(kl)} {unit}</dd>" in body for body in bodies), epsilon
        assert any(f"<dd>{format_number(ce)} {unit}</dd>" in body for body in bodies), epsilon


def test_scene_on_probability_0_shows_what_its_text_says(open_page: Open) -> None:
    scene = {"cross_preset": "disjoint", "cross_tab": "zero", "cross_case": "disjoint", "cross_epsilon": "0"}
    [cards] = (element.proto.body for element in open_page(STEM, **scene).get("html") if "<dd>" in element.proto.body)
    assert cards.count("∞ nats") == 3


@pytest.mark.parametrize("tab", ["gaussian", "distillation", "calls", "learned", "smoothing", "path"])
def test_every_view_uses_the_unit(open_page: Open, tab: str) -> None:
    nats, bits = (open_page(STEM, cross_preset="coin", cross_tab=tab, cross_unit=unit) for unit in ("nats", "bits"))
    assert texts(nats) != texts(bits)
    charts = [json.loads(chart.proto.spec) for chart in bits.get("vega_lite_chart")]
    assert tab == "calls" or any("bits" in json.dumps(chart) for chart in charts)


def test_calls_return_nats_and_are_converted(open_page: Open) -> None:
    app = open_page(STEM, cross_preset="coin", cross_unit="bits", cross_tab="calls")
    assert any(text.value == "## 0.3681 nats = 0.531 bits → KL(P‖Q)" for text in app.markdown)


def test_axis_of_the_gradient_contains_every_bar(open_page: Open) -> None:
    app = open_page(STEM, cross_p="1 0", cross_q="0.01 0.99", cross_unit="bits", cross_tab="path")
    bars = data_of(STEM, app, "gradient", "bars")
    spec = json.loads(chart_of(STEM, app, "gradient").spec)
    domains = [
        value
        for value in find(spec, "domain")
        if isinstance(value, list) and len(value) == 2 and not isinstance(value[0], str)
    ]
    [limits] = {tuple(domain) for domain in domains if domain[0] == -domain[1]}
    largest = max(abs(value) for column in bars.select_dtypes("number") for value in bars[column])
    assert largest == pytest.approx(0.99 / math.log(2))
    assert limits[1] > largest


def find(tree, key: str) -> list:
    """Return all values of a key in nested dictionaries and lists."""
    if isinstance(tree, dict):
        return [value for name, value in tree.items() if name == key] + [
            found for value in tree.values() for found in find(value, key)
        ]
    return [found for value in tree for found in find(value, key)] if isinstance(tree, list) else []


def test_gradients_are_finite_while_the_losses_are(open_page: Open) -> None:
    app = open_page(STEM, cross_p="1 1", cross_q="1, 1e-310", cross_tab="path")
    assert "both losses are ∞" not in texts(app)
    assert data_of(STEM, app, "gradient", "bars").notna().all().all()
    app = open_page(STEM, cross_preset="disjoint", cross_tab="path")
    assert "both losses are ∞" in texts(app)
    assert "From 1% on they are finite" in texts(app)


def test_equal_gradients_are_not_called_rounding(open_page: Open) -> None:
    app = open_page(STEM, cross_p="1 1", cross_q="1 1", cross_tab="path")
    assert "0e+00" not in texts(app)
    assert "equal to the last digit" in texts(app)


def test_label_smoothing_without_smoothing_has_no_optimal_gap(open_page: Open) -> None:
    app = open_page(STEM, cross_tab="smoothing", cross_smoothing="0")
    assert "No finite gap is optimal" in texts(app)
    assert data_of(STEM, app, "smoothing", "here").empty


@pytest.mark.parametrize(("separation", "single"), [("0", True), ("2", True), ("2.1", False)])
def test_mixture_has_one_bump_up_to_a_distance_of_two(open_page: Open, separation: str, single: bool) -> None:
    app = open_page(STEM, cross_tab="gaussian", cross_separation=separation)
    assert ("single bump" in texts(app)) is single
    assert ("covers both" in texts(app)) is not single


WEIGHTS = st.lists(st.sampled_from([0, 0.1, 0.25, 1, 2, 3.5]), min_size=2, max_size=6).filter(any)


@settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # opens a new app for each example
)
@given(data=st.data(), step=st.integers(0, 100), unit=st.sampled_from(["nats", "bits"]))
def test_snippet_prints_the_figures_on_screen(open_page: Open, data, step: int, unit: str) -> None:
    p = data.draw(WEIGHTS)
    q = data.draw(st.lists(st.sampled_from([0, 0.1, 0.5, 2]), min_size=len(p), max_size=len(p)).filter(any))
    typed = {"cross_p": " ".join(map(str, p)), "cross_q": " ".join(map(str, q))}
    app = open_page(STEM, cross_step=str(step), cross_unit=unit, cross_behind="code", **typed)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(app.code[0].value, "<the snippet>", "exec"), {"__name__": "snippet"})
    values = [float(word) for word in printed.getvalue().split("\n")[0].split()]
    shown = figures(app)
    names = ("H(P)", "H(P, Q)", "KL(P‖Q)", "KL(Q‖P)", "Jensen–Shannon")
    assert [shown[name] for name in names] == [amount(value, unit) for value in values]
    path = loss_path(normalise(p, "P"), normalise(q, "Q"), unit=unit)
    assert values[1] == compare(normalise(p, "P"), path.q[step], unit=unit).ce_pq
