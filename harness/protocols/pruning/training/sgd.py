"""SGD under masks: the gradient is masked before each step, the weight after it.

Weight decay and momentum then act on zeros, so a masked weight and its momentum stay exactly zero. The same
function is trained as with `torch.nn.utils.prune`, where hidden masked weights decay but never return.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch._dynamo  # an optimiser imports it on first use: where workers are forked it is thus imported once
from torch import Tensor, nn
from torch.nn import functional as F

from harness.protocols.pruning.options import MaskedSGDSettings
from harness.protocols.pruning.training.images import Augmentation, LabelledImages
from harness.protocols.pruning.training.masks import apply_masks
from harness.protocols.pruning.training.rewinding import Snapshot

EVALUATION_BATCH = 1000


class MaskedSGD(torch.optim.SGD):
    """`torch.optim.SGD` that leaves masked parameters at zero; its constructor masks the network."""

    def __init__(self, module: nn.Module, masks: Mapping[str, Tensor], settings: MaskedSGDSettings) -> None:
        """Mask the network and start without momentum.

        Raises:
            ValueError: masks that do not fit the network.
        """
        super().__init__(
            module.parameters(),
            lr=settings.learning_rate,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        apply_masks(module, masks)
        parameters = dict(module.named_parameters())
        self._kept = [
            (parameters[name], _all_bits(mask, parameters[name])) for name, mask in masks.items() if not mask.all()
        ]

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Take one step.

        Raises:
            ValueError: a closure, which would compute gradients that are not masked.
        """
        if closure is not None:
            raise ValueError("closure must be None, got one: its gradients would not be masked")
        for parameter, kept in self._kept:
            if parameter.grad is not None:
                parameter.grad.view(kept.dtype).bitwise_and_(kept)
        super().step()
        for parameter, kept in self._kept:
            parameter.view(kept.dtype).bitwise_and_(kept)


def _all_bits(mask: Tensor, parameter: Tensor) -> Tensor:
    """Return a mask as integers of a parameter's size and layout, all their bits set or none.

    `and` with them is vectorised, as `masked_fill_` is not, and makes zero of any number, as a product does not.
    """
    integer = {2: torch.int16, 4: torch.int32, 8: torch.int64}[parameter.element_size()]
    return torch.empty_like(parameter, dtype=integer, requires_grad=False).copy_(mask).neg_()


@contextmanager
def channels_last(module: nn.Module) -> Iterator[None]:
    """Keep the weights of convolutions with their channels innermost, in which a CPU trains a fifth faster."""
    # torch's stubs lack `Module.to(memory_format=...)`
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    try:
        yield
    finally:
        module.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]


@dataclass(frozen=True)
class Epoch:
    """Results of an epoch of training.

    Attributes:
        number: index of the epoch, from 0.
        train_loss: mean over the images seen, penalties left out.
        valid_accuracy: share of validation images classified correctly; NaN without validation images.
    """

    number: int
    train_loss: float
    valid_accuracy: float


@dataclass(frozen=True)
class Training:
    """Results of a training run.

    Attributes:
        curve: one entry an epoch.
        best: state after the epoch of highest validation accuracy, the earliest of equal ones; the last state
            if there were no validation images.
        best_epoch: that epoch.
    """

    curve: tuple[Epoch, ...]
    best: Snapshot
    best_epoch: int


def train(
    module: nn.Module,
    images: LabelledImages,
    settings: MaskedSGDSettings,
    *,
    seed: int,
    masks: Mapping[str, Tensor] | None = None,
    valid: LabelledImages | None = None,
    first_epoch: int = 0,
    penalty: Callable[[], Tensor] | None = None,
    after_step: Callable[[float], None] | None = None,
    before_epoch: Callable[[int], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    augment: Augmentation | None = None,
) -> Training:
    """Train in place, cross-entropy plus penalty, with a new optimiser; the module ends in its last state.

    Args:
        module: network of images -> logits (N, classes); put into evaluation mode at the end.
        seed: seed of the order of the images.
        masks: masks by parameter name; None trains all parameters.
        valid: images on which each epoch is scored.
        first_epoch: epochs before it are skipped; schedule and order of images are those of a run from epoch 0.
        penalty: additional term of the loss, e.g. a regulariser.
        after_step: function called with the learning rate after each step, e.g. a proximal operator.
        before_epoch, on_epoch: functions called at the start of each epoch and after it.
        augment: random augmentation of the images of a batch.

    Raises:
        ValueError: masks that do not fit, or first_epoch outside 0..epochs - 1.
        FloatingPointError: the loss is no longer finite.
    """
    if not 0 <= first_epoch < settings.epochs:
        raise ValueError(f"first_epoch must be within 0..{settings.epochs - 1}, got {first_epoch!r}")
    with channels_last(module):
        optimiser = MaskedSGD(module, masks or {}, settings)
        curve: list[Epoch] = []
        best, best_epoch, highest = Snapshot.of(module), first_epoch, -math.inf
        for number in range(first_epoch, settings.epochs):
            if before_epoch:
                before_epoch(number)
            optimiser.param_groups[0]["lr"] = settings.rate(number)
            module.train()
            batches = images.epoch(settings.batch_size, seed, number, augment)
            loss = _run_epoch(module, batches, optimiser, penalty, after_step)
            if not math.isfinite(loss):
                raise FloatingPointError(
                    f"training diverged: loss {loss} in epoch {number}; lower the learning rate"
                )
            module.eval()
            epoch = Epoch(number, loss, accuracy(module, valid) if valid else math.nan)
            curve.append(epoch)
            if not valid or epoch.valid_accuracy > highest:
                best, best_epoch, highest = Snapshot.of(module), number, epoch.valid_accuracy
            if on_epoch:
                on_epoch(epoch)
    return Training(tuple(curve), best, best_epoch)


def _run_epoch(
    module: nn.Module,
    batches: Iterable[LabelledImages],
    optimiser: MaskedSGD,
    penalty: Callable[[], Tensor] | None,
    after_step: Callable[[float], None] | None,
) -> float:
    total, seen = 0.0, 0
    for batch in batches:
        optimiser.zero_grad(set_to_none=True)
        loss = F.cross_entropy(module(batch.images), batch.targets)
        (loss + penalty() if penalty else loss).backward()
        optimiser.step()
        if after_step:
            after_step(optimiser.param_groups[0]["lr"])
        total += loss.item() * len(batch)
        seen += len(batch)
    return total / seen


@torch.no_grad()
def accuracy(module: nn.Module, images: LabelledImages) -> float:
    """Return the share of images whose class has the largest logit, in evaluation mode."""
    module.eval()
    batches = images.batches(EVALUATION_BATCH)
    right = sum(int((module(batch.images).argmax(1) == batch.targets).sum()) for batch in batches)
    return right / len(images)
