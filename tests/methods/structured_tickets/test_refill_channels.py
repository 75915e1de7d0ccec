"""Refill and Refill+: the worked example, plain Python, every criterion, ties and bad inputs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.structured_tickets import reference
from methods.structured_tickets.channel_scores import channel_scores
from methods.structured_tickets.masks import pruned_mask
from methods.structured_tickets.refill import channels_kept, refill

WEIGHT = np.array([[0.9, -0.1, 0.3, 0.2], [0.5, 0.4, -0.6, 0.05], [0.02, 0.8, -0.15, 0.35]])
ROUND_2 = np.array([[1, 0, 1, 1], [1, 1, 1, 0], [0, 1, 0, 1]])
NAN = float("nan")


def test_the_worked_example():
    scores = channel_scores(ROUND_2, "l1", weight=WEIGHT)
    assert scores == pytest.approx([1.4, 1.5, 1.15])
    assert channels_kept(ROUND_2) == 2
    assert refill(ROUND_2, scores).astype(int).tolist() == [[1] * 4, [1] * 4, [0] * 4]
    assert channel_scores(ROUND_2, "count").tolist() == [3, 3, 2]


@pytest.mark.parametrize(("extra", "kept"), [(0, 1), (0.1, 1), (0.24, 1), (0.25, 2), (0.5, 3), (1, 5)])
def test_extra_channels_of_refill_plus(extra, kept):
    mask = np.eye(5, 3)  # 3 ones in rows of 3: one channel; 4 more are left
    assert channels_kept(mask) == 1
    refilled = refill(mask, [5, 1, 4, 2, 3], extra)
    assert sorted(np.flatnonzero(refilled.all(axis=1)).tolist()) == sorted([0, 2, 4, 3, 1][:kept])


@given(
    rows=st.integers(1, 12),
    columns=st.integers(1, 9),
    density=st.floats(0, 1),
    extra=st.sampled_from((0.0, 0.1, 0.2, 0.5, 1.0)),
    levels=st.integers(1, 4),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=100)
def test_same_as_plain_python_and_density_within_one_channel(rows, columns, density, extra, levels, seed):
    mask = pruned_mask(rows, columns, density, seed=seed)
    scores = np.random.default_rng(seed).integers(levels, size=rows).astype(float)  # many ties
    refilled = refill(mask, scores, extra)
    assert refilled.astype(int).tolist() == reference.refill(mask.astype(int).tolist(), scores.tolist(), extra)
    assert (refilled.all(axis=1) | ~refilled.any(axis=1)).all()
    if extra == 0:
        assert mask.sum() <= refilled.sum() < mask.sum() + columns


def test_ties_keep_the_lower_channel():
    assert refill(np.eye(4), np.ones(4)).tolist() == [[True] * 4, *[[False] * 4] * 3]
    assert refill(np.vstack([np.eye(4)] * 2), np.zeros(8)).all(axis=1).tolist() == [True, True, *[False] * 6]


def test_extreme_scores_rank():
    mask = np.vstack([np.ones((1, 2)), np.zeros((3, 2))])
    assert refill(mask, [0.0, 5e-324, -np.inf, 0.0]).all(axis=1).tolist() == [False, True, False, False]
    assert refill(mask, [1.0, np.inf, 0.0, 2.0]).all(axis=1).tolist() == [False, True, False, False]


def test_convolutions_keep_their_shape():
    mask = pruned_mask(8, 3 * 9, 0.3, seed=1).reshape(8, 3, 3, 3)
    weight = np.random.default_rng(0).normal(size=mask.shape)
    refilled = refill(mask, channel_scores(mask, "l1", weight=weight))
    assert refilled.shape == mask.shape
    assert refilled.reshape(8, -1).all(axis=1).sum() == -(-int(mask.sum()) // 27)


@pytest.mark.parametrize("shape", [(0, 4), (3, 0), (4, 5)])
def test_empty_and_all_zero_masks_keep_nothing(shape):
    assert refill(np.zeros(shape), np.zeros(shape[0])).sum() == 0


@pytest.mark.parametrize("batch_shape", [(6, 4), (6, 4, 3), (6, 4, 3, 5)])
def test_feature_criteria_sum_over_batch_and_positions(batch_shape):
    rng = np.random.default_rng(3)
    a, g = rng.normal(size=batch_shape), rng.normal(size=batch_shape)
    mask = np.ones((4, 7))
    by_loop = {
        "feat_l1": [sum(abs(a[n, i].ravel()).sum() for n in range(6)) for i in range(4)],
        "feat_l2": [sum((a[n, i].ravel() ** 2).sum() for n in range(6)) for i in range(4)],
        "saliency": [sum(abs(a[n, i].ravel() * g[n, i].ravel()).sum() for n in range(6)) for i in range(4)],
    }
    for criterion, expected in by_loop.items():
        scores = channel_scores(mask, criterion, activation=a, gradient=g)
        assert scores == pytest.approx(expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: channel_scores(ROUND_2, "l3"), "criterion must be one of l1, count, .*got 'l3'"),
        (lambda: channel_scores(ROUND_2, "l1"), "weight must be given for criterion 'l1', got None"),
        (lambda: channel_scores(ROUND_2, "saliency", activation=np.ones((1, 3))), "gradient must be given"),
        (lambda: channel_scores(ROUND_2, "l1", weight=np.ones(3)), r"mask's shape \(3, 4\), got \(3,\)"),
        (lambda: channel_scores(ROUND_2, "l1", weight=np.full((3, 4), NAN)), r"weight must .*got nan at \(0, 0\)"),
        (
            lambda: channel_scores(ROUND_2, "feat_l1", activation=np.ones((5, 2))),
            r"\(batch, 3, \.\.\.\), got \(5, 2\)",
        ),
        (
            lambda: channel_scores(ROUND_2, "saliency", activation=np.ones((5, 3)), gradient=np.ones((4, 3))),
            r"activation's shape \(5, 3\), got \(4, 3\)",
        ),
        (lambda: channel_scores(ROUND_2 * 2, "count"), "only 0 and 1, got 2"),
        (lambda: refill(1, [1]), "mask must have one axis or more"),
        (lambda: refill(ROUND_2, [1, 2]), r"scores must have shape \(3,\), one a channel, got \(2,\)"),
        (lambda: refill(ROUND_2, [1, NAN, 2]), r"scores must .*got nan at \(1,\)"),
        (lambda: refill(ROUND_2, [1, 2, 3], -0.1), "extra must be a finite number >= 0, got -0.1"),
        (lambda: refill(ROUND_2, [1, 2, 3], 1.5), r"extra must be within \[0, 1\], got 1.5"),
    ],
)
def test_bad_inputs(call, message):
    with pytest.raises(ValueError, match=message):
        call()
