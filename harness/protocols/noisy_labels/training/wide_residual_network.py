"""Wide residual networks (Zagoruyko & Komodakis, BMVC 2016); WRN-28-10 is the network of TRAM on CIFAR-10H.

Depth 6 m + 4 and width k: a 3 x 3 convolution to 16 channels, three stages of m blocks with 16 k, 32 k and 64 k
channels (the second and third halve the image), BN, ReLU and the global mean, an embedding of 64 k. A block is
x + conv(ReLU(BN(conv(ReLU(BN(x)))))), 3 x 3 convolutions; where the shape changes, a 1 x 1 convolution of
ReLU(BN(x)) takes the place of x. No dropout.
"""

import re

import torch.nn.functional as F
from torch import Tensor, nn

from harness.protocols.images.training.networks import Shape

STEM, STAGES = 16, 3
NAME = re.compile(r"wide-resnet-(\d+)-(\d+)")


class PreactivatedBlock(nn.Module):
    """Two 3 x 3 convolutions, each behind BN and ReLU, the first with the stride; and the shortcut past them."""

    def __init__(self, channels: int, following: int, stride: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(following)
        self.conv1 = nn.Conv2d(channels, following, 3, stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(following, following, 3, padding=1, bias=False)
        same = (stride, channels) == (1, following)
        self.projection = None if same else nn.Conv2d(channels, following, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, following, h/stride, w/stride)."""
        active = F.relu(self.norm1(x))
        inner: Tensor = self.conv2(F.relu(self.norm2(self.conv1(active))))
        return inner + (x if self.projection is None else self.projection(active))


def wide_residual_body(shape: Shape, depth: int, width: int) -> tuple[nn.Module, int]:
    """Return the body, images (n, c, h, w) -> embeddings (n, 64 width), and the width of the embedding.

    Weights of convolutions are drawn from N(0, 2 / inputs of a unit) (He et al. 2015).

    Raises:
        ValueError: a depth that is not 6 m + 4 with m of 1 or more, or a width below 1.
    """
    if depth < 10 or (depth - 4) % 6 or width < 1:
        raise ValueError(
            f"a wide residual network needs depth 6 m + 4 and width 1 or more, got {depth} and {width}"
        )
    layers: list[nn.Module] = [nn.Conv2d(shape[0], STEM, 3, padding=1, bias=False)]
    before = STEM
    for stage in range(STAGES):
        channels = STEM * width * 2**stage
        for block in range((depth - 4) // 6):
            layers.append(PreactivatedBlock(before, channels, 2 if stage and not block else 1))
            before = channels
    body = nn.Sequential(*layers, nn.BatchNorm2d(before), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    for module in body.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return body, before
