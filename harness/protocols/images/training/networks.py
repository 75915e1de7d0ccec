"""Plain networks for images: perceptrons, LeNet, the small nets of the attack literature, VGG.

All take images (n, c, h, w) float32 in 0..1 and return logits (n, classes). A network that wants standardised
pixels has a :class:`Standardise` layer in front, so that attacks see one differentiable function of the pixels.
Initial weights are drawn from torch's global generator; seed it around the constructor.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

Shape = tuple[int, int, int]
Initialisation = Literal["torch", "kaiming fan-in", "kaiming fan-out"]

CIFAR10_MEAN, CIFAR10_DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


@dataclass(frozen=True)
class BatchNorm:
    """Batch normalisation (Ioffe & Szegedy 2015); `momentum` is the weight of the newest batch's statistics."""

    eps: float = 1e-5
    momentum: float = 0.1

    def __post_init__(self) -> None:
        if not self.eps > 0 or not 0 < self.momentum <= 1:
            raise ValueError(f"expected eps > 0 and 0 < momentum <= 1, got {self.eps!r} and {self.momentum!r}")

    def layer(self, channels: int) -> nn.BatchNorm2d:
        """Return a layer for a number of channels."""
        return nn.BatchNorm2d(channels, eps=self.eps, momentum=self.momentum)


