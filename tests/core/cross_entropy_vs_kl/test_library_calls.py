"""The table of calls and the reported bugs, repeated with the installed libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
import scipy.spatial.distance
import scipy.special
import scipy.stats
import torch
from torch.nn import functional as F

from core import cross_entropy_vs_kl as topic


def call_named(table, call):
    (found,) = (entry for entry in table.calls if entry.call == call)
    return found


@pytest.mark.filterwarnings("ignore:reduction. 'mean'")
@pytest.mark.parametrize("name", list(topic.PRESETS))
def test_evaluating_the_text_of_a_call_gives_its_value(name):
    p, q = topic.PRESETS[name]
    table = topic.tabulate_calls(p, q)
    assert len({entry.call for entry in table.calls}) == len(table.calls) == 64 + 6 + 6
    tensors = {"F": F, "P": torch.tensor([p], dtype=torch.float64), "Q": torch.tensor([q], dtype=torch.float64)}
    arrays = {"scipy": scipy, "P": np.array(p), "Q": np.array(q)}
    for entry in table.calls:
        value = float(eval(entry.call, tensors if entry.library == "torch" else arrays))
        assert entry.value == pytest.approx(value, rel=1e-12, nan_ok=True)


def test_all_option_combinations_of_kl_div_appear_once():
    ways = [
        tuple(entry.options.values())
        for entry in topic.tabulate_calls(*topic.PRESETS["uniform"]).calls
        if entry.options
    ]
    assert len(ways) == len(set(ways)) == 64


def test_calls_are_identified_by_their_results():
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
    table = topic.tabulate_calls(p, q)
    assert {call: call_named(table, call).returned for call in expected} == {c: (n,) for c, n in expected.items()}
    quantities = table.quantities
    assert quantities["kl_pq"] == pytest.approx(0.6 * math.log(3) + 0.1 * math.log(0.2))
    assert quantities["ce_pq"] == pytest.approx(-0.6 * math.log(0.2) - 0.3 * math.log(0.3) - 0.1 * math.log(0.5))
    assert quantities["hard_label_ce"] == pytest.approx(-math.log(0.2))
    assert quantities["kl_qp_over_classes"] == pytest.approx(scipy.stats.entropy(q, p) / 3)


def test_one_hot_target_matches_two_quantities_and_zeros_give_nan():
    table = topic.tabulate_calls(*topic.PRESETS["one_hot"])
    assert {"kl_pq", "ce_pq"} <= set(call_named(table, "F.cross_entropy(Q.log(), P)").returned)
    in_log_space = call_named(table, 'F.kl_div(Q.log(), P.log(), reduction="sum", log_target=True)')
    assert in_log_space.returned == ("not_a_number",)  # exp(−inf) · (−inf) = 0 · (−inf) = nan


@pytest.mark.filterwarnings("ignore:reduction. 'mean'")
def test_replayed_bugs_match_the_reported_calls():
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
    assert round(unnormalised.value, 4) == -0.0648  # as printed in the report
    assert sum(unnormalised.bug.b) < 0.31
    target = topic.normalise(unnormalised.bug.b, "b")
    assert unnormalised.fixed_value == pytest.approx(scipy.stats.entropy(target, unnormalised.bug.a), abs=1e-3)
