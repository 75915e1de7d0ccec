"""The size-only control: counts, calibration and the absence of classes."""

from pathlib import Path

import numpy as np
import pytest

from baselines.graphs.graph_classification.size_only import PlattScaling, SizeOnly, SizeOnlySettings, sizes
from harness.protocols.graphs.arrays import GraphSet
from tests.graph_collections import collection_of, smoke_context


def test_sizes_are_counts_of_nodes_and_undirected_edges() -> None:
    collection = collection_of([(3, [(0, 1), (1, 2)]), (1, []), (4, [(0, 1), (1, 2), (2, 0), (2, 3)])])
    np.testing.assert_array_equal(sizes(GraphSet(collection, np.array([2, 0, 1]), 2)), [[4, 4], [3, 2], [1, 0]])


def test_scaling_recovers_the_probabilities_that_labels_were_drawn_from() -> None:
    generator = np.random.default_rng(0)
    margin = generator.normal(size=20_000)
    probability = 1 / (1 + np.exp(-(1.5 * margin - 0.5)))
    targets = (generator.random(20_000) < probability).astype(int)
    scaling = PlattScaling.fit(np.stack([-margin, margin], axis=1), targets)
    assert scaling.slope == pytest.approx([1.5, 1.5], abs=0.1)
    assert scaling.intercept == pytest.approx([0.5, -0.5], abs=0.1)
    predicted = np.exp(scaling.log_probabilities(np.stack([-margin, margin], axis=1)))[:, 1]
    np.testing.assert_allclose(predicted, probability, atol=0.02)


def fit(train_targets: list[int], valid_targets: list[int], classes: int) -> np.ndarray:
    collection = collection_of([(n, [(0, 1)]) for n in range(2, 14)])
    train = GraphSet(collection, np.arange(8), classes, np.array(train_targets))
    valid = GraphSet(collection, np.arange(8, 12), classes, np.array(valid_targets))
    model = SizeOnly(SizeOnlySettings()).fit(train, valid, smoke_context((), Path()))
    return model.predict(GraphSet(collection, np.arange(12), classes))


@pytest.mark.parametrize(
    ("train", "valid"),
    [([0, 1] * 4, [1, 1, 1, 1]), ([1] * 8, [0, 1, 0, 1]), ([0, 0, 0, 2, 2, 2, 2, 2], [0, 1, 2, 2])],
)
def test_missing_classes_give_finite_probabilities(train: list[int], valid: list[int]) -> None:
    scores = fit(train, valid, classes=3)
    assert scores.shape == (12, 3)
    np.testing.assert_allclose(np.exp(scores).sum(axis=1), 1)
