"""What the verdicts mean."""

import math

from core.softmax_stability import errors
from tests.core.softmax_stability.helpers import epsilon


def test_verdicts_match_their_definition():
    def verdicts(logits, true_class, dtype="float32"):
        return {name: result.verdict for name, result in errors(logits, dtype=dtype, true_class=true_class).items()}

    assert set(verdicts([0, 1], 0).values()) == {"right"}
    assert verdicts([0, 110], 0) == {
        "naive": "failed",
        "shifted": "right",
        "log_of_softmax": "failed",
        "log_sum_exp": "right",
        "plus_epsilon": "wrong",
    }
    # Near certainty even log_softmax loses all digits, until the true loss itself rounds to 0.
    assert verdicts([17, 0], 0)["log_sum_exp"] == "wrong"
    assert verdicts([110, 0], 0)["log_sum_exp"] == "right"
    # ε/p = 0.001 changes the gradient by 0.001 but the loss by 0.001/11.5 only: the gradient decides the verdict.
    padded = errors([0, 11.5], dtype="float32", true_class=0)["plus_epsilon"]
    assert padded.loss < math.sqrt(epsilon("float32")) < padded.gradient
    assert padded.verdict == "wrong"
