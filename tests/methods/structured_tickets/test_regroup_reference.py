"""The fast regrouping against plain Python, entry for entry."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from methods.structured_tickets import reference
from methods.structured_tickets.blocks import members, split_rows
from methods.structured_tickets.columns import select_columns
from methods.structured_tickets.masks import pruned_mask
from methods.structured_tickets.partition import partition_rows
from methods.structured_tickets.partition.gram import check_size
from methods.structured_tickets.partition.shared_columns import shared_columns
from methods.structured_tickets.regroup import regroup, regroup_layers
from methods.structured_tickets.regrouping_check import best_swap_gain

SIZES = (1, 2, 3, 7, 17, 31, 63, 64, 65, 130)


def same(result, expected):
    blocks, mask, stats = expected
    assert [(rows.tolist(), columns.tolist()) for rows, columns in result.blocks] == blocks
    assert result.mask.astype(int).tolist() == mask
    assert result.stats == stats
    for rows, columns in result.blocks:
        assert rows.dtype == columns.dtype == np.int64


@st.composite
def masks(draw):
    rows, columns = draw(st.sampled_from(SIZES[:8])), draw(st.sampled_from(SIZES))
    density = draw(st.sampled_from((0.0, 0.05, 0.2, 0.5, 0.9, 1.0)))
    return pruned_mask(rows, columns, density, types=3, seed=draw(st.integers(0, 10**6)))


@given(
    mask=masks(),
    k=st.integers(1, 6),
    choice=st.sampled_from((("ratio", 1.5), ("ratio", 0.3), ("ratio", 4.0), ("threshold", 1), ("threshold", 3))),
    min_rows=st.integers(1, 5),
    min_cols=st.integers(1, 4),
    row_multiple=st.sampled_from((None, 1, 2, 3, 8)),
    repeat=st.booleans(),
    fallback=st.sampled_from(("dense", "keep", "empty")),
    seed=st.integers(0, 1000),
)
@settings(max_examples=150)
@example(np.ones((5, 3), dtype=bool), 2, ("ratio", 1.5), 1, 1, None, True, "dense", 0)
@example(np.eye(7, dtype=bool), 3, ("ratio", 1.5), 1, 1, 2, True, "keep", 1)
def test_same_as_plain_python(mask, k, choice, min_rows, min_cols, row_multiple, repeat, fallback, seed):
    rule, param = choice
    k = max(1, min(k, int(mask.any(axis=1).sum())))
    options = {"k": k, "rule": rule, "param": param, "min_rows": min_rows, "min_cols": min_cols, "seed": seed}
    options |= {"row_multiple": row_multiple, "repeat": repeat, "fallback": fallback}
    same(regroup(mask, **options), reference.regroup(mask.astype(int).tolist(), **options))


@pytest.mark.parametrize(("rows", "columns", "density"), [(128, 576, 0.1), (101, 331, 0.4), (256, 64, 0.7)])
def test_same_as_plain_python_on_larger_masks(rows, columns, density):
    mask = pruned_mask(rows, columns, density, seed=rows)
    same(regroup(mask, min_rows=4), reference.regroup(mask.astype(int).tolist(), min_rows=4))


@given(mask=masks(), rule=st.sampled_from(("ratio", "threshold")), param=st.sampled_from((1, 1.5, 2, 40)))
@settings(max_examples=100)
def test_columns_same_as_plain_python(mask, rule, param):
    assert select_columns(mask, rule, param).tolist() == reference.select_columns(
        mask.astype(int).tolist(), rule, param
    )


def test_column_counts_beyond_a_byte():
    sub = np.ones((700, 5), dtype=bool)
    sub[:, 2] = False
    sub[:256, 3] = False
    assert select_columns(sub, "threshold", 445).tolist() == [0, 1, 4]
    assert select_columns(sub, "threshold", 444).tolist() == [0, 1, 3, 4]
    assert select_columns(sub, "ratio", 1.5).tolist() == [0, 1, 4]


@pytest.mark.parametrize("columns", [1, 7, 8, 63, 64, 65, 200])
def test_gram_matrix_is_the_matrix_product(columns):
    mask = pruned_mask(19, columns, 0.5, seed=columns)
    product = mask.astype(np.int64) @ mask.T.astype(np.int64)
    np.fill_diagonal(product, 0)
    assert (shared_columns(mask) == product).all()


def test_masks_whose_sums_could_exceed_32_bits_are_refused():
    check_size(2**14, 2**15 - 1)
    with pytest.raises(ValueError, match=r"fewer than 2\^29 entries.*got 16384 x 32768"):
        check_size(2**14, 2**15)


@pytest.mark.parametrize("seed", range(4))
def test_no_swap_of_two_rows_gains(seed):
    mask = pruned_mask(61, 97, 0.3, seed=seed)
    labels = partition_rows(mask, 5, seed=seed)
    gram = shared_columns(mask).astype(float)
    assert best_swap_gain(gram, gram @ np.eye(5)[labels], labels) == 0


def test_a_swap_that_gains_is_seen():
    mask = np.repeat(np.eye(2, dtype=bool), 2, axis=0)
    gram = shared_columns(mask).astype(float)
    labels = np.array([0, 1, 0, 1])
    assert best_swap_gain(gram, gram @ np.eye(2)[labels], labels) == 2


def test_results_do_not_depend_on_threads():
    layers = [pruned_mask(rows, 200, 0.2, seed=rows) for rows in (32, 64, 96, 40, 71)]
    one = regroup_layers(layers, threads=1, min_rows=4)
    for threads in (2, 3, 8):
        for a, b in zip(one, regroup_layers(layers, threads=threads, min_rows=4), strict=True):
            assert a.stats == b.stats
            assert (a.mask == b.mask).all()
            assert all(map(np.array_equal, sum(a.blocks, ()), sum(b.blocks, ())))


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int32, np.int64, np.float16, np.float32, np.float64, object])
def test_any_type_that_holds_zeros_and_ones(kind):
    mask = pruned_mask(40, 70, 0.3, seed=9)
    assert regroup(mask.astype(kind), k=4, min_rows=4).stats == regroup(mask, k=4, min_rows=4).stats


def test_any_strides():
    big = pruned_mask(80, 210, 0.3, seed=4)
    view = big[::2, 3:200:3]
    expected = regroup(view.copy(), k=4, min_rows=4)
    for same_values in (view, np.asfortranarray(view), view[::-1][::-1], view.tolist()):
        assert regroup(same_values, k=4, min_rows=4).stats == expected.stats


def test_the_input_is_left_as_it_was():
    mask = pruned_mask(40, 70, 0.3, seed=9)
    before = mask.copy()
    for fallback in ("dense", "keep", "empty"):
        result = regroup(mask, k=4, min_rows=40, fallback=fallback)
        assert not np.shares_memory(result.mask, mask)
    assert (mask == before).all()


@pytest.mark.parametrize(("rows", "pieces"), [(31, [31]), (32, [32]), (33, [32, 1]), (64, [64]), (75, [64, 11])])
def test_rows_are_split_at_a_multiple_without_empty_pieces(rows, pieces):
    block = (np.arange(rows), np.arange(3))
    split = split_rows(block, 32)
    assert [len(part) for part, _ in split] == pieces
    assert np.concatenate([part for part, _ in split]).tolist() == list(range(rows))
    assert all(columns is block[1] for _, columns in split)


def test_members_of_groups():
    groups = members(np.array([3, -1, 0, 3, 0, -1]))
    assert [group.tolist() for group in groups] == [[2, 4], [0, 3]]
    assert members(np.array([], dtype=np.int64)) == []
    assert members(np.array([-1, -1])) == []
