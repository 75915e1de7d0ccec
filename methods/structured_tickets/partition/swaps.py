"""Best-improvement pair swaps, compiled.

The rows of a group stay in consecutive places, and the Gram matrix is kept in the order of places: a swap exchanges
the contents of two places. So the gains of a row against all others are plain arithmetic on contiguous stretches,
without a look-up of labels, and vectorise.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from methods.structured_tickets.validation import IntArray

Counts = NDArray[np.int32]


@njit(cache=True, nogil=True)
def places(labels: IntArray, k: int) -> tuple[IntArray, IntArray, IntArray]:
    """First place of each group and the end, shape (k + 1,); row at each place; place of each row, shapes (R,)."""
    bounds = np.zeros(k + 1, np.int64)
    for label in labels:
        bounds[label + 1] += 1
    bounds = np.cumsum(bounds)
    row_at = np.argsort(labels, kind="mergesort")
    place_of = np.empty_like(row_at)
    place_of[row_at] = np.arange(len(row_at))
    return bounds, row_at, place_of


@njit(cache=True, nogil=True)
def permuted(gram: Counts, order: IntArray) -> Counts:
    """Rows and columns of a matrix in another order; rows padded with zeros to an odd number of 16 entries.

    A stride of a power of two would map the entries of a column, which `exchange` writes, to few sets of the cache.
    """
    out = np.zeros((len(gram), 16 * (-(-len(gram) // 16) | 1)), np.int32)
    for p in range(len(order)):
        row = gram[order[p]]
        for q in range(len(order)):
            out[p, q] = row[order[q]]
    return out


@njit(cache=True, nogil=True)
def affinities(gram: Counts, bounds: IntArray) -> tuple[Counts, Counts]:
    """A, shape (k, R), and the affinity of each place to its own group, shape (R,)."""
    groups, rows = len(bounds) - 1, gram.shape[1]
    affinity = np.zeros((groups, rows), np.int32)
    own = np.empty(rows, np.int32)
    for g in range(groups):
        total = affinity[g]
        for q in range(bounds[g], bounds[g + 1]):
            row = gram[q]
            for p in range(rows):
                total[p] += row[p]
        own[bounds[g] : bounds[g + 1]] = total[bounds[g] : bounds[g + 1]]
    return affinity, own


@njit(cache=True, nogil=True)
def best_partner(
    gram: Counts,
    affinity: Counts,
    own: Counts,
    bounds: IntArray,
    row_at: IntArray,
    gains: Counts,
    p: int,
    a: int,
) -> int:
    """The row whose swap with the one at place p of group a gains most, or -1 if none gains; `gains` is scratch.

    Two things let the compiler fill vectors: places are unsigned, so that none can count from the end, and every
    step is cut back to 32 bits, where numba would widen it.
    """
    best = np.int32(0)
    attraction, shared = affinity[a], gram[p]
    for b in range(len(bounds) - 1):
        towards = np.int32(affinity[b, p] - own[p])
        for q in range(np.uint64(bounds[b]), np.uint64(bounds[b + 1])):
            gain = np.int32(np.int32(towards + attraction[q]) - np.int32(own[q] + np.int32(2 * shared[q])))
            gains[q] = gain
            best = max(best, gain)  # within group a no gain is above 0
    if best == 0:
        return -1
    partner = len(gains)
    for q in range(len(gains)):
        partner = min(partner, row_at[q] if gains[q] == best else partner)
    return partner


@njit(cache=True, nogil=True)
def exchange(gram: Counts, affinity: Counts, own: Counts, bounds: IntArray, p: int, q: int, a: int, b: int) -> None:
    """Swap the rows at place p of group a and place q of group b."""
    at_p, at_q, of_a, of_b = gram[p], gram[q], affinity[a], affinity[b]
    for place in range(len(at_p)):
        x, y = at_p[place], at_q[place]
        of_a[place] += y - x
        of_b[place] -= y - x
        at_p[place], at_q[place] = y, x
    for row in gram:
        row[p], row[q] = row[q], row[p]
    for column in affinity:
        column[p], column[q] = column[q], column[p]
    for g in (a, b):
        own[bounds[g] : bounds[g + 1]] = affinity[g, bounds[g] : bounds[g + 1]]


@njit("int64[::1](int32[:, ::1], int64[::1], int64[:, ::1], int64)", cache=True, nogil=True)
def swap_sweeps(gram: Counts, labels: IntArray, orders: IntArray, k: int) -> IntArray:
    """Sweep over the rows until a sweep gains nothing; each row swaps with that of another group that gains most.

    With A[g, p] the sum of G over place p and the places of group g, swapping places p (group a) and q (group b)
    gains A[b, p] - A[a, p] + A[a, q] - A[b, q] - 2 G_pq. Of equal gains the row with the lowest index wins.

    Args:
        gram: G, zero diagonal, shape (R, R); four times the sum of a row must be below 2^31.
        labels: groups 0..k-1, shape (R,).
        orders: a permutation of the rows for each sweep allowed, shape (sweeps, R).
        k: number of groups.

    Returns:
        New labels with the same group sizes, shape (R,).
    """
    bounds, row_at, place_of = places(labels, k)
    gram = permuted(gram, row_at)
    affinity, own = affinities(gram, bounds)
    gains = np.empty(len(row_at), np.int32)
    group_of = labels.copy()
    for order in orders:
        improved = False
        for i in order:
            p = place_of[i]
            j = best_partner(gram, affinity, own, bounds, row_at, gains, p, group_of[i])
            if j >= 0:
                q = place_of[j]
                exchange(gram, affinity, own, bounds, p, q, group_of[i], group_of[j])
                group_of[i], group_of[j] = group_of[j], group_of[i]
                place_of[i], place_of[j] = q, p
                row_at[p], row_at[q] = j, i
                improved = True
        if not improved:
            break
    return group_of
