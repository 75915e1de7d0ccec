"""From a pruning round to a ticket: Refill, Regroup, shrinking, compilation; digits from end to end."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from harness.protocols.pruning.options import IterativeSettings, MaskedSGDSettings
from harness.protocols.pruning.training.images import LabelledImages
from harness.protocols.pruning.training.iterative import iterative_pruning
from harness.protocols.pruning.training.masks import all_ones, apply_masks
from harness.protocols.pruning.training.retraining import retrain
from harness.protocols.pruning.training.selection import prune_smallest
from harness.protocols.pruning.training.sgd import accuracy, train
from harness.protocols.pruning.training.shrinking import shrink
from harness.protocols.pruning.training.wall_clock import measure
from methods.structured_tickets.magnitude import prune_globally
from methods.structured_tickets.refill import channels_kept
from methods.structured_tickets.training.channels import refill_ticket
from methods.structured_tickets.training.compilation import compile_ticket
from methods.structured_tickets.training.groups import GroupAwarePruning, RegroupSettings, regroup_ticket
from methods.structured_tickets.training.responses import layer_responses
from methods.structured_tickets.training.ticket import layer_masks, unstructured_ticket

FAST = MaskedSGDSettings(epochs=2, batch_size=32, learning_rate=0.05)
BLOCKS = RegroupSettings(k=4, min_rows=3)


def convolutional(seed: int = 0) -> nn.Sequential:
    """3.weight (16, 8, 3, 3) and 6.weight (12, 16, 3, 3) are prunable."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(),
        nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(inplace=True),
        nn.Conv2d(16, 12, 3, stride=2, padding=1), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.1), nn.Linear(48, 10),
    )  # fmt: skip


def mlp(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    hidden = [nn.Flatten(), nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 96), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Linear(96, 10))


@pytest.fixture(scope="module")
def digits() -> tuple[LabelledImages, LabelledImages, LabelledImages]:
    images, targets = load_digits(return_X_y=True)
    inputs = torch.from_numpy(images.astype(np.float32) / 16).reshape(-1, 1, 8, 8)
    labelled = LabelledImages(inputs, torch.from_numpy(targets.astype(np.int64)))
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(labelled)))
    parts = order[:1200], order[1200:1500], order[1500:]
    train_, valid, test = (LabelledImages(labelled.images[part], labelled.targets[part]) for part in parts)
    return train_, valid, test


@pytest.fixture(scope="module")
def trained(digits):
    """A convolutional network trained a little, and masks of density 0.41 of its weights."""
    module = convolutional()
    train(module, digits[0], FAST, seed=0)
    weights = {name: module.state_dict()[name].clone() for name in all_ones(module)}
    masks = all_ones(module)
    for _ in range(4):
        masks = prune_smallest(weights, masks, 0.2)
    return module, weights, masks


def test_shared_pruning_equals_the_method_s(trained):
    module, weights, _ = trained
    ours, theirs = all_ones(module), [np.ones(weight.shape) for weight in weights.values()]
    arrays = [weight.numpy().round(2) for weight in weights.values()]  # rounded: with ties
    rounded = {name: torch.from_numpy(array) for name, array in zip(weights, arrays, strict=True)}
    for _ in range(6):
        ours = prune_smallest(rounded, ours, 0.2)
        theirs = prune_globally(arrays, theirs, 0.2)
        assert all((mask.numpy() == other).all() for mask, other in zip(ours.values(), theirs, strict=True))


def test_refill_of_the_worked_example():
    module = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    weight = torch.tensor([[0.9, -0.1, 0.3, 0.2], [0.5, 0.4, -0.6, 0.05], [0.02, 0.8, -0.15, 0.35]])
    mask = torch.tensor([[1, 0, 1, 1], [1, 1, 1, 0], [0, 1, 0, 1]]).bool()
    batch = LabelledImages(torch.ones(1, 4), torch.zeros(1, dtype=torch.int64))
    ticket = refill_ticket(module, {"0.weight": mask}, {"0.weight": weight}, batch)
    assert ticket.masks["0.weight"].int().tolist() == [[1] * 4, [1] * 4, [0] * 4]
    assert ticket.masks["0.bias"].tolist() == [True, True, False]
    assert ticket.density == 8 / 12
    assert ticket.block_share == 1
    assert [part.tolist() for part in ticket.blocks["0"][0]] == [[0, 1], [0, 1, 2, 3]]


