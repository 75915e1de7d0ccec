"""Rates of a machine, and its least time for the work of a case (its roofline, Williams et al. 2009)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from harness.kernels.contract import KernelCost


@dataclass(frozen=True)
class MachineRates:
    """Rates of one process with a number of threads.

    Attributes:
        read: bytes a second of the fastest scan of an array larger than the caches.
        copy: bytes read plus bytes written a second.
        float32, float64: floating-point operations a second of a square matrix product.
    """

    read: float
    copy: float
    float32: float
    float64: float

    def seconds(self, cost: KernelCost) -> float:
        """Return the least time that the machine needs for `cost`: the slower of arithmetic and memory."""
        return max(cost.flops / (self.float32 if cost.dtype == "float32" else self.float64), cost.bytes / self.read)

    def as_dict(self) -> dict[str, float]:
        """Return the rates by name."""
        return {"read": self.read, "copy": self.copy, "float32": self.float32, "float64": self.float64}

    @classmethod
    def from_dict(cls, rates: Mapping[str, Any]) -> "MachineRates":
        """Return the rates from their values by name."""
        return cls(*(float(rates[name]) for name in ("read", "copy", "float32", "float64")))

    @classmethod
    def median(cls, measured: Sequence["MachineRates"]) -> "MachineRates":
        """Return the medians of several measurements."""
        return cls(*(median(getattr(limits, name) for limits in measured) for name in cls.__dataclass_fields__))
