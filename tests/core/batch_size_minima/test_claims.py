"""What trained solutions are said to show: verdicts and findings."""

from dataclasses import replace

import numpy as np
import pytest

from core import batch_size_minima as topic
from core.batch_size_minima import Setting, study, study_findings
from core.batch_size_minima.claims import CLEAN, LINEAR, trained
from core.claims import Verdict

QUICK = Setting(batch_sizes=(8, 64), updates=150, examples=64, seeds=4)


def codes(setting: Setting) -> dict[str, dict[str, float | int]]:
    return {found.code: found.figures for found in study_findings(study(setting))}


@pytest.mark.slow
def test_large_batches_end_sharp_under_one_protocol_only() -> None:
    claim = topic.CLAIMS["large_batch_sharp"]()
    figures = claim.evidence
    assert claim.verdict is Verdict.DEPENDS
    assert figures["updates_low"] > 0 > figures["linear_high"]
    assert figures["updates_wins"] == CLEAN.seeds and figures["linear_wins"] == 0
    # Full-batch descent cannot stay above 2 / learning rate.
    assert figures["linear_large"] < 1.02 * figures["edge"] < figures["linear_small"]


@pytest.mark.slow
def test_flat_and_small_batches_help_in_one_task_and_hurt_in_another() -> None:
    flat, small = (topic.CLAIMS[name]() for name in ("flat_generalises", "small_batch_regularises"))
    assert flat.verdict is small.verdict is Verdict.DEPENDS
    for name in ("clean", "noisy", "decayed"):
        assert flat.evidence[f"{name}_sharper"] == CLEAN.seeds
        assert flat.evidence[f"{name}_mean"] == -small.evidence[f"{name}_mean"]
    assert flat.evidence["clean_low"] < 0 < flat.evidence["clean_high"]
    assert flat.evidence["noisy_high"] < 0 < flat.evidence["decayed_low"]
    assert flat.evidence["dinh_high"] > 20 * flat.evidence["dinh_low"] and flat.evidence["dinh_change"] < 1e-6
    assert small.evidence["fits_large"] > small.evidence["fits_small"]
    assert small.evidence["test_decayed"] > small.evidence["test_small"] > small.evidence["test_large"]


@pytest.mark.slow
def test_pretraining_is_untested_and_one_pass_with_few_updates_fails() -> None:
    claim = topic.CLAIMS["large_batches_pretrain"]()
    assert claim.verdict is Verdict.UNTESTED
    shares = [claim.evidence[f"b_{batch}"] for batch in (8, 32, 128, 1024)]
    assert shares == sorted(shares, reverse=True) and shares[0] > 85 > 40 > shares[-1]


def test_claims_come_in_their_order_and_share_trainings() -> None:
    assert list(topic.CLAIMS) == [
        "large_batch_sharp", "flat_generalises", "noise_is_the_reason", "small_batch_regularises",
        "large_batches_pretrain",
    ]  # fmt: skip
    tiny = replace(LINEAR, seeds=1, epochs=1)
    assert trained(tiny) is trained(tiny)


@pytest.mark.slow
@pytest.mark.parametrize("setting", [CLEAN, LINEAR], ids=["equal updates", "linear scaling"])
def test_the_claims_curvatures_are_arpacks(setting: Setting) -> None:
    runs = trained(setting)
    found = topic.measure(setting, runs)
    np.testing.assert_allclose(found.finals("sharpness"), found.measures["lambda"], rtol=0.005)


def test_findings_tell_the_sign_of_a_difference() -> None:
    found = codes(QUICK)
    assert found["net_sharper"]["wins"] == found["net_sharper"]["count"] == 4
    assert found["net_sharper"]["low"] > 0 and (found["net_sharper"]["small"], found["net_sharper"]["large"]) == (8, 64)
    turned = codes(replace(QUICK, batch_sizes=(64, 8)))
    assert turned["net_flatter"]["mean"] == pytest.approx(-found["net_sharper"]["mean"])
    same = codes(replace(QUICK, batch_sizes=(64, 64)))
    assert same["net_as_sharp"]["mean"] == 0 and same["net_as_good"]["mean"] == 0


def test_findings_name_what_a_comparison_leaves_open() -> None:
    assert "net_undertrained" in codes(replace(QUICK, protocol="epochs", epochs=10))
    assert "net_undertrained" not in codes(replace(QUICK, protocol="loss", target=0.1, updates=1000))
    behind = codes(replace(QUICK, batch_sizes=(64, 8), protocol="epochs", epochs=40))["net_behind"]
    assert behind["small"] == 64 and behind["small_loss"] > 5 * behind["large_loss"]
    short = codes(replace(QUICK, protocol="loss", target=1e-9))["net_short"]
    assert short["models"] == short["all"] == 8
    noisy = codes(replace(QUICK, label_noise=0.5))["net_label_noise"]
    assert noisy["noise"] == 50 and 1 < noisy["small_test"] < 100


def test_a_full_batch_at_the_edge_is_named() -> None:
    found = codes(replace(QUICK, learning_rate=1.2, updates=1000))["net_edge"]
    assert found["edge"] == pytest.approx(2 / 1.2) and abs(found["top"] - found["edge"]) < 0.05 * found["edge"]
    assert "net_edge" not in codes(replace(QUICK, learning_rate=0.2))


def test_nothing_is_compared_where_there_is_nothing_to_compare() -> None:
    found = codes(replace(QUICK, learning_rate=1e3))
    assert set(found) == {"net_diverged", "net_too_few"}
    assert found["net_diverged"]["models"] == 8 and found["net_diverged"]["smallest"] == 8
    assert set(codes(replace(QUICK, seeds=1))) >= {"net_too_few"}


@pytest.mark.slow
def test_keskars_measure_turns_round_when_polished() -> None:
    found = codes(Setting(batch_sizes=(4, 256), examples=256, seeds=10))
    assert found["net_keskar_turns"]["raw"] < 0 < found["net_keskar_turns"]["polished"]


def test_the_lines_finding_is_the_lines() -> None:
    line = topic.interpolate(study(QUICK))
    figures = topic.line_finding(line).figures
    assert figures["wins"] == (line.curvature[1] > line.curvature[0]).sum() and figures["count"] == 4
    assert figures["train"] == pytest.approx(line.barrier[0].mean())
    assert topic.line_finding(topic.interpolate(study(replace(QUICK, learning_rate=1e3)))).code == "line_none"


def test_a_table_has_a_row_for_every_solution() -> None:
    found = study(QUICK)
    table = found.table()
    assert {len(values) for values in table.values()} == {8}
    assert table["batch"].tolist() == [8] * 4 + [64] * 4 and table["seed"].tolist() == [0, 1, 2, 3] * 2
    assert table["lambda"][5] == found.measures["lambda"][1, 1]
    assert table["test_accuracy"][2] == found.runs[0].test_accuracy[2, -1]
    assert set(table["outcome"]) == {"trained"}


def test_by_batch_is_the_interval_of_each_batch_size() -> None:
    found = study(QUICK)
    for name in ("lambda", "test_accuracy"):
        values = found.measures["lambda"] if name == "lambda" else found.finals(name)
        mean, low, high = topic.by_batch(found, name)
        np.testing.assert_allclose(mean, values.mean(axis=1))
        assert (low < mean).all() and (mean < high).all()
