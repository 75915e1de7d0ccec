"""The crowd layer: what each annotator answers, as a trained function of the network's class probabilities.

Rodrigues & Pereira, Deep Learning from Crowds, AAAI 2018. p = softmax(network(x)), (classes,); annotator r gives
logits ``W_r p + b_r``, whose softmax is compared with the label of r; p alone predicts at test time. W_r is one of

    matrix        W_r (classes, classes), starts as the identity        (the paper's MW)
    vector        diagonal W_r, starts as ones                          (VW)
    bias          W_r = identity, b_r starts as zeros                   (VB)
    vector-bias   diagonal W_r and b_r                                  (VW-B)

``stochastic`` is a confusion matrix with rows on the simplex (Tanno et al. 2019, without their trace penalty):
label l of r has the probability ``sum_k p_k T_r[k, l]``, where T_r is the softmax of free rows.
"""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.noisy_labels.cross_entropy import trained_predictions
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.noisy_classification import NoisyLabelClassifier
from harness.protocols.noisy_labels.training.epochs import NetworkPredictions, new_network, predictions_of
from harness.protocols.noisy_labels.training.label_batches import LabelBatch, LabelTensors

CrowdConnection = Literal["matrix", "vector", "bias", "vector-bias", "stochastic"]


@dataclass(frozen=True)
class CrowdLayerSettings(Settings):
    """Settings of the crowd layer.

    Attributes:
        connection: the function of an annotator, see the module.
        diagonal: of the starting matrices of ``stochastic``; the rest of a row is uniform.

    Raises:
        ValueError: another connection, or a diagonal outside the open interval 0..1.
    """

    connection: CrowdConnection = "matrix"
    diagonal: float = 0.9

    def __post_init__(self) -> None:
        if self.connection not in get_args(CrowdConnection):
            allowed = ", ".join(get_args(CrowdConnection))
            raise ValueError(f"connection must be one of {allowed}, got {self.connection!r}")
        if not 0 < self.diagonal < 1:
            raise ValueError(f"diagonal must lie between 0 and 1, got {self.diagonal!r}")


class CrowdLayer(nn.Module):
    """Probabilities of classes (p, classes) and annotators (p,) -> log-probabilities of labels (p, classes).

    Args:
        annotators: number of annotators.
    """

    def __init__(self, annotators: int, classes: int, settings: CrowdLayerSettings) -> None:
        super().__init__()
        self.connection = settings.connection
        if self.connection in ("matrix", "stochastic"):
            start = torch.eye(classes)
            if self.connection == "stochastic":
                rest = (1 - settings.diagonal) / max(classes - 1, 1)
                start = start * math.log(settings.diagonal / rest)
            self.weight = nn.Parameter(start.repeat(annotators, 1, 1))
        if self.connection.startswith("vector"):
            self.weight = nn.Parameter(torch.ones(annotators, classes))
        if self.connection.endswith("bias"):
            self.shift = nn.Parameter(torch.zeros(annotators, classes))

    def forward(self, log_probabilities: Tensor, annotator: Tensor) -> Tensor:
        """Return log-probabilities of the labels, (p, classes)."""
        if self.connection == "stochastic":
            rows = F.log_softmax(self.weight, dim=2)[annotator]  # (p, classes, labels)
            return torch.logsumexp(log_probabilities[:, :, None] + rows, dim=1)
        logits = log_probabilities.exp()
        if self.connection == "matrix":
            logits = torch.einsum("plk,pk->pl", self.weight[annotator], logits)
        elif self.connection.startswith("vector"):
            logits = logits * self.weight[annotator]
        if self.connection.endswith("bias"):
            logits = logits + self.shift[annotator]
        return F.log_softmax(logits, dim=1)


class NetworkWithCrowdLayer(nn.Module):
    """A network and the layer behind it, trained together."""

    def __init__(self, network: nn.Module, layer: CrowdLayer) -> None:
        super().__init__()
        self.network, self.layer = network, layer

    def loss(self, batch: LabelBatch) -> Tensor:
        """Return the mean negative log-likelihood of the labels, each by its annotator."""
        found = F.log_softmax(self.network(batch.pixels), dim=1)[batch.owner]
        return F.nll_loss(self.layer(found, batch.annotator), batch.label)


@dataclass
class LowestCrowdLoss:
    """Observer of training that keeps the network of the lowest loss of the validation labels by their annotators.

    The loss without the layer would choose a network that has learnt little: it compares guesses of the true class
    with labels that are mostly wrong.

    Attributes:
        epoch: of that network, from 0.
    """

    valid: LabelBatch
    least: float = math.inf
    epoch: int = 0
    network: nn.Module = field(default_factory=nn.Identity)

    def __call__(self, epoch: int, module: nn.Module) -> bool:
        """Return False: all epochs are run."""
        with torch.no_grad():
            loss = float(module.loss(self.valid))  # type: ignore[operator]
        if loss < self.least:
            self.least, self.epoch, self.network = loss, epoch, copy.deepcopy(module.get_submodule("network"))
        return False


class CrowdLayerClassifier(NoisyLabelClassifier):
    """The task's network with a crowd layer, which prediction drops."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (CrowdLayerSettings(),)

    def fit(self, train: NoisyImages, valid: NoisyImages, context: Context) -> NetworkPredictions:
        """Return the network of the last epoch; the best one is that of the lowest loss by annotator."""
        network = new_network(train, context.options, context)
        layer = CrowdLayer(train.annotations.num_annotators, train.num_classes, self.settings)
        whole = NetworkWithCrowdLayer(network, layer.to(context.device))
        best = LowestCrowdLoss(LabelTensors.of(valid, context.device).batch(np.arange(len(valid))))
        model = trained_predictions(network, whole.loss, train, valid, context, trained=whole, after_epoch=best)
        model.at_best_validation = predictions_of(best.network)
        model.facts["best_epoch"] = best.epoch
        return model
