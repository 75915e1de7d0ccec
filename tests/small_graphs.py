"""Small attributed and drawn graphs, and contexts to fit contenders in, for tests."""

from pathlib import Path
from typing import Any

import numpy as np

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.data.split import Split
from harness.protocols.graphs.arrays import NodeDataset, NodeGraph
from harness.protocols.graphs.graph_reconstruction import DrawnGraph
from harness.protocols.graphs.node_classification import LabelledNodes, NodeClassification, NodeClassifier, NodeView
from harness.trial import Trial


def context_for(contender: type[Contender], cache: Path, seed: int = 0, deadline: float = float("inf")) -> Context:
    """A context in which `contender` may draw from its declared streams."""
    trial = Trial("small", contender.__name__, 0, seed, "smoke")
    return Context(trial, streams=contender.streams, scratch=cache, cache=cache, deadline=deadline)


def symmetric_edges(pairs: np.ndarray) -> np.ndarray:
    """Both directions of undirected pairs (2, m), sorted: (2, 2m)."""
    both = np.concatenate([pairs, pairs[::-1]], axis=1)
    return both[:, np.lexsort((both[1], both[0]))].astype(np.int64)


def block_model(blocks: int = 3, size: int = 30, isolated: int = 3, seed: int = 0) -> NodeDataset:
    """A stochastic block model whose noisy features tell little about the block, with isolated nodes at the end."""
    generator = np.random.default_rng(seed)
    n = blocks * size
    targets = np.concatenate([np.repeat(np.arange(blocks), size), np.arange(isolated) % blocks])
    upper = np.triu(generator.random((n, n)), 1)
    same = targets[:n, None] == targets[None, :n]
    pairs = np.argwhere((upper > np.where(same, 0.75, 0.98)) & (upper > 0)).T
    words = 24
    dense = generator.random((n + isolated, words)) < 0.08
    for _ in range(2):
        own = targets * (words // blocks) + generator.integers(0, words // blocks, n + isolated)
        dense[np.arange(n + isolated), own] = True
    dense[5] = False
    indptr = np.concatenate([[0], dense.sum(axis=1).cumsum()])
    indices = np.nonzero(dense)[1]
    graph = NodeGraph(symmetric_edges(pairs), indptr, indices, np.ones(len(indices), np.float32), words)
    order = generator.permutation(n + isolated)
    train, valid = int(0.4 * len(order)), int(0.65 * len(order))
    split = Split(order[:train], order[train:valid], order[valid:])
    return NodeDataset("small", graph, targets, blocks, (split,), "test", "generated")


class _Seen(NodeClassifier):
    """Returns what it gets."""

    @classmethod
    def configurations(cls, profile: str) -> tuple[()]:
        return ()

    def fit(self, view: NodeView, context: Context) -> Any:
        return view


def view_of(data: NodeDataset, split: Split | None = None) -> NodeView:
    """What a contender sees of a split, by default the first."""
    protocol = NodeClassification()
    payload = protocol.view(data, split or data.splits[0])
    train, valid = (
        LabelledNodes(data.graph, payload[f"{part}_nodes"], payload[f"{part}_targets"], data.num_classes)
        for part in ("train", "valid")
    )
    view: Any = protocol.fit(_Seen(None), train, valid, context_for(_Seen, Path.cwd()))
    return view


def accuracy_on_test(model: object, data: NodeDataset) -> float:
    """Accuracy of a fitted model on the first split's test nodes."""
    test = data.splits[0].test
    scores = model.predict(test)  # type: ignore[attr-defined]
    return float(np.mean(scores.argmax(axis=1) == data.targets[test]))


def ring(n: int) -> DrawnGraph:
    """A ring drawn on the unit circle."""
    nodes = np.arange(n)
    angle = 2 * np.pi * nodes / n
    coordinates = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    return DrawnGraph(symmetric_edges(np.stack([nodes, (nodes + 1) % n])), coordinates)
