"""Tiny networks and images for the tests of pruning baselines."""

import torch
from torch import nn

from harness.protocols.pruning.training.images import LabelledImages


def mlp(seed: int = 0, *, bias: bool = True, dtype: torch.dtype = torch.float32) -> nn.Sequential:
    """6-5-4-3, both hidden layers prunable: weights 0.weight (5, 6) and 2.weight (4, 5)."""
    torch.manual_seed(seed)
    layers = [nn.Linear(6, 5, bias), nn.ReLU(), nn.Linear(5, 4, bias), nn.ReLU(), nn.Linear(4, 3, bias)]
    return nn.Sequential(*layers).to(dtype)


def convolutional(seed: int = 0) -> nn.Sequential:
    """Three convolutions with batch norms; 3.weight (6, 4, 3, 3) and 6.weight (5, 6, 1, 1) are prunable."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
        nn.Conv2d(4, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU(inplace=True),
        nn.Conv2d(6, 5, 1), nn.BatchNorm2d(5), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3),
    )  # fmt: skip


def images(shape: tuple[int, ...], seed: int = 0, dtype: torch.dtype = torch.float32) -> LabelledImages:
    """Random inputs (N, ...) whose class, of three, shifts their mean."""
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randint(3, shape[:1], generator=generator)
    noise = torch.randn(shape, generator=generator, dtype=dtype)
    return LabelledImages(noise + targets.reshape(-1, *[1] * (len(shape) - 1)).to(dtype), targets)
