"""Workspace, binary heap and union-find of the compiled builder.

Nodes, list entries and queue entries are records: fields used together share a cache line, and kernels pass
few arrays around (numba counts references to every array it passes, atomically).
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]

# Only the entry point in `fast` is cached on disk: numba checks the file of the cached function alone, so a
# cached caller would keep using an old version of its callees in other files.
compiled = njit(nogil=True, error_model="numpy")

# Numba lets negative indices wrap around, a test at every access that unsigned indices are spared. Hence node
# ids are stored as uint32, and computed positions in hot loops are cast by `at`.
at = np.uint64

# A node x of a tree under construction. It owns the list entries start .. start+length-1; `pending` is the
# size of the heap of its waiting candidates, -1 before that is built; `queued` is its entry in the queue, as a
# position in its list; `inner` the weight between its children; `link` a scratch that is 0 between uses.
NODE = np.dtype(
    [
        ("volume", np.float64),
        ("cut", np.float64),
        ("inner", np.float64),
        ("link", np.float64),
        ("start", np.int64),
        ("length", np.int32),
        ("pending", np.int32),
        ("queued", np.int32),
        ("parent", np.int32),
        ("level", np.int32),
        ("position", np.int32),
    ],
    align=True,
)
# A neighbour of a node, and, in the same place, an unrelated member of the node's heap of waiting candidates.
ENTRY = np.dtype(
    [("weight", np.float64), ("cost", np.float64), ("node", np.uint32), ("waiting", np.uint32)], align=True
)
ITEM = np.dtype([("key", np.float64), ("tie", np.int64)], align=True)


class Workspace(NamedTuple):
    """Arrays for trees over up to n vertices and m stored edges, used again for every tree.

    nodes (2n,), into (2n,) for the union-find, entries (3m,), queue (n,), histogram (n, height+2).
    """

    nodes: Array
    into: Array
    entries: Array
    queue: Array
    histogram: Array


@compiled
def workspace(num_nodes: int, stored: int, height: int) -> Workspace:
    """A workspace for graphs of at most these sizes and trees of at most this height (2 if less)."""
    # Living lists never hold more than `stored` entries together, so three times that always has room.
    return Workspace(
        np.empty(2 * num_nodes, NODE),
        np.empty(2 * num_nodes, np.uint32),
        np.empty(3 * stored, ENTRY),
        np.empty(num_nodes, ITEM),
        np.empty((num_nodes, max(height, 2) + 2), np.int32),
    )


@compiled
def filled(size: int, value: int) -> Array:
    """An int32 array (size,) of one value."""
    array = np.empty(size, np.int32)
    for k in range(size):
        array[k] = value
    return array


@compiled
def resolve(into: Array, node: int) -> int:
    """The node that `node` has become (its own number while it lives), halving the path."""
    current: Any = np.uint32(node)
    above = into[current]
    while above != current:
        into[current] = into[above]
        current = into[current]
        above = into[current]
    return current


@compiled
def sift_down(queue: Array, start: int, size: int) -> None:
    """Restore the heap order (key, tie) below position `start`.

    The hole sinks to a leaf along the smaller children, without branches, and the item rises from there: an
    item put at the top is nearly always a large one.
    """
    value, mark, k = queue[at(start)].key, queue[at(start)].tie, start
    while 2 * k + 1 < size:
        child = 2 * k + 1
        if child + 1 < size:
            left, right = queue[at(child)], queue[at(child + 1)]
            child += (right.key < left.key) | ((right.key == left.key) & (right.tie < left.tie))
        queue[at(k)].key, queue[at(k)].tie = queue[at(child)].key, queue[at(child)].tie
        k = child
    while k > start:
        above = queue[at((k - 1) >> 1)]
        if above.key < value or (above.key == value and above.tie < mark):
            break
        queue[at(k)].key, queue[at(k)].tie = above.key, above.tie
        k = (k - 1) >> 1
    queue[at(k)].key, queue[at(k)].tie = value, mark


@compiled
def pop(queue: Array, size: int) -> int:
    """Drop the top; returns the new size."""
    size -= 1
    queue[0].key, queue[0].tie = queue[size].key, queue[size].tie
    if size > 0:
        sift_down(queue, 0, size)
    return size


@compiled
def replace_top(queue: Array, key: float, tie: int, size: int) -> None:
    """Put another item in the place of the top."""
    queue[0].key, queue[0].tie = key, tie
    sift_down(queue, 0, size)


@compiled
def heapify(queue: Array, size: int) -> None:
    """Order the first `size` items as a heap by (key, tie)."""
    for k in range(size // 2 - 1, -1, -1):
        sift_down(queue, k, size)