@pytest.mark.parametrize("criterion", ["l1", "count", "feat_l1", "feat_l2", "saliency"])
@pytest.mark.parametrize("extra", [0.0, 0.2])
def test_refill_keeps_whole_channels_and_its_number(trained, digits, criterion, extra):
    module, weights, masks = trained
    batch = LabelledImages(digits[0].images[:50], digits[0].targets[:50])
    ticket = refill_ticket(module, masks, weights, batch, criterion=criterion, extra=extra)
    for name, old in layer_masks(module, masks).items():
        rows = ticket.masks[f"{name}.weight"].flatten(1)
        assert bool((rows.all(1) | ~rows.any(1)).all())
        assert int(rows.any(1).sum()) == channels_kept(old, extra)
        if not extra:
            assert old.mean() <= float(rows.double().mean()) < old.mean() + 1 / len(rows)


def test_responses_are_of_the_layer_itself(trained, digits):
    module, _, _ = trained
    batch = LabelledImages(digits[0].images[:6], digits[0].targets[:6])
    responses = layer_responses(module, batch)
    assert list(responses) == ["3", "6"]
    activation = module.eval()[:4](batch.images).detach().requires_grad_()
    loss = F.cross_entropy(module[4:](activation.clone()), batch.targets)
    torch.testing.assert_close(responses["3"].activation, activation.detach())
    torch.testing.assert_close(responses["3"].gradient, torch.autograd.grad(loss, activation)[0])


def test_a_trained_channel_ticket_shrinks_without_change(trained, digits):
    module, weights, masks = trained
    batch = LabelledImages(digits[0].images[:8], digits[0].targets[:8])
    ticket = refill_ticket(module, masks, weights, batch)
    fresh = convolutional(1)
    run = retrain(fresh, digits[0], digits[1], FAST, ticket.masks, seed=0)
    dead = ~ticket.masks["4.weight"]
    assert dead.any()
    assert not fresh[4].bias[dead].any()
    assert not fresh[3].bias[dead].any()
    smaller = shrink(run.module.eval())
    with torch.no_grad():
        torch.testing.assert_close(smaller(digits[2].images), fresh(digits[2].images), atol=1e-5, rtol=1e-5)
    assert smaller[3].weight.shape[0] == int((~dead).sum()) == smaller[6].weight.shape[1] == smaller[4].num_features
    assert smaller[12].weight.shape == (10, 4 * int(ticket.masks["7.weight"].sum()))
    assert fresh[3].weight.shape == (16, 8, 3, 3)


def test_shrinking_an_mlp_and_a_dead_layer():
    module = mlp()
    with torch.no_grad():
        module[1].weight[5:] = 0
        module[1].bias[5:] = 0
        module[3].weight.zero_()
        module[3].bias.zero_()
    smaller, inputs = shrink(module), torch.randn(3, 1, 8, 8)
    assert (smaller[1].out_features, smaller[3].in_features, smaller[3].out_features) == (5, 5, 1)
    torch.testing.assert_close(smaller(inputs), module(inputs))


def test_a_dead_row_with_a_bias_behind_it_stays():
    module = mlp()
    with torch.no_grad():
        module[1].weight[5:] = 0
    assert shrink(module)[1].out_features == 96


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Sequential(nn.Conv2d(2, 2, 1), nn.Softmax(1), nn.Conv2d(2, 2, 1)), "may mix channels"),
        (nn.Sequential(nn.BatchNorm2d(2), nn.Conv2d(2, 2, 1)), "batch norm '0' must follow"),
        (nn.Sequential(nn.Conv2d(2, 2, 1, groups=2)), "groups of convolution '0' must be 1, got 2"),
        (nn.Sequential(nn.Conv2d(1, 2, 1), nn.Flatten(2), nn.Linear(4, 2)), "flatten"),
    ],
)
def test_what_cannot_be_shrunk_is_refused(module, message):
    with pytest.raises(ValueError, match=message):
        shrink(module)


