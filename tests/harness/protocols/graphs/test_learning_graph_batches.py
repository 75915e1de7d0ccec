"""Batches against a naive construction, one graph at a time."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.protocols.graphs.arrays import GraphCollection
from harness.protocols.graphs.training.batches import CollectionTensors, HierarchyLevel
from harness.protocols.graphs.training.levels import SparseLevel
from tests.graph_collections import collection_of, random_collection


def dense_adjacency(level: SparseLevel) -> np.ndarray:
    adjacency = np.zeros((level.num_nodes, level.num_nodes), dtype=int)
    np.add.at(adjacency, tuple(level.edge_index.numpy()), 1)
    return adjacency


def naive_block(sizes: list[int], graphs: list[np.ndarray]) -> np.ndarray:
    block = np.zeros((sum(sizes), sum(sizes)), dtype=int)
    start = 0
    for size, adjacency in zip(sizes, graphs, strict=True):
        block[start : start + size, start : start + size] = adjacency
        start += size
    return block


def own_adjacency(offsets: np.ndarray, edge_index: np.ndarray, graph: int) -> np.ndarray:
    low, high = offsets[graph], offsets[graph + 1]
    adjacency = np.zeros((high - low, high - low), dtype=int)
    inside = (edge_index[0] >= low) & (edge_index[0] < high)
    adjacency[tuple(edge_index[:, inside] - low)] = 1
    return adjacency


def pairing_hierarchy(collection: GraphCollection, levels: int) -> list[HierarchyLevel]:
    """Pool vertices 2i and 2i+1 of each graph, again and again."""
    hierarchy, offsets, edges = [], collection.node_offsets, collection.edge_index
    for _ in range(levels):
        sizes = np.diff(offsets)
        above = np.concatenate([[0], np.cumsum((sizes + 1) // 2)])
        owner = np.repeat(np.arange(len(sizes)), sizes)
        parents = (np.arange(offsets[-1]) - offsets[owner]) // 2 + above[owner]
        pairs = parents[edges]
        edges = np.unique(pairs[:, pairs[0] != pairs[1]], axis=1)
        edge_offsets = np.searchsorted(edges[0], above)
        hierarchy.append(HierarchyLevel(parents, above, edges, edge_offsets))
        offsets = above
    return hierarchy


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_batch_equals_the_naive_construction(seed: int, data: st.DataObject) -> None:
    collection = random_collection(6, seed)
    chosen = np.array(data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=8)))
    hierarchy = pairing_hierarchy(collection, 2)
    batch = CollectionTensors(collection, hierarchy).batch(chosen)
    level = batch.level
    offsets = [collection.node_offsets, *(h.node_offsets for h in hierarchy)]
    edges = [collection.edge_index, *(h.edge_index for h in hierarchy)]
    for depth in range(3):
        sizes = [int(np.diff(offsets[depth])[g]) for g in chosen]
        expected = naive_block(sizes, [own_adjacency(offsets[depth], edges[depth], g) for g in chosen])
        np.testing.assert_array_equal(dense_adjacency(level), expected)
        np.testing.assert_array_equal(level.owner, np.repeat(np.arange(len(chosen)), sizes))
        if depth < 2:
            above = np.concatenate([[0], np.cumsum([np.diff(offsets[depth + 1])[g] for g in chosen])])
            parents = [
                hierarchy[depth].parents[offsets[depth][g] : offsets[depth][g + 1]] - offsets[depth + 1][g]
                for g in chosen
            ]
            np.testing.assert_array_equal(
                level.parents, np.concatenate([p + shift for p, shift in zip(parents, above, strict=False)])
            )
            assert level.coarser is not None
            level = level.coarser
    assert level.coarser is None


def test_features_are_one_hot_of_every_field() -> None:
    collection = random_collection(5, 3)
    batch = CollectionTensors(collection).batch(np.array([4, 2]))
    labels, degrees = (int(c) for c in collection.cardinalities)
    rows = [np.arange(collection.node_offsets[g], collection.node_offsets[g + 1]) for g in (4, 2)]
    codes = collection.node_codes[np.concatenate(rows)]
    expected = np.concatenate([np.eye(labels)[codes[:, 0]], np.eye(degrees)[codes[:, 1]]], axis=1)
    np.testing.assert_array_equal(batch.x, expected)


def test_pooling_keeps_the_sum_of_every_graph() -> None:
    collection = random_collection(8, 1)
    level = CollectionTensors(collection, pairing_hierarchy(collection, 2)).batch(np.arange(8)).level
    x = torch.randn(level.num_nodes, 4, dtype=torch.float64)
    total = level.readout(x, "sum")
    for _ in range(2):
        x, level = level.pool(x)
        torch.testing.assert_close(level.readout(x, "sum"), total)
    with pytest.raises(ValueError, match="one more level"):
        level.pool(x)


@pytest.mark.parametrize("graphs", [[], [3], [-1]])
def test_impossible_graphs_are_refused(graphs: list[int]) -> None:
    with pytest.raises(ValueError, match=r"expected one number or more in 0\.\.2"):
        CollectionTensors(random_collection(3)).batch(np.array(graphs, dtype=np.int64))


def test_hierarchy_that_mixes_graphs_is_refused() -> None:
    collection = collection_of([(2, [(0, 1)]), (2, [(0, 1)])])
    (level,) = pairing_hierarchy(collection, 1)
    mixed = HierarchyLevel(level.parents[::-1].copy(), level.node_offsets, level.edge_index, level.edge_offsets)
    with pytest.raises(ValueError, match="cluster of another graph"):
        CollectionTensors(collection, [mixed])
    short = HierarchyLevel(level.parents[:3], level.node_offsets, level.edge_index, level.edge_offsets)
    with pytest.raises(ValueError, match="parents for 3 vertices"):
        CollectionTensors(collection, [short])
