"""The updates against torch.optim, and what they import."""

import subprocess
import sys

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given

from core.torch_optimisers import SGD, Adam

SHAPES = [(3,), (2, 4), (2, 1, 3, 3)]


# The last parameter has a gradient in every other step only.
@given(seed=st.integers(0, 10**6), rate=st.floats(1e-4, 2.0), steps=st.integers(1, 20))
@pytest.mark.parametrize(("own", "other"), [(SGD, torch.optim.SGD), (Adam, torch.optim.Adam)])
def test_updates_are_those_of_torch_optim(own, other, seed: int, rate: float, steps: int) -> None:
    random = torch.Generator().manual_seed(seed)
    starts = [torch.randn(shape, generator=random) for shape in SHAPES]
    mine, theirs = ([start.clone().requires_grad_() for start in starts] for _ in range(2))
    descent, reference = own(mine, rate), other(theirs, lr=rate, foreach=False)
    for step in range(steps):
        factors = [torch.randn(shape, generator=random) for shape in SHAPES]
        for parameters, optimiser in ((mine, descent), (theirs, reference)):
            optimiser.zero_grad()
            used = len(SHAPES) - step % 2
            sum((factor * w.sin()).sum() for factor, w in zip(factors[:used], parameters, strict=False)).backward()
            optimiser.step()
    for w, expected in zip(mine, theirs, strict=True):
        assert torch.equal(w, expected)


def test_no_compiler_is_imported() -> None:
    code = (
        "import sys, torch; from core.torch_optimisers import Adam; w = torch.ones(2, requires_grad=True); "
        "w.sum().backward(); Adam([w], 0.1).step(); sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
