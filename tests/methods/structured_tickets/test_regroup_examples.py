"""Worked examples of regrouping, with numbers computed by hand or by enumeration."""

from itertools import combinations, product

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from methods.structured_tickets.blocks import block_profit, blocks_from_labels
from methods.structured_tickets.columns import select_columns
from methods.structured_tickets.masks import planted_mask, pruned_mask
from methods.structured_tickets.partition import partition_rows
from methods.structured_tickets.partition.kahypar import connectivity_minus_one
from methods.structured_tickets.partition.rows import shared_within
from methods.structured_tickets.partition.shared_columns import shared_columns
from methods.structured_tickets.regroup import regroup

SUPPORTS = ((0, 1, 4, 7), (0, 1, 4), (0, 2, 4), (2, 3, 5), (2, 3, 5, 6), (1, 3, 5))
LABELS = np.array([0, 0, 0, 1, 1, 1])


@pytest.fixture
def example():
    mask = np.zeros((6, 8), dtype=bool)
    for row, support in enumerate(SUPPORTS):
        mask[row, support] = True
    return mask


def as_lists(blocks):
    return [(rows.tolist(), columns.tolist()) for rows, columns in blocks]


def test_the_gram_matrix_of_the_example(example):
    gram = shared_columns(example)
    assert [int(gram[pair]) for pair in ((0, 1), (0, 2), (3, 4), (0, 5), (0, 3))] == [3, 2, 3, 1, 0]
    assert (gram == gram.T).all()
    assert not gram.diagonal().any()


@pytest.mark.parametrize(
    ("rule", "param", "columns", "coverage", "area"),
    [
        ("ratio", 1.5, ([0, 1, 4], [2, 3, 5]), 16 / 20, 18),
        ("ratio", 0.5, ([0, 4], [3, 5]), 0.6, 12),
        ("threshold", 2, ([0, 1, 4], [2, 3, 5]), 16 / 20, 18),
    ],
)
def test_blocks_of_the_example(example, rule, param, columns, coverage, area):
    blocks = blocks_from_labels(example, LABELS, rule, param, 1, 1)
    assert as_lists(blocks) == [([0, 1, 2], columns[0]), ([3, 4, 5], columns[1])]
    assert sum(example[np.ix_(*block)].sum() for block in blocks) == coverage * 20
    assert sum(len(rows) * len(cols) for rows, cols in blocks) == area


def test_regroup_finds_the_groups_of_the_example(example):
    result = regroup(example, k=2, min_rows=1, seed=0)
    assert {tuple(rows.tolist()) for rows, _ in result.blocks} == {(0, 1, 2), (3, 4, 5)}
    stats = result.stats
    assert (stats.nnz, stats.area, stats.inside, stats.n_blocks) == (20, 18, 16, 2)
    assert (stats.coverage, stats.kept_density, stats.fill) == (0.8, 0.375, 16 / 18)
    assert stats.est_flop_ratio == stats.kept_density
    assert stats.block_share == 1
    assert stats.efficiency == pytest.approx(0.8 / 0.375)
    assert (stats.fallback, stats.empty) == ("", False)


def test_profit_and_connectivity_of_the_example(example):
    blocks = blocks_from_labels(example, LABELS, "ratio", 1.5, 1, 1)
    assert block_profit(example, blocks, 0.5) == 7
    assert connectivity_minus_one(example, LABELS) == 2


def test_dense_masks_give_the_hyperedge_cut_hardly_a_signal():
    mask = pruned_mask(256, 256, 0.325, seed=1)
    assert connectivity_minus_one(mask, partition_rows(mask, 8, method="random")) == 256 * 7
    assert connectivity_minus_one(mask, partition_rows(mask, 8)) > 0.99 * 256 * 7


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7, 64, 97])
@pytest.mark.parametrize("t", [1e-9, 0.5, 1.0, 1.5, 7.25])
def test_all_ones_group_keeps_the_smallest_sufficient_prefix(n, t):
    kept = len(select_columns(np.ones((3, n)), "ratio", t))
    assert kept == next(i for i in range(1, n + 1) if i > t * (n - i))


