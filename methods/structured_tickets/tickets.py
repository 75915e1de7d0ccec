"""Layer shapes of a regrouped winning ticket of VGG-16 on CIFAR-10, and random blocks of these shapes.

The sizes are those of the ticket that Chen et al., Coarsening the Granularity (ICML 2022) publish with their code:
per convolution the rows (output channels) and columns (c_in * 3 * 3) of its eight dense blocks. Convolutions that
are not listed have at most 128 rows and no blocks. About 20.8 % of the convolution weights are kept.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.seeds import stream

BATCH = 64
Block = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class LayerTicket:
    """The blocks of one 3x3 convolution, padding 1, stride 1.

    Attributes:
        name: the layer, e.g. ``conv4_2``.
        rows: R, output channels; the groups share them out.
        columns: n = c_in * 9, columns of the matrix view of the weight.
        group_rows: rows of each block.
        group_columns: columns of each block.
        c_in: input channels.
        side: height and width of the feature map, which the convolution keeps.
    """

    name: str
    rows: int
    columns: int
    group_rows: tuple[int, ...]
    group_columns: tuple[int, ...]
    c_in: int
    side: int

    @property
    def positions(self) -> int:
        """P, columns of the im2col matrix of a batch of 64 images."""
        return BATCH * self.side**2

    @property
    def area(self) -> int:
        """Weights inside blocks."""
        return sum(r * c for r, c in zip(self.group_rows, self.group_columns, strict=True))

    @property
    def kept_density(self) -> float:
        """Share of the layer's weights inside blocks."""
        return self.area / (self.rows * self.columns)


def _layer(name: str, c_in: int, side: int, rows: tuple[int, ...], columns: tuple[int, ...]) -> LayerTicket:
    return LayerTicket(name, sum(rows), 9 * c_in, rows, columns, c_in, side)


VGG16_TICKET: tuple[LayerTicket, ...] = (
    _layer("conv3_1", 128, 8, (32,) * 8, (914, 917, 906, 932, 939, 932, 905, 891)),
    _layer("conv3_2", 256, 8, (32,) * 8, (1577, 1570, 1541, 1557, 1646, 1512, 1528, 1576)),
    _layer("conv3_3", 256, 8, (32,) * 8, (1391, 1395, 1389, 1388, 1385, 1415, 1400, 1344)),
    _layer("conv4_1", 256, 4, (64,) * 8, (1013, 1028, 1044, 944, 954, 969, 980, 1001)),
    _layer("conv4_2", 512, 4, (75, 75, 75, 71, 54, 54, 54, 54), (957, 977, 986, 1052, 829, 857, 854, 906)),
    _layer("conv4_3", 512, 4, (96, 96, 96, 56, 42, 42, 42, 42), (554, 545, 585, 567, 507, 489, 519, 501)),
    _layer("conv5_1", 512, 2, (110, 110, 92, 51, 38, 37, 37, 37), (338, 356, 393, 306, 332, 309, 311, 272)),
    _layer("conv5_2", 512, 2, (107, 107, 95, 51, 38, 38, 38, 38), (328, 332, 350, 284, 301, 290, 294, 270)),
    _layer("conv5_3", 512, 2, (112, 112, 108, 36, 36, 36, 36, 36), (537, 600, 348, 227, 254, 312, 228, 240)),
)


def generate_blocks(layer: LayerTicket, seed: int) -> list[Block]:
    """Random blocks of a layer's published sizes.

    The groups partition the rows; each group's columns are drawn without replacement, independently of the others.

    Args:
        layer: sizes.
        seed: the same seed gives the same blocks, and each layer its own.

    Returns:
        Per block its rows and its columns, int64, ascending.
    """
    rng = stream("structured-tickets", "blocks", layer.name, seed)
    ends = np.cumsum(layer.group_rows)[:-1]
    groups = np.split(rng.permutation(layer.rows), ends)
    return [
        (np.sort(rows), np.sort(rng.choice(layer.columns, size=count, replace=False)))
        for rows, count in zip(groups, layer.group_columns, strict=True)
    ]
