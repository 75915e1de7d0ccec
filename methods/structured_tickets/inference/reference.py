"""Plain references that share no code with the compiled layers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def convolve(
    images: NDArray,
    weight: NDArray,
    padding: int = 0,
    stride: int = 1,
    dilation: int = 1,
    dtype: type[np.floating] = np.float64,
) -> NDArray:
    """Return the convolution, one kernel position after the other.

    Args:
        images: (N, c_in, H, W).
        weight: (c_out, c_in, kh, kw).
        dtype: of the arithmetic and of the result.

    Returns:
        (N, c_out, h_out, w_out).
    """
    kernel_height, kernel_width = weight.shape[2:]
    around = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    padded = np.pad(images.swapaxes(0, 1).astype(dtype), around)  # (c_in, N, H, W)
    height = (padded.shape[2] - dilation * (kernel_height - 1) - 1) // stride + 1
    width = (padded.shape[3] - dilation * (kernel_width - 1) - 1) // stride + 1
    output = np.zeros((len(weight), len(images) * height * width), dtype)
    for dy in range(kernel_height):
        for dx in range(kernel_width):
            rows = slice(dy * dilation, dy * dilation + (height - 1) * stride + 1, stride)
            columns = slice(dx * dilation, dx * dilation + (width - 1) * stride + 1, stride)
            seen = padded[:, :, rows, columns].reshape(len(padded), output.shape[1])
            output += np.ascontiguousarray(weight[:, :, dy, dx], dtype) @ seen
    return output.reshape(len(weight), len(images), height, width).swapaxes(0, 1)


def forward(network: dict[str, Any], dtype: type[np.floating] = np.float64) -> NDArray:
    """Return the logits (N, classes) of a generated network: batch norm unfolded, nothing fused or skipped."""
    images = network["images"]
    for stage in network["stages"]:
        if stage == "pool":
            batch, channels, height, width = images.shape
            images = images.reshape(batch, channels, height // 2, 2, width // 2, 2).max(axis=(3, 5))
            continue
        images = convolve(images, stage["weight"], padding=1, dtype=dtype)
        scale = stage["gamma"] / np.sqrt(stage["var"] + stage["eps"])
        images -= stage["mean"][:, None, None]
        images *= scale.astype(dtype)[:, None, None]
        images += stage["beta"][:, None, None]
        np.maximum(images, 0, out=images)
    weight, bias = network["head"]
    return images.mean(axis=(2, 3)) @ weight.T + bias


def block_products(weight: NDArray, blocks: list[tuple[NDArray, NDArray]], unfolded: NDArray) -> NDArray:
    """Return ``Y[rows] = W[rows, columns] @ X[columns]`` over blocks that do not overlap.

    Args:
        weight: (R, n).
        blocks: pairs (rows, columns).
        unfolded: X, (n, P).
    """
    output = np.zeros((len(weight), unfolded.shape[1]), dtype=unfolded.dtype)
    for rows, columns in blocks:
        output[rows] = weight[np.ix_(rows, columns)] @ unfolded[columns]
    return output
