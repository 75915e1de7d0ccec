"""Residual networks for small images (He, Zhang, Ren & Sun 2016): ResNet-20, and ResNet-18 as used on CIFAR.

A block adds its input to the result of two 3 x 3 convolutions: ReLU(shortcut(x) + BN(conv(ReLU(BN(conv(x)))))).
Where the shape changes, the shortcut is either parameter-free (option A: every second pixel, zeros for the new
channels) or a 1 x 1 convolution with batch normalisation (option B).
"""

from collections.abc import Sequence
from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from harness.protocols.images.training.networks import BatchNorm, initialise

Shortcut = Literal["A", "B"]


class SubsampledIdentity(nn.Module):
    """Option A: (n, c, h, w) to (n, c', h/stride, w/stride), the new channels zero, half before and half behind."""

    def __init__(self, channels: int, following: int, stride: int) -> None:
        super().__init__()
        self.before = (following - channels) // 2
        self.behind = following - channels - self.before
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.before, self.behind))


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions, the first with the stride, and the shortcut past them."""

    def __init__(self, channels: int, following: int, stride: int, shortcut: Shortcut, norm: BatchNorm) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, following, 3, stride, padding=1, bias=False)
        self.norm1 = norm.layer(following)
        self.conv2 = nn.Conv2d(following, following, 3, padding=1, bias=False)
        self.norm2 = norm.layer(following)
        self.shortcut: nn.Module = nn.Identity()
        if (stride, channels) != (1, following):
            if shortcut == "A":
                self.shortcut = SubsampledIdentity(channels, following, stride)
            else:
                projection = nn.Conv2d(channels, following, 1, stride, bias=False)
                self.shortcut = nn.Sequential(projection, norm.layer(following))

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu(self.norm1(self.conv1(x)))  # (n, following, h/stride, w/stride)
        return F.relu(self.norm2(self.conv2(inner)) + self.shortcut(x))


class ResidualNetwork(nn.Module):
    """3 x 3 convolution, stages of basic blocks (all but the first halve the image), global mean, one linear layer.

    Args:
        widths: channels of each stage; the first convolution has as many as the first stage.
        blocks: blocks in each stage.

    Raises:
        ValueError: `widths` and `blocks` differ in length, or `shortcut` is unknown.
    """

    def __init__(
        self,
        channels: int,
        widths: Sequence[int],
        blocks: Sequence[int],
        classes: int,
        *,
        shortcut: Shortcut,
        norm: BatchNorm | None = None,
    ) -> None:
        super().__init__()
        if not widths or len(widths) != len(blocks) or shortcut not in ("A", "B"):
            raise ValueError(
                f"expected as many widths as blocks and shortcut A or B, got {widths!r}, {blocks!r}, {shortcut!r}"
            )
        norm = norm or BatchNorm()
        self.conv = nn.Conv2d(channels, widths[0], 3, padding=1, bias=False)
        self.norm = norm.layer(widths[0])
        stages: list[nn.Module] = []
        width = widths[0]
        for number, (following, count) in enumerate(zip(widths, blocks, strict=True)):
            strides = [1 if number == 0 else 2] + [1] * (count - 1)
            stage = []
            for stride in strides:
                stage.append(BasicBlock(width, following, stride, shortcut, norm))
                width = following
            stages.append(nn.Sequential(*stage))
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(width, classes)
        initialise(self, "kaiming fan-out")

    def forward(self, images: Tensor) -> Tensor:
        features = self.stages(F.relu(self.norm(self.conv(images))))  # (n, width, h', w')
        logits: Tensor = self.head(features.mean(dim=(2, 3)))
        return logits


def resnet20(channels: int = 3, classes: int = 10, norm: BatchNorm | None = None) -> ResidualNetwork:
    """Return ResNet-20 with option-A shortcuts, 269,722 parameters for colour images and 10 classes."""
    return ResidualNetwork(channels, (16, 32, 64), (3, 3, 3), classes, shortcut="A", norm=norm)


def resnet18(channels: int = 3, classes: int = 10, norm: BatchNorm | None = None) -> ResidualNetwork:
    """Return ResNet-18 as used on CIFAR (3 x 3 stem, no pooling), 11,173,962 parameters for 10 classes."""
    return ResidualNetwork(channels, (64, 128, 256, 512), (2, 2, 2, 2), classes, shortcut="B", norm=norm)
