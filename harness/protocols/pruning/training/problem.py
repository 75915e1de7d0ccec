"""View of a pruning task, the same for all contenders: images, network, schedule and densities."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.protocols.images.arrays import ImageSet
from harness.protocols.pruning.options import IterativeSettings, PruningOptions
from harness.protocols.pruning.training.images import Augmentation, LabelledImages, crop_and_flip
from harness.protocols.pruning.training.iterative import Prune, PruningRound, iterative_pruning
from harness.protocols.pruning.training.layers import prunable_weights
from harness.protocols.pruning.training.live import live_density, live_masks
from harness.protocols.pruning.training.networks import Build, network_factory
from harness.protocols.pruning.training.retraining import Retrained, retrain
from harness.protocols.pruning.training.rewinding import Snapshot
from harness.protocols.pruning.training.selection import kept_after
from harness.protocols.pruning.training.sgd import Training, train

BEYOND = 6
"""Number of rounds after the sparsest level's own, for masks that become denser when they are structured."""


@dataclass(frozen=True)
class DensityLevel:
    """A density at which networks are compared.

    Attributes:
        round: round of magnitude pruning with this density.
        density: live share of the prunable weights to keep, see `live_masks`.
        allowed: the highest density that passes: `density` and one output channel of every prunable layer, since
            masks of whole channels round up.
    """

    round: int
    density: float
    allowed: float

    @property
    def percent(self) -> int:
        """Name of the level: the nominal kept percent."""
        return round(100 * self.density)


@dataclass(frozen=True)
class PruningProblem:
    """Network to prune, and its training.

    Attributes:
        train, valid: images (N, C, H, W) with classes.
        build: seed -> network with initial weights.
        options: schedule and levels.
        init_seed: seed of the initial weights that all contenders share.
        batch_seed: seed of the order of images in every training.
        levels: levels from dense to sparse.
    """

    train: LabelledImages
    valid: LabelledImages
    build: Build
    options: PruningOptions
    init_seed: int
    batch_seed: int
    levels: tuple[DensityLevel, ...] = field(init=False)

    def __post_init__(self) -> None:
        sizes = [(weight.numel(), weight[0].numel()) for weight in prunable_weights(self.initial()).values()]
        total, channels = sum(size for size, _ in sizes), sum(channel for _, channel in sizes)
        kept = kept_after(self.options.rounds[-1], total, self.options.rate)
        levels = tuple(DensityLevel(k, kept[k] / total, (kept[k] + channels) / total) for k in self.options.rounds)
        if len({level.percent for level in levels}) < len(levels):
            raise ValueError(f"levels must differ by a percent of the weights, got {self.options.rounds!r}")
        object.__setattr__(self, "levels", levels)

    @property
    def augmentation(self) -> Augmentation | None:
        """Random augmentation of the images of a batch, or None."""
        return crop_and_flip if self.options.augment else None

    def initial(self) -> nn.Module:
        """Return the network with the initial weights that all contenders share."""
        return self.build(self.init_seed)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image, (c, h, w)."""
        return tuple(self.train.images.shape[1:])

    def live_density(self, masks: Mapping[str, Tensor]) -> float:
        """Return the live share of the prunable weights, which levels compare."""
        return live_density(self.initial(), masks, self.shape)

    def trained(self, module: nn.Module, **given: Any) -> Training:
        """Train a network in place with the task's schedule; `given` are arguments of `train`."""
        return train(
            module, self.train, self.options.training, seed=self.batch_seed, augment=self.augmentation, **given
        )

    def rewound(self) -> Snapshot:
        """Return the state of the dense network at the start of the rewind epoch."""
        return self.begun(self.initial())

    def begun(self, module: nn.Module, masks: Mapping[str, Tensor] | None = None) -> Snapshot:
        """Train a network, perhaps with masks, up to the start of the rewind epoch, and return its state.

        Dead channels are silent, as in :meth:`retrained`.
        """
        live = live_masks(module, masks, self.shape) if masks else None
        if before := self.options.rewind_epoch:
            whole = self.options.training
            beginning = replace(whole, epochs=before, milestones=())  # the first milestone comes later
            train(module, self.train, beginning, seed=self.batch_seed, masks=live, augment=self.augmentation)
        return Snapshot.of(module)

    def rounds(self, module: nn.Module, prune: Prune | None = None, beyond: int = BEYOND) -> Iterator[PruningRound]:
        """Iterate over the rounds of iterative magnitude pruning of a network, the dense one left out.

        Args:
            module: network with the initial weights; trained in place.
            prune: see `iterative_pruning`.
            beyond: number of rounds after the sparsest level's.
        """
        options = self.options
        settings = IterativeSettings(
            options.rounds[-1] + beyond, options.rate, options.rewind_epoch, options.retrain
        )
        found = iterative_pruning(
            module, self.train, options.training, settings, seed=self.batch_seed, prune=prune,
            augment=self.augmentation,
        )  # fmt: skip
        return (step for step in found if step.number > 0)

    def retrained(self, masks: Mapping[str, Tensor], start: Snapshot) -> Retrained:
        """Train a network with masks and the task's schedule; it ends in its best state on validation images.

        Only live weights are trained: dead channels are silent from the start, so that the trained network and the
        one without them are the same function.

        Args:
            start: state at the start of the rewind epoch, from which all contenders train.
        """
        options, module = self.options, self.initial()
        live = live_masks(module, masks, self.shape) if masks else {}
        return retrain(
            module, self.train, self.valid, options.training, live, seed=self.batch_seed, start=start,
            first_epoch=options.pruning.first_epoch, augment=self.augmentation,
        )  # fmt: skip


def network_inputs(images: ImageSet, options: PruningOptions) -> Tensor:
    """Return images as the networks take them: (n, c, h, w) float32, halved and standardised by the options."""
    pixels = torch.from_numpy(images.channels_first())
    for _ in range(options.halvings):
        pixels = torch.nn.functional.avg_pool2d(pixels, 2)
    if options.mean:
        mean, deviation = (torch.tensor(values).view(1, -1, 1, 1) for values in (options.mean, options.deviation))
        pixels = (pixels - mean) / deviation
    return pixels


def pruning_problem(
    train: ImageSet, valid: ImageSet, options: PruningOptions, init_seed: int, batch_seed: int
) -> PruningProblem:
    """Return the problem of a trial.

    Raises:
        ValueError: options that do not fit the images.
    """
    learned = _labelled(train, options.train_images, options)
    _, channels, height, width = learned.images.shape
    build = network_factory(options.network, (channels, height, width), train.num_classes, options.hidden)
    validated = _labelled(valid, options.valid_images, options)
    return PruningProblem(learned, validated, build, options, init_seed, batch_seed)


def _labelled(images: ImageSet, first: int, options: PruningOptions) -> LabelledImages:
    count = first or len(images)
    if count > len(images) or images.targets is None:
        raise ValueError(f"the task asks for the first {count} labelled images; the data set has {len(images)}")
    inputs = network_inputs(ImageSet(images.images[:count], images.num_classes), options)
    return LabelledImages(inputs, torch.from_numpy(np.array(images.targets[:count], np.int64)))
