"""Contenders of protocol `noisy-label-classification`: TRAM, Het-TRAM and their controls."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from torch import Tensor, nn

from harness.contract.context import Context
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.noisy_classification import NoisyLabelClassifier
from harness.protocols.noisy_labels.training.embedding_networks import EmbeddingNetwork
from harness.protocols.noisy_labels.training.epochs import NetworkPredictions, new_network, train_epochs
from harness.protocols.noisy_labels.training.label_batches import LabelBatch
from harness.protocols.noisy_labels.training.output_layers import HeteroscedasticOutput, LinearOutput
from harness.protocols.noisy_labels.training.pi_heads import pi_head
from harness.protocols.noisy_labels.training.privileged import (
    STREAMS,
    PrivilegedTensors,
    conditional_fit,
)
from harness.protocols.noisy_labels.training.side_information import SideInformation, SideInformationSize
from harness.protocols.noisy_labels.training.two_heads import TwoHeadedNetwork, marginal_predictions
from methods.tram.settings import TRAMSettings


class TRAM(NoisyLabelClassifier):
    """TRAM: both heads learn in one pass, the marginal head on the body's output with its gradient stopped."""

    streams = STREAMS
    base: ClassVar[TRAMSettings] = TRAMSettings()
    settings: TRAMSettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[TRAMSettings]:
        return (cls.base,)

    def fit(self, train: NoisyImages, valid: NoisyImages, context: Context) -> NetworkPredictions:
        settings, options = self.settings, context.options
        tensors = PrivilegedTensors.of(train, valid, context.device, settings.clip_features)
        source = tensors.source(settings.source, context)
        size = tensors.size_of(settings.source, train.num_classes)
        network = two_headed_network(new_network(train, options, context), size, settings, context)
        trained = train_epochs(
            network, partial(weighted_loss, network, source, settings.marginal_weight), marginal_predictions,
            tensors.train, tensors.valid, options, context, parameters=partial(parameter_groups, settings),
            before_step=partial(clip_gradients, settings.largest_gradient),
        )  # fmt: skip
        best = trained.at_best
        model = _predictions(network, _predictions(best))
        model.facts["share_of_labels_fitted_with_side_information"] = conditional_fit(
            network.body, network.pi_head, tensors.train, source
        )
        return model


class HetTRAM(TRAM):
    """Het-TRAM: both heads have a heteroscedastic output layer."""

    base = TRAMSettings(noisy_heads="both")


class TRAMZeros(TRAM):
    """TRAM with zeros as side information: the gain of two heads without it."""

    base = TRAMSettings(source="zeros")


class TRAMRandom(TRAM):
    """TRAM with the side information of a label drawn at random, another one at each step."""

    base = TRAMSettings(source="shuffled")


class TRAMNoStopGradient(TRAM):
    """Two heads that both train the body: multi-task learning."""

    base = TRAMSettings(stop_gradient=False)


def two_headed_network(
    network: EmbeddingNetwork, size: SideInformationSize, settings: TRAMSettings, context: Context
) -> TwoHeadedNetwork:
    """Return a network's body with two heads; a linear marginal head is the network's own."""
    noisy = settings.heteroscedastic
    conditional = noisy if settings.noisy_heads in ("both", "conditional") else None
    width, classes = network.width, network.head.out_features
    marginal: nn.Module = LinearOutput(width, classes, network.head)
    with context.seeded("heads"):
        head = pi_head(width, classes, size, settings.head, conditional)
        if settings.noisy_heads in ("both", "marginal"):
            marginal = HeteroscedasticOutput(width, classes, noisy)
    return TwoHeadedNetwork(network.body, head, marginal, settings.stop_gradient).to(context.device)


def weighted_loss(
    network: TwoHeadedNetwork, source: Callable[[Tensor], SideInformation], weight: float, batch: LabelBatch
) -> Tensor:
    """Return the loss with side information plus `weight` times the marginal head's."""
    marginal, conditional = network.losses(batch, source(batch.pair))
    return conditional + weight * marginal


def parameter_groups(settings: TRAMSettings, network: nn.Module) -> list[dict[str, object]]:
    """Return all parameters with their weight decay, as a group of the optimiser."""
    return [{"params": list(network.parameters()), "weight_decay": settings.weight_decay}]


def clip_gradients(largest: float, network: nn.Module) -> None:
    """Clip the gradients of the marginal head, and those of the rest, to a norm each; 0 for no clipping."""
    if largest > 0 and isinstance(network, TwoHeadedNetwork):
        nn.utils.clip_grad_norm_(network.marginal_head.parameters(), largest)
        nn.utils.clip_grad_norm_(network.conditional_parameters(), largest)


def _predictions(network: nn.Module, best: NetworkPredictions | None = None) -> NetworkPredictions:
    """Return the predictions of body and marginal head."""
    assert isinstance(network, TwoHeadedNetwork)
    return NetworkPredictions(network.log_probabilities, (network.body, network.marginal_head), best)
