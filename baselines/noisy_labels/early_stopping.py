"""Early stopping on noisy validation labels: by the lowest loss, or at the first drop of the accuracy.

Source of the first drop: the baseline ES of Bae et al. 2022 (NPC). Its program keeps the weights *after* the drop;
the weights before it are kept here.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from baselines.noisy_labels.cross_entropy import cross_entropy, trained_predictions
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.noisy_classification import NoisyLabelClassifier
from harness.protocols.noisy_labels.training.epochs import NetworkPredictions, new_network, predictions_of
from harness.protocols.noisy_labels.training.label_batches import LabelTensors

StoppingRule = Literal["lowest-loss", "first-drop"]


@dataclass(frozen=True)
class EarlyStoppingSettings(Settings):
    """Settings of early stopping.

    Attributes:
        rule: ``lowest-loss``: weights of the epoch of the lowest noisy validation loss, all epochs are run.
            ``first-drop``: training stops at the first epoch whose noisy validation accuracy is below that of the
            epoch before, whose weights are kept.

    Raises:
        ValueError: another rule.
    """

    rule: StoppingRule = "lowest-loss"

    def __post_init__(self) -> None:
        if self.rule not in get_args(StoppingRule):
            raise ValueError(f"rule must be one of {', '.join(get_args(StoppingRule))}, got {self.rule!r}")


class StoppedEarly(NoisyLabelClassifier):
    """Cross-entropy over all pairs; predictions are those of the weights that the rule keeps."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (EarlyStoppingSettings(),)

    def fit(self, train: NoisyImages, valid: NoisyImages, context: Context) -> NetworkPredictions:
        """Return the network with the kept weights; its own ``at_best_validation`` is that of the lowest loss."""
        network = new_network(train, context.options, context)
        watch = FirstDrop(LabelTensors.of(valid, context.device)) if self.settings.rule == "first-drop" else None
        last = trained_predictions(network, cross_entropy(network), train, valid, context, after_epoch=watch)
        best = last.at_best_validation
        assert best is not None
        best.at_best_validation = best
        stopped, epoch = (best, last.facts["best_epoch"]) if watch is None else watch.kept(network, best)
        stopped.facts |= {"best_epoch": last.facts["best_epoch"], "stopped_epoch": epoch}
        return stopped


@dataclass
class FirstDrop:
    """Observer of training that stops it at the first drop of the noisy validation accuracy.

    Attributes:
        accuracies: of the epochs so far.
        weights: those of the last epoch that was no drop.
    """

    valid: LabelTensors
    accuracies: list[float] = field(default_factory=list)
    weights: dict[str, Tensor] = field(default_factory=dict)

    def __call__(self, epoch: int, module: nn.Module) -> bool:
        """Return whether training must stop."""
        with torch.no_grad():
            classes = module(self.valid.pixels).argmax(dim=1)
        accuracy = float((classes[self.valid.item] == self.valid.label).float().mean())
        if self.accuracies and accuracy < self.accuracies[-1]:
            return True
        self.accuracies.append(accuracy)
        self.weights = copy.deepcopy(module.state_dict())
        return False

    def kept(self, network: nn.Module, best: NetworkPredictions) -> tuple[NetworkPredictions, int]:
        """Load the kept weights into the network; return its predictions, and their epoch from 0."""
        network.load_state_dict(self.weights)
        return predictions_of(network.eval(), at_best_validation=best), len(self.accuracies) - 1
