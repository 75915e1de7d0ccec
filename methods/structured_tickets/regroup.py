"""IMP-Regroup: an irregular mask becomes dense blocks of rows times columns.

Chen, Chen, Ma, Wang, Wang, Coarsening the Granularity: Towards Structurally Sparse Lottery Tickets, ICML 2022,
Algorithm 3. Defaults are those of the authors' code: eight groups, ratio 1.5, more than 16 rows.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from harness.seeds import derive_seed
from methods.structured_tickets.blocks import Block, blocks_from_labels, split_rows, union_mask
from methods.structured_tickets.columns import check_rule
from methods.structured_tickets.partition import partition_rows
from methods.structured_tickets.statistics import RegroupStats, measure
from methods.structured_tickets.validation import BoolArray, as_mask, check_choice, check_count

FALLBACKS = ("dense", "keep", "empty")


@dataclass(frozen=True)
class RegroupResult:
    """A regrouped layer.

    Attributes:
        blocks: (rows, columns) of each dense block, ascending int64 indices.
        mask: trainable weights, bool, shape (R, n).
        stats: counts and shares.
    """

    blocks: list[Block]
    mask: BoolArray
    stats: RegroupStats


def regroup(
    mask: ArrayLike,
    k: int = 8,
    rule: str = "ratio",
    param: float = 1.5,
    min_rows: int = 17,
    min_cols: int = 1,
    row_multiple: int | None = None,
    repeat: bool = False,
    fallback: str = "dense",
    seed: int = 0,
    *,
    method: str = "gram",
    balance: float = 1.1,
    restarts: int = 1,
) -> RegroupResult:
    """Partition the rows into groups, make the chosen columns of each group dense, and zero everything else.

    Args:
        mask: surviving weights, binary, shape (R, n).
        k: number of row groups, at most the number of non-empty rows.
        rule, param: choice of columns, see `select_columns`.
        min_rows: a group with fewer rows gives no block; 17 is the code's "more than 16".
        min_cols: a group with fewer chosen columns gives no block.
        row_multiple: split a block of more rows than this into multiples of it and the rest (32, a GPU warp, in the
            code); None does not split.
        repeat: regroup the uncovered weights repeatedly, until a pass has no block (Algorithm 3).
            Blocks may then overlap. Later passes make fewer than k groups if fewer rows are left.
        fallback: result for a layer without any block: "dense", "keep" (its unstructured mask, as in the authors'
            training code; it saves no time) or "empty". The statistics name it.
        seed: seed of the partitioner.
        method, balance, restarts: the partitioner, see `partition_rows`.

    Returns:
        Blocks, mask and statistics. An all-zero mask has no blocks, stays zero and is flagged as empty.

    Raises:
        ValueError: any argument out of range; the message has its value.
        ImportError: the package of `method` is not installed.
    """
    mask = as_mask(mask)
    k = check_count(k, "k")
    check_rule(rule, param)
    check_choice(fallback, "fallback", FALLBACKS)
    if row_multiple is not None:
        row_multiple = check_count(row_multiple, "row_multiple")
    if not mask.any():
        return RegroupResult([], mask.copy(), measure(mask, mask, mask, 0, ""))

    partition = partial(partition_rows, balance=balance, restarts=restarts, method=method)
    emit = partial(blocks_from_labels, rule=rule, param=param, min_rows=min_rows, min_cols=min_cols)
    blocks = emit(mask, partition(mask, k, seed=seed))
    union = union_mask(blocks, mask.shape)
    passes = 1
    while repeat and (left := mask & ~union).any():
        groups = min(k, int(left.any(axis=1).sum()))
        # A column is chosen for a nonzero that no block covers, so none is dense for all rows of its block already.
        new = emit(left, partition(left, groups, seed=derive_seed("pass", seed, passes)))
        if not new:
            break
        blocks += new
        union |= union_mask(new, mask.shape)
        passes += 1
    return _result(mask, blocks, union, row_multiple, fallback)


def _result(
    mask: BoolArray, blocks: list[Block], union: BoolArray, row_multiple: int | None, fallback: str
) -> RegroupResult:
    if not blocks:
        kept = {"dense": np.ones_like(mask), "keep": mask.copy(), "empty": union}[fallback]
        return RegroupResult([], kept, measure(mask, union, kept, 0, fallback))
    if row_multiple is not None:
        blocks = [piece for block in blocks for piece in split_rows(block, row_multiple)]
    return RegroupResult(blocks, union, measure(mask, union, union, len(blocks), ""))


def regroup_layers(masks: Sequence[ArrayLike], *, threads: int = 1, **options: Any) -> list[RegroupResult]:
    """`regroup` every layer of a network, several at a time; the results do not depend on `threads`.

    Args:
        masks: one a layer.
        threads: layers regrouped at the same time.
        options: those of `regroup`, the same for all layers.

    Raises:
        ValueError: as `regroup`, or threads < 1.
    """
    threads = check_count(threads, "threads")
    if threads == 1:
        return [regroup(mask, **options) for mask in masks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(partial(regroup, **options), masks))


def scale_rule(rows: int) -> tuple[int, int]:
    """k and min_rows for a layer of any width; 256 rows or more get the eight groups of the paper's networks.

    k = R // 32 within 2..8, min_rows = R // (4 k) but at least 4.

    Raises:
        ValueError: rows < 1.
    """
    k = min(max(check_count(rows, "rows") // 32, 2), 8)
    return k, max(4, rows // (4 * k))
