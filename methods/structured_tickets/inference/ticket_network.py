"""Generated layers and networks of a ticket's shape, as plain arrays.

A layer is ``{"images", "weight", "blocks", "padding"}``, a network ``{"images", "stages", "head"}``. A stage is the
word ``"pool"`` (2 x 2 max pooling) or a convolution: a dictionary of ``name``, ``weight``, ``blocks`` or None, and
``gamma, beta, mean, var, eps`` of its batch norm. After the last stage come the global average and the head
``(weight, bias)``. Every convolution is 3 x 3 with padding 1, followed by batch norm and ReLU.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from harness.seeds import stream
from methods.structured_tickets.tickets import VGG16_TICKET, Block, LayerTicket, generate_blocks

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class NetworkTicket:
    """A network of convolutions, dense where no ticket is given.

    Attributes:
        widths: output channels of each convolution, and "pool".
        tickets: the layers with blocks, by name: conv<group>_<number>, groups parted by pools.
        side: height and width of the images.
    """

    widths: tuple[int | str, ...]
    tickets: tuple[LayerTicket, ...]
    side: int

    def layers(self) -> Iterator[tuple[str, int, int, int]]:
        """Yield name ("pool" for a pool), input channels, output channels and side of each layer."""
        channels, group, number, side = 3, 1, 0, self.side
        for width in self.widths:
            if isinstance(width, str):
                yield "pool", channels, channels, side
                group, number, side = group + 1, 0, side // 2
            else:
                number += 1
                yield f"conv{group}_{number}", channels, width, side
                channels = width

    def kept(self) -> dict[str, int]:
        """Return the kept weights of each convolution."""
        area = {ticket.name: ticket.area for ticket in self.tickets}
        return {name: area.get(name, 9 * i * o) for name, i, o, _ in self.layers() if name != "pool"}

    @property
    def multiply_adds(self) -> int:
        """Products of kept weights with one image, at every position."""
        kept = self.kept()
        return sum(kept[name] * side**2 for name, _, _, side in self.layers() if name != "pool")

    @property
    def kept_density(self) -> float:
        """Share of all convolution weights that is kept."""
        return sum(self.kept().values()) / sum(9 * i * o for name, i, o, _ in self.layers() if name != "pool")


VGG16 = NetworkTicket(
    (64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool", 512, 512, 512, "pool", 512, 512, 512),
    VGG16_TICKET,
    32,
)
TINY = NetworkTicket(
    (16, "pool", 32, "pool", 48),
    (
        LayerTicket("conv2_1", 32, 144, (8, 7, 9, 8), (60, 55, 48, 61), 16, 8),
        LayerTicket("conv3_1", 48, 288, (17, 13, 10, 8), (40, 37, 30, 22), 32, 4),
    ),
    16,
)


def layer_arrays(ticket: LayerTicket, seed: int, batch: int) -> dict[str, Any]:
    """Return one convolution with its input, float32 (N, c_in, H, W), rectified as after a ReLU."""
    rng = stream("structured-tickets", "layer", ticket.name, seed)
    blocks = generate_blocks(ticket, seed)
    shape = (batch, ticket.c_in, ticket.side, ticket.side)
    return {
        "images": np.maximum(rng.standard_normal(shape, dtype=np.float32), 0),
        "weight": _weight(rng, (ticket.rows, ticket.c_in, 3, 3), blocks),
        "blocks": blocks,
        "padding": 1,
    }


def network_arrays(network: NetworkTicket, seed: int, batch: int, classes: int = 10) -> dict[str, Any]:
    """Return a network with a batch of images (N, 3, side, side)."""
    rng = stream("structured-tickets", "network", seed)
    tickets = {ticket.name: ticket for ticket in network.tickets}
    stages: list[Any] = []
    for name, channels, width, _ in network.layers():
        if name == "pool":
            stages.append(name)
        else:
            blocks = generate_blocks(tickets[name], seed) if name in tickets else None
            stages.append(_convolution(rng, name, (width, channels, 3, 3), blocks))
    head = (_normal(rng, (classes, width)) / np.float32(np.sqrt(width)), _normal(rng, (classes,)))
    return {"images": _normal(rng, (batch, 3, network.side, network.side)), "stages": stages, "head": head}


def kept_mask(weight: Floats, blocks: list[Block] | None) -> NDArray[np.bool_]:
    """Return the mask of the kept weights, in the matrix view (c_out, c_in * kh * kw)."""
    mask = np.full((len(weight), weight[0].size), blocks is None)
    for rows, columns in blocks or ():
        mask[np.ix_(rows, columns)] = True
    return mask


def _convolution(rng: Generator, name: str, shape: tuple[int, ...], blocks: list[Block] | None) -> dict[str, Any]:
    width = shape[0]
    return {
        "name": name,
        "weight": _weight(rng, shape, blocks),
        "blocks": blocks,
        "gamma": rng.uniform(0.5, 1.5, width).astype(np.float32),
        "beta": _normal(rng, (width,)) / 4,
        "mean": _normal(rng, (width,)) / 4,
        "var": rng.uniform(0.5, 1.5, width).astype(np.float32),
        "eps": 1e-5,
    }


def _weight(rng: Generator, shape: tuple[int, ...], blocks: list[Block] | None) -> Floats:
    """Return He-normal weights of the kept inputs of each row, zero elsewhere."""
    weight = _normal(rng, shape)
    mask = kept_mask(weight, blocks)
    scale = np.sqrt(2 / np.maximum(1, mask.sum(1, keepdims=True))).astype(np.float32)
    return (weight.reshape(mask.shape) * scale * mask).reshape(shape)


def _normal(rng: Generator, shape: tuple[int, ...]) -> Floats:
    return rng.standard_normal(shape, dtype=np.float32)
