"""Networks with side information in training: one body, a head with it, and perhaps a head without it (TRAM).

Collier et al. 2022. ``L = CE(head with side information, y) + lambda CE(head without, y)``, both means over all
(image, label) pairs of the batch. The head without side information learns on the representation with its gradient
stopped, so it approximates the marginal over the side information and leaves the body alone.
"""

from collections.abc import Iterator

import torch.nn.functional as F
from torch import Tensor, nn

from harness.protocols.noisy_labels.training.epochs import LogProbabilities
from harness.protocols.noisy_labels.training.label_batches import LabelBatch
from harness.protocols.noisy_labels.training.pi_heads import PIHead
from harness.protocols.noisy_labels.training.side_information import SideInformation


class PINetwork(nn.Module):
    """A body and a head that sees side information; both learn from the labels.

    Args:
        body: images (b, c, h, w) -> representations (b, d).
    """

    def __init__(self, body: nn.Module, pi_head: PIHead) -> None:
        super().__init__()
        self.body, self.pi_head = body, pi_head

    def forward(self, batch: LabelBatch, given: SideInformation) -> Tensor:
        """Return log-probabilities of each label, (p, classes); the body runs once an image."""
        log_probabilities: Tensor = self.pi_head(self.body(batch.pixels), given, batch.owner)
        return log_probabilities

    def loss(self, batch: LabelBatch, given: SideInformation) -> Tensor:
        """Return the mean cross-entropy over the labels of the batch."""
        return F.nll_loss(self(batch, given), batch.label)


class TwoHeadedNetwork(nn.Module):
    """A body, a head that sees side information, and a marginal head that does not.

    Args:
        marginal_head: representations (n, d) -> log-probabilities (n, classes).
        stop_gradient: whether the marginal head's loss leaves the body alone; if not, both heads train it.
    """

    def __init__(
        self, body: nn.Module, pi_head: PIHead, marginal_head: nn.Module, stop_gradient: bool = True
    ) -> None:
        super().__init__()
        self.body, self.pi_head, self.marginal_head = body, pi_head, marginal_head
        self.stop_gradient = stop_gradient

    def forward(self, batch: LabelBatch, given: SideInformation) -> tuple[Tensor, Tensor]:
        """Return log-probabilities of each label by the marginal head and by the other, (p, classes) each.

        The body runs once an image, so batch statistics and dropout are those of one pass.
        """
        hidden = self.body(batch.pixels)
        marginal = self.marginal_head(hidden.detach() if self.stop_gradient else hidden)
        return marginal.index_select(0, batch.owner), self.pi_head(hidden, given, batch.owner)

    def losses(self, batch: LabelBatch, given: SideInformation) -> tuple[Tensor, Tensor]:
        """Return the mean cross-entropies of the marginal head and of the other."""
        marginal, conditional = self(batch, given)
        return F.nll_loss(marginal, batch.label), F.nll_loss(conditional, batch.label)

    def log_probabilities(self, pixels: Tensor) -> Tensor:
        """Return log-probabilities of images, (n, classes); there is no side information at test time."""
        found: Tensor = self.marginal_head(self.body(pixels))
        return found

    def conditional_parameters(self) -> Iterator[nn.Parameter]:
        """Yield the parameters of the body and of the head with side information."""
        yield from self.body.parameters()
        yield from self.pi_head.parameters()


def marginal_predictions(network: nn.Module) -> LogProbabilities:
    """Return the prediction of a two-headed network, for `epochs.train_epochs`.

    Raises:
        TypeError: another network.
    """
    if not isinstance(network, TwoHeadedNetwork):
        raise TypeError(f"expected a TwoHeadedNetwork, got {type(network).__name__}")
    return network.log_probabilities
