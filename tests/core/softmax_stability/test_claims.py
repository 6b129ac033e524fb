"""The verdicts, their evidence, and that the verdicts follow from it."""

import math

import numpy as np
import pytest
import torch
from scipy import special, stats

from core.claims import Verdict
from core.softmax_stability import CLAIMS
from core.softmax_stability import claims as claims_module
from core.softmax_stability.truth import Truth

PINNED = {
    "inf_over_inf": Verdict.HOLDS,
    "shift_invariance": Verdict.HOLDS,
    "scale_sharpens": Verdict.DEPENDS,
    "underflow_harmless": Verdict.DEPENDS,
    "inference_needs_none": Verdict.DEPENDS,
    "gradient_p_minus_t": Verdict.HOLDS,
    "loss_scaling": Verdict.DEPENDS,
    "sigmoid_density": Verdict.FALSE,
}


def test_claims_are_in_page_order():
    assert list(CLAIMS) == list(PINNED)


@pytest.mark.parametrize("key", PINNED)
def test_verdict_of_each_claim(key):
    claim = CLAIMS[key]()
    assert claim.verdict is PINNED[key]
    assert all(isinstance(value, float) for value in claim.evidence.values())


def test_evidence_matches_independent_computations():
    evidence = {key: claim().evidence for key, claim in CLAIMS.items()}
    assert evidence["inf_over_inf"]["exp_2000"] == math.inf
    assert math.isnan(evidence["inf_over_inf"]["naive_probability"])
    assert evidence["inf_over_inf"]["shifted_probability"] == pytest.approx(special.softmax([2, 1, 0])[0])
    assert evidence["shift_invariance"]["exact_change"] == 0
    # Near 1e8 the spacing of float32 is 8, so adding (1, 2, 4) gives three equal numbers (the tie rounds to even).
    assert evidence["shift_invariance"]["float32_change_at_1e8"] == pytest.approx(special.softmax([1, 2, 4])[2] - 1 / 3)
    for name, factor in (("half", 0.5), ("one", 1.0), ("double", 2.0)):
        p = special.softmax(factor * np.array([1, 2, 4]))
        assert evidence["scale_sharpens"][f"entropy_{name}"] == pytest.approx(stats.entropy(p))
        assert evidence["scale_sharpens"][f"largest_{name}"] == pytest.approx(p.max())
    underflow = evidence["underflow_harmless"]
    assert (underflow["probability"], underflow["loss"], underflow["true_loss"]) == (0, math.inf, 110)
    assert (underflow["log_sum_exp_loss"], underflow["log_sum_exp_gradient"]) == (110, -1)
    assert math.isnan(underflow["gradient"])
    assert evidence["inference_needs_none"]["same_label"] == 1
    assert math.isnan(evidence["gradient_p_minus_t"]["gradient_from_probabilities"])
    assert evidence["gradient_p_minus_t"]["gradient_from_logits"] == -1
    assert evidence["sigmoid_density"]["area_10"] == pytest.approx(10)
    assert evidence["sigmoid_density"]["area_100"] == pytest.approx(100)
    assert evidence["sigmoid_density"]["derivative_area"] == pytest.approx(1)


def test_loss_scaling_saves_what_torch_rounds_to_zero():
    evidence = CLAIMS["loss_scaling"]().evidence
    rows = torch.from_numpy(np.random.default_rng(0).normal(0.0, 3.0, size=(64, 1000))).requires_grad_()
    torch.nn.functional.cross_entropy(rows, torch.zeros(64, dtype=torch.int64)).backward()
    for name, scale in (("lost", 1.0), ("lost_scaled", evidence["scale"])):
        share = float(((scale * rows.grad).half() == 0).double().mean())
        assert evidence[name] == pytest.approx(share, abs=2 / rows.numel())
    assert evidence["overflowed"] == (evidence["too_large"] * rows.grad).half().isinf().sum()
    assert evidence["lost"] > 0.1 > evidence["lost_scaled"]
    assert evidence["smallest"] == 2.0**-24


def test_verdicts_follow_from_the_evidence(monkeypatch):
    """When a patched computation returns other results, the verdict changes."""
    real_run, real_run_all = claims_module._run, claims_module.run_all

    def always_stable(logits, dtype, algorithm, true_class=0):
        return real_run(logits, dtype, "log_sum_exp", true_class)

    def other_class(z, true_class):
        return real_run_all(z, (true_class + 1) % z.shape[-1])

    def unshifted(z, true_class):
        return Truth(np.asarray(z) / np.sum(z), np.zeros_like(z), np.ones(1), np.zeros_like(z))

    def shuffled_labels(z, true_class):
        return {"shifted": {"p": -real_run_all(z, true_class)["shifted"]["p"]}}

    cases = [
        ("inf_over_inf", "_run", always_stable, Verdict.DEPENDS),
        ("shift_invariance", "decimal_truth", unshifted, Verdict.FALSE),
        ("scale_sharpens", "_entropy", lambda truth: 1.0, Verdict.FALSE),
        ("underflow_harmless", "_run", always_stable, Verdict.HOLDS),
        ("inference_needs_none", "run_all", shuffled_labels, Verdict.FALSE),
        ("gradient_p_minus_t", "run_all", other_class, Verdict.FALSE),
        ("loss_scaling", "_small_gradients", lambda: np.full((2, 2), 2.0**-10), Verdict.HOLDS),
        ("sigmoid_density", "expit", stats.norm.pdf, Verdict.HOLDS),
    ]
    assert [key for key, *_ in cases] == list(CLAIMS)
    for key, name, replacement, verdict in cases:
        with monkeypatch.context() as patch:
            patch.setattr(special if name == "expit" else claims_module, name, replacement)
            assert CLAIMS[key]().verdict is verdict, key
