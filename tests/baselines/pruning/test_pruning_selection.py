"""Prunable layers, global selection, densities and channel selection."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import prune

from harness.protocols.pruning.training.channels import channel_masks, following_norms, keep_channels
from harness.protocols.pruning.training.layers import prunable_layers, prunable_weights
from harness.protocols.pruning.training.masks import (
    all_ones,
    apply_masks,
    check_masks,
    collapsed,
    density,
    layer_densities,
)
from harness.protocols.pruning.training.selection import keep_largest, kept_after, kept_at, prune_smallest
from tests.baselines.pruning.pruning_networks import convolutional, mlp

NAN = float("nan")


def test_first_convolution_and_classifier_are_not_prunable():
    assert list(prunable_layers(convolutional())) == ["3", "6"]
    assert list(prunable_layers(mlp())) == ["0", "2"]
    assert {k: tuple(w.shape) for k, w in prunable_weights(mlp()).items()} == {
        "0.weight": (5, 6),
        "2.weight": (4, 5),
    }


@pytest.mark.parametrize("module", [nn.Linear(3, 2), nn.Sequential(nn.Conv2d(1, 2, 3), nn.Linear(2, 2)), nn.ReLU()])
def test_a_network_with_nothing_to_prune_is_refused(module):
    with pytest.raises(ValueError, match="to prune, got"):
        prunable_layers(module)


def test_grouped_convolutions_are_refused():
    with pytest.raises(ValueError, match=r"groups of convolution '1' must be 1, got 2"):
        prunable_layers(nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, groups=2)))


def test_the_worked_example_of_pruning_rounds():
    weight = torch.tensor([[0.9, -0.1, 0.3, 0.2], [0.5, 0.4, -0.6, 0.05], [0.02, 0.8, -0.15, 0.35]])
    masks, rounds = {"w": torch.ones(3, 4, dtype=torch.bool)}, []
    for _ in range(3):
        masks = prune_smallest({"w": weight}, masks, 0.2)
        rounds.append(masks["w"].int().tolist())
    assert [sum(map(sum, mask)) for mask in rounds] == [10, 8, 6]
    assert rounds[1] == [[1, 0, 1, 1], [1, 1, 1, 0], [0, 1, 0, 1]]
    assert rounds[2] == [[1, 0, 0, 0], [1, 1, 1, 0], [0, 1, 0, 1]]


def test_same_masks_as_torch_over_rounds():
    module = convolutional()
    weights = {name: weight.detach().clone() for name, weight in prunable_weights(module).items()}
    masks, layers = all_ones(module), prunable_layers(module)
    for _ in range(8):
        masks = prune_smallest(weights, masks, 0.2)
        prune.global_unstructured([(x, "weight") for x in layers.values()], prune.L1Unstructured, amount=0.2)
        for name, layer in layers.items():
            assert torch.equal(masks[f"{name}.weight"], layer.weight_mask.bool())


@given(st.integers(0, 10_000), st.integers(0, 12), st.floats(0.01, 0.99))
def test_counts_of_rounds_follow_the_rounding_rule(total, rounds, rate):
    counts = kept_after(rounds, total, rate)
    assert counts[0] == total
    assert len(counts) == rounds + 1
    assert all(after == before - round(rate * before) for before, after in itertools.pairwise(counts))


def test_densities_of_the_default_rate():
    shares = [round(count / 10**6, 4) for count in kept_after(10, 10**6)[1:]]
    assert shares == [0.8, 0.64, 0.512, 0.4096, 0.3277, 0.2621, 0.2097, 0.1678, 0.1342, 0.1074]


def test_rounding_is_half_to_even_and_tiny_layers_lose_nothing():
    assert [kept_after(1, n, 0.5)[1] for n in (1, 3, 5)] == [1, 1, 3]
    assert kept_after(3, 2, 0.2) == [2, 2, 2, 2]


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.data())
@settings(deadline=None)
def test_keeps_exactly_so_many_and_none_smaller_than_a_dropped_one(values, data):
    scores = torch.tensor(values, dtype=torch.float32)
    allowed = torch.tensor(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    count = data.draw(st.integers(0, int(allowed.sum())))
    cut = data.draw(st.integers(0, len(values)))
    kept = keep_largest({"a": scores[:cut], "b": scores[cut:]}, count, {"a": allowed[:cut], "b": allowed[cut:]})
    mask = torch.cat([kept["a"], kept["b"]])
    assert int(mask.sum()) == count
    assert not bool((mask & ~allowed).any())
    dropped = allowed & ~mask
    if mask.any() and dropped.any():
        assert scores[mask].min() >= scores[dropped].max()
        tied = scores[mask].min()
        if (scores[dropped] == tied).any():
            assert (mask & (scores == tied)).nonzero().min() > (dropped & (scores == tied)).nonzero().max()


def test_bad_scores_and_counts_are_refused():
    with pytest.raises(ValueError, match="nan in b"):
        keep_largest({"a": torch.ones(2), "b": torch.tensor([NAN])}, 1)
    with pytest.raises(ValueError, match=r"within 0\.\.2, got 3"):
        keep_largest({"a": torch.ones(2)}, 3)
    with pytest.raises(ValueError, match="masks to choose from"):
        keep_largest({"a": torch.ones(2)}, 1, {"a": torch.ones(3, dtype=torch.bool)})
    with pytest.raises(ValueError, match="masks to choose from"):
        prune_smallest({"a": torch.ones(2)}, {}, 0.5)


@pytest.mark.parametrize("rate", [0, 1, -0.2, 1.5, NAN])
def test_a_rate_outside_the_unit_interval_is_refused(rate):
    with pytest.raises(ValueError, match=r"rate must be within \(0, 1\), got"):
        kept_after(1, 10, rate)


@pytest.mark.parametrize("share", [-0.1, 1.1, NAN])
def test_a_density_outside_the_unit_interval_is_refused(share):
    with pytest.raises(ValueError, match=r"density must be within \[0, 1\], got"):
        kept_at(share, 10)


def test_extreme_densities():
    assert kept_at(0, 7) == 0
    assert kept_at(1, 7) == 7
    weights = prunable_weights(mlp())
    assert collapsed(keep_largest(weights, 0)) == ("0.weight", "2.weight")
    assert density(mlp(), keep_largest(weights, 50)) == 1


def test_density_counts_prunable_weights_only():
    module = convolutional()
    masks = {"3.weight": torch.zeros(6, 4, 3, 3, dtype=torch.bool), "4.bias": torch.zeros(6, dtype=torch.bool)}
    assert density(module, masks) == float(Fraction(30, 216 + 30))
    assert layer_densities(masks) == {"3.weight": 0, "4.bias": 0}
    assert collapsed(masks) == ("3.weight",)


def test_masks_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="parameters of the network, got 'x'"):
        check_masks(mlp(), {"x": torch.ones(1, dtype=torch.bool)})
    with pytest.raises(ValueError, match=r"bool of shape \(5, 6\), got torch.bool \(6, 5\)"):
        apply_masks(mlp(), {"0.weight": torch.ones(6, 5, dtype=torch.bool)})
    with pytest.raises(ValueError, match=r"got torch.float32"):
        density(mlp(), {"0.weight": torch.ones(5, 6)})


class Crossed(nn.Module):
    """Batch norms registered in another order than they are used, one after a sum of two branches."""

    def __init__(self) -> None:
        super().__init__()
        self.late, self.early, self.joint = nn.BatchNorm2d(3), nn.BatchNorm2d(3), nn.BatchNorm2d(3)
        self.first, self.second, self.third = (nn.Conv2d(c, 3, 1) for c in (1, 3, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.late(self.second(self.first(x)))
        return self.joint(self.third(y) + y)


def test_batch_norms_are_found_by_what_they_are_given():
    module = Crossed().train()
    before = module.late.running_mean.clone()
    assert following_norms(module, torch.randn(1, 1, 2, 2)) == {"second": "late"}
    assert module.training
    assert module.late.training
    assert torch.equal(module.late.running_mean, before)
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in module.modules())


def test_channel_masks_silence_bias_and_batch_norm():
    module = convolutional()
    norms = following_norms(module, torch.randn(1, 1, 4, 4))
    assert norms == {"3": "4", "6": "7"}
    kept = {"6": torch.tensor([True, False, True, False, False])}
    masks = channel_masks(module, kept, norms)
    assert list(masks) == ["6.weight", "6.bias", "7.weight", "7.bias"]
    assert torch.equal(masks["6.weight"], kept["6"][:, None, None, None].expand(5, 6, 1, 1))
    apply_masks(module, masks)
    with torch.no_grad():
        out = module.eval()[:9](torch.randn(2, 1, 4, 4))
    assert not out[:, ~kept["6"]].any()
    assert out[:, kept["6"]].any()
    with pytest.raises(ValueError, match=r"bool of shape \(5,\), got torch.bool \(4,\)"):
        channel_masks(module, {"6": torch.ones(4, dtype=torch.bool)}, norms)
    with pytest.raises(ValueError, match="prunable layers, 3, 6; got '0'"):
        channel_masks(module, {"0": torch.ones(4, dtype=torch.bool)}, norms)


def test_channels_go_in_the_order_of_their_scores():
    scores = {"a": torch.tensor([0.1, 0.9, 0.2]), "b": torch.tensor([0.15, 0.05])}
    kept = keep_channels(scores, {"a": 2, "b": 3}, 7 / 12)  # b1 (3 weights) goes, then a0 (2): 7 left
    assert kept["a"].tolist() == [False, True, True]
    assert kept["b"].tolist() == [True, False]
    kept = keep_channels(scores, {"a": 2, "b": 3}, 5 / 12)  # b0 is the best of b and stays
    assert kept["a"].tolist() == [False, True, False]
    assert kept["b"].tolist() == [True, False]
    assert all(bool(mask.all()) for mask in keep_channels(scores, {"a": 2, "b": 3}, 1).values())
    with pytest.raises(ValueError, match=r"at least 0\.4167; got 0\.3"):
        keep_channels(scores, {"a": 2, "b": 3}, 0.3)
    with pytest.raises(ValueError, match="nan in b"):
        keep_channels({"b": torch.tensor([NAN, 1.0])}, {"b": 1}, 0.5)


def test_of_equal_weights_the_first_go():
    masks = prune_smallest({"w": torch.ones(10)}, {"w": torch.ones(10, dtype=torch.bool)}, 0.3)
    assert np.flatnonzero(~masks["w"].numpy()).tolist() == [0, 1, 2]
