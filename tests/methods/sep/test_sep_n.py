"""SEP-N and its controls: shapes, gradients, hierarchies, determinism, what it learns."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.protocols.graphs.training.sparse import membership
from harness.protocols.graphs.training.transductive import NodeInputs
from methods.sep.cluster_transform import ClusterTransform
from methods.sep.coding_tree import coarsened_edges
from methods.sep.node_classification import SEPN, SEPNNetwork, SEPNSettings
from methods.sep.node_controls import SEPNLouvain, SEPNRandomTree
from methods.sep.node_levels import NodeLevels
from tests.small_graphs import accuracy_on_test, block_model, context_for, view_of

CONTENDERS = (SEPN, SEPNRandomTree, SEPNLouvain)


def smoke_model(contender, data, tmp_path, seed=0):
    settings = contender.configurations("smoke")[0]
    return contender(settings).fit(view_of(data), context_for(contender, tmp_path, seed))


def hierarchy(contender, data, tmp_path, blocks=2):
    return contender(SEPNSettings(blocks=blocks)).hierarchy(view_of(data), context_for(contender, tmp_path))


@pytest.mark.parametrize("link_input", [True, False])
@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_logits_have_a_row_a_node_and_gradients_reach_every_weight(blocks, link_input, tmp_path):
    data = block_model()
    settings = SEPNSettings(hidden=8, blocks=blocks, link_input=link_input)
    inputs = NodeInputs.from_graph(data.graph)
    levels = NodeLevels.from_forest(data.graph.edge_index, hierarchy(SEPN, data, tmp_path, blocks), blocks)
    torch.manual_seed(0)
    network = SEPNNetwork(data.graph.num_features, 3, settings)
    logits = network(inputs.features, levels)
    assert logits.shape == (data.graph.num_nodes, 3)
    logits.square().sum().backward()
    convolutions = [*network.down, *network.up, network.out]
    assert len(convolutions) == 2 * blocks + 1
    transforms = [*network.pooling, *network.unpooling]
    assert len(transforms) == 2 * blocks
    for weight in [c.weight for c in convolutions] + [t.linear.weight for t in transforms]:
        assert weight.grad is not None
        assert weight.grad.abs().sum() > 0


@pytest.mark.parametrize("contender", CONTENDERS)
def test_learns_repeats_itself_and_ignores_masked_targets(contender, tmp_path):
    data = block_model()
    model = smoke_model(contender, data, tmp_path)
    test = data.splits[0].test
    assert accuracy_on_test(model, data) > 0.5
    changed = data.targets.copy()
    changed[test] = (changed[test] + 1) % 3
    again = smoke_model(contender, data.with_targets(changed), tmp_path)
    assert np.array_equal(model.predict_epochs(test), again.predict_epochs(test))
    assert model.num_parameters == again.num_parameters > 0


def test_the_cached_tree_gives_the_same_model(tmp_path):
    data = block_model()
    cold = smoke_model(SEPN, data, tmp_path)
    assert list(tmp_path.iterdir())
    assert np.array_equal(cold.logits, smoke_model(SEPN, data, tmp_path).logits)


def test_levels_coarsen_edges_and_keep_isolated_nodes(tmp_path):
    data = block_model(isolated=3)
    forest = hierarchy(SEPN, data, tmp_path)
    levels = NodeLevels.from_forest(data.graph.edge_index, forest, 2)
    n, edges = data.graph.num_nodes, data.graph.edge_index
    assert [a.shape[0] for a in levels.adjacencies] == [
        n,
        levels.memberships[0].shape[1],
        levels.memberships[1].shape[1],
    ]
    for level, parent in enumerate(forest.parents[:2]):
        clusters = levels.memberships[level]
        sizes = (clusters @ (clusters.T @ torch.ones(len(parent), 1))).flatten().numpy()
        assert np.array_equal(sizes, np.bincount(parent)[parent])
        edges = coarsened_edges(edges, parent, int(parent.max()) + 1)
        pattern = (levels.adjacencies[level + 1] @ torch.eye(clusters.shape[1])).numpy() > 0
        expected = np.eye(clusters.shape[1], dtype=bool)
        expected[edges[0], edges[1]] = True
        assert np.array_equal(pattern, expected)
    assert np.array_equal((levels.adjacencies[0] @ torch.eye(n)).numpy()[-3:], np.eye(n, dtype=np.float32)[-3:])


def test_random_trees_have_the_same_cluster_sizes_and_other_members(tmp_path):
    data = block_model()
    tree, shuffled = (hierarchy(c, data, tmp_path) for c in (SEPN, SEPNRandomTree))
    for parent, random in zip(tree.parents, shuffled.parents, strict=True):
        assert np.array_equal(np.bincount(parent), np.bincount(random))
    assert not np.array_equal(tree.parents[0], shuffled.parents[0])


def test_louvain_levels_are_nested_modules_of_the_block_model(tmp_path):
    data = block_model(isolated=0, seed=5)
    forest = hierarchy(SEPNLouvain, data, tmp_path)
    labels = np.arange(data.graph.num_nodes)
    sizes = [len(labels)]
    for parent in forest.parents[:-1]:
        labels = parent[labels]
        sizes.append(int(labels.max()) + 1)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[1] < sizes[0]
    same = data.targets[:, None] == data.targets[None, :]
    together = labels[:, None] == labels[None, :]
    assert np.mean(same == together) > 0.8


def test_transforming_before_copying_equals_transforming_the_copies():
    torch.manual_seed(0)
    transform = ClusterTransform(5)
    levels = torch.tensor([0, 1, 1, 2, 2, 2])
    x, copies = torch.randn(3, 5), membership(levels.numpy(), 3)
    first = transform(x, copies)
    running = transform.norm.running_mean.clone()
    transform.norm.reset_running_stats()
    torch.testing.assert_close(first, transform(x[levels]))
    torch.testing.assert_close(running, transform.norm.running_mean)


def test_a_single_cluster_has_no_batch_statistics():
    transform = ClusterTransform(3)
    out = transform(torch.ones(1, 3))
    torch.testing.assert_close(out, transform.linear(torch.ones(1, 3)).relu())


def test_every_profile_searches_as_many_configurations_as_the_baselines():
    for contender in CONTENDERS:
        assert [len(set(contender.configurations(p))) for p in ("smoke", "standard", "paper")] == [1, 2, 4]
    with pytest.raises(ValueError, match="profile"):
        SEPN.configurations("huge")


def test_more_blocks_than_levels_are_refused(tmp_path):
    data = block_model()
    forest = hierarchy(SEPN, data, tmp_path, blocks=2)
    with pytest.raises(ValueError, match=r"blocks must be in 1\.\.2 .* got 3"):
        NodeLevels.from_forest(data.graph.edge_index, forest, 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [("blocks", 0), ("hidden", 0), ("conv_dropout", 1.0), ("pool_dropout", -0.1), ("patience", 0)],
)
def test_settings_out_of_range_are_refused(field, value):
    with pytest.raises(ValueError, match=field):
        replace(SEPNSettings(), **{field: value})
