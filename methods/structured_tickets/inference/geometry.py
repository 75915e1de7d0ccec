"""The shapes of a two-dimensional convolution, checked once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pair = tuple[int, int]


@dataclass(frozen=True)
class ConvGeometry:
    """A convolution of `batch` images of `channels` x `height` x `width`, without groups.

    Its matrix view is W[rows, columns] @ X[columns, positions]; column ``(c * kh + dy) * kw + dx`` reads channel c
    at row ``y * stride - padding + dy * dilation`` for the output row y, and zero outside the image.
    """

    batch: int
    channels: int
    height: int
    width: int
    rows: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)

    @classmethod
    def of(
        cls,
        weight_shape: Sequence[int],
        input_shape: Sequence[int],
        *,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
    ) -> "ConvGeometry":
        """Return the geometry of ``conv2d(input, weight)``.

        Args:
            weight_shape: (c_out, c_in, kh, kw).
            input_shape: (N, c_in, H, W).
            stride, padding, dilation: one integer, or one for the height and one for the width.
            groups: must be 1.

        Raises:
            ValueError: grouped; a shape of other than four sizes; channels that differ; a stride or a dilation
                below 1; a negative padding; a kernel larger than the padded image.
        """
        if groups != 1:
            raise ValueError(f"groups must be 1, got {groups!r}: grouped convolutions have no block form here")
        if len(weight_shape) != 4 or min(weight_shape) < 1:
            raise ValueError(
                f"weight must have the shape (c_out, c_in, kh, kw), all >= 1, got {tuple(weight_shape)}"
            )
        if len(input_shape) != 4 or min(input_shape) < 0:
            raise ValueError(f"input_shape must be (N, c_in, H, W), all >= 0, got {tuple(input_shape)}")
        rows, channels, *kernel = map(int, weight_shape)
        batch, image_channels, height, width = map(int, input_shape)
        if channels != image_channels:
            raise ValueError(
                f"weight has {channels} input channels, input_shape {tuple(input_shape)} has {image_channels}"
            )
        geometry = cls(
            batch, channels, height, width, rows, (kernel[0], kernel[1]),
            _pair("stride", stride, 1), _pair("padding", padding, 0), _pair("dilation", dilation, 1),
        )  # fmt: skip
        if min(geometry.output) < 1:
            raise ValueError(
                f"kernel {geometry.kernel} with dilation {geometry.dilation} must fit the padded image, got "
                f"{height} x {width} with padding {geometry.padding}"
            )
        return geometry

    @property
    def columns(self) -> int:
        """Columns of the weight's matrix view, c_in * kh * kw."""
        return self.channels * self.taps

    @property
    def taps(self) -> int:
        """Positions in the kernel, kh * kw."""
        return self.kernel[0] * self.kernel[1]

    @property
    def output(self) -> Pair:
        """Height and width of the output."""
        sizes = zip((self.height, self.width), self.kernel, self.stride, self.padding, self.dilation, strict=True)
        height, width = ((size + 2 * p - d * (k - 1) - 1) // s + 1 for size, k, s, p, d in sizes)
        return height, width

    @property
    def positions(self) -> int:
        """Columns of the unfolded input, N * h_out * w_out."""
        return self.batch * self.output[0] * self.output[1]

    def tap_positions(self) -> NDArray[np.int64]:
        """Return per tap, in the order dy * kw + dx, at how many output positions it reads inside the image."""
        inside = [
            np.sum(((at := np.arange(size) * s - p + np.arange(k)[:, None] * d) >= 0) & (at < extent), axis=1)
            for size, extent, k, s, p, d in zip(
                self.output, (self.height, self.width), self.kernel, self.stride, self.padding, self.dilation,
                strict=True,
            )
        ]  # fmt: skip
        return np.outer(*inside).ravel()


def _pair(name: str, value: Any, least: int) -> Pair:
    pair = (value, value) if isinstance(value, int) else tuple(value)
    if len(pair) != 2 or not all(isinstance(part, int) and part >= least for part in pair):
        raise ValueError(f"{name} must be one or two integers >= {least}, got {value!r}")
    return pair
