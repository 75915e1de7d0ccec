"""SEP-G's network: what the tree does, what it cannot do, and what the flat network shares with it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from baselines.graphs.graph_classification.flat import FlatSettings
from harness.protocols.graphs.arrays import GraphCollection
from harness.protocols.graphs.training.batches import CollectionTensors, GraphBatch, HierarchyLevel
from harness.protocols.graphs.training.encoders import ConvolutionKind
from harness.protocols.graphs.training.levels import Readout
from harness.protocols.graphs.training.networks import JumpingKnowledgeNetwork, NetworkShape
from methods.sep.coding_tree import build_forest
from methods.sep.graph_classification import SEPGNetwork, SEPGSettings, flat_graphs, pooling_levels
from tests.graph_collections import random_collection

KINDS = ("gcn", "gin", "gat", "sage", "cheb", "gatv2", "transformer")


def shape_for(collection: GraphCollection, **options: object) -> NetworkShape:
    return NetworkShape(collection.num_features, 3, **{"hidden": 8, **options})  # type: ignore[arg-type]


def batch_on_trees(collection: GraphCollection, height: int = 3) -> GraphBatch:
    graphs = flat_graphs(collection)
    levels = pooling_levels(graphs, build_forest(graphs, height))
    return CollectionTensors(collection, levels).batch(np.arange(len(collection))[::-1].copy())


def identity_levels(collection: GraphCollection, count: int) -> list[HierarchyLevel]:
    c = collection
    same = HierarchyLevel(np.arange(c.node_offsets[-1]), c.node_offsets, c.edge_index, c.edge_offsets)
    return [same] * count


def drawn(network: torch.nn.Module) -> torch.nn.Module:
    """Give every parameter a generic value: fresh zero biases and unit scales would hide mistakes."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    return network.eval()


@pytest.fixture(scope="module")
def collection() -> GraphCollection:
    return random_collection(10, 6)


@pytest.mark.parametrize("readout", ["sum", "mean"])
@pytest.mark.parametrize("kind", ["gcn", "gin"])
@pytest.mark.parametrize("link_input", [False, True])
def test_flat_network_is_sep_g_with_identity_pooling(
    collection: GraphCollection, kind: ConvolutionKind, readout: Readout, link_input: bool
) -> None:
    shape = shape_for(collection, readout=readout, link_input=link_input)
    settings = SEPGSettings(convolution=kind, readout=readout, pool_mlp=False)
    flat = drawn(JumpingKnowledgeNetwork(shape, kind, [None, None]))
    sep = drawn(SEPGNetwork(shape, settings))
    assert list(sep.state_dict()) == list(flat.state_dict())
    every = np.arange(len(collection))
    expected = flat(CollectionTensors(collection).batch(every))
    got = sep(CollectionTensors(collection, identity_levels(collection, 2)).batch(every))
    torch.testing.assert_close(got, expected)


def test_first_readout_is_that_of_the_flat_network_whatever_the_tree(collection: GraphCollection) -> None:
    shape = shape_for(collection)
    sep = drawn(SEPGNetwork(shape, SEPGSettings()))
    flat = drawn(JumpingKnowledgeNetwork(shape, "gcn", [None, None]))
    flat.load_state_dict({n: v for n, v in sep.state_dict().items() if not n.startswith("unused")})
    batch = batch_on_trees(collection)
    ours, theirs = sep.encode(batch)[0], flat.encode(batch)[0]
    torch.testing.assert_close(ours[:, :8], theirs[:, :8])
    assert not torch.allclose(ours[:, 8:], theirs[:, 8:], atol=1e-3)


def test_readouts_follow_the_published_equations(collection: GraphCollection) -> None:
    """The module's equations with dense matrices, one graph at a time."""
    network = drawn(SEPGNetwork(shape_for(collection), SEPGSettings()))
    graphs = flat_graphs(collection)
    forest = build_forest(graphs, 3)
    flat = CollectionTensors(collection, pooling_levels(graphs, forest))
    for g in range(len(collection)):
        batch = flat.batch(np.array([g]))
        x, tree = batch.x, forest.tree(g)
        adjacency = torch.zeros(len(x), len(x))
        adjacency[tuple(batch.level.edge_index)] = 1
        expected = []
        for i, layer in enumerate(network.convolutions):
            looped = adjacency + torch.eye(len(adjacency))
            scale = torch.diag(looped.sum(1) ** -0.5)
            x = (scale @ looped @ scale @ x @ layer.linear.weight.T + layer.linear.bias).relu()
            if i < 2:
                s = torch.eye(tree.level_sizes[i + 1])[torch.from_numpy(tree.parents[i])]
                x = (s.T @ x).relu()
                adjacency = (s.T @ adjacency @ s > 0).float().fill_diagonal_(0)
            expected.append(x.sum(0))
        torch.testing.assert_close(network.encode(batch)[0][0], torch.cat(expected), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_reaches_every_convolution_and_no_unused_transform(
    collection: GraphCollection, kind: ConvolutionKind
) -> None:
    torch.manual_seed(0)
    network = SEPGNetwork(shape_for(collection), SEPGSettings(convolution=kind))
    targets = torch.arange(len(collection)) % 3
    network.loss(batch_on_trees(collection), targets).backward()
    for layer in network.convolutions:
        gradients = [p.grad for p in layer.parameters()]
        assert all(g is not None for g in gradients)
        assert any(float(g.abs().sum()) > 0 for g in gradients if g is not None)
    assert all(p.grad is None for p in network.unused.parameters())


def test_unused_transforms_count_but_have_no_effect(collection: GraphCollection) -> None:
    batch, outputs, counts = batch_on_trees(collection), [], []
    for pool_mlp in (True, False):
        torch.manual_seed(3)
        network = SEPGNetwork(shape_for(collection), SEPGSettings(pool_mlp=pool_mlp))
        outputs.append(network(batch))
        counts.append(sum(p.numel() for p in network.parameters()))
        with torch.no_grad():
            for parameter in network.unused.parameters():
                parameter.fill_(torch.nan)
        torch.testing.assert_close(network(batch), outputs[-1])
    assert torch.equal(*outputs)
    assert counts[0] - counts[1] == 2 * (8 * 8 + 8 + 2 * 8)  # two of: Linear, and BatchNorm's scale and shift


@pytest.mark.parametrize("height", [2, 3, 4])
def test_height_sets_the_number_of_convolutions(collection: GraphCollection, height: int) -> None:
    shape = replace(shape_for(collection), layers=height)
    network = SEPGNetwork(shape, SEPGSettings(height=height))
    assert len(network.convolutions) == height
    assert network(batch_on_trees(collection, height)).shape == (len(collection), 3)


def test_levels_are_those_of_the_forest(collection: GraphCollection) -> None:
    graphs = flat_graphs(collection)
    forest = build_forest(graphs, 3)
    level = batch_on_trees(collection).level
    for depth in range(1, 3):
        assert level.coarser is not None
        level = level.coarser
        np.testing.assert_array_equal(level.sizes, np.diff(forest.level_offsets[depth])[::-1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"height": 1}, "height = 1: expected an integer of 2 or more"),
        ({"height": 2.5}, "height = 2.5"),
        ({"convolution": "gnc"}, "convolution = 'gnc': expected one of gcn, gin"),
        ({"readout": "max"}, "readout = 'max'"),
    ],
)
def test_bad_settings_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        SEPGSettings(**options)  # type: ignore[arg-type]


def test_shared_settings_are_those_of_the_flat_network() -> None:
    assert SEPGSettings().training == FlatSettings().training
