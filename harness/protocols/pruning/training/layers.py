"""Prunable layers and weights of a network."""

from torch import Tensor, nn

PrunableLayer = nn.Conv2d | nn.Linear


def prunable_layers(module: nn.Module) -> dict[str, PrunableLayer]:
    """Return the prunable layers by name, in the order of registration.

    In a network with convolutions: every convolution but the first. In one without: every linear layer but the
    last, the classifier head. The authors of structured tickets skip only a convolution that is named `conv1`, so
    that of a VGG the first one is pruned as well; here the rule does not depend on names.

    Raises:
        ValueError: no layer is prunable, or a convolution has groups, whose channels are no rows of a matrix.
    """
    convolutions = {name: layer for name, layer in module.named_modules() if isinstance(layer, nn.Conv2d)}
    linear = {name: layer for name, layer in module.named_modules() if isinstance(layer, nn.Linear)}
    for name, layer in convolutions.items():
        if layer.groups != 1:
            raise ValueError(f"groups of convolution {name!r} must be 1, got {layer.groups}")
    layers: dict[str, PrunableLayer] = {}
    layers.update(list(convolutions.items())[1:] if convolutions else [])
    layers.update([] if convolutions else list(linear.items())[:-1])
    if not layers:
        raise ValueError(
            f"module must have a second convolution or a hidden linear layer to prune, got {len(convolutions)} "
            f"convolutions and {len(linear)} linear layers"
        )
    return layers


def prunable_weights(module: nn.Module) -> dict[str, Tensor]:
    """Return the prunable weights by parameter name, e.g. ``0.weight``; raises as :func:`prunable_layers` does."""
    return {weight_name(name): layer.weight for name, layer in prunable_layers(module).items()}


def weight_name(layer: str) -> str:
    """Return the name of a layer's weight; the layer that is the whole module has no name."""
    return f"{layer}.weight" if layer else "weight"


def rows_of(weight: Tensor) -> Tensor:
    """Return the matrix view (c_out, c_in * kh * kw) of a weight."""
    return weight.reshape(len(weight), -1)
