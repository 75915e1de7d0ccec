"""A pruning task as its contenders see it: images, network, schedule and densities, the same for all of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from harness.protocols.images.arrays import ImageSet
from harness.protocols.pruning.training.images import Augmentation, LabelledImages, crop_and_flip
from harness.protocols.pruning.training.iterative import IterativeSettings, Prune, PruningRound, iterative_pruning
from harness.protocols.pruning.training.layers import prunable_weights
from harness.protocols.pruning.training.networks import Build, network_factory
from harness.protocols.pruning.training.retraining import Retrained, retrain
from harness.protocols.pruning.training.rewinding import Snapshot
from harness.protocols.pruning.training.selection import kept_after
from harness.protocols.pruning.training.sgd import SGDSettings, Training, train

BEYOND = 6
"""Pruning may go on for so many rounds after a level's own, for masks that grow when they are made structured."""


@dataclass(frozen=True)
class PruningOptions:
    """What a task says of network, schedule and levels; defaults are those of the MNIST perceptron.

    Attributes:
        network, hidden: see `network_factory`.
        rounds: levels, as rounds of pruning: after k rounds the density is about (1 - rate)^k.
        epochs, batch, learning_rate, momentum, weight_decay, milestones: see `SGDSettings`.
        rewind_epoch, rate, retrain: see `IterativeSettings`.
        augment: whether batches are cropped and mirrored at random.
        mean, deviation: of each channel, to standardise pixels; empty leaves them in 0..1.
        halvings: how often images are halved by 2 x 2 means before anything else.
        train_images, valid_images: how many of the first images are used; 0 for all.
        timing_batch: images in a batch of the wall-clock measurement.

    Raises:
        ValueError: no levels, levels not rising from 1 on, or a value that one of these classes refuses.
    """

    network: str = "perceptron"
    rounds: tuple[int, ...] = (6, 9, 12)
    hidden: tuple[int, ...] = ()
    epochs: int = 8
    batch: int = 128
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-4
    milestones: tuple[float, ...] = (0.5, 0.75)
    rewind_epoch: int = 1
    rate: float = 0.2
    retrain: Literal["full", "remaining"] = "full"
    augment: bool = False
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    halvings: int = 0
    train_images: int = 0
    valid_images: int = 0
    timing_batch: int = 64

    def __post_init__(self) -> None:
        if not self.rounds or list(self.rounds) != sorted(set(self.rounds)) or self.rounds[0] < 1:
            raise ValueError(f"rounds must be rising numbers from 1 on, got {self.rounds!r}")
        if len(self.mean) != len(self.deviation):
            raise ValueError(f"mean and deviation must go together, got {self.mean!r} and {self.deviation!r}")
        for name in ("halvings", "train_images", "valid_images"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be >= 0, got {getattr(self, name)!r}")
        if self.training.rate(max(0, self.rewind_epoch - 1)) != self.learning_rate:
            raise ValueError(f"rewind_epoch must come before the first milestone, got {self.rewind_epoch!r}")
        if self.timing_batch < 1:
            raise ValueError(f"timing_batch must be >= 1, got {self.timing_batch!r}")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "PruningOptions":
        """Read a task's plain options.

        Raises:
            ValueError: an option that does not exist, or a wrong value.
        """
        known = {entry.name for entry in fields(cls)}
        if unknown := sorted(set(given) - known):
            raise ValueError(f"option {unknown[0]!r} does not exist; there are {', '.join(sorted(known))}")
        values: dict[str, Any] = {n: tuple(v) if isinstance(v, list | tuple) else v for n, v in given.items()}
        return cls(**values)

    @property
    def training(self) -> SGDSettings:
        """The schedule that every network is trained with."""
        return SGDSettings(
            self.epochs, self.batch, self.learning_rate, self.momentum, self.weight_decay, self.milestones
        )

    @property
    def pruning(self) -> IterativeSettings:
        """Rounds up to the sparsest level, and rewinding."""
        return IterativeSettings(self.rounds[-1], self.rate, self.rewind_epoch, self.retrain)


@dataclass(frozen=True)
class Level:
    """A density at which networks are compared.

    Attributes:
        round: of magnitude pruning that has it.
        density: share of the prunable weights to keep.
        allowed: the highest density that passes: `density` and one output channel of every prunable layer, since
            masks of whole channels round up.
    """

    round: int
    density: float
    allowed: float

    @property
    def percent(self) -> int:
        """The level's name: the nominal kept percent."""
        return round(100 * self.density)


@dataclass(frozen=True)
class PruningProblem:
    """What is to be pruned, and how networks are trained.

    Attributes:
        train, valid: images (N, C, H, W) with classes.
        build: seed -> network with initial weights.
        options: schedule and levels.
        init_seed: of the initial weights that all contenders share.
        batch_seed: of the order of images in every training.
        levels: from dense to sparse.
    """

    train: LabelledImages
    valid: LabelledImages
    build: Build
    options: PruningOptions
    init_seed: int
    batch_seed: int
    levels: tuple[Level, ...] = field(init=False)

    def __post_init__(self) -> None:
        sizes = [(weight.numel(), weight[0].numel()) for weight in prunable_weights(self.initial()).values()]
        total, channels = sum(size for size, _ in sizes), sum(channel for _, channel in sizes)
        kept = kept_after(self.options.rounds[-1], total, self.options.rate)
        levels = tuple(Level(k, kept[k] / total, (kept[k] + channels) / total) for k in self.options.rounds)
        if len({level.percent for level in levels}) < len(levels):
            raise ValueError(f"levels must differ by a percent of the weights, got {self.options.rounds!r}")
        object.__setattr__(self, "levels", levels)

    @property
    def augmentation(self) -> Augmentation | None:
        """What changes the images of a batch at random."""
        return crop_and_flip if self.options.augment else None

    def initial(self) -> nn.Module:
        """Return the network with the initial weights that all contenders share."""
        return self.build(self.init_seed)

    def trained(self, module: nn.Module, **given: Any) -> Training:
        """Train a network in place with the task's schedule; `given` are arguments of `train`."""
        return train(
            module, self.train, self.options.training, seed=self.batch_seed, augment=self.augmentation, **given
        )

    def rewound(self) -> Snapshot:
        """Return the state of the dense network at the start of the rewind epoch."""
        return self.begun(self.initial())

    def begun(self, module: nn.Module, masks: Mapping[str, Tensor] | None = None) -> Snapshot:
        """Train a network, perhaps with masks, up to the start of the rewind epoch, and return its state."""
        if before := self.options.rewind_epoch:
            whole = self.options.training
            beginning = replace(whole, epochs=before, milestones=())  # the first milestone comes later
            train(module, self.train, beginning, seed=self.batch_seed, masks=masks, augment=self.augmentation)
        return Snapshot.of(module)

    def rounds(self, module: nn.Module, prune: Prune | None = None, beyond: int = BEYOND) -> Iterator[PruningRound]:
        """Iterate over the rounds of iterative magnitude pruning of a network, the dense one left out.

        Args:
            module: with the initial weights; trained in place.
            prune: see `iterative_pruning`.
            beyond: rounds after the sparsest level's.
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

        Args:
            start: state at the start of the rewind epoch, from which all contenders train.
        """
        options = self.options
        return retrain(
            self.initial(), self.train, self.valid, options.training, masks, seed=self.batch_seed, start=start,
            first_epoch=options.pruning.first_epoch, augment=self.augmentation,
        )  # fmt: skip


def network_inputs(images: ImageSet, options: PruningOptions) -> Tensor:
    """Return images as the networks take them: (n, c, h, w) float32, halved and standardised as the options say."""
    pixels = torch.from_numpy(images.channels_first())
    for _ in range(options.halvings):
        pixels = torch.nn.functional.avg_pool2d(pixels, 2)
    if options.mean:
        mean, deviation = (torch.tensor(values).view(1, -1, 1, 1) for values in (options.mean, options.deviation))
        pixels = (pixels - mean) / deviation
    return pixels


def pruning_problem(
    train: ImageSet, valid: ImageSet, given: Mapping[str, Any], init_seed: int, batch_seed: int
) -> PruningProblem:
    """Return the problem of a trial.

    Args:
        given: the task's options.

    Raises:
        ValueError: options that do not exist or do not fit the images.
    """
    options = PruningOptions.of(given)
    learned = _labelled(train, options.train_images, options)
    _, channels, height, width = learned.images.shape
    build = network_factory(options.network, (channels, height, width), train.num_classes, options.hidden)
    validated = _labelled(valid, options.valid_images, options)
    return PruningProblem(learned, validated, build, options, init_seed, batch_seed)


def _labelled(images: ImageSet, first: int, options: PruningOptions) -> LabelledImages:
    count = first or len(images)
    if count > len(images) or images.targets is None:
        raise ValueError(f"the first {count} labelled images are asked for, there are {len(images)}")
    inputs = network_inputs(ImageSet(images.images[:count], images.num_classes), options)
    return LabelledImages(inputs, torch.from_numpy(np.array(images.targets[:count], np.int64)))
