"""Iterative magnitude pruning with rewinding.

Frankle, Dziugaite, Roy, Carbin, Linear Mode Connectivity and the Lottery Ticket Hypothesis, ICML 2020.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from harness.protocols.pruning.options import IterativeSettings, MaskedSGDSettings
from harness.protocols.pruning.training.images import Augmentation, LabelledImages
from harness.protocols.pruning.training.layers import prunable_weights
from harness.protocols.pruning.training.masks import Masks, all_ones, collapsed, density
from harness.protocols.pruning.training.rewinding import Snapshot
from harness.protocols.pruning.training.selection import keep_largest, prune_smallest
from harness.protocols.pruning.training.sgd import Epoch, Training, train

Prune = Callable[[Mapping[str, Tensor], Masks], Masks]


@dataclass(frozen=True)
class PruningRound:
    """A mask and the network trained with it; round 0 is the dense network.

    Attributes:
        number: index of the round, 0..K.
        masks: by name of the prunable weight.
        before: masks of the round before, from which these were pruned.
        density: share of the prunable weights that is kept.
        collapsed: names of weights that are pruned completely.
        ranked: the prunable weights whose magnitudes gave the masks; in round 0, the rewound ones.
        rewound: the state of the dense network at the start of epoch r.
        final: the state after the last epoch, theta_T.
        training: learning curve and the state of highest validation accuracy.
    """

    number: int
    masks: Masks
    before: Masks
    density: float
    collapsed: tuple[str, ...]
    ranked: Mapping[str, Tensor]
    rewound: Snapshot
    final: Snapshot
    training: Training

    def denser(self, share: float) -> Masks:
        """Return the round's masks with a share of the weights that it pruned, the largest of them.

        Raises:
            ValueError: a share outside 0..1.
        """
        if not 0 <= share <= 1:
            raise ValueError(f"share must be within 0..1, got {share!r}")
        kept, had = (sum(int(mask.sum()) for mask in masks.values()) for masks in (self.masks, self.before))
        magnitudes = {name: weight.abs() for name, weight in self.ranked.items()}
        return keep_largest(magnitudes, kept + round(share * (had - kept)), self.before) if share else self.masks


def iterative_pruning(
    module: nn.Module,
    images: LabelledImages,
    training: MaskedSGDSettings,
    pruning: IterativeSettings,
    *,
    seed: int,
    valid: LabelledImages | None = None,
    prune: Prune | None = None,
    augment: Augmentation | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> Iterator[PruningRound]:
    """Train, prune, rewind, train again, ...; yield the dense network and then every round.

    The module is trained in place and is in its final state of the round when the round is yielded; `training.best`
    has the state to score.

    Args:
        seed: seed of the order of images, the same in every round.
        prune: (trained weights, masks) -> masks of the next round; None drops the smallest magnitudes of all
            layers together.

    Raises:
        ValueError: rewind_epoch >= epochs, no prunable layer, or weights that are NaN.
        FloatingPointError: training diverged.
    """
    if pruning.rewind_epoch >= training.epochs:
        raise ValueError(f"rewind_epoch must be < epochs = {training.epochs}, got {pruning.rewind_epoch}")
    prune = prune or partial(prune_smallest, rate=pruning.rate)
    run = partial(train, module, images, training, seed=seed, valid=valid, augment=augment, on_epoch=on_epoch)
    kept: dict[int, Snapshot] = {}
    masks = all_ones(module)

    def keep(epoch: int) -> None:
        if epoch == pruning.rewind_epoch:
            kept[epoch] = Snapshot.of(module)

    trained = run(before_epoch=keep)
    rewound = kept[pruning.rewind_epoch]
    ranked: Mapping[str, Tensor] = {name: rewound.tensors[name] for name in masks}
    yield PruningRound(0, masks, masks, 1.0, (), ranked, rewound, Snapshot.of(module), trained)
    for number in range(1, pruning.rounds + 1):
        ranked = {name: weight.detach().clone() for name, weight in prunable_weights(module).items()}
        before, masks = masks, prune(ranked, masks)
        rewound.restore(module)
        trained = run(masks=masks, first_epoch=pruning.first_epoch)
        share = density(module, masks)
        dead = collapsed(masks)
        yield PruningRound(number, masks, before, share, dead, ranked, rewound, Snapshot.of(module), trained)
