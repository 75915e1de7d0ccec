"""Propagation, padding and convolutions against dense algebra and torch_geometric."""

import numpy as np
import pytest
import torch
from torch_geometric.nn import GCNConv, GINConv, global_add_pool, global_mean_pool
from torch_geometric.utils import to_dense_adj, to_dense_batch

from harness.protocols.graphs.training.batches import CollectionTensors
from harness.protocols.graphs.training.encoders import GraphConvolution, IsomorphismConvolution, convolution
from harness.protocols.graphs.training.levels import SparseLevel
from tests.graph_collections import random_collection


@pytest.fixture
def level() -> SparseLevel:
    return CollectionTensors(random_collection(7, 5)).batch(np.array([3, 0, 6, 1])).level


def features(level: SparseLevel, width: int = 6) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(level.num_nodes, width, requires_grad=True)


@pytest.mark.parametrize(("width_in", "width_out"), [(6, 4), (4, 6), (5, 5)])
def test_graph_convolution_equals_that_of_torch_geometric(
    level: SparseLevel, width_in: int, width_out: int
) -> None:
    ours, theirs = GraphConvolution(width_in, width_out), GCNConv(width_in, width_out)
    with torch.no_grad():
        theirs.lin.weight.copy_(ours.linear.weight)
        ours.linear.bias.normal_()
        theirs.bias.copy_(ours.linear.bias)
    x = features(level, width_in)
    got, expected = ours(x, level), theirs(x, level.edge_index)
    torch.testing.assert_close(got, expected)
    weighting = torch.randn_like(got)
    (gradient,) = torch.autograd.grad((got * weighting).sum(), x)
    torch.testing.assert_close(gradient, torch.autograd.grad((expected * weighting).sum(), x)[0])


def test_isomorphism_convolution_equals_that_of_torch_geometric(level: SparseLevel) -> None:
    ours = IsomorphismConvolution(6, 6)
    theirs = GINConv(ours.mlp, eps=0.0)  # it draws the weights anew
    x = features(level)
    torch.testing.assert_close(ours(x, level), theirs(x, level.edge_index))


@pytest.mark.parametrize("kind", ["gcn", "gin", "gat", "sage", "cheb", "gatv2", "transformer"])
def test_every_convolution_reaches_all_its_weights(level: SparseLevel, kind: str) -> None:
    torch.manual_seed(1)
    layer = convolution(kind, 6, 5)  # type: ignore[arg-type]
    out = layer(features(level), level)
    assert out.shape == (level.num_nodes, 5)
    (out * torch.randn_like(out)).sum().backward()
    assert all(weight.grad is not None for weight in layer.parameters())


def test_unknown_convolution_is_refused() -> None:
    with pytest.raises(ValueError, match="convolution 'gnc': expected one of gcn, gin"):
        convolution("gnc", 2, 2)  # type: ignore[arg-type]


def test_products_equal_dense_algebra(level: SparseLevel) -> None:
    x = features(level)
    adjacency = to_dense_adj(level.edge_index, max_num_nodes=level.num_nodes)[0]
    torch.testing.assert_close(level.neighbour_sum(x), adjacency @ x)
    assert float(level.squared_weight()) == float(adjacency.square().sum())
    padded, _ = to_dense_batch(x, level.owner, batch_size=level.num_graphs)
    torch.testing.assert_close(level.gram(x, 2), padded[:, :, :2].transpose(1, 2) @ padded)


def test_graphs_of_very_different_sizes_keep_their_products() -> None:
    sizes = [3, 40, 1, 7, 90, 2, 4, 5, 3]
    owner = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    level = SparseLevel.from_edges(torch.zeros(2, 0, dtype=torch.long), owner, len(sizes))
    x = features(level).requires_grad_()
    expected = torch.stack([part[:, :3].T @ part for part in x.split(sizes)])
    torch.testing.assert_close(level.gram(x, 3), expected)
    weights = torch.randn_like(expected)
    gradients = [torch.autograd.grad((y * weights).sum(), x)[0] for y in (level.gram(x, 3), expected)]
    torch.testing.assert_close(*gradients)


def test_readouts_equal_those_of_torch_geometric(level: SparseLevel) -> None:
    x = features(level)
    torch.testing.assert_close(level.readout(x, "sum"), global_add_pool(x, level.owner, level.num_graphs))
    torch.testing.assert_close(level.readout(x, "mean"), global_mean_pool(x, level.owner, level.num_graphs))


def test_level_from_edges_is_the_level_of_the_batch(level: SparseLevel) -> None:
    shuffled = level.edge_index[:, torch.randperm(level.edge_index.shape[1])]
    loops = torch.arange(3).repeat(2, 1)
    rebuilt = SparseLevel.from_edges(torch.cat([shuffled, loops], dim=1), level.owner, level.num_graphs)
    for name in ("offsets", "row_pointer", "columns", "owner"):
        assert torch.equal(getattr(rebuilt, name), getattr(level, name)), name
