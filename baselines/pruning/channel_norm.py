"""One-shot pruning of output channels by their l1 norm.

Li, Kadav, Durdanovic, Samet, Graf, Pruning Filters for Efficient ConvNets, ICLR 2017. The channels are those of
`torch.nn.utils.prune.ln_structured` with n = 1, dim = 0.
"""

from torch import Tensor, nn

from harness.protocols.pruning.training.channels import channel_masks, following_norms
from harness.protocols.pruning.training.layers import prunable_layers, rows_of
from harness.protocols.pruning.training.masks import Masks
from harness.protocols.pruning.training.selection import keep_largest, kept_at


def channel_norm_masks(module: nn.Module, density: float, example: Tensor) -> Masks:
    """Drop round((1 - density) c_out) channels of smallest norm in each layer, but never the last one.

    Args:
        example: a batch of inputs, to find the batch norms that are silenced with a channel.

    Raises:
        ValueError: a density outside [0, 1], weights that are NaN, or no prunable layer.
    """
    kept: dict[str, Tensor] = {}
    for name, layer in prunable_layers(module).items():
        norms = rows_of(layer.weight.detach()).abs().sum(1)
        kept[name] = keep_largest({name: norms}, max(1, kept_at(density, len(norms))))[name]
    return channel_masks(module, kept, following_norms(module, example))
