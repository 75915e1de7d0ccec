"""Global magnitude pruning: the worked example, torch's pruning, ties, and bad inputs."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils import prune

from methods.structured_tickets import reference
from methods.structured_tickets.magnitude import collapsed_layers, prune_globally

WEIGHT = np.array([[0.9, -0.1, 0.3, 0.2], [0.5, 0.4, -0.6, 0.05], [0.02, 0.8, -0.15, 0.35]])
NAN = float("nan")


def test_the_worked_example():
    masks, rounds = [np.ones((3, 4))], []
    for _ in range(3):
        masks = prune_globally([WEIGHT], masks, 0.2)
        rounds.append(masks[0].astype(int).tolist())
    assert [sum(map(sum, mask)) for mask in rounds] == [10, 8, 6]
    assert rounds[1] == [[1, 0, 1, 1], [1, 1, 1, 0], [0, 1, 0, 1]]
    assert rounds[2] == [[1, 0, 0, 0], [1, 1, 1, 0], [0, 1, 0, 1]]


def test_same_masks_as_torch_over_rounds():
    torch.manual_seed(0)
    layers = [torch.nn.Linear(31, 17), torch.nn.Conv2d(5, 7, 3), torch.nn.Linear(17, 10)]
    weights = [layer.weight.detach().numpy().copy() for layer in layers]
    masks = [np.ones(weight.shape) for weight in weights]
    for _ in range(8):
        before = masks
        masks = prune_globally(weights, masks, 0.2)
        prune.global_unstructured([(layer, "weight") for layer in layers], prune.L1Unstructured, amount=0.2)
        for layer, mask, old in zip(layers, masks, before, strict=True):
            assert (mask == layer.weight_mask.numpy().astype(bool)).all()
            assert (mask <= old).all()


@given(
    sizes=st.lists(st.integers(0, 9), min_size=1, max_size=4),
    rate=st.sampled_from((0.01, 0.2, 0.25, 0.5, 0.75, 0.99)),
    levels=st.integers(1, 5),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=150)
def test_same_as_plain_python_with_ties(sizes, rate, levels, seed):
    rng = np.random.default_rng(seed)
    weights = [rng.integers(-levels, levels + 1, size).astype(float) for size in sizes]
    masks = [rng.random(size) < 0.7 for size in sizes]
    pruned = prune_globally(weights, masks, rate)
    expected = reference.prune_globally(
        [w.tolist() for w in weights], [m.astype(int).tolist() for m in masks], rate
    )
    assert [mask.astype(int).tolist() for mask in pruned] == expected
    n = sum(map(np.sum, masks))
    assert sum(map(np.sum, pruned)) == n - round(rate * n)


@pytest.mark.parametrize(("ones", "left"), [(2, 2), (3, 2), (5, 4), (6, 4), (10, 8), (14, 10), (26, 20)])
def test_half_is_rounded_to_even(ones, left):
    """A quarter of 2, 6, 10, 14 and 26 is .5, 1.5, 2.5, 3.5 and 6.5."""
    assert prune_globally([np.arange(1.0, ones + 1)], [np.ones(ones)], 0.25)[0].sum() == left


def test_nothing_is_pruned_where_the_number_rounds_to_zero():
    assert prune_globally([np.array([3.0, 1.0])], [np.ones(2)], 0.2)[0].all()
    assert prune_globally([np.zeros(0)], [np.zeros(0)], 0.2)[0].size == 0
    assert prune_globally([], [], 0.2) == []


def test_extreme_magnitudes_rank():
    weights = [np.array([np.inf, -5e-324, 0.0, -np.inf, 1.0])]
    assert prune_globally(weights, [np.ones(5)], 0.4)[0].tolist() == [True, False, False, True, True]


def test_masked_weights_are_not_counted():
    pruned = prune_globally([np.array([1e-9, 5.0, 4.0, 3.0, 2.0])], [np.array([0, 1, 1, 1, 1])], 0.25)
    assert pruned[0].tolist() == [False, True, True, True, False]


def test_collapsed_layers_are_named():
    masks = prune_globally([np.array([1.0, 1.0]), np.array([9.0, 8.0])], [np.ones(2), np.ones(2)], 0.5)
    assert collapsed_layers(masks) == (0,)
    assert collapsed_layers([np.ones((2, 2))]) == ()


def test_the_masks_given_are_left_as_they_were():
    mask = np.ones(4, dtype=bool)
    prune_globally([np.arange(4.0)], [mask], 0.5)
    assert mask.all()


@pytest.mark.parametrize("rate", [0, 1, -0.2, 1.5, NAN, "0.2", True])
def test_rates_outside_the_open_interval(rate):
    with pytest.raises(ValueError, match=rf"rate must be .*got {rate!r}"):
        prune_globally([np.ones(3)], [np.ones(3)], rate)


@pytest.mark.parametrize(
    ("weights", "masks", "message"),
    [
        ([np.array([1.0, NAN])], [np.ones(2)], r"weights\[0\] must .*got nan at \(1,\)"),
        ([np.array([1.0, NAN])], [np.array([1, 0])], r"weights\[0\] must .*got nan"),
        (
            [np.ones(2), np.ones((2, 2))],
            [np.ones(2), np.ones((2, 3))],
            r"masks\[1\] must have shape \(2, 2\), got \(2, 3\)",
        ),
        ([np.ones(2)], [], "one a layer of weights, 1, got 0"),
        ([np.ones(2)], [np.array([1, 3])], r"masks\[0\] must hold only 0 and 1, got 3"),
    ],
)
def test_bad_inputs(weights, masks, message):
    with pytest.raises(ValueError, match=message):
        prune_globally(weights, masks, 0.2)