@pytest.mark.parametrize("fallback", ["dense", "keep", "empty"])
def test_a_layer_without_blocks_is_flagged(trained, fallback):
    module, _, masks = trained
    settings = RegroupSettings(k=2, min_rows=7, fallback=fallback)  # groups of 8 and of 6 rows
    ticket = regroup_ticket(module, masks, settings)
    assert ticket.fallbacks == {"6": fallback}
    layer, size = ticket.layers["6"], 12 * 144
    old = int(masks["6.weight"].sum())
    assert layer.kept == {"dense": size, "keep": old, "empty": 0}[fallback]
    assert layer.inside == 0
    assert ("6" in ticket.blocks) == (fallback == "empty")
    assert ticket.collapsed == (("6.weight",) if fallback == "empty" else ())
    inside, kept = ticket.layers["3"].inside, sum(part.kept for part in ticket.layers.values())
    assert ticket.block_share == inside / kept
    assert (ticket.block_share == 1) == (fallback == "empty")


def test_regrouped_masks_are_their_blocks(trained):
    module, _, masks = trained
    ticket = regroup_ticket(module, masks, BLOCKS)
    assert ticket.fallbacks == {}
    assert ticket.block_share == 1
    for name, mask in layer_masks(module, ticket.masks).items():
        union = np.zeros_like(mask)
        for rows, columns in ticket.blocks[name]:
            union[np.ix_(rows, columns)] = True
        assert (union == mask).all()
    assert ticket.density == sum(m.sum() for m in layer_masks(module, ticket.masks).values()) / (1152 + 1728)


def test_the_scale_rule_is_the_default():
    module = mlp()
    weights = {name: module.state_dict()[name] for name in all_ones(module)}
    masks = prune_smallest(weights, all_ones(module), 0.6)
    ticket = regroup_ticket(module, masks)
    assert ticket.fallbacks == {}
    for blocks in ticket.blocks.values():  # k = 96 // 32, min_rows = 96 // (4 k)
        assert 1 <= len(blocks) <= 3
        assert all(len(rows) >= 8 for rows, _ in blocks)


def test_a_fully_pruned_layer_stays_so_and_is_reported(trained, digits):
    module, weights, masks = trained
    masks = masks | {"6.weight": torch.zeros_like(masks["6.weight"])}
    batch = LabelledImages(digits[0].images[:4], digits[0].targets[:4])
    for ticket in (regroup_ticket(module, masks, BLOCKS), refill_ticket(module, masks, weights, batch)):
        assert ticket.collapsed == ("6.weight",)
        assert ticket.blocks["6"] == []
        compiled = compile_ticket(convolutional(), ticket, (4, 1, 8, 8))
        for network in compiled.values():
            logits = network(batch.images)
            torch.testing.assert_close(logits, logits[:1].expand_as(logits))


def test_masks_that_are_missing_are_refused(trained, digits):
    module, weights, masks = trained
    with pytest.raises(ValueError, match="none for layer '6'"):
        regroup_ticket(module, {"3.weight": masks["3.weight"]})
    with pytest.raises(ValueError, match="none for '6'"):
        refill_ticket(module, masks, {"3.weight": weights["3.weight"]}, digits[0])
    with pytest.raises(ValueError, match="criterion must be one of"):
        refill_ticket(module, masks, weights, digits[0], criterion="l3")
    with pytest.raises(ValueError, match="extra"):
        refill_ticket(module, masks, weights, digits[0], extra=2)
    with pytest.raises(ValueError, match="k must be an integer"):
        regroup_ticket(module, masks, RegroupSettings(k=-1))


