"""Reference implementations that several test modules share."""

import numpy as np
import torch

from core import vanishing_gradients as topic
from core.vanishing_gradients import Net
from core.vanishing_gradients.networks import BATCH, batches, draw_weights


def numpy_loss(net: Net, weights, features: np.ndarray, labels: np.ndarray) -> float:
    """Return the loss of one network without normalisation, computed in NumPy."""
    h = features
    for layer in range(net.depth):
        matrix = weights.hidden[layer - 1, 0] if layer else weights.first[0]
        value = topic.activate(h @ matrix + weights.bias[layer, 0], net.activation)[0]
        h = h + value * (net.branch != "zero") if net.residual and layer else value
    scores = h @ weights.out[0]
    top = scores.max(axis=1, keepdims=True)
    logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    return -float(logs[np.arange(len(labels)), labels].mean())


def gradients_by_modules(net: Net, seeds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return |∂L/∂W_l| and |∂L/∂z_l| of networks made of torch's modules, without skips, shape (seeds, depth)."""
    weights = draw_weights(net, seed=0, seeds=seeds)
    features, labels = batches()
    modules = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "identity": torch.nn.Identity}
    norms = np.empty((2, seeds, net.depth))
    for number in range(seeds):
        h, layers, inputs = torch.from_numpy(features[:BATCH]), [], []
        for layer, matrix in enumerate([weights.first[number], *(layer[number] for layer in weights.hidden)]):
            linear = torch.nn.Linear(*matrix.shape, dtype=torch.float64)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(matrix.T))
                linear.bias.copy_(torch.from_numpy(weights.bias[layer, number].ravel()))
            z = linear(h)
            z.retain_grad()
            layers.append(linear)
            inputs.append(z)
            h = modules[net.activation]()(z)
        logits = h @ torch.from_numpy(weights.out[number])
        torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels[:BATCH])).backward()
        norms[0, number] = [float(layer.weight.grad.norm()) for layer in layers]
        norms[1, number] = [float(z.grad.norm()) for z in inputs]
    return norms[0], norms[1]
