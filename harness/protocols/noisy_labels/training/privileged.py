"""Common parts of contenders that train with side information: tensors, heads, and the fit of a head."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from harness.contract.context import Context
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.training.embedding_networks import EmbeddingNetwork
from harness.protocols.noisy_labels.training.label_batches import LabelTensors
from harness.protocols.noisy_labels.training.pi_heads import PIHead, PIHeadSettings, pi_head
from harness.protocols.noisy_labels.training.side_information import (
    SideInformation,
    SideInformationSize,
    SideInformationSource,
    Source,
    training_side_information,
)

STREAMS = ("init", "batches", "dropout", "heads", "side information")
"""Random streams of a contender with side information."""

IMAGES = 500


@dataclass(frozen=True)
class PrivilegedTensors:
    """Both parts as tensors, and the side information of the training labels.

    Attributes:
        given: side information of all training labels, features standardised.
    """

    train: LabelTensors
    valid: LabelTensors
    given: SideInformation
    size: SideInformationSize

    @classmethod
    def of(cls, train: NoisyImages, valid: NoisyImages, device: str, clip: bool = False) -> Self:
        """Return the tensors on a device.

        Args:
            clip: whether features count at most as their 99th percentile.

        Raises:
            ValueError: the training labels have no side information.
        """
        size = SideInformationSize.of(train.annotations)
        given = training_side_information(train.annotations, clip, device)
        return cls(LabelTensors.of(train, device), LabelTensors.of(valid, device), given, size)

    def source(self, source: Source, context: Context) -> SideInformationSource:
        """Return the side information that training uses, drawn from the stream ``side information``."""
        seed = context.seed("side information")
        return SideInformationSource(source, self.given, self.size, self.train.label, seed)

    def size_of(self, source: Source, classes: int) -> SideInformationSize:
        """Return the size of a source's vectors; labels are one-hot."""
        return SideInformationSize(classes, 0) if source == "labels" else self.size


def new_pi_head(
    network: EmbeddingNetwork,
    size: SideInformationSize,
    settings: PIHeadSettings,
    context: Context,
) -> PIHead:
    """Return a head with side information for a network's body, with weights from the stream ``heads``."""
    with context.seeded("heads"):
        head = pi_head(network.width, network.head.out_features, size, settings)
    return head.to(context.device)


@torch.no_grad()
def conditional_fit(
    body: nn.Module, head: PIHead, train: LabelTensors, source: Callable[[Tensor], SideInformation]
) -> float:
    """Return the share of the noisy training labels that a head predicts with their side information."""
    right = 0
    for start in range(0, len(train), IMAGES):
        batch = train.batch(np.arange(start, min(start + IMAGES, len(train))))
        found = head(body(batch.pixels), source(batch.pair), batch.owner)
        right += int((found.argmax(dim=1) == batch.label).sum())
    return right / len(train.label)
