"""The compiled sum over points of side information, for a head whose layers are split.

    l_bs = H_b + Q_s + W relu(A_b + P_s);   out_b = sum_s w_s softmax(l_bs)

Points are taken in tiles, so that all intermediate values stay in registers and in the nearest cache. This file is
the whole of the compiled code, so numba's cache follows it.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

TILE = 64
"""Most points of a tile; a multiple of a vector register's float32. Fewer points make a smaller tile."""

REGISTER = 16
UNROLLED = 4
"""Units of the hidden layer that one pass over the logits of a tile adds."""

LOG2_E, LN2_HIGH, LN2_LOW = np.float32(1.44269504), np.float32(0.693359375), np.float32(-2.12194440e-4)
LEAST_EXPONENT = np.float32(-87.0)
C6, C5, C4, C3, C2 = (
    np.float32(1.9875691500e-4), np.float32(1.3981999507e-3), np.float32(8.3334519073e-3),
    np.float32(4.1665795894e-2), np.float32(1.6666665459e-1),
)  # fmt: skip
ONE, HALF = np.float32(1), np.float32(0.5)
EXPONENT_BIAS, MANTISSA_BITS = np.int32(127), np.int32(23)


@dataclass(frozen=True)
class SplitHead:
    """Parts of a head, all float32; n images, S points, w units, c classes.

    Attributes:
        of_images: A, (n, w), with the bias of the joining layer.
        of_points: P, (S, w).
        logits_of_images: H, (n, c), with the bias of the output layer.
        logits_of_points: Q, (S, c).
        to_classes: W, (c, w).

    Raises:
        ValueError: shapes or types that do not fit.
    """

    of_images: np.ndarray
    of_points: np.ndarray
    logits_of_images: np.ndarray
    logits_of_points: np.ndarray
    to_classes: np.ndarray

    def __post_init__(self) -> None:
        images, points, (classes, width) = len(self.of_images), len(self.of_points), self.to_classes.shape
        expected = {
            "of_images": (images, width),
            "of_points": (points, width),
            "logits_of_images": (images, classes),
            "logits_of_points": (points, classes),
            "to_classes": (classes, width),
        }
        for name, shape in expected.items():
            got = getattr(self, name)
            if got.shape != shape or got.dtype != np.float32:
                raise ValueError(f"{name} must be float32 of shape {shape}, got {got.dtype} of shape {got.shape}")


def mean_probabilities(head: SplitHead, weights: np.ndarray) -> np.ndarray:
    """Return ``sum_s w_s softmax(l_bs)``, (n, c) float32; NaN where a part is not finite.

    Args:
        weights: (S,) float32.

    Raises:
        ValueError: weights of another number.
    """
    points = len(head.of_points)
    if weights.shape != (points,):
        raise ValueError(f"expected {points} weights, got shape {weights.shape}")
    tile = min(TILE, REGISTER * -(-points // REGISTER))
    tiles = -(-points // tile)
    padded = np.zeros(tiles * tile, np.float32)
    padded[:points] = weights
    out = np.zeros(head.logits_of_images.shape, np.float64)
    _sum(
        _padded(head.of_images), _tiled(_padded(head.of_points), tile), head.logits_of_images,
        _tiled(head.logits_of_points, tile), np.ascontiguousarray(_padded(head.to_classes).T), padded, out,
    )  # fmt: skip
    out[~(np.isfinite(head.of_images).all(axis=1) & np.isfinite(head.logits_of_images).all(axis=1))] = np.nan
    if not all(np.isfinite(part).all() for part in (head.of_points, head.logits_of_points, head.to_classes)):
        out[:] = np.nan
    return out.astype(np.float32)


def _padded(values: np.ndarray) -> np.ndarray:
    """Return (m, w) values with zeros up to a multiple of `UNROLLED` units; relu(0 + 0) adds nothing."""
    return np.pad(values, ((0, 0), (0, -values.shape[1] % UNROLLED)))


def _tiled(values: np.ndarray, tile: int) -> np.ndarray:
    """Return (S, k) values as (tiles, k, tile): the points of a tile lie side by side; absent ones are 0."""
    padded = np.pad(values, ((0, -len(values) % tile), (0, 0)))
    return np.ascontiguousarray(padded.reshape(-1, tile, values.shape[1]).transpose(0, 2, 1))


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def _sum(
    of_images: np.ndarray,
    of_points: np.ndarray,
    logits_of_images: np.ndarray,
    logits_of_points: np.ndarray,
    to_classes: np.ndarray,
    weights: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add the weighted probabilities of all points to `out`, a tile of points at a time."""
    tiles, width, tile = of_points.shape
    classes = to_classes.shape[1]
    logits, hidden = np.empty((classes, tile), np.float32), np.empty((UNROLLED, tile), np.float32)
    shares = np.empty(tile, np.float32)
    for b in range(len(of_images)):
        for t in range(tiles):
            for c in range(classes):
                for s in range(tile):
                    logits[c, s] = logits_of_images[b, c] + logits_of_points[t, c, s]
            for k in range(0, width, UNROLLED):
                for i in range(UNROLLED):
                    added = of_images[b, k + i]
                    for s in range(tile):
                        x = added + of_points[t, k + i, s]
                        hidden[i, s] = x if x > 0 else np.float32(0)
                for c in range(classes):
                    w0, w1, w2, w3 = (
                        to_classes[k, c],
                        to_classes[k + 1, c],
                        to_classes[k + 2, c],
                        to_classes[k + 3, c],
                    )
                    for s in range(tile):
                        logits[c, s] += (
                            w0 * hidden[0, s] + w1 * hidden[1, s] + w2 * hidden[2, s] + w3 * hidden[3, s]
                        )
            _softmax(logits, shares)
            for s in range(tile):
                shares[s] *= weights[t * tile + s]
            for c in range(classes):
                added_up = np.float32(0)
                for s in range(tile):
                    added_up += logits[c, s] * shares[s]
                out[b, c] += added_up


@njit(nogil=True, cache=True, fastmath={"contract", "nsz"}, error_model="numpy")
def _softmax(logits: np.ndarray, shares: np.ndarray) -> None:
    """Replace logits (c, tile) by exp(logit - largest), and `shares` (tile,) by one over their sum.

    The exponential is Cephes': a polynomial on [-ln 2 / 2, ln 2 / 2] and an exponent, relative error 2e-7.
    """
    classes, tile = logits.shape
    largest, bits = np.empty(tile, np.float32), np.empty(tile, np.int32)
    powers = bits.view(np.float32)
    for s in range(tile):
        largest[s] = logits[0, s]
        shares[s] = 0
    for c in range(1, classes):
        for s in range(tile):
            largest[s] = logits[c, s] if logits[c, s] > largest[s] else largest[s]
    for c in range(classes):
        for s in range(tile):
            x = logits[c, s] - largest[s]
            x = x if x > LEAST_EXPONENT else LEAST_EXPONENT
            n = np.floor(x * LOG2_E + HALF)
            r = x - n * LN2_HIGH - n * LN2_LOW
            p = ((((C6 * r + C5) * r + C4) * r + C3) * r + C2) * r + HALF
            bits[s] = (np.int32(n) + EXPONENT_BIAS) << MANTISSA_BITS
            logits[c, s] = p * r * r + r + ONE
        for s in range(tile):
            logits[c, s] *= powers[s]
            shares[s] += logits[c, s]
    for s in range(tile):
        shares[s] = ONE / shares[s]
