"""torch's own convolution (oneDNN on most machines) with the masked weight: zeros are multiplied too.

In a network, batch norm is folded into the convolution beforehand and the ReLU is in place.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_weights

Data = dict[str, Any]


def conv2d(case: Any, data: Data, threads: int) -> Callable[[], Tensor]:
    """(N, C, H, W), contiguous."""
    return _prepared(data, torch.contiguous_format)


def channels_last(case: Any, data: Data, threads: int) -> Callable[[], Tensor]:
    """(N, C, H, W) with channels innermost in memory; a network's input is converted in the timed call."""
    return _prepared(data, torch.channels_last)


def _prepared(data: Data, memory_format: torch.memory_format) -> Callable[[], Tensor]:
    images = torch.from_numpy(data["images"])
    if "stages" in data:
        forward = dense_network(data, memory_format)
        return torch.inference_mode()(lambda: forward(images.contiguous(memory_format=memory_format)))
    images = images.contiguous(memory_format=memory_format)
    weight = torch.from_numpy(data["weight"]).contiguous(memory_format=memory_format)
    return torch.inference_mode()(lambda: F.conv2d(images, weight, padding=data["padding"]))


def dense_network(data: Data, memory_format: torch.memory_format) -> Callable[[Tensor], Tensor]:
    """Return a network's forward pass, images (N, C, H, W) of the memory format to logits (N, classes)."""
    stages = [dense_stage(stage, memory_format) for stage in data["stages"]]
    weight, bias = map(torch.from_numpy, data["head"])

    def forward(images: Tensor) -> Tensor:
        for stage in stages:
            images = stage(images)
        return F.linear(images.mean((2, 3)), weight, bias)

    return forward


def dense_stage(stage: Any, memory_format: torch.memory_format) -> Callable[[Tensor], Tensor]:
    """Return a pooling, or a convolution with its batch norm and ReLU."""
    if stage == "pool":
        return partial(F.max_pool2d, kernel_size=2)
    weight, bias = folded(stage)
    weight = weight.contiguous(memory_format=memory_format)
    return lambda images: F.conv2d(images, weight, bias, padding=1).relu_()


def folded(stage: Data) -> tuple[Tensor, Tensor]:
    """Return a convolution's weight and bias with its batch norm folded in."""
    weight, mean, var, gamma, beta = (
        torch.from_numpy(stage[name]) for name in ("weight", "mean", "var", "gamma", "beta")
    )
    weight, bias = fuse_conv_bn_weights(weight, None, mean, var, stage["eps"], gamma, beta)
    return weight.detach(), bias.detach()
