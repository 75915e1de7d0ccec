"""Timed implementations of the regrouping kernel: our partitioner, those of others, and plain Python."""

from collections.abc import Callable
from functools import partial

import numpy as np

from harness.kernels.contract import KernelCase
from methods.structured_tickets import reference
from methods.structured_tickets.regroup import RegroupResult, regroup_layers
from methods.structured_tickets.regrouping_data import Layers

Call = Callable[[], list[RegroupResult]]
RESTARTS = 4


def gram(case: KernelCase, data: Layers, threads: int) -> Call:
    """Pair swaps on the Gram matrix; the layers of a network share the threads."""
    return _prepared(data, threads, method="gram")


def gram_restarts(case: KernelCase, data: Layers, threads: int) -> Call:
    """The best of four starts."""
    return _prepared(data, threads, method="gram", restarts=RESTARTS)


def metis(case: KernelCase, data: Layers, threads: int) -> Call:
    """METIS on the graph of Jaccard similarities."""
    return _prepared(data, 1, method="pymetis")


def kahypar(case: KernelCase, data: Layers, threads: int) -> Call:
    """KaHyPar on the hypergraph of columns."""
    return _prepared(data, 1, method="kahypar")


def random(case: KernelCase, data: Layers, threads: int) -> Call:
    """Random row groups."""
    return _prepared(data, 1, method="random")


def plain(case: KernelCase, data: Layers, threads: int) -> Call:
    """Lists, sets and loops; the masks are lists before the clock starts, the results become arrays after it."""
    masks = [mask.astype(int).tolist() for mask in data.masks]
    return lambda: [_arrays(*reference.regroup(mask, **data.options)) for mask in masks]


def _prepared(data: Layers, threads: int, **options: object) -> Call:
    return partial(regroup_layers, data.masks, threads=threads, **data.options, **options)


def _arrays(
    blocks: list[reference.PlainBlock], mask: reference.Mask, stats: reference.RegroupStats
) -> RegroupResult:
    pairs = [(np.array(rows), np.array(columns)) for rows, columns in blocks]
    return RegroupResult(pairs, np.array(mask, dtype=np.bool_), stats)
