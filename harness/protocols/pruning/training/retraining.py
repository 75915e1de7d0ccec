"""Training of a network with masks, from rewound or from its current weights."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from harness.protocols.pruning.options import MaskedSGDSettings
from harness.protocols.pruning.training.images import Augmentation, LabelledImages
from harness.protocols.pruning.training.masks import collapsed, density
from harness.protocols.pruning.training.rewinding import Snapshot
from harness.protocols.pruning.training.sgd import Training, train


@dataclass(frozen=True)
class Retrained:
    """A network trained with a mask; the module is in the state of highest validation accuracy.

    Attributes:
        module: the network.
        density: share of the prunable weights that is kept.
        collapsed: names of weights that are pruned completely: accuracy is that of chance unless a skip path
            leads around them.
        training: learning curve and best state.
    """

    module: nn.Module
    density: float
    collapsed: tuple[str, ...]
    training: Training


def retrain(
    module: nn.Module,
    images: LabelledImages,
    valid: LabelledImages,
    settings: MaskedSGDSettings,
    masks: Mapping[str, Tensor],
    *,
    seed: int,
    start: Snapshot | None = None,
    first_epoch: int = 0,
    augment: Augmentation | None = None,
) -> Retrained:
    """Train a network with masks, in place; with no masks, {}, this is the dense baseline.

    Args:
        start: state to begin from, e.g. that of a rewind point; None continues from the current weights.
        first_epoch: first epoch of the schedule.

    Raises:
        ValueError: masks that do not fit.
        FloatingPointError: training diverged.
    """
    if start is not None:
        start.restore(module)
    training = train(
        module, images, settings, seed=seed, masks=masks, valid=valid, first_epoch=first_epoch, augment=augment
    )
    training.best.restore(module)
    return Retrained(module, density(module, masks), collapsed(masks), training)