def test_t_towards_zero_keeps_one_column():
    mask = pruned_mask(32, 90, 0.4, seed=2)
    assert len(select_columns(mask, "ratio", 1e-12)) == 1


@pytest.mark.parametrize("seed", range(5))
def test_ratio_rule_holds_at_the_prefix_and_fails_before(seed):
    sub = pruned_mask(20, 150, 0.25, seed=seed)
    columns = select_columns(sub, "ratio", 1.5)
    counts = sub.sum(axis=0)
    order = sorted(range(150), key=lambda column: (-counts[column], column))
    length = len(columns)
    assert columns.tolist() == sorted(order[:length])
    residual = [int(sub[:, order[i:]].sum(axis=1).max()) for i in (length, length - 1)]
    assert length > 1.5 * residual[0]
    assert not length - 1 > 1.5 * residual[1]


@pytest.mark.parametrize("theta", [0.0, 0.3, 0.5, 0.75, 1.0])
def test_threshold_above_theta_rows_maximises_profit(theta):
    """Enumerates all sets of columns of a group."""
    sub = pruned_mask(6, 9, 0.45, seed=3)
    rows = np.arange(6)
    best = max(
        block_profit(sub, [(rows, np.array(chosen, dtype=int))], theta)
        for size in range(10)
        for chosen in combinations(range(9), size)
    )
    columns = select_columns(sub, "threshold", int(theta * 6) + 1)
    assert block_profit(sub, [(rows, columns)], theta) == pytest.approx(best)


@pytest.mark.parametrize(("rows", "k"), [(4, 2), (6, 2), (6, 3), (8, 2), (9, 3), (10, 2)])
def test_swaps_reach_the_optimum_of_small_masks_with_restarts(rows, k):
    """Enumerates all balanced labellings."""
    mask = pruned_mask(rows, 23, 0.3, seed=rows)
    mask[:, 0] = True
    balanced = (
        np.array(labels)
        for labels in product(range(k), repeat=rows)
        if set(np.bincount(labels, minlength=k)) <= {rows // k, -(-rows // k)}
    )
    best = max(shared_within(mask, labels, k) for labels in balanced)
    assert shared_within(mask, partition_rows(mask, k, restarts=8), k) == best


@pytest.mark.parametrize("method", ["gram", "pymetis", "kahypar"])
def test_planted_types_are_recovered(method):
    if method != "gram":
        pytest.importorskip(method)
    p_out = 0.1 if method != "kahypar" else 0.002  # the connectivity is blind where columns touch every group
    mask, types = planted_mask(96, 300, types=4, p_in=0.6, p_out=p_out, seed=11)
    labels = partition_rows(mask, 4, method=method, restarts=3, seed=5)
    assert adjusted_rand_score(types, labels) == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_planted_types_of_the_largest_layer_are_recovered(seed):
    mask, types = planted_mask(512, 4608, p_in=0.125, p_out=0.03125, seed=100 + seed)
    assert mask.mean() == pytest.approx(0.05, abs=0.002)
    assert adjusted_rand_score(types, partition_rows(mask, 8, seed=seed)) == 1.0


def test_a_block_mask_is_regrouped_without_loss():
    mask = np.zeros((64, 90), dtype=bool)
    labels = np.arange(64) % 4
    for group in range(4):
        mask[np.ix_(labels == group, np.arange(20 * group, 20 * group + 11))] = True
    result = regroup(mask, k=4, min_rows=16, param=0.1)
    blocks = blocks_from_labels(mask, labels, "threshold", 16, 16, 1)
    assert sum(len(rows) * len(columns) for rows, columns in blocks) == mask.sum()
    full = regroup(mask, k=4, min_rows=16, rule="threshold", param=16)
    assert (full.mask == mask).all()
    assert full.stats.coverage == full.stats.fill == 1
    assert result.stats.fill == 1
