"""Operations that differ between l1, l2 and linf attacks: size, steepest step, projection, random start.

The order of box and ball within a projection, and the distributions of the starts, are those of advertorch 0.2.3,
which the published robustness figures were made with. Every projection ends inside both ball and box; only that of
linf is the nearest point of their intersection.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, zeros_like

from harness.protocols.attacks.adversary.balls import onto_l1, onto_l2, onto_linf

FLOOR = 1e-12  # least length of a random direction, in pixels, that is divided by
AT_BOUND = 1e-6  # distance from 0 or 1 at which a pixel counts as blocked: rounding of float32 pixels


class Geometry(Protocol):
    """Geometry of one norm. Batches are (n, d); a clean image lies in the box [0, 1]^d."""

    def size(self, change: Tensor) -> Tensor:
        """Return the norm of each row, (n,)."""
        ...

    def ascent(self, gradient: Tensor, points: Tensor) -> Tensor:
        """Return the step of unit length that raises a linear loss (nearly) most.

        The step does not depend on the scale of the gradient; a zero gradient gives a zero step.

        Args:
            points: the images where the gradient was taken, (n, d) in the box.
        """
        ...

    def project(self, change: Tensor, clean: Tensor, eps: float) -> Tensor:
        """Return changes inside the ball of radius `eps` that keep ``clean + change`` in the box."""
        ...

    def start(self, clean: np.ndarray, eps: float, random: np.random.Generator) -> np.ndarray:
        """Return a random change of an image (d,), or of each image of a batch (n, d), not clipped to the box."""
        ...


def into_box(change: Tensor, clean: Tensor) -> Tensor:
    """Return ``clip(clean + change, 0, 1) - clean``; never longer in any coordinate than `change`."""
    return (clean + change).clamp(0, 1) - clean


@dataclass(frozen=True)
class Linf:
    """Sign steps in a cube (Madry et al. 2018)."""

    def size(self, change: Tensor) -> Tensor:
        return change.abs().amax(dim=1)

    def ascent(self, gradient: Tensor, points: Tensor) -> Tensor:
        return gradient.sign()

    def project(self, change: Tensor, clean: Tensor, eps: float) -> Tensor:
        return into_box(onto_linf(change, eps), clean)

    def start(self, clean: np.ndarray, eps: float, random: np.random.Generator) -> np.ndarray:
        return random.uniform(-eps, eps, clean.shape)


@dataclass(frozen=True)
class L2:
    """Normalised gradient steps in a sphere; box first, then ball: scaling towards zero keeps the box."""

    def size(self, change: Tensor) -> Tensor:
        return change.norm(dim=1)

    def ascent(self, gradient: Tensor, points: Tensor) -> Tensor:
        # By the largest entry first: squares of small entries would vanish in float32.
        relative = gradient / _positive(gradient.abs().amax(dim=1, keepdim=True))
        return relative / _positive(relative.norm(dim=1, keepdim=True))

    def project(self, change: Tensor, clean: Tensor, eps: float) -> Tensor:
        return onto_l2(into_box(change, clean), eps)

    def start(self, clean: np.ndarray, eps: float, random: np.random.Generator) -> np.ndarray:
        change = random.uniform(0, 1, clean.shape) - clean
        return change * np.minimum(1.0, eps / np.maximum(np.linalg.norm(change, axis=-1, keepdims=True), FLOOR))


@dataclass(frozen=True)
class L1:
    """Sparse l1 descent, SLIDE (Tramèr & Boneh 2019): equal steps in the coordinates of largest gradient.

    Attributes:
        sparsity: share of coordinates that a step does not move, in [0, 1); at least one is moved.
        plain: whether a step may go to pixels that the box blocks, as in SLIDE as published. By default it goes to
            free pixels only, as in foolbox: on digits most of a plain step pushes against the box.
    """

    sparsity: float = 0.95
    plain: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.sparsity < 1:
            raise ValueError(f"sparsity is {self.sparsity}; expected a number in [0, 1)")

    def moved(self, dimension: int) -> int:
        """Return the number of coordinates, of `dimension`, that a step moves."""
        return max(1, round((1 - self.sparsity) * dimension))

    def size(self, change: Tensor) -> Tensor:
        return change.abs().sum(dim=1)

    def ascent(self, gradient: Tensor, points: Tensor) -> Tensor:
        if not self.plain:
            blocked = torch.where(gradient > 0, points >= 1 - AT_BOUND, points <= AT_BOUND)
            gradient = gradient.masked_fill(blocked, 0)
        largest = gradient.abs().topk(self.moved(gradient.shape[1]), dim=1).indices
        signs = gradient.gather(1, largest).sign()
        # A coordinate without gradient does not count: the step has unit length unless all of it is zero.
        signs = signs / signs.abs().sum(dim=1, keepdim=True).clamp(min=1)
        return zeros_like(gradient).scatter(1, largest, signs)

    def project(self, change: Tensor, clean: Tensor, eps: float) -> Tensor:
        return into_box(onto_l1(change, eps), clean)

    def start(self, clean: np.ndarray, eps: float, random: np.random.Generator) -> np.ndarray:
        direction = random.laplace(0, 1, clean.shape)
        length = random.uniform(0, eps, (*clean.shape[:-1], 1))
        return direction * (length / np.maximum(np.abs(direction).sum(axis=-1, keepdims=True), FLOOR))


def _positive(values: Tensor) -> Tensor:
    """Return values of zero or more as divisors: 1 for zero."""
    return torch.where(values > 0, values, 1)
