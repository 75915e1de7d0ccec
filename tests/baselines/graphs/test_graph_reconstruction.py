"""Auto-encoders through other pooling layers, and the losses of the dense ones."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch_geometric.nn import dense_diff_pool, dense_mincut_pool
from torch_geometric.utils import to_dense_adj

from baselines.graphs.graph_reconstruction.dense import (
    DenseSettings,
    DiffPoolAutoEncoder,
    MinCutAutoEncoder,
    MinCutBottleneck,
    diffpool_losses,
    mincut_losses,
)
from baselines.graphs.graph_reconstruction.node_drop import (
    ASAPAutoEncoder,
    NodeDropSettings,
    SAGAutoEncoder,
    TopKAutoEncoder,
)
from harness.protocols.graphs.training.autoencoder import GraphTensors
from tests.small_graphs import context_for, ring

pytestmark = pytest.mark.filterwarnings("ignore:Sparse invariant checks")
NODE_DROP = (TopKAutoEncoder, SAGAutoEncoder, ASAPAutoEncoder)
DENSE = (DiffPoolAutoEncoder, MinCutAutoEncoder)


def soft_assignment(nodes: int, clusters: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(nodes, clusters, generator=generator).requires_grad_()


@pytest.mark.parametrize("contender", NODE_DROP + DENSE)
def test_reconstructs_and_repeats_itself(contender, tmp_path):
    graph = ring(24)
    settings = replace(contender.configurations("smoke")[0], max_epochs=40)
    context = context_for(contender, tmp_path)
    model = contender(settings).fit(graph, context)
    again = contender(settings).fit(graph, context_for(contender, tmp_path))
    assert model.reconstruct().shape == (24, 2)
    assert np.isfinite(model.reconstruct()).all()
    assert np.array_equal(model.reconstruct(), again.reconstruct())
    assert context.curve[-1]["best_train_loss"] < context.curve[0]["train_loss"]
    other = contender(settings).fit(graph, context_for(contender, tmp_path, seed=1))
    assert not np.array_equal(model.reconstruct(), other.reconstruct())


@pytest.mark.parametrize("contender", NODE_DROP)
def test_dropped_nodes_come_back_as_zeros(contender, tmp_path):
    graph = ring(24)
    settings = contender.configurations("smoke")[0]
    torch.manual_seed(0)
    layer = contender(settings).bottleneck(graph, context_for(contender, tmp_path))
    x = torch.rand(24, settings.hidden, requires_grad=True)
    restored, auxiliary = layer(x, GraphTensors.from_drawing(graph))
    assert int((restored != 0).any(dim=1).sum()) == 6
    assert float(auxiliary) == 0.0
    gradient = torch.autograd.grad(restored.sum(), list(layer.parameters()), allow_unused=True)
    assert any(g is not None and g.abs().sum() > 0 for g in gradient)


def test_diffpool_losses_equal_the_library():
    graph = GraphTensors.from_drawing(ring(20))
    logits = soft_assignment(20, 5)
    _, _, link, entropy = dense_diff_pool(torch.zeros(20, 3), to_dense_adj(graph.edge_index)[0], logits)
    expected = link + entropy
    ours = diffpool_losses(logits.softmax(dim=1), graph.links)
    torch.testing.assert_close(ours, expected)
    mine, theirs = (torch.autograd.grad(loss, logits)[0] for loss in (ours, expected))
    torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_mincut_losses_equal_the_library():
    graph = GraphTensors.from_drawing(ring(20))
    logits = soft_assignment(20, 5, seed=1)
    _, _, cut, orthogonality = dense_mincut_pool(torch.zeros(20, 3), to_dense_adj(graph.edge_index)[0], logits)
    expected = cut + orthogonality
    degrees = torch.full((20,), 2.0)
    ours = mincut_losses(logits.softmax(dim=1), graph.links, degrees)
    torch.testing.assert_close(ours, expected)
    mine, theirs = (torch.autograd.grad(loss, logits)[0] for loss in (ours, expected))
    torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_mincut_bottleneck_pools_as_the_library_does():
    graph = GraphTensors.from_drawing(ring(20))
    torch.manual_seed(0)
    layer = MinCutBottleneck(4, 5)
    x = torch.randn(20, 4)
    logits = layer.assign(x)
    pooled, _, _, _ = dense_mincut_pool(x, to_dense_adj(graph.edge_index)[0], logits)
    torch.testing.assert_close(layer(x, graph)[0], logits.softmax(dim=1) @ pooled[0])


def test_one_configuration_a_profile_and_growing_budgets():
    for contender in NODE_DROP + DENSE:
        found = [contender.configurations(profile) for profile in ("smoke", "standard", "paper")]
        assert [len(c) for c in found] == [1, 1, 1]
        assert [c[0].max_epochs for c in found] == [100, 2000, 10000]
    with pytest.raises(ValueError, match=r"profile.*huge"):
        TopKAutoEncoder.configurations("huge")


@pytest.mark.parametrize(
    ("settings", "field", "value"),
    [
        (NodeDropSettings, "ratio", 1.0),
        (NodeDropSettings, "max_epochs", 0),
        (DenseSettings, "ratio", 0.0),
        (DenseSettings, "learning_rate", -1.0),
        (DenseSettings, "hidden", 0),
        (NodeDropSettings, "patience", True),
    ],
)
def test_settings_out_of_range_are_refused(settings, field, value):
    with pytest.raises(ValueError, match=field):
        settings(**{field: value})
