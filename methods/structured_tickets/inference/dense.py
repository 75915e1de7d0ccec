"""A convolution by torch (oneDNN on most machines) that multiplies zeros too."""

import torch
from torch import Tensor
from torch.nn import functional as F

from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.layout import Layout


class DenseConv2d:
    """``relu(conv2d(x, weight, bias))`` in torch's default layout or in channels_last."""

    def __init__(
        self,
        weight: Tensor,
        geometry: ConvGeometry,
        layout: Layout = "nchw",
        bias: Tensor | None = None,
        relu: bool = False,
    ) -> None:
        """Bring the weight into the layout.

        Raises:
            ValueError: layout "chwn", for which torch has no convolution.
        """
        if layout not in ("nchw", "nhwc"):
            raise ValueError(f"layout must be 'nchw' or 'nhwc', got {layout!r}")
        wanted = torch.channels_last if layout == "nhwc" else torch.contiguous_format
        self.layout: Layout = layout
        self.geometry = geometry
        self.weight = weight.detach().contiguous(memory_format=wanted)
        self.bias = bias
        self.relu = relu

    def __call__(self, images: Tensor) -> Tensor:
        """Return (N, c_out, h_out, w_out) of images (N, c_in, H, W), both in the layout."""
        sizes = self.geometry
        result = F.conv2d(images, self.weight, self.bias, sizes.stride, sizes.padding, sizes.dilation)
        return result.relu_() if self.relu else result
