"""The optimiser of a task, its learning rates, and augmentation of a batch."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from harness.protocols.noisy_labels.options import ClassificationOptions
from harness.protocols.noisy_labels.training.label_batches import LabelBatch

PAD = 4
"""Pixels by which an augmented image moves at most."""


def optimiser_of(parameters: Iterable[Any], options: ClassificationOptions) -> Optimizer:
    """Return Adam, or SGD with Nesterov momentum; `parameters` may be groups with rates of their own."""
    if options.optimiser == "sgd":
        return SGD(
            parameters,
            lr=options.learning_rate,
            momentum=options.momentum,
            nesterov=options.momentum > 0,
            weight_decay=options.weight_decay,
        )
    return Adam(parameters, lr=options.learning_rate, weight_decay=options.weight_decay, fused=True)


def rates_of(optimiser: Optimizer, options: ClassificationOptions, steps_an_epoch: int) -> LambdaLR:
    """Return the schedule, to be stepped after each step of the optimiser."""
    return LambdaLR(optimiser, lambda step: rate_factor(step / steps_an_epoch, options))


def rate_factor(epochs: float, options: ClassificationOptions) -> float:
    """Return the factor of the learning rate after some epochs: linear warm-up, then a step at each milestone."""
    if epochs < options.warm_up:
        return (epochs + 1e-3) / (options.warm_up + 1e-3)
    return float(options.decay ** bisect_right(options.milestones, epochs))


def augmented(batch: LabelBatch, options: ClassificationOptions) -> LabelBatch:
    """Return the batch with images moved and mirrored, if the options ask for it; from torch's global generator."""
    return replace(batch, pixels=moved_and_mirrored(batch.pixels)) if options.crop_and_flip else batch


def moved_and_mirrored(images: Tensor) -> Tensor:
    """Return images (n, c, h, w) shifted by up to 4 pixels, zeros moving in, half of them mirrored."""
    count, _, height, width = images.shape
    padded = F.pad(images, (PAD, PAD, PAD, PAD)).permute(0, 2, 3, 1)
    down, right = torch.randint(2 * PAD + 1, (2, count)).to(images.device)
    rows = down[:, None] + torch.arange(height, device=images.device)
    columns = right[:, None] + torch.arange(width, device=images.device)
    mirrored = (torch.rand(count) < 0.5).to(images.device)[:, None]
    columns = torch.where(mirrored, columns.flip(1), columns)
    items = torch.arange(count, device=images.device)[:, None, None]
    return padded[items, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2).contiguous()
