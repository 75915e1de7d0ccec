"""A network that sees side information in training, and four ways to predict without it.

Collier et al. 2022 (TRAM), its baselines: zeros or the training mean in the place of the side information, and full
marginalisation over its training distribution, exact or by drawn vectors.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from torch import Tensor, nn

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.noisy_classification import NoisyLabelClassifier
from harness.protocols.noisy_labels.training.epochs import (
    Epochs,
    LogProbabilities,
    NetworkPredictions,
    new_network,
    train_epochs,
)
from harness.protocols.noisy_labels.training.marginalisation import (
    SideInformationDistribution,
    marginal_log_probabilities,
)
from harness.protocols.noisy_labels.training.pi_heads import PIHeadSettings
from harness.protocols.noisy_labels.training.privileged import (
    STREAMS,
    PrivilegedTensors,
    conditional_fit,
    new_pi_head,
)
from harness.protocols.noisy_labels.training.side_information import SideInformation, mean_side_information
from harness.protocols.noisy_labels.training.two_heads import PINetwork


@dataclass(frozen=True)
class PINetworkSettings(Settings):
    """Settings of a network with one head, which sees side information.

    Attributes:
        head: the head.
        clip_features: whether features count at most as their 99th percentile.
        sampled: number of vectors that `sampled-marginalisation` draws, 1,000 as published for CIFAR.

    Raises:
        ValueError: a number of vectors below 1.
    """

    head: PIHeadSettings = field(default_factory=PIHeadSettings)
    clip_features: bool = False
    sampled: int = 1000

    def __post_init__(self) -> None:
        if not self.sampled >= 1:
            raise ValueError(f"sampled must be 1 or more, got {self.sampled!r}")


class WithoutSideInformation(NoisyLabelClassifier):
    """Base of predictions without side information by a network that was trained with it."""

    streams = STREAMS
    base: ClassVar[PINetworkSettings] = PINetworkSettings()
    settings: PINetworkSettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[PINetworkSettings]:
        return (cls.base,)

    @abstractmethod
    def predictor(self, tensors: PrivilegedTensors, context: Context) -> Callable[[PINetwork, Tensor], Tensor]:
        """Return a function of network and representations (n, d) that returns log-probabilities (n, classes)."""

    def fit(self, train: NoisyImages, valid: NoisyImages, context: Context) -> NetworkPredictions:
        tensors = PrivilegedTensors.of(train, valid, context.device, self.settings.clip_features)
        predictor = self.predictor(tensors, context)

        def log_probabilities(network: nn.Module) -> LogProbabilities:
            assert isinstance(network, PINetwork)
            return lambda pixels: predictor(network, network.body(pixels))

        network, trained = train_pi_network(train, tensors, self.settings.head, log_probabilities, context)
        best = NetworkPredictions(log_probabilities(trained.at_best), (trained.at_best,))
        model = NetworkPredictions(log_probabilities(network), (network,), best)
        model.facts["share_of_labels_fitted_with_side_information"] = conditional_fit(
            network.body, network.pi_head, tensors.train, tensors.given.at
        )
        return model


class PIZeroImputation(WithoutSideInformation):
    """Zeros in the place of annotator and features."""

    def predictor(self, tensors: PrivilegedTensors, context: Context) -> Callable[[PINetwork, Tensor], Tensor]:
        nothing = tensors.given.features.new_zeros(1, tensors.size.total)
        return partial(imputed, SideInformation(None, nothing))


class PIMeanImputation(WithoutSideInformation):
    """The training mean in their place: frequencies of annotators, means of features."""

    def predictor(self, tensors: PrivilegedTensors, context: Context) -> Callable[[PINetwork, Tensor], Tensor]:
        return partial(imputed, mean_side_information(tensors.given, tensors.size.annotators))


class FullMarginalisation(WithoutSideInformation):
    """The mean probability over the side information of all training labels, by frequency; nothing is drawn."""

    def predictor(self, tensors: PrivilegedTensors, context: Context) -> Callable[[PINetwork, Tensor], Tensor]:
        return partial(marginalised, SideInformationDistribution.exact(tensors.given))


class SampledMarginalisation(WithoutSideInformation):
    """The mean probability over vectors drawn from the training labels once, as in the authors' program."""

    def predictor(self, tensors: PrivilegedTensors, context: Context) -> Callable[[PINetwork, Tensor], Tensor]:
        random = context.stream("side information")
        return partial(
            marginalised, SideInformationDistribution.sampled(tensors.given, self.settings.sampled, random)
        )


def imputed(vector: SideInformation, network: PINetwork, hidden: Tensor) -> Tensor:
    """Return the log-probabilities with one vector of side information for all images."""
    embedded = network.pi_head.embedding(vector)
    return network.pi_head.from_embedding(hidden, embedded.expand(len(hidden), -1))


def marginalised(over: SideInformationDistribution, network: PINetwork, hidden: Tensor) -> Tensor:
    """Return the logarithm of the mean probability over a distribution of side information."""
    return marginal_log_probabilities(network.pi_head, hidden, over)


def train_pi_network(
    train: NoisyImages,
    tensors: PrivilegedTensors,
    settings: PIHeadSettings,
    log_probabilities: Callable[[nn.Module], LogProbabilities],
    context: Context,
    log_as: str = "",
) -> tuple[PINetwork, Epochs]:
    """Return the network after the task's epochs, in evaluation mode, and the epoch that validation prefers.

    Args:
        log_probabilities: predictions without side information, for the noisy validation loss.
        log_as: prefix of the learning curve's names.
    """
    network = new_network(train, context.options, context)
    head = new_pi_head(network, tensors.size, settings, context)
    whole = PINetwork(network.body, head)
    trained = train_epochs(
        whole, lambda batch: whole.loss(batch, tensors.given.at(batch.pair)), log_probabilities, tensors.train,
        tensors.valid, context.options, context, log_as=log_as,
    )  # fmt: skip
    return whole, trained
