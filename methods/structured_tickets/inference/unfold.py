"""The unfolded input (im2col) of a batch-innermost image."""

from torch import Tensor
from torch.nn import functional as F

from methods.structured_tickets.inference.geometry import ConvGeometry


def unfold(images: Tensor, geometry: ConvGeometry) -> Tensor:
    """Return X, (c_in * kh * kw, h_out * w_out * lanes): ``weight.reshape(c_out, -1) @ X`` is the convolution.

    Because the batch is innermost, X is a strided view of the padded image, copied in runs of whole lanes; a 1 x 1
    kernel of stride 1 without padding copies nothing.

    Args:
        images: (c_in, H, W, lanes), contiguous.
        geometry: of the convolution.
    """
    (pad_y, pad_x), (step_y, step_x), (gap_y, gap_x) = geometry.padding, geometry.stride, geometry.dilation
    padded = F.pad(images, (0, 0, pad_x, pad_x, pad_y, pad_y)) if pad_y or pad_x else images
    channel, row, column, lane = padded.stride()
    view = padded.as_strided(
        (geometry.channels, *geometry.kernel, *geometry.output, padded.shape[3]),
        (channel, row * gap_y, column * gap_x, row * step_y, column * step_x, lane),
    )
    return view.reshape(geometry.columns, -1)
