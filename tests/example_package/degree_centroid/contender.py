"""Nearest centroid on degree histograms."""

from dataclasses import dataclass

import numpy as np

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.graphs.arrays import GraphSet
from harness.protocols.graphs.graph_classification import GraphClassifier


@dataclass(frozen=True)
class HistogramSettings(Settings):
    """Number of distinct degrees; a larger degree counts as the largest."""

    bins: int = 16


class DegreeCentroid(GraphClassifier):
    """Assign a graph to the class whose mean degree histogram is nearest."""

    streams = ()

    @classmethod
    def configurations(cls, profile: str) -> tuple[HistogramSettings, ...]:
        return (HistogramSettings(16), HistogramSettings(4))

    def fit(self, train: GraphSet, valid: GraphSet, context: Context) -> "Centroids":
        assert train.targets is not None
        shares = histograms(train, self.settings.bins)
        means = [shares[train.targets == label].mean(axis=0) for label in range(train.num_classes)]
        return Centroids(np.stack(means))


class Centroids:
    """Mean histograms (num_classes, bins)."""

    def __init__(self, means: np.ndarray) -> None:
        self.means = means
        self.num_parameters = means.size

    def predict(self, graphs: GraphSet) -> np.ndarray:
        """Return negative distances (len(graphs), num_classes)."""
        shares = histograms(graphs, self.means.shape[1])
        return -np.linalg.norm(shares[:, None] - self.means, axis=2)


def histograms(graphs: GraphSet, bins: int) -> np.ndarray:
    """Return the share of each degree below `bins` among a graph's nodes, shape (len(graphs), bins)."""
    collection = graphs.collection
    nodes = int(collection.node_offsets[-1])
    degrees = np.bincount(collection.edge_index[0], minlength=nodes).clip(max=bins - 1)
    owner = np.repeat(np.arange(len(collection)), collection.num_nodes)
    counts = np.bincount(owner * bins + degrees, minlength=len(collection) * bins).reshape(-1, bins)
    return (counts / counts.sum(axis=1, keepdims=True))[graphs.index]
