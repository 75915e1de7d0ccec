"""Pooling layers against the layers of torch_geometric."""

import numpy as np
import pytest
import torch
from torch_geometric.nn import ASAPooling, DenseGCNConv, dense_diff_pool, dense_mincut_pool
from torch_geometric.nn.aggr import GraphMultisetTransformer
from torch_geometric.utils import to_dense_adj, to_dense_batch

from baselines.graphs.graph_classification.dense import DifferentiablePooling, MinCutPooling
from baselines.graphs.graph_classification.dense_levels import Assignment, DenseLevel
from baselines.graphs.graph_classification.ego_clusters import EgoClusterPooling
from baselines.graphs.graph_classification.gmt import attend_to_vertices
from harness.protocols.graphs.training.batches import CollectionTensors
from harness.protocols.graphs.training.encoders import GraphConvolution
from harness.protocols.graphs.training.levels import SparseLevel
from tests.graph_collections import collection_of, random_graph


@pytest.fixture
def level() -> SparseLevel:
    """Graphs of 9, 4, 12 and 2 vertices, each with an edge."""
    generator = np.random.default_rng(4)
    graphs = [random_graph(n, 0.4, generator) for n in (9, 4, 12)]
    return CollectionTensors(collection_of([*graphs, (2, [(0, 1)])])).batch(np.arange(4)).level


@pytest.fixture
def x(level: SparseLevel) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(level.num_nodes, 6, requires_grad=True)


def dense(level: SparseLevel, *features: torch.Tensor) -> tuple[torch.Tensor, ...]:
    padded = [to_dense_batch(f, level.owner)[0] for f in features]
    mask = to_dense_batch(features[0], level.owner)[1]
    return to_dense_adj(level.edge_index, level.owner), mask, *padded


def test_diffpool_equals_the_dense_formulas(level: SparseLevel, x: torch.Tensor) -> None:
    layer = DifferentiablePooling(6, 3)
    adjacency, mask, features, logits = dense(level, x, layer.assign(x, level))
    expected_x, expected_adjacency, link, entropy = dense_diff_pool(features, adjacency, logits, mask)
    got = layer(x, level)
    torch.testing.assert_close(got.x, expected_x.flatten(0, 1))
    torch.testing.assert_close(got.level.adjacency, expected_adjacency)
    torch.testing.assert_close(got.penalty, link + entropy)
    (gradient,) = torch.autograd.grad(got.penalty + got.x.square().sum(), x, retain_graph=True)
    (expected,) = torch.autograd.grad(link + entropy + expected_x.square().sum(), x)
    torch.testing.assert_close(gradient, expected, atol=1e-4, rtol=1e-4)


def test_mincut_equals_the_dense_formulas(level: SparseLevel, x: torch.Tensor) -> None:
    layer = MinCutPooling(6, 3)
    adjacency, mask, features, logits = dense(level, x, layer.assign(x))
    expected_x, expected_adjacency, cut, orthogonality = dense_mincut_pool(features, adjacency, logits, mask)
    got = layer(x, level)
    torch.testing.assert_close(got.x, expected_x.flatten(0, 1))
    torch.testing.assert_close(got.level.adjacency, expected_adjacency)
    torch.testing.assert_close(got.penalty, cut + orthogonality)


def test_second_pooling_equals_the_dense_formulas(level: SparseLevel, x: torch.Tensor) -> None:
    first = DifferentiablePooling(6, 4)(x, level)
    layer = DifferentiablePooling(6, 2)
    logits = layer.assign(first.x, first.level).view(4, 4, 2)
    expected = dense_diff_pool(first.x.view(4, 4, 6), first.level.adjacency, logits)
    second = layer(first.x, first.level)
    torch.testing.assert_close(second.x, expected[0].flatten(0, 1))
    torch.testing.assert_close(second.level.adjacency, expected[1])
    torch.testing.assert_close(second.penalty, expected[2] + expected[3])


def test_convolution_on_a_dense_level_equals_that_of_torch_geometric() -> None:
    torch.manual_seed(1)
    adjacency = torch.rand(3, 4, 4)
    adjacency = adjacency + adjacency.transpose(1, 2)
    ours, theirs = GraphConvolution(6, 5), DenseGCNConv(6, 5)
    theirs.lin.weight = ours.linear.weight
    theirs.bias = ours.linear.bias
    x = torch.randn(12, 6)
    expected = theirs(x.view(3, 4, 6), adjacency).flatten(0, 1)
    torch.testing.assert_close(ours(x, DenseLevel(adjacency)), expected)


def test_losses_and_gradients_are_finite_without_edges(x: torch.Tensor) -> None:
    bare = CollectionTensors(collection_of([(5, []), (1, [])])).batch(np.arange(2)).level
    features = x[:6]
    for layer in (DifferentiablePooling(6, 3), MinCutPooling(6, 3)):
        got = layer(features, bare)
        assert got.penalty is not None
        (gradient,) = torch.autograd.grad(got.penalty + got.level.propagate(got.x).sum(), x)
        assert torch.isfinite(got.penalty)
        assert torch.isfinite(gradient).all()


def test_assignment_keeps_weight_and_features(level: SparseLevel, x: torch.Tensor) -> None:
    pooled = Assignment(torch.randn(level.num_nodes, 3).softmax(1), x, level)
    torch.testing.assert_close(pooled.features.sum(1), level.readout(x, "sum"))
    edges = torch.bincount(level.owner[level.edge_index[0]], minlength=4).float()
    torch.testing.assert_close(pooled.adjacency.sum((1, 2)), edges)


@pytest.mark.parametrize("ratio", [0.25, 0.5, 1.0])
def test_asap_equals_that_of_torch_geometric(level: SparseLevel, x: torch.Tensor, ratio: float) -> None:
    layer = ASAPooling(6, ratio)
    expected_x, edges, _, owner, _ = layer(x, level.edge_index, None, level.owner)
    got = EgoClusterPooling(layer)(x, level)
    torch.testing.assert_close(got.x, expected_x)
    assert torch.equal(got.level.owner, owner)
    pairs = [{tuple(pair) for pair in e.T.tolist()} for e in (got.level.edge_index, edges)]
    assert pairs[0] == pairs[1]
    weighting = torch.randn_like(expected_x)
    inputs = [x, layer.lin.weight, layer.att.weight, layer.gnn_score.lin1.weight]
    gradients = [torch.autograd.grad((p * weighting).sum(), inputs) for p in (got.x, expected_x)]
    torch.testing.assert_close(*gradients, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("heads", [1, 3])
def test_multiset_attention_equals_that_of_torch_geometric(
    level: SparseLevel, x: torch.Tensor, heads: int, layer_norm: bool
) -> None:
    pooling = GraphMultisetTransformer(6, k=3, heads=heads, layer_norm=layer_norm).pma1
    expected = pooling(*to_dense_batch(x, level.owner))
    torch.testing.assert_close(attend_to_vertices(pooling, x, level), expected)
