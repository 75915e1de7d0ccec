"""Row partitions: balance, seeds, invariances, and the packages of others."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.structured_tickets.masks import pruned_mask
from methods.structured_tickets.partition import METHODS, capacity, partition_rows
from methods.structured_tickets.partition.balance import rebalanced
from methods.structured_tickets.partition.rows import shared_within
from methods.structured_tickets.partition.shared_columns import shared_columns
from methods.structured_tickets.regroup import regroup


@pytest.fixture(params=METHODS)
def method(request):
    if request.param in ("pymetis", "kahypar"):
        pytest.importorskip(request.param)
    return request.param


@pytest.mark.parametrize(("rows", "k"), [(40, 4), (37, 5), (16, 8), (8, 8), (9, 1)])
@pytest.mark.parametrize("balance", [1.0, 1.1, 1.5])
def test_no_group_is_above_the_capacity(method, rows, k, balance):
    mask = pruned_mask(rows, 60, 0.3, types=2, seed=rows)
    mask[:, 0] = True
    labels = partition_rows(mask, k, balance=balance, method=method)
    assert labels.dtype == np.int64
    assert labels.shape == (rows,)
    assert set(labels.tolist()) <= set(range(k))
    sizes = np.bincount(labels, minlength=k)
    assert sizes.max() <= capacity(rows, k, balance)
    if method in ("gram", "random"):
        assert sizes.max() - sizes.min() <= 1


def test_same_seed_same_labels(method):
    mask = pruned_mask(48, 90, 0.2, seed=3)
    first, again, other = (partition_rows(mask, 4, seed=seed, method=method) for seed in (7, 7, 8))
    assert (first == again).all()
    assert first.shape == other.shape


def test_empty_rows_have_no_group(method):
    mask = pruned_mask(30, 50, 0.3, seed=1)
    mask[:, 0] = True
    padded = np.zeros((50, 50), dtype=bool)
    filled = np.arange(0, 50, 5)
    rest = np.setdiff1d(np.arange(50), filled)[:20]
    where = np.sort(np.concatenate([filled, rest]))
    padded[where] = mask
    labels = partition_rows(padded, 3, method=method)
    assert (labels[where] == partition_rows(mask, 3, method=method)).all()
    assert (np.delete(labels, where) == -1).all()


@pytest.mark.parametrize("mask", [np.ones((24, 9)), np.eye(24), np.repeat(np.eye(4), 6, axis=0)])
def test_ties_are_balanced(method, mask):
    sizes = np.bincount(partition_rows(mask, 4, method=method), minlength=4)
    assert sizes.max() <= capacity(24, 4, 1.1)


@pytest.mark.parametrize(
    ("rows", "k", "balance", "most"), [(100, 10, 1.1, 11), (20, 1, 1.15, 23), (7, 2, 1.0, 4), (64, 8, 1.1, 8)]
)
def test_capacity(rows, k, balance, most):
    assert capacity(rows, k, balance) == most


def test_rebalancing_moves_where_it_costs_least():
    mask = np.repeat(np.eye(2, 6, dtype=bool), (5, 3), axis=0)
    mask[4] = [True, True, False, False, False, False]  # of group 0, but like group 1 as well
    labels = rebalanced(np.array([0] * 5 + [1] * 3), shared_columns(mask), 2, 4)
    assert labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_rebalancing_fills_groups_that_were_empty():
    gram = shared_columns(pruned_mask(30, 40, 0.3, seed=0))
    labels = rebalanced(np.zeros(30, dtype=np.int64), gram, 5, 7)
    assert np.bincount(labels, minlength=5).max() <= 7
    kept = np.arange(30) % 5
    assert rebalanced(kept, gram, 5, 6) is kept


@given(st.integers(0, 10**6), st.integers(1, 5))
@settings(max_examples=25)
def test_more_restarts_are_never_worse(seed, restarts):
    mask = pruned_mask(30, 40, 0.3, seed=seed)
    fewer, more = (shared_within(mask, partition_rows(mask, 3, restarts=n), 3) for n in (restarts, restarts + 2))
    assert more >= fewer


def test_shared_within_counts_pairs():
    mask = pruned_mask(20, 33, 0.4, seed=6)
    labels = np.arange(20) % 3
    gram = shared_columns(mask)
    assert shared_within(mask, labels, 3) == sum(
        gram[i, j] for i in range(20) for j in range(i) if labels[i] == labels[j]
    )


def test_permuting_columns_permutes_the_blocks_and_nothing_else():
    mask = pruned_mask(64, 120, 0.3, seed=2)
    columns = np.random.default_rng(0).permutation(120)
    result, permuted = (
        regroup(mask, k=4, rule="threshold", param=6),
        regroup(mask[:, columns], k=4, rule="threshold", param=6),
    )
    assert permuted.stats == result.stats
    assert (permuted.mask == result.mask[:, columns]).all()
    for (rows, chosen), (rows_too, moved) in zip(result.blocks, permuted.blocks, strict=True):
        assert (rows == rows_too).all()
        assert (np.sort(columns[moved]) == chosen).all()


def test_permuting_rows_of_planted_groups_permutes_the_blocks():
    mask = np.repeat(np.kron(np.eye(4), np.ones((1, 9))), 16, axis=0).astype(bool)
    order = np.random.default_rng(1).permutation(64)
    result, permuted = (regroup(m, k=4, min_rows=8, rule="threshold", param=8) for m in (mask, mask[order]))
    assert permuted.stats == result.stats
    assert (permuted.mask == result.mask[order]).all()


@pytest.mark.parametrize(("density", "least"), [(0.06, 1.05), (0.15, 1.05), (0.25, 1.05), (0.5, 1.0)])
def test_more_efficient_than_random_groups(density, least):
    mask = pruned_mask(128, 400, density, seed=21)
    gram, random = (regroup(mask, min_rows=8, method=name).stats.efficiency for name in ("gram", "random"))
    assert gram >= least * random


@pytest.mark.parametrize("density", [0.06, 0.25, 0.5])
def test_as_efficient_as_metis(density):
    pytest.importorskip("pymetis")
    mask = pruned_mask(256, 784, density, seed=22)
    gram, metis = (regroup(mask, min_rows=8, method=name).stats.efficiency for name in ("gram", "pymetis"))
    assert gram >= 0.98 * metis


@pytest.mark.parametrize("package", ["pymetis", "kahypar"])
def test_an_absent_package_is_named_with_the_cure(package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=f"{package}.*not installed.*pip install {package}"):
        partition_rows(np.ones((8, 4)), 2, method=package)
    with pytest.raises(ImportError, match="not installed"):
        regroup(np.ones((8, 4)), 2, method=package)
