"""Reweighting in few directions and by block outer products; what the stopping rule watches."""

import numpy as np
import pytest
from attacked_subspaces import attacked_subspaces

from methods.block_sparse_attack.classification.classifier import BlockSparseClassifier
from methods.block_sparse_attack.classification.irls import IrlsSettings, _block_ridge, irls, ridge
from methods.block_sparse_attack.classification.solvers import Irls

CASE = attacked_subspaces(8, dimension=60)


def test_block_ridge_is_ridge_on_the_groups_columns() -> None:
    joint, random = CASE.joint, np.random.default_rng(0)
    groups = np.array([0, 3, *range(6, 18)])  # 112 columns in 60 dimensions: the outer products are used
    weights, target = random.uniform(0.1, 3, len(groups)), random.normal(size=60)
    columns = joint.dictionary.groups.columns_of(groups)
    expected = ridge(joint.dictionary.atoms[:, columns], np.repeat(weights, 8), target)
    np.testing.assert_allclose(_block_ridge(joint, groups, weights, target), expected, atol=1e-10)


def test_outer_products_are_those_of_the_blocks() -> None:
    dictionary = CASE.joint.dictionary
    for group in (0, 7, 23):
        block = dictionary.block(group)
        np.testing.assert_allclose(CASE.joint.outer_products[group], (block @ block.T).ravel(), atol=1e-12)


def test_all_directions_change_no_decision() -> None:
    directions = CASE.joint.leading_directions(60)
    np.testing.assert_allclose(directions.T @ directions, np.eye(60), atol=1e-10)
    solver = Irls(IrlsSettings(1, l1=0.01))
    whole = BlockSparseClassifier(CASE.joint, solver).classify(CASE.signals)
    turned = BlockSparseClassifier(CASE.joint.projected(directions), solver).classify(CASE.signals @ directions)
    np.testing.assert_array_equal(whole.labels, turned.labels)
    np.testing.assert_array_equal(whole.attacks, turned.attacks)


def test_leading_directions_keep_most_of_the_atoms() -> None:
    kept = [
        float((CASE.joint.projected(CASE.joint.leading_directions(count)).dictionary.atoms ** 2).sum())
        for count in (5, 20, 60)
    ]
    assert kept == sorted(kept)
    assert kept[-1] == pytest.approx(float((CASE.joint.dictionary.atoms**2).sum()))
    random = np.linalg.qr(np.random.default_rng(0).normal(size=(60, 20)))[0]
    assert kept[1] > float(((random.T @ CASE.joint.dictionary.atoms) ** 2).sum())
    with pytest.raises(ValueError, match="count is 0"):
        CASE.joint.leading_directions(0)


def test_attack_codes_of_variant_one_are_still_climbing_when_the_signal_part_stands_still() -> None:
    """Started at the floor, they grow by a factor an iteration: the rule that watches them goes on longer."""
    plain = IrlsSettings(1, l1=0.3, tol=1e-2)
    watching = IrlsSettings(1, l1=0.3, tol=1e-2, watch_attacks=True)
    first = CASE.joint.layout.classes * 8
    taken, norms = [], []
    for settings in (plain, watching):
        found = [irls(CASE.joint, signal, settings) for signal in CASE.signals]
        taken.append(sum(f.iterations for f in found))
        norms.append([float(np.linalg.norm(f.codes[first:])) for f in found])
    assert taken[1] > taken[0]
    assert np.mean(norms[1]) >= np.mean(norms[0])
