"""Real gradient of a multilayer perceptron on scikit-learn's digits after some steps of SGD, written in numpy.

64-512-512-10 with ReLU and cross-entropy, 301 066 parameters, learning rate 0.1, batches of 64 of the first
1400 images.
"""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

WIDTHS = (64, 512, 512, 10)
BATCH, STEPS, LEARNING_RATE, TRAINING = 64, 20, 0.1, 1400

Layers = list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]


@cache
def _digits() -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    from sklearn.datasets import load_digits

    images, digits = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(digits))[:TRAINING]
    return images[order] / 16, digits[order]


def backward(layers: Layers, images: npt.NDArray[Any], digits: npt.NDArray[Any]) -> Layers:
    """Return the gradient of the mean cross-entropy of a batch, per layer: weight (out, in), bias (out,)."""
    inputs = [images]
    for weight, bias in layers:
        inputs.append(np.maximum(inputs[-1] @ weight.T + bias, 0))
    weight, bias = layers[-1]
    logits = inputs[-2] @ weight.T + bias
    delta = np.exp(logits - logits.max(1, keepdims=True))
    delta /= delta.sum(1, keepdims=True)
    delta[np.arange(len(digits)), digits] -= 1
    delta /= len(digits)
    gradient: Layers = []
    for layer in reversed(range(len(layers))):
        gradient.append((delta.T @ inputs[layer], delta.sum(0)))
        delta = (delta @ layers[layer][0]) * (inputs[layer] > 0)
    return gradient[::-1]


@cache
def _trained() -> Layers:
    images, digits = _digits()
    rng = np.random.default_rng(0)
    shapes = zip(WIDTHS[1:], WIDTHS[:-1], strict=True)
    layers: Layers = [(rng.uniform(-1, 1, (out, into)) / np.sqrt(into), np.zeros(out)) for out, into in shapes]
    for _ in range(STEPS):
        batch = rng.integers(TRAINING, size=BATCH)
        steps = backward(layers, images[batch], digits[batch])
        layers = [
            (weight - LEARNING_RATE * by_weight, bias - LEARNING_RATE * by_bias)
            for (weight, bias), (by_weight, by_bias) in zip(layers, steps, strict=True)
        ]
    return layers


@cache
def digits_gradient(seed: int) -> npt.NDArray[np.float32]:
    """Return the gradient of a batch drawn from the seed, float32 of shape (301066,).

    Computed in float64 and rounded, so that machines with different matrix products agree but for rare last bits.
    """
    images, digits = _digits()
    batch = np.random.default_rng(seed).integers(TRAINING, size=BATCH)
    gradient = backward(_trained(), images[batch], digits[batch])
    return np.concatenate([part.ravel() for layer in gradient for part in layer]).astype(np.float32)
