"""The findings and the conditions under which they appear."""

from dataclasses import replace

import numpy as np
import pytest

from core import batch_size_minima as topic
from core.batch_size_minima.findings import study_findings
from core.batch_size_minima.studies import study
from core.batch_size_minima.training import Setting, train
from tests.core.batch_size_minima.helpers import FOUR_SEEDS


def escape_figures(sizes: list[int], batch_size: int, **options: object) -> dict[str, dict[str, float | int]]:
    options_ = {"noise": "batch", "start": "sharp", "constant_ratio": False} | options
    found = topic.escape(sizes, **options_)  # type: ignore[arg-type]
    options_.pop("learning_rate", None)
    return {f.code: f.figures for f in topic.escape_findings(found, batch_size=batch_size, **options_)}  # type: ignore[arg-type]


def study_figures(setting: Setting) -> dict[str, dict[str, float | int]]:
    return {found.code: found.figures for found in study_findings(study(setting))}


def test_escape_findings_depend_on_noise_and_stability() -> None:
    findings = escape_figures([8, 512], 8)
    assert set(findings) == {"sharp", "stationary_spread"} and findings["sharp"]["flat"] > 0.98
    assert findings["stationary_spread"]["sharp"] > 3 * findings["stationary_spread"]["flat"]
    assert set(escape_figures([8, 512], 512, start="uniform")) == {"uniform", "no_noise"}
    assert set(escape_figures([8], 8, learning_rate=0.04)) == {"sharp", "edge"}
    assert set(escape_figures([8], 8, learning_rate=0.5)) == {"diverged_beyond", "edge"}
    with_constant_ratio = escape_figures([8, 32, 128, 512], 32, constant_ratio=True)
    assert (
        with_constant_ratio["constant_ratio_differs"]["least"] < 0.3
        and with_constant_ratio["constant_ratio_differs"]["most"] == 1
    )
    assert with_constant_ratio["constant_ratio_unstable"] == {"b": 128}
    assert "constant_ratio_agrees" in escape_figures([16, 32], 32, constant_ratio=True, learning_rate=0.002)
    assert set(escape_figures([512], 512, constant_ratio=True, learning_rate=0.5)) == {
        "diverged_beyond",
        "edge",
        "constant_ratio_unstable",
    }


def test_the_minibatch_finding_depends_on_batch_size_and_noise() -> None:
    assert [topic.minibatch_finding(8, noise).code for noise in topic.NOISES] == ["batch", "other", "other", "other"]
    assert {topic.minibatch_finding(topic.N_EXAMPLES, noise).code for noise in topic.NOISES} == {"none"}
    figures = topic.minibatch_finding(8, "batch").figures
    assert figures["b"] == 8 and figures["sd"] == topic.shift_sd(8)
    assert figures["sharp"] + figures["flat"] == pytest.approx(2) and figures["sharp"] < figures["flat"]


def test_study_findings_report_the_sign_of_the_difference() -> None:
    found = study_figures(FOUR_SEEDS)
    assert found["net_sharper"]["wins"] == found["net_sharper"]["count"] == 4
    assert found["net_sharper"]["low"] > 0 and (found["net_sharper"]["small"], found["net_sharper"]["large"]) == (8, 64)
    reversed_ = study_figures(replace(FOUR_SEEDS, batch_sizes=(64, 8)))
    assert reversed_["net_flatter"]["mean"] == pytest.approx(-found["net_sharper"]["mean"])
    same = study_figures(replace(FOUR_SEEDS, batch_sizes=(64, 64)))
    assert same["net_as_sharp"]["mean"] == 0 and same["net_as_good"]["mean"] == 0


def test_study_findings_report_unequal_training() -> None:
    assert "net_undertrained" in study_figures(replace(FOUR_SEEDS, protocol="epochs", epochs=10))
    assert "net_undertrained" not in study_figures(replace(FOUR_SEEDS, protocol="loss", target=0.1, updates=1000))
    behind = study_figures(replace(FOUR_SEEDS, batch_sizes=(64, 8), protocol="epochs", epochs=40))["net_behind"]
    assert behind["small"] == 64 and behind["small_loss"] > 5 * behind["large_loss"]
    short = study_figures(replace(FOUR_SEEDS, protocol="loss", target=1e-9))["net_short"]
    assert short["models"] == short["all"] == 8
    noisy = study_figures(replace(FOUR_SEEDS, label_noise=0.5))["net_label_noise"]
    assert noisy["noise"] == 50 and 1 < noisy["small_test"] < 100


def test_study_findings_report_the_edge_of_stability() -> None:
    found = study_figures(replace(FOUR_SEEDS, learning_rate=1.2, updates=1000))["net_edge"]
    assert found["edge"] == pytest.approx(2 / 1.2) and abs(found["top"] - found["edge"]) < 0.05 * found["edge"]
    assert "net_edge" not in study_figures(replace(FOUR_SEEDS, learning_rate=0.2))


def test_study_findings_compare_nothing_with_fewer_than_two_usable_seeds() -> None:
    found = study_figures(replace(FOUR_SEEDS, learning_rate=1e3))
    assert set(found) == {"net_diverged", "net_too_few"}
    assert found["net_diverged"]["models"] == 8 and found["net_diverged"]["smallest"] == 8
    for seeds in (1, 2):
        few = study_figures(replace(FOUR_SEEDS, seeds=seeds))
        assert few["net_too_few"]["count"] <= seeds
        assert not {"net_sharper", "net_flatter", "net_better", "net_worse"} & set(few), "two seeds name no winner"


@pytest.mark.slow
def test_study_findings_report_that_polishing_reverses_keskars_sharpness() -> None:
    found = study_figures(Setting(batch_sizes=(4, 256), examples=256, seeds=10))
    assert found["net_keskar_turns"]["raw"] < 0 < found["net_keskar_turns"]["polished"]


def test_interpolation_finding_matches_the_interpolation() -> None:
    line = topic.interpolate(study(FOUR_SEEDS))
    figures = topic.interpolation_finding(line).figures
    assert figures["wins"] == (line.curvature[1] > line.curvature[0]).sum() and figures["count"] == 4
    assert figures["train"] == pytest.approx(line.barrier[0].mean())
    assert (
        topic.interpolation_finding(topic.interpolate(study(replace(FOUR_SEEDS, learning_rate=1e3)))).code
        == "line_none"
    )


@pytest.mark.slow
def test_the_sharpness_falls_for_all_batch_sizes_and_further_for_the_small_ones() -> None:
    """The text of the scene on equal updates is true."""
    ends = []
    for run in train(Setting(), points=2):
        start, end = (float(np.nanmean(run.sharpness[:, column])) for column in (0, -1))
        assert end < start
        ends.append(end)
    assert ends == sorted(ends)
