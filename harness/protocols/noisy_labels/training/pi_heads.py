"""Heads that predict a noisy label from the representation of an image and the side information of the label.

Collier et al. 2022 (TRAM), as in the authors' public programs; h is the representation, a the side information:

    p = relu(W_p a + b_p);  j = relu(W_j [h ; p] + b_j) + p;  log softmax(W_o [h ; j] + b_o)

The program for ImageNet has no ``+ p``; the one for vision transformers joins by a residual perceptron.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.protocols.noisy_labels.training.output_layers import (
    HeteroscedasticOutput,
    HeteroscedasticSettings,
)
from harness.protocols.noisy_labels.training.side_information import (
    SideInformation,
    SideInformationLayer,
    SideInformationSize,
)

Join = Literal["residual", "plain", "perceptron"]
"""How side information joins: as published for CIFAR, for ImageNet, and for vision transformers."""


@dataclass(frozen=True)
class PIHeadSettings:
    """Settings of a head.

    Attributes:
        width: w of p and j; published are 128 for CIFAR and 1,024 for ImageNet.
        join: see `Join`.

    Raises:
        ValueError: a width below 1, or an unknown join.
    """

    width: int = 64
    join: Join = "residual"

    def __post_init__(self) -> None:
        if not self.width >= 1:
            raise ValueError(f"width must be 1 or more, got {self.width!r}")
        if self.join not in get_args(Join):
            raise ValueError(f"join must be one of {', '.join(get_args(Join))}, got {self.join!r}")


class PairLinear(nn.Module):
    """``W [h ; e] + b`` without joined vectors: the product with h is computed once an image.

    Shapes: h (b, d), e (p, w), owner (p,) -> (p, out). Initial weights are those of ``nn.Linear(d + w, out)``.
    """

    def __init__(self, d: int, w: int, out: int) -> None:
        super().__init__()
        self.of_hidden, self.of_embedded = nn.Linear(d, out), nn.Linear(w, out, bias=False)
        bound = (d + w) ** -0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, hidden: Tensor, embedded: Tensor, owner: Tensor | None) -> Tensor:
        """Return the sums; without owners, rows of h and e correspond."""
        return rows_of(self.of_hidden(hidden), owner) + self.of_embedded(embedded)


class LinearPairOutput(nn.Module):
    """``log softmax(W [h ; j] + b)``, (p, classes)."""

    def __init__(self, d: int, w: int, classes: int) -> None:
        super().__init__()
        self.linear = PairLinear(d, w, classes)

    def forward(self, hidden: Tensor, joined: Tensor, owner: Tensor | None) -> Tensor:
        """Return log-probabilities."""
        return F.log_softmax(self.linear(hidden, joined, owner), dim=1)


class HeteroscedasticPairOutput(nn.Module):
    """A heteroscedastic layer on [h ; j], (p, classes)."""

    def __init__(self, d: int, w: int, classes: int, settings: HeteroscedasticSettings) -> None:
        super().__init__()
        self.layer = HeteroscedasticOutput(d + w, classes, settings)

    def forward(self, hidden: Tensor, joined: Tensor, owner: Tensor | None) -> Tensor:
        """Return log-probabilities."""
        found: Tensor = self.layer(torch.cat([rows_of(hidden, owner), joined], dim=1))
        return found


PairOutput = LinearPairOutput | HeteroscedasticPairOutput


def rows_of(values: Tensor, owner: Tensor | None) -> Tensor:
    """Return the row of each label's image, (p, ...); the rows themselves without owners."""
    return values if owner is None else values.index_select(0, owner)


class JoinedHead(nn.Module):
    """The head of CIFAR (with ``+ p``) and of ImageNet (without).

    Shapes: h (b, d), a of p labels, owner (p,) -> log-probabilities (p, classes).
    """

    def __init__(self, d: int, size: SideInformationSize, settings: PIHeadSettings, output: PairOutput) -> None:
        super().__init__()
        self.embed = SideInformationLayer(size, settings.width)
        self.join = PairLinear(d, settings.width, settings.width)
        self.residual, self.output = settings.join == "residual", output

    def embedding(self, given: SideInformation) -> Tensor:
        """Return p, (p, w)."""
        return F.relu(self.embed(given))

    def from_embedding(self, hidden: Tensor, embedded: Tensor, owner: Tensor | None = None) -> Tensor:
        """Return log-probabilities; without owners, rows of representations and embeddings correspond."""
        joined = F.relu(self.join(hidden, embedded, owner))
        found: Tensor = self.output(hidden, joined + embedded if self.residual else joined, owner)
        return found

    def forward(self, hidden: Tensor, given: SideInformation, owner: Tensor | None = None) -> Tensor:
        """Return log-probabilities."""
        return self.from_embedding(hidden, self.embedding(given), owner)


class PerceptronHead(nn.Module):
    """The head of vision transformers: a perceptron on a, a residual perceptron on [h ; p], then the output.

    ``p = W_2 relu(W_1 a + b_1) + b_2``, ``z = [h ; p]``, then
    ``log softmax(W_o (z + W_4 relu(W_3 z + b_3) + b_4) + b_o)``. Shapes as for :class:`JoinedHead`.
    """

    def __init__(self, d: int, size: SideInformationSize, settings: PIHeadSettings, output: PairOutput) -> None:
        super().__init__()
        width = settings.width
        self.embed = SideInformationLayer(size, width)
        self.project = nn.Linear(width, width)
        self.inner, self.outer = PairLinear(d, width, width), nn.Linear(width, d + width)
        self.output, self.d = output, d

    def embedding(self, given: SideInformation) -> Tensor:
        """Return p, (p, w)."""
        return self.project(F.relu(self.embed(given)))

    def from_embedding(self, hidden: Tensor, embedded: Tensor, owner: Tensor | None = None) -> Tensor:
        """Return log-probabilities; without owners, rows of representations and embeddings correspond."""
        added = self.outer(F.relu(self.inner(hidden, embedded, owner)))
        own = rows_of(hidden, owner) + added[:, : self.d]
        found: Tensor = self.output(own, embedded + added[:, self.d :], None)
        return found

    def forward(self, hidden: Tensor, given: SideInformation, owner: Tensor | None = None) -> Tensor:
        """Return log-probabilities."""
        return self.from_embedding(hidden, self.embedding(given), owner)


PIHead = JoinedHead | PerceptronHead


def pi_head(
    d: int,
    classes: int,
    size: SideInformationSize,
    settings: PIHeadSettings,
    heteroscedastic: HeteroscedasticSettings | None = None,
) -> PIHead:
    """Return a head with weights from torch's global generator; seed it around the call.

    Args:
        d: width of the representation.
        heteroscedastic: settings of a heteroscedastic output layer; a linear one if None.
    """
    output = (
        LinearPairOutput(d, settings.width, classes)
        if heteroscedastic is None
        else HeteroscedasticPairOutput(d, settings.width, classes, heteroscedastic)
    )
    kind = PerceptronHead if settings.join == "perceptron" else JoinedHead
    return kind(d, size, settings, output)
