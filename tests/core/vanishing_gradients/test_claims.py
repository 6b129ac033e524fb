"""The verdicts on the claims."""

import importlib
import math

import numpy as np
import pytest

from core import vanishing_gradients as topic
from core.claims import Verdict
from core.vanishing_gradients import matrix_completion as topic_completion

VERDICTS = {
    "derivative_in_unit_interval": Verdict.HOLDS,
    "many_factors_vanish": Verdict.HOLDS,
    "relu_solves": Verdict.DEPENDS,
    "skip_solves": Verdict.DEPENDS,
    "gates_solve": Verdict.DEPENDS,
    "explosion_is_rare": Verdict.DEPENDS,
    "batch_normalisation_fixes": Verdict.DEPENDS,
    "depth_needs_activations": Verdict.DEPENDS,
}


def test_claims_are_in_order() -> None:
    assert list(topic.CLAIMS) == list(VERDICTS)


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(name: str) -> None:
    claim = topic.CLAIMS[name]()
    assert claim.verdict == VERDICTS[name]
    assert all(np.isfinite(value) for value in claim.evidence.values())


def test_evidence_agrees_with_closed_forms() -> None:
    evidence = topic.CLAIMS["batch_normalisation_fixes"]().evidence
    assert evidence["factor"] == pytest.approx(math.sqrt(math.pi / (math.pi - 1)), abs=0.02)
    assert topic.CLAIMS["derivative_in_unit_interval"]().evidence["largest"] == 0.25


def test_depth_without_activations_matters_when_it_changes_what_training_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("core.vanishing_gradients.claims")
    alike = topic_completion.complete_matrix(1, seeds=5)
    monkeypatch.setattr(module, "complete_matrix", lambda factors, seeds: alike)
    assert topic.CLAIMS["depth_needs_activations"]().verdict == Verdict.HOLDS