def test_group_aware_pruning_goes_on_from_the_regrouped_mask(digits):
    module = mlp()
    prune = GroupAwarePruning(module, 0.3, BLOCKS)
    rounds = list(iterative_pruning(module, digits[0], FAST, IterativeSettings(rounds=2), seed=0, prune=prune))
    for before, round_ in pairwise(rounds):
        pruned = prune_smallest(round_.ranked, before.masks, 0.3)
        again = regroup_ticket(module, pruned, BLOCKS)
        assert all(torch.equal(again.masks[name], round_.masks[name]) for name in again.masks)
        assert all(torch.equal(round_.before[name], before.masks[name]) for name in again.masks)
    assert all(torch.equal(prune.pruned[name], pruned[name]) for name in pruned)


def test_a_ticket_of_digits_from_end_to_end(digits):
    """Prune, regroup, rewind, retrain, compile: every way gives the logits of the trained network."""
    data, valid, test = digits
    settings = MaskedSGDSettings(epochs=6, batch_size=64)
    module = mlp()
    *_, last = iterative_pruning(module, data, settings, IterativeSettings(rounds=3), seed=0, valid=valid)
    batch = LabelledImages(data.images[:64], data.targets[:64])
    tickets = {
        "unstructured": unstructured_ticket(module, last.masks),
        "refill": refill_ticket(module, last.masks, last.ranked, batch),
        "regroup": regroup_ticket(module, last.masks, BLOCKS),
    }
    for name, ticket in tickets.items():
        run = retrain(mlp(5), data, valid, settings, ticket.masks, seed=0, start=last.rewound)
        assert run.density == ticket.density
        assert accuracy(run.module, test) > 0.85, name
        with torch.no_grad():
            expected = run.module(test.images)
        for way, network in compile_ticket(run.module, ticket, tuple(test.images.shape)).items():
            torch.testing.assert_close(network(test.images), expected, atol=1e-4, rtol=1e-4, msg=f"{name} {way}")
    assert tickets["unstructured"].density == last.density == pytest.approx(0.512, abs=1e-3)
    assert tickets["unstructured"].block_share == 0
    assert tickets["refill"].block_share == 1


def test_compilation_masks_a_copy_and_uses_the_promised_paths(trained):
    module, _, masks = trained
    ticket = regroup_ticket(module, masks, BLOCKS)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    networks = compile_ticket(module, ticket, (3, 1, 8, 8))
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    paths = {way: {step.name: step.path for step in network.steps} for way, network in networks.items()}
    assert [paths["csr"][name] for name in ("0", "3", "6", "12")] == ["blocks", "csr", "csr", "blocks"]
    assert {paths["blocks"][name] for name in ("0", "3", "6", "12")} == {"blocks"}
    assert "csr" not in paths["dense"].values()
    expected, images = convolutional(), torch.randn(3, 1, 8, 8)
    expected.load_state_dict(before)
    apply_masks(expected, ticket.masks)
    with torch.no_grad():
        reference = expected.eval()(images)
    for network in networks.values():
        torch.testing.assert_close(network(images), reference, atol=1e-4, rtol=1e-4)


def test_wall_clocks_take_turns_and_compare_with_dense():
    calls: list[str] = []
    networks = {name: lambda x, name=name: calls.append(name) or x for name in ("dense", "blocks")}
    clocks = measure(networks, torch.ones(1, 1, 2, 2), warm_ups=1, rounds=3)
    assert calls == ["dense", "blocks"] * 4
    assert clocks["dense"].saved == 0
    assert all(0 <= c.fastest <= c.median for c in clocks.values())
    assert clocks["blocks"].saved == 1 - clocks["blocks"].median / clocks["dense"].median
    with pytest.raises(ValueError, match="must have 'dense' to compare with, got csr"):
        measure({"csr": networks["blocks"]}, torch.ones(1))
    with pytest.raises(ValueError, match="rounds must be >= 1"):
        measure(networks, torch.ones(1), rounds=0)
