"""Regression with side information as arrays: a generated set holds them, views are cut from them. Numpy only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from harness.contract.split import splits_from_arrays
from harness.payload import Payload
from harness.protocols.noisy_labels.arrays import NumberedSplit


@dataclass(frozen=True)
class PrivilegedSamples:
    """Some samples with noisy values and side information; the functions behind the values are not in it.

    Attributes:
        x: (n,) float64, the input.
        side: (n,) float64, the side information a.
        y: (n,) float64, the noisy value.

    Raises:
        ValueError: arrays of different lengths, none at all, or values that are not finite.
    """

    x: np.ndarray
    side: np.ndarray
    y: np.ndarray

    def __post_init__(self) -> None:
        shapes = {name: getattr(self, name).shape for name in ("x", "side", "y")}
        if len(set(shapes.values())) != 1 or self.x.ndim != 1 or not len(self.x):
            raise ValueError(f"x, side and y must have one shape (n,) with n of 1 or more, got {shapes}")
        for name in shapes:
            if not np.isfinite(getattr(self, name)).all():
                raise ValueError(f"{name} must be finite, got NaN or an infinite value")

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class PrivilegedRegressionData:
    """Several draws of samples with the functions behind them; it never leaves the parent process.

    Attributes:
        x, side, y: (draws, n) float64.
        marginal: (draws, n), the mean of y given x.
        signal: (draws, n), the noise-free function of x.
        splits: one a draw, the same positions in each.

    Raises:
        ValueError: the arrays do not belong together.
    """

    name: str
    x: np.ndarray
    side: np.ndarray
    y: np.ndarray
    marginal: np.ndarray
    signal: np.ndarray
    splits: Sequence[NumberedSplit]
    fingerprint: str
    provenance: str

    def __post_init__(self) -> None:
        shapes = {name: getattr(self, name).shape for name in ("x", "side", "y", "marginal", "signal")}
        if len(set(shapes.values())) != 1 or self.x.ndim != 2 or len(self.x) != len(self.splits):
            raise ValueError(f"{self.name}: expected {len(self.splits)} draws of equal size, got shapes {shapes}")

    @classmethod
    def from_payload(cls, payload: Payload, name: str, fingerprint: str, provenance: str) -> Self:
        """Return the set of its arrays and splits."""
        splits = tuple(
            NumberedSplit(s.train, s.valid, s.test, n) for n, s in enumerate(splits_from_arrays(payload.arrays))
        )
        return cls(
            name, payload["x"], payload["side"], payload["y"], payload["marginal"], payload["signal"], splits,
            fingerprint, provenance,
        )  # fmt: skip

    def samples(self, split: NumberedSplit, index: np.ndarray) -> PrivilegedSamples:
        """Return the samples at `index` of the split's draw."""
        draw = split.number
        return PrivilegedSamples(self.x[draw, index], self.side[draw, index], self.y[draw, index])

    def with_functions(self, marginal: np.ndarray, signal: np.ndarray) -> "PrivilegedRegressionData":
        """Return the same set with other values of the functions, (draws, n) each; the noisy values stay."""
        return replace(self, marginal=marginal, signal=signal)
