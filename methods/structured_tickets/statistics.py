"""Statistics of a regrouped mask: kept and covered weights, and cost."""

from dataclasses import dataclass

import numpy as np

from methods.structured_tickets.validation import BoolArray


@dataclass(frozen=True)
class RegroupStats:
    """Counts of one layer, before and after.

    Attributes:
        nnz: nonzeros of the mask that was regrouped.
        area: entries inside blocks; an entry of two blocks counts once.
        inside: nonzeros inside blocks.
        coverage: inside / nnz, the surviving weights that stay trainable; 0 if there are none.
        kept_density: ones of the resulting mask / all entries. area / (R n) unless a fallback was taken.
        fill: inside / area; 0 without blocks.
        n_blocks: number of blocks.
        est_flop_ratio: multiply-adds relative to the dense layer: kept_density.
        block_share: ones of the resulting mask that are inside blocks / all its ones. 1, or 0 after a fallback:
            a layer with its unstructured mask does not count as structured.
        fallback: "" if blocks were found, else the fallback: "dense", "keep" or "empty".
        empty: whether the mask was all zero, so that there was nothing to regroup (and no fallback is taken).
    """

    nnz: int
    area: int
    inside: int
    coverage: float
    kept_density: float
    fill: float
    n_blocks: int
    est_flop_ratio: float
    block_share: float
    fallback: str
    empty: bool

    @property
    def efficiency(self) -> float:
        """coverage / kept_density: 1 for a dense mask, higher the better the blocks fit; 0 if nothing is kept."""
        return share(self.coverage, self.kept_density)


def measure(mask: BoolArray, union: BoolArray, kept: BoolArray, n_blocks: int, fallback: str) -> RegroupStats:
    """Statistics from the mask, the union of the blocks and the mask that results; all of shape (R, n)."""
    nnz, area, ones = (int(np.count_nonzero(m)) for m in (mask, union, kept))
    inside = int(np.count_nonzero(mask & union))
    kept_density = share(ones, mask.size)
    return RegroupStats(
        nnz=nnz,
        area=area,
        inside=inside,
        coverage=share(inside, nnz),
        kept_density=kept_density,
        fill=share(inside, area),
        n_blocks=n_blocks,
        est_flop_ratio=kept_density,
        block_share=share(area, ones),
        fallback=fallback,
        empty=nnz == 0,
    )


def share(part: float, whole: float) -> float:
    """Return part / whole, or 0 if the whole is 0."""
    return part / whole if whole else 0.0
