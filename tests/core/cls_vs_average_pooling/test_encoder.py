"""The encoder against torch."""

import numpy as np
import pytest
import torch

from core.cls_vs_average_pooling import encoder
from tests.core.cls_vs_average_pooling.helpers import RNG, random_parameters


def test_encoder_without_positions_is_equivariant_and_its_pooling_invariant() -> None:
    tokens = torch.from_numpy(RNG.standard_normal((3, 9, 2)).astype(np.float32))
    order = torch.randperm(9, generator=torch.Generator().manual_seed(0))
    parameters = random_parameters()
    plain, _ = encoder.encode(parameters, tokens)
    shuffled, _ = encoder.encode(parameters, tokens[:, order])
    torch.testing.assert_close(shuffled[:, 1:], plain[:, 1:][:, order], rtol=1e-4, atol=1e-5)
    for pooling in ("cls", "mean", "max", "query"):
        torch.testing.assert_close(
            encoder.pooled_logits(parameters, shuffled, pooling),
            encoder.pooled_logits(parameters, plain, pooling),
            rtol=1e-4,
            atol=1e-5,
        )


def test_encode_matches_torchs_attention() -> None:
    parameters = random_parameters(3)
    tokens = torch.from_numpy(RNG.standard_normal((2, 6, 2)).astype(np.float32))
    x = torch.cat([parameters["cls"].expand(2, 1, encoder.WIDTH), tokens @ parameters["embed"]], dim=1)
    attended = torch.nn.functional.scaled_dot_product_attention(
        x @ parameters["query0"], x @ parameters["key0"], x @ parameters["value0"]
    )
    x = torch.nn.functional.layer_norm(x + attended @ parameters["out0"], (encoder.WIDTH,))
    hidden = torch.nn.functional.gelu(x @ parameters["up0"]) @ parameters["down0"]
    expected = torch.nn.functional.layer_norm(x + hidden, (encoder.WIDTH,))
    torch.testing.assert_close(encoder.encode(parameters, tokens)[0], expected, rtol=1e-4, atol=1e-5)


def test_pooling_with_a_query_is_torchs_attention_of_one_query() -> None:
    parameters = random_parameters(3)
    encoded = torch.from_numpy(RNG.standard_normal((2, 7, encoder.WIDTH)).astype(np.float32))
    tokens = encoded[:, 1:]
    query = (parameters["cls"] @ parameters["query0"]).expand(2, 1, encoder.WIDTH)
    pooled = torch.nn.functional.scaled_dot_product_attention(query, tokens @ parameters["key0"], tokens)
    expected = pooled[:, 0] @ parameters["head"] + parameters["bias"]
    torch.testing.assert_close(encoder.pooled_logits(parameters, encoded, "query"), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("length", [3, 16, 65])
def test_mean_pooling_splits_the_gradient_equally(length: int) -> None:
    encoded = torch.randn(4, 1 + length, encoder.WIDTH, generator=torch.Generator().manual_seed(1), requires_grad=True)
    loss = encoder.pooled_logits(random_parameters(), encoded, "mean").square().sum()
    [gradient] = torch.autograd.grad(loss, [encoded])
    norms = gradient[:, 1:].norm(dim=-1)
    torch.testing.assert_close(norms / norms.sum(dim=1, keepdim=True), torch.full((4, length), 1 / length))
    assert gradient[:, 0].norm() == 0
