"""A small transformer encoder in torch, and the pooling of its output.

The functions import torch inside, because it takes seconds to load and the closed form does not need it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from core.lazy_imports import load_torch

Parameters = dict[str, Any]

# The poolings behind an attention layer. Before the others, a multilayer perceptron encodes each token separately:
# "bag" is their mean, and "query" is their mean weighted by the attention of one learned query.
WITH_ATTENTION = ("cls", "mean", "max")
POOLINGS = (*WITH_ATTENTION, "bag", "query")
WIDTH = 16


def init_parameters(
    rng: np.random.Generator, inputs: int, outputs: int, *, layers: int = 1, tokens: int = 0
) -> Parameters:
    """Draw the weights of an encoder: matrices N(0, 1 / fan-in), [CLS] token and positions N(0, 0.3²), bias 0."""
    torch = load_torch()

    def matrix(rows: int, columns: int) -> Any:
        return torch.tensor(rng.standard_normal((rows, columns)) / math.sqrt(rows), dtype=torch.float32)

    parameters = {
        "embed": matrix(inputs, WIDTH),
        "cls": torch.tensor(0.3 * rng.standard_normal(WIDTH), dtype=torch.float32),
    }
    if tokens:
        parameters["position"] = torch.tensor(0.3 * rng.standard_normal((tokens, WIDTH)), dtype=torch.float32)
    for layer in range(layers):
        parameters |= {f"{name}{layer}": matrix(WIDTH, WIDTH) for name in ("query", "key", "value", "out")}
        parameters |= {f"up{layer}": matrix(WIDTH, 2 * WIDTH), f"down{layer}": matrix(2 * WIDTH, WIDTH)}
    parameters |= {"head": matrix(WIDTH, outputs), "bias": torch.zeros(outputs)}
    for tensor in parameters.values():
        tensor.requires_grad_(True)
    return parameters


def encode(parameters: Parameters, tokens: Any, *, attend: bool = True, layers: int = 1) -> tuple[Any, Any]:
    """Return the encoded tokens and the attention of [CLS] in the last layer.

    Post-norm residual blocks, as in the original transformer: norm(x + attention(x)), then norm(x + MLP(x)). Without
    ``attend`` the first block is left out.

    Returns
    -------
    encoded : tensor, shape (batch, 1 + n, d)
        [CLS] is the first token.
    weights : tensor, shape (batch, n), or None
        None without attention.

    References
    ----------
    Vaswani, A. et al. (2017). Attention is all you need. arXiv:1706.03762
    """
    torch = load_torch()
    functional = torch.nn.functional
    x = tokens @ parameters["embed"]
    if "position" in parameters:
        x = x + parameters["position"]
    x = torch.cat([parameters["cls"].expand(x.shape[0], 1, WIDTH), x], dim=1)
    weights = None
    for layer in range(layers):
        if attend:
            query, key, value = (x @ parameters[f"{name}{layer}"] for name in ("query", "key", "value"))
            weights = torch.softmax(query @ key.transpose(1, 2) / math.sqrt(WIDTH), dim=-1)
            x = functional.layer_norm(x + weights @ value @ parameters[f"out{layer}"], (WIDTH,))
        hidden = functional.gelu(x @ parameters[f"up{layer}"]) @ parameters[f"down{layer}"]
        x = functional.layer_norm(x + hidden, (WIDTH,))
    return x, None if weights is None else weights[:, 0, 1:]


def pooled_logits(parameters: Parameters, encoded: Any, pooling: str) -> Any:
    """Pool the encoded tokens into one vector and classify it; only the pooling ``cls`` uses the encoded [CLS] token.

    References
    ----------
    Lee, J. et al. (2019). Set Transformer. ICML. arXiv:1810.00825, for ``query`` (here one head, without values)
    """
    vector = {
        "cls": lambda: encoded[:, 0],
        "mean": lambda: encoded[:, 1:].mean(dim=1),
        "bag": lambda: encoded[:, 1:].mean(dim=1),
        "max": lambda: encoded[:, 1:].amax(dim=1),
        "query": lambda: _attend_with_query(parameters, encoded[:, 1:]),
    }[pooling]()
    return vector @ parameters["head"] + parameters["bias"]


def _attend_with_query(parameters: Parameters, tokens: Any) -> Any:
    """Return the mean of the tokens, weighted by the attention of one query, a function of the [CLS] vector alone."""
    query = parameters["cls"] @ parameters["query0"]
    scores = tokens @ parameters["key0"] @ query / math.sqrt(WIDTH)
    return (scores.softmax(dim=1)[:, :, None] * tokens).sum(dim=1)
