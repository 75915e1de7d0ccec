"""SEP-U: what its bottleneck keeps, and reconstructions against node dropping and a larger budget."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from baselines.graphs.graph_reconstruction.node_drop import TopKAutoEncoder
from harness.protocols.graphs.graph_reconstruction import DrawnGraph
from harness.protocols.graphs.training.autoencoder import AutoEncoder, AutoEncoderSettings, GraphTensors
from methods.sep.reconstruction import SEPU, SEPUSettings
from tests.small_graphs import context_for, ring, symmetric_edges


def errors(contender, graph, settings, tmp_path, seed=0):
    """Lowest error in training and the error of the same weights in evaluation mode."""
    context = context_for(contender, tmp_path, seed)
    model = contender(settings).fit(graph, context)
    evaluated = float(np.mean((model.reconstruct() - graph.coordinates) ** 2))
    assert context.curve[-1]["mse"] == pytest.approx(evaluated, rel=1e-5)
    return context.curve[-1]["best_train_loss"], evaluated


@pytest.fixture
def bottleneck(tmp_path):
    torch.manual_seed(0)
    return SEPU(SEPUSettings()).bottleneck(ring(40), context_for(SEPU, tmp_path))


def test_features_are_equal_within_clusters_and_differ_between_them(bottleneck):
    members = bottleneck.clusters
    x = torch.rand(40, 32)
    out, auxiliary = bottleneck(x, GraphTensors.from_drawing(ring(40)))
    assert float(auxiliary) == 0.0
    assert 2 <= members.shape[1] <= 20
    assert len(out.unique(dim=0)) == members.shape[1]
    first = members.csr.col_indices()
    torch.testing.assert_close(out, out[[int((first == c).nonzero()[0]) for c in first]])


def test_unpooled_pooled_ones_are_cluster_sizes(bottleneck):
    members = bottleneck.clusters
    sizes = torch.bincount(members.csr.col_indices().long())
    unpooled = members @ (members.T @ torch.ones(40, 1))
    assert unpooled.flatten().tolist() == sizes[members.csr.col_indices().long()].tolist()


def test_gradients_reach_every_convolution_and_both_transforms(bottleneck):
    network = AutoEncoder(32, bottleneck)
    coordinates, _ = network(GraphTensors.from_drawing(ring(40)))
    assert coordinates.shape == (40, 2)
    coordinates.square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        if name.endswith("weight"):
            assert parameter.grad.abs().sum() > 0, name


def test_clusters_keep_what_node_dropping_destroys(tmp_path):
    graph = ring(40)
    for seed in range(2):
        trained, kept = errors(SEPU, graph, SEPUSettings(max_epochs=300), tmp_path, seed)
        settings = replace(TopKAutoEncoder.defaults, max_epochs=300)
        trained_dropping, dropped = errors(TopKAutoEncoder, graph, settings, tmp_path, seed)
        assert trained < trained_dropping / 1000
        # Ten clusters only: BatchNorm's unbiased running variance is 10/9 of a batch's own, a lasting misfit.
        assert kept < dropped / 20


def test_trains_to_the_bit_alike_in_equal_contexts(tmp_path):
    settings = SEPU.configurations("smoke")[0]
    first, second = (SEPU(settings).fit(ring(40), context_for(SEPU, tmp_path)) for _ in range(2))
    assert np.array_equal(first.reconstruct(), second.reconstruct())


def test_isolated_nodes_are_reconstructed_too(tmp_path):
    coordinates = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [5, 5]], dtype=np.float32)
    edges = symmetric_edges(np.array([[0, 1, 2, 0], [1, 2, 3, 3]]))
    graph = DrawnGraph(edges, coordinates)
    model = SEPU(SEPUSettings(max_epochs=50)).fit(graph, context_for(SEPU, tmp_path))
    assert model.reconstruct().shape == (5, 2)
    assert np.isfinite(model.reconstruct()).all()


def test_heights_follow_the_number_of_nodes():
    settings = SEPUSettings()
    assert [settings.height(n) for n in (40, 199, 200, 899, 900, 10**6)] == [4, 4, 5, 5, 6, 6]
    assert SEPUSettings(heights=((1, 3),)).height(200) == 3


@pytest.mark.parametrize(
    "heights", [(), ((2, 4),), ((1, 4), (1, 5)), ((1, 5), (9, 4), (3, 4)), ((1, 1),), ((1, 2.5),)]
)
def test_heights_that_do_not_cover_all_sizes_are_refused(heights):
    with pytest.raises(ValueError, match="height"):
        SEPUSettings(heights=heights)


def test_infinite_errors_are_reported(tmp_path):
    graph = ring(12)
    coordinates = np.full_like(graph.coordinates, np.nan)
    with pytest.raises(FloatingPointError, match="not finite in any of 3 epochs"):
        SEPU(SEPUSettings(max_epochs=3)).fit(replace(graph, coordinates=coordinates), context_for(SEPU, tmp_path))


def test_only_the_budget_depends_on_the_profile():
    smoke, standard, paper = (SEPU.configurations(p)[0] for p in ("smoke", "standard", "paper"))
    assert smoke == replace(standard, max_epochs=100)
    assert paper == replace(standard, max_epochs=10000)
    assert standard.patience == AutoEncoderSettings().patience == 1000
