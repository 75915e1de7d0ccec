"""Responses of layers to a batch, and the gradient of the loss by them, for Refill's feature criteria."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.protocols.pruning.training.images import LabelledImages
from harness.protocols.pruning.training.layers import prunable_layers


class LayerResponse(NamedTuple):
    """Response of one layer.

    Attributes:
        activation: output a of the layer before batch norm and nonlinearity, (N, c_out, ...).
        gradient: gradient dL/da, L the mean cross-entropy of the batch, same shape.
    """

    activation: Tensor
    gradient: Tensor


def layer_responses(module: nn.Module, batch: LabelledImages) -> dict[str, LayerResponse]:
    """Return the responses of every prunable layer, in evaluation mode; the network is not changed.

    Raises:
        ValueError: no prunable layer.
    """
    outputs: dict[str, Tensor] = {}

    def remember(name: str, output: Tensor) -> Tensor:
        outputs[name] = output
        # A later ReLU in place would overwrite the activation; the copy goes on through the network.
        return output.clone()

    hooks = [
        layer.register_forward_hook(lambda _, __, output, name=name: remember(name, output))
        for name, layer in prunable_layers(module).items()
    ]
    modes = {layer: layer.training for layer in module.modules()}
    module.eval()
    try:
        with torch.enable_grad():
            loss = F.cross_entropy(module(batch.images), batch.targets)
            gradients = torch.autograd.grad(loss, list(outputs.values()))
    finally:
        for hook in hooks:
            hook.remove()
        for layer, training in modes.items():
            layer.training = training
    return {
        name: LayerResponse(output.detach(), gradient)
        for (name, output), gradient in zip(outputs.items(), gradients, strict=True)
    }
