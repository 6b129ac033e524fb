"""Agreement of the votes over training sets."""

import numpy as np
import pytest

from core.bagging_vs_boosting import voting_shares
from core.validate import InvalidArgument


def test_agreement_counts_the_training_sets():
    shares = voting_shares("moons", method="bagging", stages=(1, 4), depth=2, n=30, n_sets=5, size=3)
    assert shares.agreement.shape == (2, 9)
    # With five sets the agreement is one of −1, −0.6, −0.2, 0.2, 0.6, 1.
    votes = (shares.agreement + 1) / 2 * 5
    np.testing.assert_allclose(votes, votes.round(), atol=1e-9)
    assert ((shares.divided >= 0) & (shares.divided <= 0.6)).all()  # 2 · (3 · 2) / (5 · 4)


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (lambda: voting_shares("moons", method="bagging", stages=(1,), depth=1, size=1), "out_of_range", "size"),
    ],
)
def test_agreement_rejects_invalid_arguments(call, code, argument):
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.details["argument"] == argument
