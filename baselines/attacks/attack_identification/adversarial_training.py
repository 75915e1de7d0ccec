"""Adversarial training against one ball (M1, M2, Minf) or their union (AVG, MAX, MSD).

M1, M2, Minf  loss at the attack within that ball                              (Madry et al. 2018)
AVG, MAX      mean over the balls; at each image's worst attack of all balls   (Tramèr & Boneh 2019)
MSD           at multi steepest descent within the union                       (Maini, Wong & Kolter 2020)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.protocols.attacks.adversary.budgets import FAMILIES, Budget
from harness.protocols.attacks.adversary.projected_gradient import projected_gradient
from harness.protocols.attacks.adversary.training import ClassifierTraining, train_classifier
from harness.protocols.attacks.adversary.union import multi_steepest_descent, worst_of

SINGLE = {"M1": "l1", "M2": "l2", "Minf": "linf"}
SCHEMES = (*SINGLE, "AVG", "MAX", "MSD")


@dataclass(frozen=True)
class AdversarialLoss:
    """Cross-entropy at attacked images, the loss of a batch that `train_classifier` descends.

    Attributes:
        scheme: one of `SCHEMES`.
        budgets: budgets of the norms that the scheme needs, one for each.
        generator: source of the attacks' random starts.

    Raises:
        ValueError: an unknown scheme, or budgets that lack a norm or have one twice.
    """

    scheme: str
    budgets: tuple[Budget, ...]
    generator: np.random.Generator

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise ValueError(f"scheme is {self.scheme!r}; expected one of {', '.join(SCHEMES)}")
        norms = [budget.norm for budget in self.budgets]
        needed = {SINGLE[self.scheme]} if self.scheme in SINGLE else set(FAMILIES)
        if len(set(norms)) != len(norms) or not needed <= set(norms):
            raise ValueError(f"budgets have norms {norms}; expected {', '.join(sorted(needed))}, each once")

    def __call__(self, network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        """Attack the network as it is now and return its mean cross-entropy at the attacked images."""
        points = self.attacked(network, images, labels)
        losses = [F.cross_entropy(network(point), labels) for point in points]
        return torch.stack(losses).mean()

    def attacked(self, network: nn.Module, images: Tensor, labels: Tensor) -> list[Tensor]:
        """Return the batches of attacked images over which the loss is averaged: three for AVG, else one."""
        if self.scheme == "MSD":
            steps = max(budget.iterations for budget in self.budgets)
            return [multi_steepest_descent(network, images, labels, self.budgets, steps).images]
        if self.scheme == "MAX":
            return [worst_of(network, images, labels, self.budgets, self.generator, own_starts=False).images]
        chosen = self.budgets
        if self.scheme in SINGLE:
            chosen = tuple(budget for budget in self.budgets if budget.norm == SINGLE[self.scheme])
        return [
            projected_gradient(network, images, labels, b, self.generator, own_starts=False).images for b in chosen
        ]


def train_adversarially(
    network: nn.Module,
    images: Tensor | np.ndarray,
    labels: Tensor | np.ndarray,
    scheme: str,
    budgets: Sequence[Budget],
    settings: ClassifierTraining,
    generator: np.random.Generator,
) -> list[float]:
    """Train in place; return the mean adversarial loss of each epoch.

    Args:
        images: (n, ...) in [0, 1].
        budgets: inner attacks, 10 to 50 iterations each in the published runs.
        generator: source of the order of batches and of the attacks' starts.

    Raises:
        ValueError: an unknown scheme, or inputs that do not fit.
        NotANumber: training diverged.
    """
    loss = AdversarialLoss(scheme, tuple(budgets), generator)
    return train_classifier(network, images, labels, settings, generator, loss)
