"""The chain rule by hand against autograd."""

import pytest

from core import vanishing_gradients as topic
from core.vanishing_gradients import Net


@pytest.mark.parametrize("activation", topic.ACTIVATIONS)
def test_chain_rule_matches_autograd(activation: str) -> None:
    for net in (Net(5, activation=activation), Net(3, 1, activation, "he", residual=True)):
        chain = topic.differentiate_by_hand(net, seed=4)
        assert chain.by_hand == pytest.approx(chain.autograd, rel=1e-9, abs=1e-300)
        assert chain.error.sum() == pytest.approx(0, abs=1e-12)
        assert chain.upstream == pytest.approx(float(chain.error @ chain.readout))
