"""Base of every full-batch node classifier, with the shared search and training."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from torch import Tensor, nn

from harness.contract.context import Context
from harness.protocols.graphs.node_classification import NodeClassifier, NodeView
from harness.protocols.graphs.training.transductive import (
    FullBatchSettings,
    NodeInputs,
    TransductiveModel,
    train_transductive,
)
from harness.trial import PROFILES

SMOKE_EPOCHS = 60


class FullBatchNodeClassifier(NodeClassifier):
    """Base of contenders that train one network on the whole graph; subclasses define the network.

    Attributes:
        base: the published settings.
        alternative: changes of the second configuration.
        stronger_decay: the weight decay of configurations three and four, which only the paper profile searches.
    """

    streams: ClassVar[tuple[str, ...]] = ("init", "dropout")
    base: ClassVar[FullBatchSettings]
    alternative: ClassVar[Mapping[str, Any]]
    stronger_decay: ClassVar[float] = 5e-3

    @classmethod
    def configurations(cls, profile: str) -> Sequence[FullBatchSettings]:
        """Return the published settings first; the larger profiles search one alternative, then weight decay.

        Raises:
            ValueError: the profile does not exist.
        """
        if profile not in PROFILES:
            raise ValueError(f"profile must be one of {', '.join(PROFILES)}, got {profile!r}")
        base = cls.base
        if profile == "smoke":
            return (replace(base, max_epochs=min(base.max_epochs, SMOKE_EPOCHS)),)
        pair = (base, replace(base, **cls.alternative))
        return (
            pair if profile == "standard" else (*pair, *(replace(s, weight_decay=cls.stronger_decay) for s in pair))
        )

    @abstractmethod
    def network(
        self, view: NodeView, inputs: NodeInputs, context: Context
    ) -> tuple[nn.Module, Callable[[], Tensor]]:
        """Return a new network and the function that gives its logits (N, num_classes)."""

    def parameter_groups(self, network: nn.Module) -> list[dict[str, Any]] | None:
        """Return the optimiser's groups where weight decay does not apply to all parameters alike."""
        return None

    def fit(self, view: NodeView, context: Context) -> TransductiveModel:
        """Return the network trained on the labelled nodes."""
        settings: FullBatchSettings = self.settings
        inputs = NodeInputs.from_graph(view.graph, row_normalise=settings.row_normalise, device=context.device)
        with context.seeded("init"):
            network, logits = self.network(view, inputs, context)
        network.to(context.device)
        return train_transductive(network, logits, view, settings, context, self.parameter_groups(network))


def decay_first_layer(network: nn.Module) -> list[dict[str, Any]]:
    """Return groups in which weight decay applies to `network.first` only, as in Kipf & Welling 2017."""
    return [
        {"params": network.first.parameters()},  # type: ignore[union-attr, operator]
        {"params": network.second.parameters(), "weight_decay": 0.0},  # type: ignore[union-attr, operator]
    ]
