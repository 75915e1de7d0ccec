"""SEP-G and its controls as contenders: learning, reproducibility, blindness and the use of the cache."""

from pathlib import Path

import numpy as np
import pytest

from baselines.graphs.graph_classification.flat import GCNSum
from harness.data.split import Split
from harness.protocols.graphs.arrays import GraphDataset, GraphSet
from harness.protocols.graphs.graph_classification import GraphClassification
from methods.sep.controls import SEPGLouvain, SEPGRandomTree
from methods.sep.graph_classification import SEPG, SEPGSettings, flat_graphs
from tests.graph_collections import collection_of, dense_or_sparse, random_collection, smoke_context, split_sets

CONTENDERS = (SEPG, SEPGRandomTree, SEPGLouvain)


def fitted(contender: type, train: GraphSet, valid: GraphSet, cache: Path, **options: object):
    (settings,) = contender.configurations("smoke")
    chosen = type(settings)(**{**vars(settings), **options})
    return contender(chosen).fit(train, valid, smoke_context(contender.streams, cache))


@pytest.mark.parametrize("contender", CONTENDERS)
def test_learns_what_degrees_and_sizes_tell(contender: type, tmp_path: Path) -> None:
    collection, targets = dense_or_sparse(80)
    train, valid, test = split_sets(collection, targets)
    scores = fitted(contender, train, valid, tmp_path).predict(test)
    assert np.mean(scores.argmax(1) == targets[test.index]) >= 0.8


@pytest.mark.parametrize("contender", CONTENDERS)
def test_predictions_follow_the_order_of_graphs_and_no_other_graph(contender: type, tmp_path: Path) -> None:
    collection = random_collection(30, 2)
    train, valid, test = split_sets(collection, np.arange(30) % 2)
    model = fitted(contender, train, valid, tmp_path)
    together = model.predict(test)
    order = np.random.default_rng(0).permutation(len(test))
    np.testing.assert_allclose(
        model.predict(GraphSet(collection, test.index[order], 2)), together[order], atol=1e-4
    )
    alone = [model.predict(GraphSet(collection, test.index[i : i + 1], 2)) for i in range(len(test))]
    np.testing.assert_allclose(np.concatenate(alone), together, atol=1e-4)


@pytest.mark.parametrize("contender", CONTENDERS)
def test_single_vertices_and_edgeless_graphs_are_ordinary(contender: type, tmp_path: Path) -> None:
    collection = collection_of([(1, []), (4, []), (3, [(0, 1), (1, 2)]), (5, [(0, 1), (2, 3)])] * 8)
    train, valid, test = split_sets(collection, np.arange(32) % 2)
    assert np.isfinite(fitted(contender, train, valid, tmp_path).predict(test)).all()


@pytest.mark.parametrize("contender", CONTENDERS)
def test_a_trial_is_blind_and_reproducible_to_the_bit(contender: type, tmp_path: Path) -> None:
    collection, targets = dense_or_sparse(40)
    split = Split(np.arange(24), np.arange(24, 32), np.arange(32, 40))
    data = GraphDataset("generated", collection, targets, 2, [split], "", "")
    protocol, scores = GraphClassification(), []
    permuted = protocol.permute_withheld(data, split, np.random.default_rng(3))
    for known, cache in ((data, "first"), (permuted, "first"), (data, "second")):
        report = protocol.run(
            contender,
            protocol.inputs(known),
            protocol.view(known, split),
            lambda known=known: protocol.reveal(known, split),
            smoke_context(contender.streams, tmp_path / cache),
        )
        scores.append(report["scores"])
    np.testing.assert_array_equal(scores[0], scores[1])
    np.testing.assert_array_equal(scores[0], scores[2])


@pytest.mark.parametrize("options", [{"mode": "direct"}, {"priority": "combine"}, {"components": "joint"}])
def test_tree_options_reach_the_trees(options: dict[str, object], tmp_path: Path) -> None:
    collection = random_collection(30, 8, smallest=8)
    train, valid, test = split_sets(collection, np.arange(30) % 2)
    default, other = (fitted(SEPG, train, valid, tmp_path, **o).predict(test) for o in ({}, options))
    assert not np.array_equal(default, other)


def test_random_tree_has_the_coding_trees_sizes_and_depends_on_the_seed(tmp_path: Path) -> None:
    graphs = flat_graphs(random_collection(12, 3, smallest=8))
    control, reference = SEPGRandomTree(SEPGSettings()), SEPG(SEPGSettings())
    contexts = [smoke_context(SEPGRandomTree.streams, tmp_path, seed) for seed in (0, 0, 1)]
    first, again, other = (control.forest(graphs, context) for context in contexts)
    trees = reference.forest(graphs, contexts[0])
    for level, parents in enumerate(trees.parents):
        np.testing.assert_array_equal(first.level_offsets[level], trees.level_offsets[level])
        np.testing.assert_array_equal(np.bincount(first.parents[level]), np.bincount(parents))
        np.testing.assert_array_equal(first.parents[level], again.parents[level])
    assert not np.array_equal(first.parents[0], trees.parents[0])
    assert not np.array_equal(first.parents[0], other.parents[0])


def test_louvain_trees_are_the_same_for_all_trials_and_come_from_the_cache(tmp_path: Path) -> None:
    graphs = flat_graphs(random_collection(12, 3, smallest=8))
    control = SEPGLouvain(SEPGSettings())
    built = control.forest(graphs, smoke_context(SEPGLouvain.streams, tmp_path, seed=0))
    (stored,) = tmp_path.glob("coding-forest-*.npz")
    written = stored.stat().st_mtime_ns
    loaded = control.forest(graphs, smoke_context(SEPGLouvain.streams, tmp_path, seed=1))
    assert stored.stat().st_mtime_ns == written
    for mine, theirs in zip(built.parents, loaded.parents, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_louvain_does_not_serve_another_heights_trees(tmp_path: Path) -> None:
    graphs = flat_graphs(random_collection(6, 3, smallest=8))
    context = smoke_context(SEPGLouvain.streams, tmp_path)
    assert [SEPGLouvain(SEPGSettings(height=k)).forest(graphs, context).height for k in (3, 4)] == [3, 4]


def test_same_budget_and_shared_settings_as_the_flat_network() -> None:
    shared = ("hidden", "dropout", "training", "link_input")
    for profile in ("smoke", "standard", "paper"):
        expected = [[getattr(s, n) for n in shared] for s in GCNSum.configurations(profile)]
        for contender in CONTENDERS:
            assert [[getattr(s, n) for n in shared] for s in contender.configurations(profile)] == expected
