"""Marginalisation of side information at test time: ``p(y|x) = sum_s w_s p(y|x, a_s)``, a mean of probabilities.

Collier et al. 2022 (TRAM), the baseline "full marginalisation". The distribution of a ignores x, as in the authors'
program. The layer of a joined head is split, ``W_j [h ; p] = W_jh h + W_jp p``: one addition for each image and
point replaces a product with d + w columns; see :mod:`marginal_sum`.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from harness.protocols.noisy_labels.training.marginal_sum import SplitHead, mean_probabilities
from harness.protocols.noisy_labels.training.pi_heads import JoinedHead, LinearPairOutput, PIHead
from harness.protocols.noisy_labels.training.side_information import SideInformation

CHUNK_BYTES = 8 << 20
"""Memory for one tensor of (image, point) pairs; several of them live at once."""


@dataclass(frozen=True)
class SideInformationDistribution:
    """A discrete distribution of side information.

    Attributes:
        points: S vectors of side information.
        weights: (S,) float32, their probabilities.

    Raises:
        ValueError: no point, weights of another number, negative ones, or a sum that is not 1.
    """

    points: SideInformation
    weights: Tensor

    def __post_init__(self) -> None:
        if not len(self.points) or self.weights.shape != (len(self.points),):
            raise ValueError(
                f"expected one weight for each of one point or more, got {tuple(self.weights.shape)} for "
                f"{len(self.points)} points"
            )
        if float(self.weights.min()) < 0 or abs(float(self.weights.double().sum()) - 1) > 1e-4:
            raise ValueError(f"weights must be 0 or more and sum to 1, got a sum of {float(self.weights.sum()):g}")

    @classmethod
    def exact(cls, given: SideInformation) -> Self:
        """Return the distribution of all training labels: distinct vectors, weighted by their frequencies.

        Annotators alone give one point each. A continuous feature makes almost every vector distinct: each
        annotator's features are then represented by all labels of that annotator, and nothing is drawn.
        """
        rows = given.features.cpu().numpy()
        if given.annotator is not None:
            rows = np.concatenate([given.annotator.cpu().numpy()[:, None].astype(np.float64), rows], axis=1)
        _, first, counts = np.unique(rows, axis=0, return_index=True, return_counts=True)
        weights = torch.from_numpy((counts / counts.sum()).astype(np.float32)).to(given.features.device)
        return cls(given.at(torch.from_numpy(first).to(given.features.device)), weights)

    @classmethod
    def sampled(cls, given: SideInformation, count: int, random: np.random.Generator) -> Self:
        """Return `count` vectors drawn from the training labels with replacement, of equal weight.

        Raises:
            ValueError: a count below 1.
        """
        if count < 1:
            raise ValueError(f"the number of drawn vectors must be 1 or more, got {count!r}")
        drawn = torch.from_numpy(random.integers(len(given), size=count)).to(given.features.device)
        return cls(given.at(drawn), given.features.new_full((count,), 1 / count))


def marginal_log_probabilities(head: PIHead, hidden: Tensor, over: SideInformationDistribution) -> Tensor:
    """Return ``log sum_s w_s p(y|h, a_s)``, (n, classes), in bounded memory.

    On a CPU, a joined head with a linear output is split and summed by a compiled loop; other heads are evaluated
    for chunks of points. Both agree with the definition to the rounding of float32.

    Args:
        hidden: representations (n, d).
    """
    if isinstance(head, JoinedHead) and isinstance(head.output, LinearPairOutput) and hidden.device.type == "cpu":
        summed = mean_probabilities(split_head(head, hidden, over.points), over.weights.numpy())
        return torch.from_numpy(summed).clamp_min(torch.finfo(torch.float32).tiny).log()
    return marginal_log_probabilities_in_chunks(head, hidden, over)


def split_head(head: JoinedHead, hidden: Tensor, points: SideInformation) -> SplitHead:
    """Return the parts of a joined head with linear output that depend on images, on points, and on neither.

    Raises:
        TypeError: an output layer of another kind.
    """
    if not isinstance(head.output, LinearPairOutput):
        raise TypeError(f"expected a linear output layer, got {type(head.output).__name__}")
    output = head.output.linear
    embedded = head.embedding(points)
    to_classes = output.of_embedded.weight
    own = embedded @ to_classes.T if head.residual else embedded.new_zeros(len(embedded), len(to_classes))
    parts = (
        head.join.of_hidden(hidden),
        head.join.of_embedded(embedded),
        output.of_hidden(hidden),
        own,
        to_classes,
    )
    return SplitHead(*(np.ascontiguousarray(part.detach().numpy()) for part in parts))


def marginal_log_probabilities_in_chunks(head: PIHead, hidden: Tensor, over: SideInformationDistribution) -> Tensor:
    """Return the marginal by evaluating the head for all pairs of images and a chunk of points."""
    embedded, rows = head.embedding(over.points), len(hidden)
    width = hidden.shape[1] + embedded.shape[1]
    size = max(1, CHUNK_BYTES // (4 * width * max(1, rows)))
    total = hidden.new_full((rows, 1), -math.inf)
    for some, weights in zip(embedded.split(size), over.weights.split(size), strict=True):
        pairs = head.from_embedding(hidden.repeat_interleave(len(some), dim=0), some.repeat(rows, 1))
        logs = pairs.view(rows, len(some), -1) + weights.log()[:, None]
        total = torch.logaddexp(total, torch.logsumexp(logs, dim=1))
    return total
