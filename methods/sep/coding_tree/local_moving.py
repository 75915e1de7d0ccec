"""Exact local moving on the bottom level of a coding tree, compiled.

A move changes the volumes and cuts of the clusters on both sides up to their lowest common ancestor, and
nothing else. With J_x the weight (twice) between different children of x,

    V * H^T(G) = constant + sum over inner x of J_x log2(v_x),

so the exact change of a candidate costs O(k) given the weights from the vertex to the clusters around it.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]
compiled = njit(nogil=True, cache=True, error_model="numpy")

# Changes of H smaller than this are rounding, not progress.
TOLERANCE = 1e-12


@compiled
def term(inner: float, volume: float) -> float:
    return inner * math.log2(volume) if volume > 0 and inner != 0.0 else 0.0


@compiled
def move_change(
    source: int,
    target: int,
    degree: float,
    near: Array,
    above: Array,
    volume: Array,
    inner: Array,
    apply: bool,
) -> float:
    """Change of V * H when a vertex moves from one bottom cluster to another; `near[l, x]` is its weight to
    the level-(l+1) node x. With `apply` the volumes and J are updated too."""
    change, left, joined = 0.0, -degree, degree  # change of the cut of the child on either side
    for level in range(len(above)):
        a, b = above[level, source], above[level, target]
        if a == b:
            new = inner[level, a] + left + joined
            change += term(new, volume[level, a]) - term(inner[level, a], volume[level, a])
            if apply:
                inner[level, a] = new
            break
        cut_a, cut_b = 2.0 * near[level, a] - degree, degree - 2.0 * near[level, b]
        new_a, new_b = inner[level, a] + left - cut_a, inner[level, b] + joined - cut_b
        v_a, v_b = volume[level, a] - degree, volume[level, b] + degree
        change += term(new_a, v_a) - term(inner[level, a], volume[level, a])
        change += term(new_b, v_b) - term(inner[level, b], volume[level, b])
        if apply:
            inner[level, a], inner[level, b], volume[level, a], volume[level, b] = new_a, new_b, v_a, v_b
        left, joined = cut_a, cut_b
    return change


@compiled
def sweep(
    indptr: Array,
    indices: Array,
    weight: Array,
    degree: Array,
    above: Array,
    bottom: Array,
    volume: Array,
    inner: Array,
    max_sweeps: int,
) -> None:
    """Move every vertex to its best neighbouring bottom cluster until nothing moves; all updated in place."""
    near, total = np.zeros(above.shape), 0.0
    for value in degree:
        total += value
    for _ in range(max_sweeps):
        moved = False
        for i in range(len(bottom)):
            for t in range(indptr[i], indptr[i + 1]):
                for level in range(len(above)):
                    near[level, above[level, bottom[indices[t]]]] += weight[t]
            source, target, best = bottom[i], bottom[i], -TOLERANCE * total
            for t in range(indptr[i], indptr[i + 1]):
                cluster = bottom[indices[t]]
                if cluster != source and cluster != target:
                    change = move_change(source, cluster, degree[i], near, above, volume, inner, False)
                    if change < best:
                        target, best = cluster, change
            if target != source:
                move_change(source, target, degree[i], near, above, volume, inner, True)
                bottom[i], moved = target, True
            for t in range(indptr[i], indptr[i + 1]):
                for level in range(len(above)):
                    near[level, above[level, bottom[indices[t]]]] = 0.0
        if not moved:
            break
