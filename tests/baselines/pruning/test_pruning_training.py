"""Training under masks: they hold at every step, rewinding restores bits, rounds are nested."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import prune

from harness.protocols.pruning.options import IterativeSettings, MaskedSGDSettings
from harness.protocols.pruning.training.images import LabelledImages, batch_bounds, crop_and_flip
from harness.protocols.pruning.training.iterative import iterative_pruning
from harness.protocols.pruning.training.masks import all_ones, density
from harness.protocols.pruning.training.retraining import retrain
from harness.protocols.pruning.training.rewinding import Snapshot
from harness.protocols.pruning.training.selection import kept_after
from harness.protocols.pruning.training.sgd import MaskedSGD, accuracy, train
from tests.baselines.pruning.pruning_networks import convolutional, images, mlp

FAST = MaskedSGDSettings(epochs=3, batch_size=16, learning_rate=0.05)


def halves(module: nn.Module) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    return {name: torch.rand(mask.shape, generator=generator) < 0.5 for name, mask in all_ones(module).items()}


def same(first: Snapshot, second: Snapshot) -> bool:
    return all(torch.equal(first.tensors[name], second.tensors[name]) for name in first.tensors | second.tensors)


def test_masked_weights_and_momentum_are_zero_after_every_step():
    module, data = convolutional(), images((32, 1, 6, 6))
    masks = halves(module) | {"4.weight": torch.tensor([True, False] * 3)}
    optimiser = MaskedSGD(module, masks, FAST)
    parameters = dict(module.named_parameters())
    for _ in range(5):
        optimiser.zero_grad()
        F.cross_entropy(module(data.images), data.targets).backward()
        optimiser.step()
        for name, mask in masks.items():
            momentum = optimiser.state[parameters[name]]["momentum_buffer"]
            assert not parameters[name][~mask].any()
            assert not momentum[~mask].any()
            assert momentum[mask].any()


def test_equals_the_reparametrisation_of_torch():
    ours, theirs, data = mlp(), mlp(), images((32, 6))
    masks = halves(ours)
    train(ours, data, FAST, seed=1, masks=masks)
    for name, mask in masks.items():
        prune.custom_from_mask(theirs.get_submodule(name.removesuffix(".weight")), "weight", mask)
    optimiser = torch.optim.SGD(theirs.parameters(), lr=1, momentum=FAST.momentum, weight_decay=FAST.weight_decay)
    for epoch in range(FAST.epochs):
        optimiser.param_groups[0]["lr"] = FAST.rate(epoch)
        for batch in data.epoch(FAST.batch_size, 1, epoch):
            optimiser.zero_grad()
            F.cross_entropy(theirs(batch.images), batch.targets).backward()
            optimiser.step()
    with torch.no_grad():
        torch.testing.assert_close(ours(data.images), theirs(data.images))


def test_the_layout_of_weights_is_restored():
    module, data = convolutional(), images((32, 1, 6, 6))
    before = dict(module.named_parameters())
    train(module, data, FAST, seed=1, masks=halves(module))
    assert all(parameter is before[name] for name, parameter in module.named_parameters())
    assert all(parameter.is_contiguous() for parameter in module.parameters())


def test_an_infinite_gradient_of_a_masked_weight_does_no_harm():
    module = mlp()
    masks = all_ones(module)
    masks["0.weight"][0, 0] = False
    optimiser = MaskedSGD(module, masks, FAST)
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    module[0].weight.grad[0, 0] = math.inf
    optimiser.step()
    assert torch.isfinite(module[0].weight).all()
    assert module[0].weight[0, 0] == 0
    with pytest.raises(ValueError, match="closure"):
        optimiser.step(lambda: 0.0)


def test_masks_of_ones_change_nothing():
    first, second, data = mlp(), mlp(), images((20, 6))
    train(first, data, FAST, seed=0)
    train(second, data, FAST, seed=0, masks=all_ones(second))
    assert same(Snapshot.of(first), Snapshot.of(second))


def test_masks_of_zeros_leave_a_constant_network_that_is_reported():
    module, data = mlp(), images((30, 6))
    zeros = {name: torch.zeros_like(mask) for name, mask in all_ones(module).items()}
    result = retrain(module, data, data, FAST, zeros, seed=0)
    assert result.density == 0
    assert result.collapsed == ("0.weight", "2.weight")
    with torch.no_grad():
        logits = module(data.images)
    assert torch.equal(logits, logits[:1].expand_as(logits))


def test_the_schedule():
    settings = MaskedSGDSettings(epochs=160)
    assert [settings.rate(e) for e in (0, 79)] == [0.1, 0.1]
    assert [settings.rate(e) for e in (80, 119, 120, 159)] == pytest.approx([0.01, 0.01, 0.001, 0.001])


@pytest.mark.parametrize(
    "change",
    [{"epochs": 0}, {"batch_size": 0}, {"learning_rate": -1}, {"momentum": 1}, {"weight_decay": -1},
     {"milestones": (0.5, 1.0)}, {"decay": 0}],
)  # fmt: skip
def test_bad_settings_are_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        MaskedSGDSettings(**change)


def test_divergence_is_an_error():
    with pytest.raises(FloatingPointError, match="diverged"):
        train(mlp(), images((64, 6)), MaskedSGDSettings(epochs=20, learning_rate=1e9), seed=0)


def test_the_order_of_images_depends_on_seed_and_epoch_only():
    data = images((40, 6))

    def order(seed: int, epoch: int) -> torch.Tensor:
        return torch.cat([batch.images for batch in data.epoch(16, seed, epoch)])

    assert torch.equal(order(1, 3), order(1, 3))
    assert not torch.equal(order(1, 3), order(1, 4))
    assert not torch.equal(order(1, 3), order(2, 3))
    assert torch.equal(order(1, 3).sort(0).values, data.images.sort(0).values)


def test_no_batch_of_one_image():
    assert batch_bounds(33, 16) == [(0, 16), (16, 33)]
    assert batch_bounds(34, 16) == [(0, 16), (16, 32), (32, 34)]
    assert batch_bounds(1, 16) == [(0, 1)]


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        (torch.ones(0, 2), torch.zeros(0, dtype=torch.int64), "N >= 1"),
        (torch.ones(3, 2), torch.zeros(2, dtype=torch.int64), r"shape \(3,\)"),
        (torch.ones(3, 2), torch.zeros(3), "int64"),
        (torch.full((3, 2), math.nan), torch.zeros(3, dtype=torch.int64), "finite"),
    ],
)
def test_bad_images_are_refused(inputs, targets, message):
    with pytest.raises(ValueError, match=message):
        LabelledImages(inputs, targets)


def test_cropping_shifts_and_mirrors_whole_images():
    image = torch.arange(1.0, 17).reshape(1, 1, 4, 4)
    padded = F.pad(image, (1, 1, 1, 1))
    allowed = [padded[0, 0, y : y + 4, x : x + 4] for y in range(3) for x in range(3)]
    allowed += [window.flip(1) for window in allowed]
    changed = crop_and_flip(image.expand(200, 1, 4, 4), np.random.default_rng(0), pad=1)
    seen = {next(i for i, window in enumerate(allowed) if torch.equal(window, item[0])) for item in changed}
    assert seen == set(range(18))


def test_a_snapshot_restores_every_bit_and_is_not_touched_by_training():
    module, data = convolutional(), images((24, 1, 6, 6))
    snapshot = Snapshot.of(module)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    train(module, data, FAST, seed=0)
    assert not torch.equal(module.state_dict()["4.running_var"], before["4.running_var"])
    snapshot.restore(module)
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


def test_the_best_epoch_is_the_earliest_of_highest_validation_accuracy():
    module, data, valid = mlp(), images((60, 6)), images((40, 6), seed=1)
    run = train(module, data, FAST, seed=0, valid=valid)
    scores = [epoch.valid_accuracy for epoch in run.curve]
    assert run.best_epoch == int(np.argmax(scores))
    run.best.restore(module)
    assert accuracy(module, valid) == max(scores)


def test_rounds_are_nested_counted_and_start_from_the_rewind_point():
    module, data = convolutional(), images((32, 1, 6, 6))
    begun: list[Snapshot] = []
    pruning = IterativeSettings(rounds=4, rate=0.3, rewind_epoch=1)
    rounds = list(iterative_pruning(module, data, FAST, pruning, seed=3, valid=data))
    assert [sum(int(m.sum()) for m in r.masks.values()) for r in rounds] == kept_after(4, 246, 0.3)
    for before, after in itertools.pairwise(rounds):
        assert all(not (after.masks[name] & ~before.masks[name]).any() for name in after.masks)
        assert all(torch.equal(before.final.tensors[name], after.ranked[name]) for name in after.ranked)
        assert after.density == density(module, after.masks)
        assert all(not after.final.tensors[name][~mask].any() for name, mask in after.masks.items())
    # The rewind point is the state of dense training at the start of epoch 1, batch-norm statistics included.
    fresh = convolutional()
    train(fresh, data, FAST, seed=3, before_epoch=lambda epoch: begun.append(Snapshot.of(fresh)))
    assert same(begun[1], rounds[0].rewound)
    assert same(Snapshot.of(fresh), rounds[0].final)
    assert all(round_.rewound is rounds[0].rewound for round_ in rounds)
    # A round is training from the rewind point with its masks, nothing else.
    again = retrain(convolutional(7), data, data, FAST, rounds[2].masks, seed=3, start=rounds[0].rewound)
    assert same(again.training.best, rounds[2].training.best)


def test_a_round_may_prune_less():
    module, data = mlp(), images((32, 6))
    *_, last = iterative_pruning(module, data, FAST, IterativeSettings(rounds=2), seed=0)
    counts = [sum(int(mask.sum()) for mask in last.denser(share).values()) for share in (0, 0.5, 1)]
    kept, had = (sum(int(mask.sum()) for mask in masks.values()) for masks in (last.masks, last.before))
    assert counts == [kept, kept + round(0.5 * (had - kept)), had]
    half = last.denser(0.5)
    assert all(bool((last.masks[name] <= mask).all()) for name, mask in half.items())
    assert all(bool((mask <= last.before[name]).all()) for name, mask in half.items())
    dropped, added = (
        torch.cat([last.ranked[name].abs()[less[name] < more[name]] for name in half])
        for less, more in ((half, last.before), (last.masks, half))
    )
    assert added.min() >= dropped.max()
    with pytest.raises(ValueError, match=r"share must be within 0\.\.1, got 1\.5"):
        last.denser(1.5)


def test_retraining_the_remaining_epochs_goes_on_where_dense_training_was():
    module, data = mlp(), images((40, 6))
    pruning = IterativeSettings(rounds=1, rewind_epoch=1, retrain="remaining")
    settings = replace(FAST, momentum=0.0)  # momentum is not part of the rewind point
    dense, pruned = iterative_pruning(module, data, settings, pruning, seed=0)
    assert [epoch.number for epoch in pruned.training.curve] == [1, 2]
    dense.rewound.restore(module)
    train(module, data, settings, seed=0, first_epoch=1)
    assert same(Snapshot.of(module), dense.final)


def test_a_fully_pruned_layer_is_reported_by_the_round():
    module, data = mlp(), images((40, 6))

    def drop_second(weights, masks):
        return masks | {"2.weight": torch.zeros_like(masks["2.weight"])}

    pruning = IterativeSettings(rounds=1)
    *_, last = iterative_pruning(module, data, FAST, pruning, seed=0, prune=drop_second)
    assert last.collapsed == ("2.weight",)
    assert last.density == 30 / 50


def test_bad_iterative_settings_are_refused():
    data = images((8, 6))
    with pytest.raises(ValueError, match="rewind_epoch must be < epochs = 3, got 3"):
        next(iterative_pruning(mlp(), data, FAST, IterativeSettings(rewind_epoch=3), seed=0))
    for change in ({"rate": 1.0}, {"rounds": -1}, {"rewind_epoch": -1}, {"retrain": "half"}):
        with pytest.raises(ValueError, match=f"{next(iter(change)).rstrip('s')}"):
            IterativeSettings(**change)
    with pytest.raises(ValueError, match=r"first_epoch must be within 0\.\.2, got 3"):
        train(mlp(), data, FAST, seed=0, first_epoch=3)


def test_weights_that_are_nan_are_not_ranked():
    module, data = mlp(), images((8, 6))
    rounds = iterative_pruning(module, data, FAST, IterativeSettings(rounds=1), seed=0)
    next(rounds)
    module[0].weight.data[0, 0] = math.nan
    with pytest.raises(ValueError, match=r"nan in 0\.weight"):
        next(rounds)
