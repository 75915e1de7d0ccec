"""Generalised distillation: a network with side information teaches one without.

Lopez-Paz et al. 2016 (Unifying distillation and privileged information), as in the programs of Collier et al.
2022: ``(1 - w) CE(y, student) + w CE(softmax(teacher / T), student)``. The teacher sees the side information of the
batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.noisy_labels.privileged.pi_network import marginalised, train_pi_network
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.noisy_classification import NoisyLabelClassifier
from harness.protocols.noisy_labels.training.epochs import (
    LogProbabilities,
    NetworkPredictions,
    new_network,
    train_epochs,
)
from harness.protocols.noisy_labels.training.label_batches import LabelBatch
from harness.protocols.noisy_labels.training.marginalisation import SideInformationDistribution
from harness.protocols.noisy_labels.training.pi_heads import PIHeadSettings
from harness.protocols.noisy_labels.training.privileged import STREAMS, PrivilegedTensors
from harness.protocols.noisy_labels.training.two_heads import PINetwork

MARGINAL_POINTS = 100
"""Vectors that the teacher's validation loss, a figure of the learning curve alone, is a mean over."""


@dataclass(frozen=True)
class DistillationSettings(Settings):
    """Settings of teacher and student.

    Attributes:
        head: the teacher's head.
        soft_weight: w, weight of the teacher's probabilities.
        temperature: T of the teacher's probabilities.
        clip_features: whether features count at most as their 99th percentile.

    Raises:
        ValueError: a weight outside 0..1, or a temperature that is not positive.
    """

    head: PIHeadSettings = field(default_factory=PIHeadSettings)
    soft_weight: float = 0.5
    temperature: float = 1.0
    clip_features: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.soft_weight <= 1:
            raise ValueError(f"soft_weight must lie in 0..1, got {self.soft_weight!r}")
        if not self.temperature > 0:
            raise ValueError(f"temperature must be positive, got {self.temperature!r}")


class GeneralisedDistillation(NoisyLabelClassifier):
    """The teacher trains all epochs, then the student does; both bodies start from the weights that `no-pi` has."""

    streams = STREAMS
    base: ClassVar[DistillationSettings] = DistillationSettings()
    settings: DistillationSettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[DistillationSettings]:
        return (cls.base,)

    def fit(self, train: NoisyImages, valid: NoisyImages, context: Context) -> NetworkPredictions:
        settings = self.settings
        tensors = PrivilegedTensors.of(train, valid, context.device, settings.clip_features)
        teacher = self._teacher(train, tensors, context)
        student = new_network(train, context.options, context)

        def loss(batch: LabelBatch) -> Tensor:
            with torch.no_grad():
                taught = teacher(batch, tensors.given.at(batch.pair))
            logits = student(batch.pixels)[batch.owner]
            return distillation_loss(logits, taught, batch.label, settings.soft_weight, settings.temperature)

        trained = train_epochs(
            student, loss, _plain_predictions, tensors.train, tensors.valid, context.options, context
        )
        best = NetworkPredictions(_plain_predictions(trained.at_best), (trained.at_best,))
        return NetworkPredictions(_plain_predictions(student), (student,), best)

    def _teacher(self, train: NoisyImages, tensors: PrivilegedTensors, context: Context) -> PINetwork:
        over = SideInformationDistribution.sampled(
            tensors.given, MARGINAL_POINTS, context.stream("side information")
        )

        def without(network: nn.Module) -> LogProbabilities:
            assert isinstance(network, PINetwork)
            return lambda pixels: marginalised(over, network, network.body(pixels))

        teacher, _ = train_pi_network(train, tensors, self.settings.head, without, context, log_as="teacher_")
        return teacher


def distillation_loss(
    student: Tensor, teacher: Tensor, labels: Tensor, soft_weight: float, temperature: float
) -> Tensor:
    """Return ``(1 - w) CE(y, student) + w CE(softmax(teacher / T), student)``, a mean over p labels.

    Args:
        student, teacher: logits (p, classes); log-probabilities are logits too.
    """
    soft = F.cross_entropy(student, F.softmax(teacher / temperature, dim=1))
    return (1 - soft_weight) * F.cross_entropy(student, labels) + soft_weight * soft


def _plain_predictions(network: nn.Module) -> LogProbabilities:
    return lambda pixels: F.log_softmax(network(pixels), dim=1)
