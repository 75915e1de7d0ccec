"""The training loop: epochs, schedule, checkpoints, early stopping and the time budget."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.contract.context import Context
from harness.contract.scoring import negative_log_likelihood
from harness.protocols.graphs.arrays import GraphSet
from harness.protocols.graphs.training.batches import CollectionTensors
from harness.protocols.graphs.training.networks import JumpingKnowledgeNetwork, NetworkShape
from harness.protocols.graphs.training.supervised import (
    Checkpoints,
    Examples,
    TrainedGraphNetwork,
    minibatches,
    train_network,
    warmup_cosine,
)
from harness.protocols.graphs.training.training_settings import (
    SMOKE,
    GraphNetworkSettings,
    GraphTrainingSettings,
    grid,
    search_size,
)
from tests.graph_collections import dense_or_sparse, smoke_context, split_sets

STREAMS = ("init", "batches", "dropout")


def trained(
    context: Context, settings: GraphTrainingSettings = SMOKE, dropout: float = 0.0
) -> tuple[TrainedGraphNetwork, GraphSet]:
    train, valid, _ = split_sets(*dense_or_sparse(40))
    graphs = CollectionTensors(train.collection)
    with context.seeded("init"):
        network = JumpingKnowledgeNetwork(
            NetworkShape(graphs.num_features, 2, hidden=8, dropout=dropout), "gcn", [None, None]
        )
    examples = Examples.of(train, "train", "cpu"), Examples.of(valid, "valid", "cpu")
    checkpoints, best = train_network(network, graphs, *examples, settings, context)
    return TrainedGraphNetwork(network, graphs, checkpoints, best, CollectionTensors), valid


def test_a_pass_sees_every_graph_once() -> None:
    batches = minibatches(23, 5, None, np.random.default_rng(0))
    assert [len(batch) for batch in batches] == [5, 5, 5, 5, 3]
    assert sorted(np.concatenate(batches)) == list(range(23))


def test_a_last_batch_of_one_graph_is_dropped_unless_it_is_the_only_one() -> None:
    assert [len(b) for b in minibatches(11, 5, None, np.random.default_rng(0))] == [5, 5]
    assert [len(b) for b in minibatches(1, 5, None, np.random.default_rng(0))] == [1]


def test_an_epoch_of_random_batches_draws_fresh_subsets() -> None:
    batches = minibatches(30, 8, 50, np.random.default_rng(0))
    assert len(batches) == 50
    assert all(len(np.unique(batch)) == 8 for batch in batches)
    assert len({tuple(sorted(batch)) for batch in batches}) > 40


def test_schedule_warms_up_linearly_and_decays_to_zero() -> None:
    factor = warmup_cosine(10, 110)
    assert [factor(e) for e in (0, 4, 9, 10, 60, 110)] == pytest.approx([0.1, 0.5, 1.0, 1.0, 0.5, 0.0])
    assert {warmup_cosine(0, 50)(e) for e in range(50)} == {1.0}


def test_best_weights_are_those_of_the_lowest_validation_loss(tmp_path: Path) -> None:
    context = smoke_context(STREAMS, tmp_path)
    model, valid = trained(context)
    losses = [row["valid_loss"] for row in context.curve]
    assert model.best == int(np.argmin(losses))
    assert valid.targets is not None
    by_epoch = model.predict_epochs(valid)
    assert by_epoch.shape == (len(losses), len(valid), 2)
    recomputed = [negative_log_likelihood(scores, valid.targets) for scores in by_epoch]
    assert recomputed == pytest.approx(losses, rel=1e-5)
    np.testing.assert_array_equal(model.predict(valid), by_epoch[model.best])


def test_training_stops_after_patience(tmp_path: Path) -> None:
    context = smoke_context(STREAMS, tmp_path)
    model, _ = trained(context, replace(SMOKE, learning_rate=0.5, epochs_small=200, patience=3))
    assert len(context.curve) == model.best + 4 < 200


def test_training_stops_when_time_is_short_and_says_so(tmp_path: Path) -> None:
    context = smoke_context(STREAMS, tmp_path)
    context.deadline = time.monotonic() + 1.0
    model, valid = trained(context)
    assert [row["step"] for row in context.curve] == [0, 0]
    assert context.curve[-1]["out_of_time"] == 1.0
    assert np.isfinite(model.predict(valid)).all()


def test_same_context_gives_the_same_bits_and_another_seed_does_not(tmp_path: Path) -> None:
    runs = [trained(smoke_context(STREAMS, tmp_path, seed), dropout=0.5) for seed in (0, 0, 1)]
    first, again, other = (model.predict(valid) for model, valid in runs)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_training_leaves_the_global_generator_alone(tmp_path: Path) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    trained(smoke_context(STREAMS, tmp_path), dropout=0.5)
    assert torch.equal(torch.get_rng_state(), before)


def test_checkpoints_hold_weights_and_running_statistics() -> None:
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    checkpoints = Checkpoints(module)
    checkpoints.save()
    before = {name: value.clone() for name, value in module.state_dict().items() if value.is_floating_point()}
    module(torch.randn(8, 3)).sum().backward()
    with torch.no_grad():
        module[0].weight.add_(1.0)
    assert not torch.equal(module.state_dict()["1.running_mean"], before["1.running_mean"])
    checkpoints.restore(0)
    assert all(torch.equal(module.state_dict()[name], value) for name, value in before.items())


def test_unlabelled_or_empty_training_sets_are_refused() -> None:
    train, _, test = split_sets(*dense_or_sparse(20))
    with pytest.raises(ValueError, match="with targets"):
        Examples.of(test, "train", "cpu")
    with pytest.raises(ValueError, match="train holds 0 graphs"):
        Examples.of(replace(train, index=train.index[:0], targets=np.zeros(0)), "train", "cpu")


@pytest.mark.parametrize(
    ("name", "value"), [("learning_rate", 0.0), ("patience", 0), ("weight_decay", -1.0), ("batches_per_epoch", 0)]
)
def test_bad_training_settings_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} = {value!r}: expected"):
        GraphTrainingSettings(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "value"), [("hidden", 1), ("dropout", 1.0), ("readout", "max")])
def test_bad_network_settings_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{name} = {value!r}: expected"):
        GraphNetworkSettings(**{name: value})  # type: ignore[arg-type]


def test_profiles_have_their_search_sizes() -> None:
    assert [search_size(profile) for profile in ("smoke", "standard", "paper")] == [1, 2, 8]
    assert len(set(grid(GraphNetworkSettings(), "paper"))) == 8
    with pytest.raises(ValueError, match="profile 'quick': expected smoke, standard or paper"):
        grid(GraphNetworkSettings(), "quick")


def test_epochs_follow_the_size_of_the_collection() -> None:
    (paper, *_) = grid(GraphNetworkSettings(), "paper")
    assert (GraphTrainingSettings().patience, paper.training.patience) == (20, 50)
    assert (GraphTrainingSettings().epochs(188), GraphTrainingSettings().epochs(1113)) == (100, 100)
    assert (GraphTrainingSettings().batch_size(500), GraphTrainingSettings().batch_size(501)) == (32, 64)
    assert (paper.training.batches(1113), paper.training.batches(4110)) == (50, None)
