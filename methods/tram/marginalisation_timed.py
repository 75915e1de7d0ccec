"""The implementations of `pi-marginalisation`: `prepare(case, data, threads)` returns the call, to numpy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from harness.protocols.noisy_labels.training.marginalisation import (
    CHUNK_BYTES,
    marginal_log_probabilities,
    marginal_log_probabilities_in_chunks,
    split_head,
)
from harness.protocols.noisy_labels.training.pi_heads import PairLinear
from methods.tram.marginalisation_kernel import MarginalisationProblem

Call = Callable[[], np.ndarray]


def compiled(case: Any, data: MarginalisationProblem, threads: int) -> Call:
    """The function that the baselines use."""
    return _call(data, lambda hidden: marginal_log_probabilities(data.head, hidden, data.over).exp())


def in_chunks(case: Any, data: MarginalisationProblem, threads: int) -> Call:
    """The whole head, for as many vectors at a time as fit a few megabytes."""
    return _call(data, lambda hidden: marginal_log_probabilities_in_chunks(data.head, hidden, data.over).exp())


def naive(case: Any, data: MarginalisationProblem, threads: int) -> Call:
    """The whole head on one tensor of all pairs, (n, S, d + w)."""
    head, over = data.head, data.over

    def run(hidden: Tensor) -> Tensor:
        embedded = head.embedding(over.points)
        rows, count = len(hidden), len(embedded)
        pairs = hidden[:, None].expand(-1, count, -1), embedded[None].expand(rows, -1, -1)
        joined = torch.relu(_dense(head.join)(torch.cat(pairs, dim=2))) + embedded
        logits = _dense(head.output.linear)(torch.cat([pairs[0], joined], dim=2))
        return torch.einsum("nsc,s->nc", logits.softmax(dim=2), over.weights)

    return _call(data, run)


def broadcast(case: Any, data: MarginalisationProblem, threads: int) -> Call:
    """The split head in torch: for a few images at a time, one addition a pair and one product."""
    head, over = data.head, data.over

    def run(hidden: Tensor) -> Tensor:
        parts = split_head(head, hidden, over.points)
        of_images, of_points, own, of_vectors, to_classes = map(
            torch.from_numpy,
            (parts.of_images, parts.of_points, parts.logits_of_images, parts.logits_of_points, parts.to_classes),
        )
        count, width = of_points.shape
        size = max(1, CHUNK_BYTES // (8 * 4 * count * width))
        found = []
        for some, logits in zip(of_images.split(size), own.split(size), strict=True):
            pairs = torch.relu(some[:, None] + of_points).view(-1, width) @ to_classes.T
            whole = pairs.view(len(some), count, -1) + of_vectors + logits[:, None]
            found.append(torch.einsum("nsc,s->nc", whole.softmax(dim=2), over.weights))
        return torch.cat(found)

    return _call(data, run)


def _dense(layer: PairLinear) -> Callable[[Tensor], Tensor]:
    """Return the layer on joined vectors."""
    weight = torch.cat([layer.of_hidden.weight, layer.of_embedded.weight], dim=1)
    return lambda joined: F.linear(joined, weight, layer.of_hidden.bias)


def _call(data: MarginalisationProblem, run: Callable[[Tensor], Tensor]) -> Call:
    hidden = torch.from_numpy(data.embeddings)

    def call() -> np.ndarray:
        with torch.no_grad():
            return run(hidden).numpy()

    return call
