"""Masks of a ticket on fresh weights, a control for the rewound weights.

Frankle, Carbin, The Lottery Ticket Hypothesis: Finding Sparse, Trainable Neural Networks, ICLR 2019, section 2.
"""

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from harness.protocols.pruning.options import MaskedSGDSettings
from harness.protocols.pruning.training.images import Augmentation, LabelledImages
from harness.protocols.pruning.training.retraining import Retrained, retrain


def random_ticket(
    build: Callable[[int], nn.Module],
    images: LabelledImages,
    valid: LabelledImages,
    settings: MaskedSGDSettings,
    masks: Mapping[str, Tensor],
    *,
    seed: int,
    fresh_seed: int,
    augment: Augmentation | None = None,
) -> Retrained:
    """Train a method's masks from a fresh initialisation.

    Args:
        build: seed -> freshly initialised network.
        seed: seed of the order of images, that of the ticket.
        fresh_seed: seed of the initialisation, another than that of the ticket.

    Raises:
        As :func:`retrain`.
    """
    return retrain(build(fresh_seed), images, valid, settings, masks, seed=seed, augment=augment)
