"""Matrix completion by products of matrices."""

import pytest

from core.validate import InvalidArgument
from core.vanishing_gradients.matrix_completion import complete_matrix


def test_one_matrix_leaves_the_hidden_entries_at_their_start() -> None:
    result = complete_matrix(1, seeds=2)
    # Gradient descent never touches an entry that it does not see: start 0.3²/20 of variance, target of variance 1.
    assert (result.seen < 1e-6).all()
    assert result.hidden == pytest.approx(1 + 0.3**2 / 20, abs=0.2)


def test_a_product_of_three_finds_most_of_the_hidden_entries() -> None:
    result = complete_matrix(3)
    assert (result.seen < 1e-3).all() and (result.hidden < 0.1).all()


@pytest.mark.parametrize("options", [{"factors": 0}, {"factors": 1, "seeds": 0}, {"factors": 1, "seed": -1}])
def test_invalid_arguments_are_rejected(options: dict[str, int]) -> None:
    with pytest.raises(InvalidArgument):
        complete_matrix(**options)
