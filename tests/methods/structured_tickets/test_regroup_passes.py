"""Repeated passes, fallbacks, empty masks and the scale rule."""

import numpy as np
import pytest

from methods.structured_tickets.masks import pruned_mask
from methods.structured_tickets.regroup import regroup, scale_rule


@pytest.mark.parametrize("rule", [("ratio", 1.5), ("threshold", 3)])
@pytest.mark.parametrize("seed", range(3))
def test_repeated_passes_cover_more_and_count_the_union(rule, seed):
    mask = pruned_mask(64, 90, 0.3, seed=seed)
    once, again = (regroup(mask, 4, *rule, 4, repeat=repeat, seed=seed) for repeat in (False, True))
    assert again.stats.coverage > once.stats.coverage
    assert again.stats.n_blocks > once.stats.n_blocks
    union = np.zeros_like(mask)
    for rows, columns in again.blocks:
        assert not union[np.ix_(rows, columns)].all(axis=0).any(), "a column was dense for all rows already"
        union[np.ix_(rows, columns)] = True
    assert (again.mask == union).all()
    assert again.stats.area == union.sum() <= sum(len(rows) * len(columns) for rows, columns in again.blocks)
    assert again.stats.inside == (union & mask).sum()


def test_repeating_ends_when_everything_is_covered():
    mask = pruned_mask(20, 30, 0.5, seed=0)
    result = regroup(mask, k=5, min_rows=1, repeat=True)
    assert result.stats.coverage == 1
    assert (result.mask >= mask).all()


def test_the_first_pass_is_that_without_repeating():
    mask = pruned_mask(64, 90, 0.3, seed=7)
    once, again = (regroup(mask, 4, min_rows=4, repeat=repeat) for repeat in (False, True))
    for one, two in zip(once.blocks, again.blocks, strict=False):
        assert all(map(np.array_equal, one, two))


@pytest.mark.parametrize(
    ("fallback", "kept"), [("dense", np.ones((20, 30), dtype=bool)), ("keep", None), ("empty", np.zeros((20, 30)))]
)
def test_fallbacks_are_flagged_and_counted(fallback, kept):
    mask = pruned_mask(20, 30, 0.4, seed=1)
    kept = mask if kept is None else kept
    result = regroup(mask, k=4, min_rows=17, fallback=fallback)
    assert result.blocks == []
    assert (result.mask == kept).all()
    stats = result.stats
    assert stats.fallback == fallback
    assert stats.kept_density == stats.est_flop_ratio == kept.mean()
    assert (stats.nnz, stats.area, stats.inside, stats.n_blocks) == (240, 0, 0, 0)
    assert (stats.coverage, stats.fill, stats.block_share) == (0, 0, 0)
    assert not stats.empty


def test_the_default_fallback_is_a_dense_layer():
    stats = regroup(pruned_mask(20, 30, 0.4, seed=1)).stats
    assert (stats.fallback, stats.kept_density) == ("dense", 1.0)


def test_too_few_columns_make_no_block():
    mask = np.repeat(np.eye(2), 20, axis=0)
    assert regroup(mask, k=2, min_cols=1).stats.n_blocks == 2
    assert regroup(mask, k=2, min_cols=2).stats.fallback == "dense"


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (1, 1), (64, 100)])
@pytest.mark.parametrize("fallback", ["dense", "keep", "empty"])
def test_an_all_zero_mask_is_empty_and_stays_so(shape, fallback):
    result = regroup(np.zeros(shape), fallback=fallback)
    assert result.blocks == []
    assert result.mask.shape == shape
    assert not result.mask.any()
    assert result.stats.empty
    assert result.stats.fallback == ""
    assert result.stats.kept_density == result.stats.coverage == result.stats.efficiency == 0


def test_a_single_entry():
    result = regroup(np.ones((1, 1)), k=1, min_rows=1)
    assert [(rows.tolist(), columns.tolist()) for rows, columns in result.blocks] == [([0], [0])]


@pytest.mark.parametrize(
    ("rows", "k", "min_rows"),
    [(1, 2, 4), (32, 2, 4), (63, 2, 7), (64, 2, 8), (128, 4, 8), (256, 8, 8), (512, 8, 16), (4096, 8, 128)],
)
def test_scale_rule(rows, k, min_rows):
    assert scale_rule(rows) == (k, min_rows)


def test_the_scale_rule_finds_blocks_in_narrow_layers():
    mask = pruned_mask(64, 288, 0.2, seed=3)
    assert regroup(mask).stats.fallback == "dense"
    k, min_rows = scale_rule(64)
    assert regroup(mask, k=k, min_rows=min_rows).stats.n_blocks == 2


def test_published_defaults_never_group_a_layer_of_128_rows():
    assert regroup(pruned_mask(128, 576, 0.2, seed=3)).stats.fallback == "dense"
    assert regroup(pruned_mask(256, 576, 0.2, seed=3)).stats.n_blocks == 8


def test_row_multiple_splits_without_changing_the_mask():
    mask = pruned_mask(150, 200, 0.2, seed=8)
    whole, split = (regroup(mask, k=2, row_multiple=multiple) for multiple in (None, 32))
    assert [len(rows) for rows, _ in whole.blocks] == [75, 75]
    assert [len(rows) for rows, _ in split.blocks] == [64, 11, 64, 11]
    assert (whole.mask == split.mask).all()
    assert split.stats.area == whole.stats.area
