"""Radius, step length and iterations of attacks; the published budgets by data set, in the order l1, l2, linf."""

from dataclasses import dataclass, replace
from math import isfinite

from harness.protocols.attacks.adversary.geometry import L1, L2, Geometry, Linf

FAMILIES = ("l1", "l2", "linf")


@dataclass(frozen=True)
class Budget:
    """Budget of one attack.

    Attributes:
        norm: `l1`, `l2` or `linf`.
        eps: radius of the ball, zero or more, for pixels in [0, 1].
        step: length of a step in the same norm, positive.
        iterations: number of steps.
        sparsity: sparsity of the steps of l1; the other norms ignore it.
        plain: whether the steps of l1 are those of SLIDE as published, which may push against the box; the other
            norms ignore it.

    Raises:
        ValueError: an unknown norm, or a number out of its range.
    """

    norm: str
    eps: float
    step: float
    iterations: int
    sparsity: float = 0.95
    plain: bool = False

    def __post_init__(self) -> None:
        if self.norm not in FAMILIES:
            raise ValueError(f"norm is {self.norm!r}; expected one of {', '.join(FAMILIES)}")
        if not (isfinite(self.eps) and self.eps >= 0):
            raise ValueError(f"eps is {self.eps}; expected a finite radius of zero or more")
        if not (isfinite(self.step) and self.step > 0):
            raise ValueError(f"step is {self.step}; expected a positive finite length")
        if self.iterations < 1:
            raise ValueError(f"iterations is {self.iterations}; expected 1 or more")
        L1(self.sparsity)

    @property
    def geometry(self) -> Geometry:
        """Steps, projections and starts of the norm."""
        return L1(self.sparsity, self.plain) if self.norm == "l1" else L2() if self.norm == "l2" else Linf()

    def within(self, eps: float) -> "Budget":
        """Return the same attack in another radius, e.g. one that a dictionary was not built with."""
        return replace(self, eps=eps)

    def lasting(self, iterations: int) -> "Budget":
        """Return the same attack with another number of steps."""
        return replace(self, iterations=iterations)


def _three(
    eps: tuple[float, float, float], step: tuple[float, float, float], iterations: tuple[int, int, int]
) -> tuple[Budget, ...]:
    return tuple(Budget(*parts) for parts in zip(FAMILIES, eps, step, iterations, strict=True))


MNIST = _three((10.0, 2.0, 0.3), (0.8, 0.1, 0.01), (100, 200, 100))
YALE_B = _three((7.5, 1.0, 0.03), (1.0, 0.02, 0.003), (100, 200, 100))
CIFAR = _three((12.0, 0.5, 0.03), (1.0, 0.02, 0.003), (100, 200, 100))
DIGITS = _three((3.0, 1.0, 0.2), (0.3, 0.1, 0.02), (50, 50, 50))
