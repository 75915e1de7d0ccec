"""Bad inputs are refused with the argument, the value and what is allowed."""

import numpy as np
import pytest

from methods.structured_tickets.blocks import block_profit, blocks_from_labels
from methods.structured_tickets.columns import select_columns
from methods.structured_tickets.masks import planted_mask, pruned_mask
from methods.structured_tickets.partition import partition_rows
from methods.structured_tickets.regroup import regroup, regroup_layers, scale_rule

MASK = np.ones((6, 8))
INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    "call", [regroup, lambda m: partition_rows(m, 1), select_columns, lambda m: block_profit(m, [])]
)
@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones(4), r"2 axes, got shape \(4,\)"),
        (np.ones((2, 2, 2)), r"2 axes, got shape \(2, 2, 2\)"),
        (1, r"2 axes, got shape \(\)"),
        ([[0, 2]], "only 0 and 1, got 2"),
        ([[0.0, 0.5]], "only 0 and 1, got 0.5"),
        ([[-1, 1]], "only 0 and 1, got -1"),
        ([[1.0, NAN]], "only 0 and 1, got nan"),
        ([[1.0, INF]], "only 0 and 1, got inf"),
        ([[1.0, 5e-324]], "only 0 and 1, got 5e-324"),
    ],
)
def test_masks(call, mask, message):
    with pytest.raises(ValueError, match=message):
        call(mask)


@pytest.mark.parametrize("call", [lambda k: partition_rows(MASK, k), lambda k: regroup(MASK, k)])
@pytest.mark.parametrize("k", [0, -1, 1.5, True, "2", None])
def test_k_below_one_or_no_integer(call, k):
    with pytest.raises(ValueError, match=f"k must be an integer >= 1, got {k!r}"):
        call(k)


def test_k_above_the_number_of_non_empty_rows():
    mask = np.vstack([MASK, np.zeros((3, 8))])
    for call in (partition_rows, regroup):
        with pytest.raises(ValueError, match="number of non-empty rows, 6, got 7"):
            call(mask, 7)
    assert partition_rows(mask, 6).max() == 5


@pytest.mark.parametrize(
    ("rule", "param", "message"),
    [
        ("ratio", 0, r"param \(t .*> 0, got 0"),
        ("ratio", -1.5, r"param \(t .*> 0, got -1.5"),
        ("ratio", NAN, r"param \(t .*finite.*got nan"),
        ("ratio", INF, r"param \(t .*finite.*got inf"),
        ("ratio", "1.5", r"param \(t .*got '1.5'"),
        ("ratio", True, r"param \(t .*got True"),
        ("threshold", 0, r"param \(t2 .*>= 1, got 0"),
        ("threshold", 0.5, r"param \(t2 .*>= 1, got 0.5"),
        ("median", 1, "rule must be one of ratio, threshold, got 'median'"),
    ],
)
def test_rules(rule, param, message):
    labels = np.zeros(6, dtype=int)
    for call in (
        lambda: select_columns(MASK, rule, param),
        lambda: blocks_from_labels(MASK, labels, rule, param),
        lambda: regroup(MASK, 2, rule, param),
        lambda: regroup(np.zeros((3, 3)), 2, rule, param),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(5, dtype=int), r"shape \(6,\).*got shape \(5,\)"),
        (np.zeros((6, 1), dtype=int), r"shape \(6,\).*got shape \(6, 1\)"),
        (np.zeros(6), "integers, got dtype float64"),
        ([0, 0, 0, 0, 0, -2], ">= -1, got -2"),
    ],
)
def test_labels(labels, message):
    with pytest.raises(ValueError, match=f"labels must .*{message}"):
        blocks_from_labels(MASK, labels)


@pytest.mark.parametrize("name", ["min_rows", "min_cols", "row_multiple"])
@pytest.mark.parametrize("value", [0, -3, 2.0, True])
def test_sizes(name, value):
    with pytest.raises(ValueError, match=f"{name} must be an integer >= 1, got {value!r}"):
        regroup(MASK, 2, **{name: value})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fallback": "drop"}, "fallback must be one of dense, keep, empty, got 'drop'"),
        ({"method": "hmetis"}, "method must be one of gram, random, pymetis, kahypar, got 'hmetis'"),
        ({"balance": 0.9}, "balance must be a finite number >= 1, got 0.9"),
        ({"balance": NAN}, "balance must be a finite number >= 1, got nan"),
        ({"restarts": 0}, "restarts must be an integer >= 1, got 0"),
    ],
)
def test_options(options, message):
    with pytest.raises(ValueError, match=message):
        regroup(MASK, 2, **options)


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ([(np.array([6]), np.array([0]))], "rows within 0..5, got 6..6"),
        ([(np.array([0]), np.array([-1, 3]))], "columns within 0..7, got -1..3"),
    ],
)
def test_blocks_outside_the_mask(blocks, message):
    with pytest.raises(ValueError, match=message):
        block_profit(MASK, blocks)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: block_profit(MASK, [], NAN), "theta must be a finite number, got nan"),
        (lambda: regroup_layers([MASK], threads=0), "threads must be an integer >= 1, got 0"),
        (lambda: scale_rule(0), "rows must be an integer >= 1, got 0"),
        (lambda: pruned_mask(3, 3, 1.5), r"density must be within \[0, 1\], got 1.5"),
        (lambda: pruned_mask(3, 3, 0.5, spread=0.6), r"spread must be within \[0, 0.5\], got 0.6"),
        (lambda: pruned_mask(0, 3, 0.5), "rows must be an integer >= 1, got 0"),
        (lambda: planted_mask(3, 3, p_in=2, p_out=0), r"p_in must be within \[0, 1\], got 2"),
    ],
)
def test_other_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
