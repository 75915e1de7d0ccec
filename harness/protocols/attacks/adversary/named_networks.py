"""Networks by name and their weights as arrays, so that a trained one can be stored and built again."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from harness.protocols.attacks.adversary.networks import dense, four_convolutions, two_convolutions

NETWORKS: dict[str, Callable[..., nn.Sequential]] = {
    "four_convolutions": four_convolutions,
    "two_convolutions": two_convolutions,
    "dense": dense,
}


def named_network(name: str, arguments: Sequence[int]) -> nn.Sequential:
    """Return a fresh network, its weights drawn from torch's global generator.

    Raises:
        ValueError: an unknown name, or arguments that the network refuses.
    """
    if name not in NETWORKS:
        raise ValueError(f"network is {name!r}; expected one of {', '.join(NETWORKS)}")
    return NETWORKS[name](*arguments)


def weights_of(network: nn.Module) -> list[np.ndarray]:
    """Return copies of a network's parameters and buffers, in the order of its ``state_dict``."""
    return [tensor.detach().cpu().numpy().copy() for tensor in network.state_dict().values()]


def network_with(name: str, arguments: Sequence[int], weights: Sequence[np.ndarray]) -> nn.Sequential:
    """Return a network with given weights, in evaluation mode; torch's global generator is left as it was.

    Raises:
        ValueError: an unknown name, or weights that do not fit.
    """
    with torch.random.fork_rng(devices=[]):
        network = named_network(name, arguments)
    state = network.state_dict()
    if len(state) != len(weights) or any(
        tuple(tensor.shape) != np.shape(given) for tensor, given in zip(state.values(), weights, strict=True)
    ):
        raise ValueError(
            f"weights have shapes {[np.shape(given) for given in weights]}; "
            f"expected {[tuple(tensor.shape) for tensor in state.values()]}"
        )
    network.load_state_dict(
        {key: torch.from_numpy(np.array(given)) for key, given in zip(state, weights, strict=True)}
    )
    return network.eval()