class Standardise(nn.Module):
    """(x − mean) / deviation, channel by channel; mean and deviation are buffers, not parameters."""

    def __init__(self, mean: Sequence[float], deviation: Sequence[float]) -> None:
        super().__init__()
        if len(mean) != len(deviation) or not all(value > 0 for value in deviation):
            raise ValueError(f"expected one positive deviation for each mean, got {mean!r} and {deviation!r}")
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).view(1, -1, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        return (images - self.get_buffer("mean")) / self.get_buffer("deviation")


def num_parameters(network: nn.Module) -> int:
    """Return the number of learned values of a network."""
    return sum(parameter.numel() for parameter in network.parameters())


def initialise(network: nn.Module, how: Initialisation) -> None:
    """Redraw the weights of all convolutions from N(0, 2 / fan) (He et al. 2015), biases 0; "torch" leaves them.

    Raises:
        ValueError: `how` is unknown.
    """
    if how not in ("torch", "kaiming fan-in", "kaiming fan-out"):
        raise ValueError(f"initialisation must be torch, kaiming fan-in or kaiming fan-out, got {how!r}")
    if how == "torch":
        return
    mode: Literal["fan_in", "fan_out"] = "fan_in" if how == "kaiming fan-in" else "fan_out"
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode=mode, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def perceptron(shape: Shape, hidden: Sequence[int], classes: int) -> nn.Sequential:
    """Return a multilayer perceptron on flattened images with ReLU between its linear layers.

    ``perceptron((1, 28, 28), (300, 100), 10)`` is LeNet-300-100 (LeCun et al. 1998), 266,610 parameters.

    Raises:
        ValueError: a width is not positive.
    """
    widths = (math.prod(shape), *hidden, classes)
    if min(widths) < 1:
        raise ValueError(f"widths must be positive, got {widths}")
    layers: list[nn.Module] = [nn.Flatten()]
    for number, (width, following) in enumerate(pairwise(widths)):
        if number > 0:
            layers.append(nn.ReLU())
        layers.append(nn.Linear(width, following))
    return nn.Sequential(*layers)


@dataclass(frozen=True)
class ConvolutionStage:
    """Convolutions of one kernel size, each followed by ReLU, then max pooling by 2.

    Attributes:
        channels: output channels of each convolution.
    """

    channels: tuple[int, ...]
    kernel: int = 3
    padding: int = 0


def pooled_network(
    shape: Shape, stages: Sequence[ConvolutionStage], hidden: Sequence[int], classes: int
) -> nn.Sequential:
    """Return stages of convolutions and pooling, then a perceptron with ReLU between its layers; no normalisation.

    Raises:
        ValueError: the image is too small for the stages.
    """
    channels, height, width = shape
    layers: list[nn.Module] = []
    for stage in stages:
        for following in stage.channels:
            layers += [nn.Conv2d(channels, following, stage.kernel, padding=stage.padding), nn.ReLU()]
            channels = following
        shrinkage = len(stage.channels) * (stage.kernel - 1 - 2 * stage.padding)
        height, width = (height - shrinkage) // 2, (width - shrinkage) // 2
        layers.append(nn.MaxPool2d(2))
        if min(height, width) < 1:
            raise ValueError(f"images of {shape[1]} x {shape[2]} are too small for the stages {stages!r}")
    return nn.Sequential(*layers, *perceptron((channels, height, width), hidden, classes))


def lenet5(classes: int = 10) -> nn.Sequential:
    """Return LeNet-5 for 28 x 28 grey images, 20 and 50 filters of 5 x 5, 431,080 parameters (Han et al. 2015)."""
    return pooled_network((1, 28, 28), (ConvolutionStage((20,), 5), ConvolutionStage((50,), 5)), (500,), classes)


def attack_paper_network(classes: int = 10) -> nn.Sequential:
    """Return the usual network of attacks on MNIST (Carlini & Wagner 2017, Table I), 312,202 parameters.

    Twice two convolutions of 3 x 3 (32, then 64 channels) and pooling, then 200, 200 and `classes` units.
    """
    return pooled_network(
        (1, 28, 28), (ConvolutionStage((32, 32)), ConvolutionStage((64, 64))), (200, 200), classes
    )


def attack_standard_network(classes: int = 10) -> nn.Sequential:
    """Return the small network for attacks on two cores: 5 x 5 with 16 and 32 channels, each pooled, 128 units."""
    return pooled_network((1, 28, 28), (ConvolutionStage((16,), 5), ConvolutionStage((32,), 5)), (128,), classes)


class ConvolutionalNetwork(nn.Module):
    """3 x 3 convolutions without bias, each with batch normalisation and ReLU; global mean; one linear layer.

    Args:
        plan: for each layer its output channels and stride, or ``"M"`` for max pooling by 2.
        head_deviation: the last layer starts from Gaussian weights of this deviation, bias 0; None leaves torch's.

    Raises:
        ValueError: `plan` has no convolution.
    """

    def __init__(
        self,
        channels: int,
        plan: Sequence[tuple[int, int] | Literal["M"]],
        classes: int,
        *,
        norm: BatchNorm | None = None,
        initialisation: Initialisation = "kaiming fan-out",
        head_deviation: float | None = 0.01,
    ) -> None:
        super().__init__()
        norm = norm or BatchNorm()
        layers: list[nn.Module] = []
        width = channels
        for step in plan:
            if step == "M":
                layers.append(nn.MaxPool2d(2))
                continue
            following, stride = step
            layers.append(nn.Conv2d(width, following, 3, stride, padding=1, bias=False))
            layers += [norm.layer(following), nn.ReLU()]
            width = following
        if not any(isinstance(layer, nn.Conv2d) for layer in layers):
            raise ValueError(f"plan must hold a convolution, got {plan!r}")
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(width, classes)
        initialise(self, initialisation)
        if head_deviation is not None:
            nn.init.normal_(self.head.weight, std=head_deviation)
            nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        features = self.features(images)  # (n, width, h', w')
        logits: Tensor = self.head(features.mean(dim=(2, 3)))
        return logits


def four_convolutions(channels: int = 1, classes: int = 10, norm: BatchNorm | None = None) -> ConvolutionalNetwork:
    """Return the network 32 (stride 2), 64 (stride 2), 128, 128 for MNIST, 241,898 parameters."""
    return ConvolutionalNetwork(channels, ((32, 2), (64, 2), (128, 1), (128, 1)), classes, norm=norm)


def vgg16(channels: int = 3, classes: int = 10, norm: BatchNorm | None = None) -> ConvolutionalNetwork:
    """Return VGG-16 for 32 x 32 images, one linear layer (Simonyan & Zisserman 2015; 14.72 M parameters)."""
    plan: list[tuple[int, int] | Literal["M"]] = []
    for width, repeats in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        plan += [*[(width, 1)] * repeats, "M"]
    return ConvolutionalNetwork(channels, plan, classes, norm=norm)
