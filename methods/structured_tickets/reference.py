"""Regrouping, refilling and pruning in plain Python, straight from the definitions: the oracle of the fast code.

Masks are lists of rows of 0 and 1. Equal seeds give the labels of the fast partitioner: only the random order is
drawn by numpy, for both.
"""

from collections.abc import Sequence
from typing import Any

from harness.seeds import derive_seed
from methods.structured_tickets.partition.gram import start
from methods.structured_tickets.statistics import RegroupStats, share

Mask = list[list[int]]
Rows = list[int]
PlainBlock = tuple[Rows, Rows]


def shared_columns(mask: Mask) -> Mask:
    """G_ij = number of columns where rows i and j are both one; zero diagonal."""
    supports = [{column for column, value in enumerate(row) if value} for row in mask]
    gram = [[0] * len(mask) for _ in mask]
    for i, support in enumerate(supports):
        for j in range(i):
            gram[i][j] = gram[j][i] = len(support & supports[j])
    return gram


def gram_labels(mask: Mask, k: int, seed: int) -> list[int]:
    """Best-improvement pair swaps from a random balanced start; an empty row is labelled -1."""
    filled = [i for i, row in enumerate(mask) if any(row)]
    initial, sweeps = start(len(filled), k, seed)
    labels = initial.tolist()
    if k > 1:
        gram = shared_columns([mask[i] for i in filled])
        affinity = [[sum(g for g, b in zip(row, labels, strict=True) if b == a) for a in range(k)] for row in gram]
        for order in sweeps.tolist():
            if not _sweep(gram, affinity, labels, order):
                break
    found = dict(zip(filled, labels, strict=True))
    return [found.get(i, -1) for i in range(len(mask))]


def _sweep(gram: Mask, affinity: Mask, labels: list[int], order: Rows) -> bool:
    improved = False
    for i in order:
        a, best, partner = labels[i], 0, -1
        for j, b in enumerate(labels):
            if b != a:
                gain = affinity[i][b] - affinity[i][a] + affinity[j][a] - affinity[j][b] - 2 * gram[i][j]
                if gain > best:
                    best, partner = gain, j
        if partner >= 0:
            b = labels[partner]
            labels[i], labels[partner] = b, a
            for row, shared in enumerate(gram):
                affinity[row][a] += shared[partner] - shared[i]
                affinity[row][b] += shared[i] - shared[partner]
            improved = True
    return improved


def select_columns(sub: Mask, rule: str, param: float) -> Rows:
    """Columns of a group's dense block, ascending, by the rule's definition."""
    columns = range(len(sub[0]) if sub else 0)
    counts = [sum(row[column] for row in sub) for column in columns]
    if rule == "threshold":
        return [column for column in columns if counts[column] >= param]
    if not any(counts):
        return []
    order = sorted(columns, key=lambda column: -counts[column])  # stable: ties by index
    outside = [sum(row) for row in sub]
    for length, column in enumerate(order, start=1):
        for position, row in enumerate(sub):
            outside[position] -= row[column]
        if length > param * max(outside):
            return sorted(order[:length])
    raise AssertionError("the prefix of all columns leaves nothing outside")


def blocks_from_labels(
    mask: Mask, labels: Sequence[int], rule: str, param: float, min_rows: int, min_cols: int
) -> list[PlainBlock]:
    """Blocks of the groups in the order of their labels."""
    blocks = []
    for group in sorted(set(labels) - {-1}):
        rows = [i for i, label in enumerate(labels) if label == group and any(mask[i])]
        if len(rows) < min_rows:
            continue
        columns = select_columns([mask[i] for i in rows], rule, param)
        if len(columns) >= min_cols:
            blocks.append((rows, columns))
    return blocks


def regroup(
    mask: Mask,
    k: int = 8,
    rule: str = "ratio",
    param: float = 1.5,
    min_rows: int = 17,
    min_cols: int = 1,
    row_multiple: int | None = None,
    repeat: bool = False,
    fallback: str = "dense",
    seed: int = 0,
) -> tuple[list[PlainBlock], Mask, RegroupStats]:
    """Blocks, resulting mask and statistics, as the fast `regroup` with its default partitioner."""
    union = [[0] * len(row) for row in mask]
    if not any(map(any, mask)):
        return [], union, statistics(mask, union, union, 0, "")
    blocks: list[PlainBlock] = []
    left, passes = mask, 0
    while any(map(any, left)):
        groups = min(k, sum(map(any, left)))
        labels = gram_labels(left, groups, derive_seed("pass", seed, passes) if passes else seed)
        new = blocks_from_labels(left, labels, rule, param, min_rows, min_cols)
        for rows, columns in new:
            for i in rows:
                for column in columns:
                    union[i][column] = 1
        blocks += new
        passes += 1
        if not new or not repeat:
            break
        left = [[int(m and not u) for m, u in zip(*pair, strict=True)] for pair in zip(mask, union, strict=True)]
    if not blocks:
        kept = {"dense": [[1] * len(row) for row in mask], "keep": mask, "empty": union}[fallback]
        return [], kept, statistics(mask, union, kept, 0, fallback)
    if row_multiple:
        blocks = [piece for block in blocks for piece in split_rows(block, row_multiple)]
    return blocks, union, statistics(mask, union, union, len(blocks), "")


def split_rows(block: PlainBlock, multiple: int) -> list[PlainBlock]:
    """The rows that fill multiples, then the rest, without a block of no rows."""
    rows, columns = block
    if len(rows) <= multiple:
        return [block]
    whole = multiple * (len(rows) // multiple)
    return [(piece, columns) for piece in (rows[:whole], rows[whole:]) if piece]


def statistics(mask: Mask, union: Mask, kept: Mask, n_blocks: int, fallback: str) -> RegroupStats:
    """Counts and shares of a regrouped mask."""
    nnz, area, ones = (sum(map(sum, matrix)) for matrix in (mask, union, kept))
    inside = sum(m and u for pair in zip(mask, union, strict=True) for m, u in zip(*pair, strict=True))
    density = share(ones, sum(map(len, mask)))
    return RegroupStats(
        nnz=nnz,
        area=area,
        inside=inside,
        coverage=share(inside, nnz),
        kept_density=density,
        fill=share(inside, area),
        n_blocks=n_blocks,
        est_flop_ratio=density,
        block_share=share(area, ones),
        fallback=fallback,
        empty=nnz == 0,
    )


def refill(mask: Mask, scores: Sequence[float], extra: float = 0.0) -> Mask:
    """Keep the channels with the largest scores, as many as hold the mask's ones (and `extra` of the others)."""
    nnz, width = sum(map(sum, mask)), len(mask[0])
    k = -(-nnz // width)
    k += int(extra * (len(mask) - k))
    kept = sorted(range(len(mask)), key=lambda i: (-scores[i], i))[:k]
    return [[int(i in kept)] * width for i in range(len(mask))]


def prune_globally(weights: Sequence[Sequence[float]], masks: Mask, rate: float) -> Mask:
    """Zero the round(rate * survivors) smallest survivors; each layer is a flat list."""
    ranked = sorted(
        (abs(weight), layer, entry)
        for layer, values in enumerate(weights)
        for entry, weight in enumerate(values)
        if masks[layer][entry]
    )
    pruned: Any = {(layer, entry) for _, layer, entry in ranked[: round(rate * len(ranked))]}
    return [
        [int(value and (layer, entry) not in pruned) for entry, value in enumerate(row)]
        for layer, row in enumerate(masks)
    ]
