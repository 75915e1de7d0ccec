"""The joint dictionary of a network under attack: its own perturbations of the dictionary's images."""

from collections.abc import Sequence

import numpy as np
from torch import nn

from harness.protocols.attacks.adversary.budgets import Budget
from harness.protocols.attacks.adversary.projected_gradient import projected_gradient

from .joint_dictionary import JointDictionary, first_of_each_class


def attack_dictionary(
    network: nn.Module,
    images: np.ndarray,
    labels: np.ndarray,
    budgets: Sequence[Budget],
    *,
    per_class: int,
    classes: int,
    generator: np.random.Generator,
) -> JointDictionary:
    """Attack the first `per_class` images of each class with each budget and build the dictionary.

    Args:
        network: network on flattened images (n, d).
        images: (n, d) in [0, 1].
        labels: (n,).
        budgets: budget of each attack family, in the order of the dictionary; norms must differ.

    Raises:
        ValueError: no budget or a norm twice, too few images of a class, or images or labels that do not fit.
        NotANumber: the network returns NaN.
    """
    families = tuple(budget.norm for budget in budgets)
    if not families or len(set(families)) != len(families):
        raise ValueError(f"budgets have norms {families}; expected one or more, all different")
    labels = np.asarray(labels)
    chosen = first_of_each_class(labels, per_class, classes)
    images = np.asarray(images)[chosen]
    added = [projected_gradient(network, images, labels[chosen], budget, generator).changes for budget in budgets]
    perturbations = np.stack([change.cpu().numpy() for change in added])
    return JointDictionary.of(images, labels[chosen], perturbations, classes, families)
