"""The verdicts on the claims."""

import math

import numpy as np
import pytest

from core import vanishing_gradients as topic
from core.claims import Verdict

VERDICTS = {
    "derivative_in_unit_interval": Verdict.DEPENDS,
    "many_factors_vanish": Verdict.HOLDS,
    "relu_solves": Verdict.DEPENDS,
    "skip_solves": Verdict.DEPENDS,
    "gates_solve": Verdict.DEPENDS,
    "explosion_is_rare": Verdict.DEPENDS,
    "batch_normalisation_fixes": Verdict.DEPENDS,
    "depth_needs_activations": Verdict.HOLDS,
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
    chains = topic.CLAIMS["explosion_is_rare"]().evidence
    assert (chains["chain_3"], chains["chain_6"]) == (pytest.approx(0.75**10), pytest.approx(1.5**10))
    assert topic.CLAIMS["derivative_in_unit_interval"]().evidence["largest"] == 0.25
