"""What holds of every baseline of graph classification."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baselines.graphs.graph_classification.dense import DiffPool, MinCutPool
from baselines.graphs.graph_classification.flat import GCNMean, GCNSum, GINMean, GINSum
from baselines.graphs.graph_classification.gmt import GMT
from baselines.graphs.graph_classification.node_drop import ASAP, SAGPool, TopKPool
from baselines.graphs.graph_classification.size_only import SizeOnly
from harness.contract.scoring import negative_log_likelihood
from harness.data.split import Split
from harness.protocols.graphs.arrays import GraphDataset, GraphSet
from harness.protocols.graphs.graph_classification import GraphClassification
from harness.protocols.graphs.training.training_settings import GraphNetworkSettings, search_size
from tests.graph_collections import collection_of, dense_or_sparse, random_collection, smoke_context, split_sets

NEURAL = (GCNSum, GCNMean, GINSum, GINMean, SAGPool, TopKPool, ASAP, DiffPool, MinCutPool, GMT)
CONTENDERS = (*NEURAL, SizeOnly)
BRIEF = 3  # epochs: enough where what is learned does not matter


def briefly(contender: type) -> type:
    """Return the contender with few epochs."""

    def configurations(cls: type, profile: str) -> list[Any]:
        return [
            replace(s, training=replace(s.training, epochs_small=BRIEF)) if hasattr(s, "training") else s
            for s in contender.configurations(profile)
        ]

    return type(contender.__name__, (contender,), {"configurations": classmethod(configurations)})


def fitted(contender: type, train: GraphSet, valid: GraphSet, cache: Path, seed: int = 0):
    (settings,) = contender.configurations("smoke")
    return contender(settings).fit(train, valid, smoke_context(contender.streams, cache, seed))


@pytest.mark.parametrize("contender", CONTENDERS)
def test_learns_what_degrees_and_sizes_tell(contender: type, tmp_path: Path) -> None:
    collection, targets = dense_or_sparse(80)
    train, valid, test = split_sets(collection, targets)
    scores = fitted(contender, train, valid, tmp_path).predict(test)
    assert scores.shape == (16, 2)
    np.testing.assert_allclose(np.exp(scores).sum(axis=1), 1, rtol=1e-5)
    assert np.mean(scores.argmax(1) == targets[test.index]) >= 0.8
    assert negative_log_likelihood(scores, targets[test.index]) < np.log(2)


@pytest.mark.parametrize("contender", CONTENDERS)
def test_predictions_follow_the_order_of_graphs_and_no_other_graph(contender: type, tmp_path: Path) -> None:
    collection, targets = random_collection(30, 2), np.arange(30) % 2
    train, valid, test = split_sets(collection, targets)
    model = fitted(briefly(contender), train, valid, tmp_path)
    together = model.predict(test)
    order = np.random.default_rng(0).permutation(len(test))
    permuted = model.predict(GraphSet(collection, test.index[order], 2))
    np.testing.assert_allclose(permuted, together[order], atol=1e-4)
    alone = np.concatenate([model.predict(GraphSet(collection, test.index[i : i + 1], 2)) for i in range(4)])
    np.testing.assert_allclose(alone, together[:4], atol=1e-4)


@pytest.mark.parametrize("contender", CONTENDERS)
def test_single_vertices_and_edgeless_graphs_are_ordinary(contender: type, tmp_path: Path) -> None:
    path = [(0, 1), (1, 2)]
    collection = collection_of([(1, []), (4, []), (3, path), (2, [])] * 8)
    train, valid, test = split_sets(collection, np.arange(32) % 2)
    model = fitted(briefly(contender), train, valid, tmp_path)
    assert np.isfinite(model.predict(test)).all()
    assert np.isfinite(model.predict(GraphSet(collection, np.array([0]), 2))).all()


@pytest.mark.parametrize("contender", CONTENDERS)
def test_a_trial_is_blind_and_reproducible_to_the_bit(contender: type, tmp_path: Path) -> None:
    collection, targets = dense_or_sparse(40)
    split = Split(np.arange(24), np.arange(24, 32), np.arange(32, 40))
    data = GraphDataset("generated", collection, targets, 2, [split], "", "")
    permuted = GraphClassification().permute_withheld(data, split, np.random.default_rng(3))
    assert not np.array_equal(permuted.targets, targets)
    protocol, scores = GraphClassification(), []
    for known in (data, permuted):
        report = protocol.run(
            briefly(contender),
            protocol.inputs(known),
            protocol.view(known, split),
            lambda known=known: protocol.reveal(known, split),
            smoke_context(contender.streams, tmp_path),
        )
        scores.append(report["scores"])
    np.testing.assert_array_equal(*scores)


def test_everybody_has_the_same_tuning_budget_and_shared_settings() -> None:
    shared = ("hidden", "dropout", "link_input")
    for profile in ("smoke", "standard", "paper"):
        for contender in CONTENDERS:
            configurations = contender.configurations(profile)
            assert len(configurations) == search_size(profile)
            assert len(set(configurations)) == len(configurations)
        grids = {tuple(tuple(getattr(s, n) for n in shared) for s in c.configurations(profile)) for c in NEURAL}
        assert len(grids) == 1
        training = {c: {s.training for s in c.configurations(profile)} for c in NEURAL}
        assert len({frozenset(t) for c, t in training.items() if c is not GMT}) == 1
        common_rate = next(iter(training[GCNSum])).learning_rate
        at_common_rate = {replace(t, learning_rate=common_rate) for t in training[GMT]}
        assert at_common_rate == training[GCNSum], "only GMT's learning rate may differ: the authors' own"
        assert all(isinstance(s, GraphNetworkSettings) for c in NEURAL for s in c.configurations(profile))


@pytest.mark.parametrize("contender", [SAGPool, DiffPool, GMT])
def test_bad_pooling_ratios_are_refused(contender: type) -> None:
    for ratio in (0.0, 1.5):
        with pytest.raises(ValueError, match=f"ratio = {ratio}: expected 0 < ratio <= 1"):
            type(contender.base)(ratio=ratio)


def test_other_bad_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="heads = 3: expected a divisor of hidden = 64"):
        type(GMT.base)(heads=3)
    with pytest.raises(ValueError, match=r"penalty = 0\.0: expected a positive number"):
        type(SizeOnly.configurations("smoke")[0])(0.0)
    with pytest.raises(ValueError, match="profile 'quick'"):
        SizeOnly.configurations("quick")


def test_linked_input_widens_the_head_where_settings_and_task_ask_for_it(tmp_path: Path) -> None:
    train, valid, _ = split_sets(*dense_or_sparse(20))
    (plain,) = GCNSum.configurations("smoke")

    def parameters(settings: GraphNetworkSettings, allowed: bool) -> int:
        context = smoke_context(GCNSum.streams, tmp_path, link_input=allowed)
        return GCNSum(settings).fit(train, valid, context).num_parameters

    linked = replace(plain, link_input=True)
    assert parameters(plain, False) == parameters(plain, True) == parameters(linked, False)
    extra = train.collection.num_features * plain.hidden
    assert parameters(linked, True) == parameters(plain, True) + extra
