"""Pruning by the alternating direction method of multipliers, with an l1 penalty.

Zhang et al., A Systematic DNN Weight Pruning Framework using Alternating Direction Method of Multipliers,
ECCV 2018.
Minimise loss(W) + alpha |Z|_1 subject to W = Z, in scaled form:

    W <- a descent of loss(W) + rho/2 |W - Z + U|^2;   Z <- soft(W + U, alpha / rho);   U <- U + W - Z
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from baselines.pruning.magnitude import magnitude_masks
from harness.protocols.pruning.options import MaskedSGDSettings
from harness.protocols.pruning.training.images import LabelledImages
from harness.protocols.pruning.training.layers import prunable_weights
from harness.protocols.pruning.training.masks import Masks
from harness.protocols.pruning.training.sgd import train


@dataclass(frozen=True)
class ADMMSettings:
    """Constants of the code of structured tickets.

    Attributes:
        rho: weight of the augmented Lagrangian.
        alpha: weight of the l1 penalty.
        epochs: number of outer iterations, each an epoch of SGD, then a step of Z and U.
        learning_rate: constant learning rate of SGD.

    Raises:
        ValueError: a value is not positive.
    """

    rho: float = 1e-2
    alpha: float = 5e-4
    epochs: int = 20
    learning_rate: float = 0.01

    def __post_init__(self) -> None:
        for name in ("rho", "alpha", "epochs", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)!r}")


class Splitting:
    """Variables Z (sparse copy) and U (scaled dual) of some weights W.

    Attributes:
        sparse: sparse copy Z of each weight.
        dual: scaled dual U of each weight.
    """

    def __init__(self, weights: Sequence[Tensor], rho: float, alpha: float) -> None:
        """Start with Z = soft(W, alpha / rho), U = 0."""
        self._weights, self.rho, self._threshold = list(weights), rho, alpha / rho
        self.sparse = [soft_threshold(weight.detach(), self._threshold) for weight in weights]
        self.dual = [torch.zeros_like(weight) for weight in weights]

    def penalty(self) -> Tensor:
        """Return rho/2 |W - Z + U|^2, differentiable in W; the norm is squared, as in the method itself."""
        gaps = zip(self._weights, self.sparse, self.dual, strict=True)
        return self.rho / 2 * torch.stack([(w - z + u).square().sum() for w, z, u in gaps]).sum()

    @torch.no_grad()
    def update(self) -> None:
        """Take the steps of Z and U."""
        for i, weight in enumerate(self._weights):
            self.sparse[i] = soft_threshold(weight + self.dual[i], self._threshold)
            self.dual[i] += weight - self.sparse[i]

    @property
    def gap(self) -> float:
        """Primal residual |W - Z|, zero for a feasible point."""
        gaps = [(w.detach() - z).square().sum() for w, z in zip(self._weights, self.sparse, strict=True)]
        return float(torch.stack(gaps).sum().sqrt())


def soft_threshold(values: Tensor, threshold: float) -> Tensor:
    """Return sign(x) max(0, abs(x) - threshold)."""
    return values.sign() * (values.abs() - threshold).clamp(min=0)


def admm_masks(
    module: nn.Module,
    images: LabelledImages,
    density: float,
    training: MaskedSGDSettings,
    admm: ADMMSettings | None = None,
    *,
    seed: int,
) -> tuple[Masks, Splitting]:
    """Train a network further with ADMM, in place, and keep the largest magnitudes.

    Args:
        module: a trained network, in the method's usual order.
        training: batch size, momentum and weight decay; epochs and rate are those of `admm`. With large momentum
            and few steps an epoch, W and U oscillate instead of converging.

    Returns:
        The masks, and the variables at the end.

    Raises:
        ValueError: a density outside [0, 1], or no prunable layer.
        FloatingPointError: training diverged.
    """
    admm = admm or ADMMSettings()
    splitting = Splitting(list(prunable_weights(module).values()), admm.rho, admm.alpha)
    inner = replace(training, epochs=admm.epochs, learning_rate=admm.learning_rate, milestones=())
    train(
        module, images, inner, seed=seed, penalty=splitting.penalty, on_epoch=lambda _: splitting.update()
    )  # fmt: skip
    return magnitude_masks(module, density), splitting
