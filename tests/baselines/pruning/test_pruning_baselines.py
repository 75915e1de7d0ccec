"""Scores against finite differences and closed forms; masks of exact density; whole channels."""

import itertools
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import prune

from baselines.pruning.admm import ADMMSettings, Splitting, admm_masks, soft_threshold
from baselines.pruning.channel_norm import channel_norm_masks
from baselines.pruning.group_lasso import fit_group_lasso, group_lasso_masks, shrink_rows
from baselines.pruning.magnitude import magnitude_masks
from baselines.pruning.random_masks import random_masks
from baselines.pruning.random_ticket import random_ticket
from baselines.pruning.saliency import grasp_masks, grasp_scores, snip_masks, snip_scores
from baselines.pruning.slimming import slimming_masks
from baselines.pruning.synaptic_flow import kept_share, synflow_masks, synflow_scores
from harness.protocols.pruning.options import MaskedSGDSettings
from harness.protocols.pruning.training.images import LabelledImages
from harness.protocols.pruning.training.layers import prunable_layers, prunable_weights
from harness.protocols.pruning.training.masks import apply_masks, density
from harness.protocols.pruning.training.retraining import retrain
from harness.protocols.pruning.training.selection import kept_at
from harness.protocols.pruning.training.sgd import train
from tests.baselines.pruning.pruning_networks import convolutional, images, mlp

FAST = MaskedSGDSettings(epochs=2, batch_size=16, learning_rate=0.05)


def ones(masks: dict[str, torch.Tensor]) -> int:
    return sum(int(mask.sum()) for mask in masks.values())


@pytest.mark.parametrize("share", [0.0, 0.1, 0.37, 0.5, 1.0])
def test_masks_have_exactly_the_density(share):
    module, data = mlp(), images((20, 6))
    found = [
        random_masks(module, share, seed=1),
        magnitude_masks(module, share),
        snip_masks(module, data, share),
        grasp_masks(module, data, share),
        grasp_masks(module, data, share, abs=True),
    ]
    if share:
        found += [synflow_masks(module, share, (6,), schedule=schedule) for schedule in ("paper", "code")]
    assert [ones(masks) for masks in found] == [kept_at(share, 50)] * len(found)
    assert all(list(masks) == ["0.weight", "2.weight"] for masks in found)


def test_random_masks_are_uniform_over_all_layers():
    drawn = [random_masks(mlp(), 0.3, seed=seed) for seed in range(400)]
    shares = torch.cat([sum(d[name].double() for d in drawn).reshape(-1) / 400 for name in drawn[0]])
    assert float((shares - 0.3).abs().max()) < 5 * math.sqrt(0.3 * 0.7 / 400)
    assert ones(drawn[0]) == 15
    assert any(not torch.equal(drawn[0][n], drawn[1][n]) for n in drawn[0])


def test_one_shot_magnitude_equals_torch():
    module = convolutional()
    masks = magnitude_masks(module, 0.23)
    layers = prunable_layers(module)
    prune.global_unstructured([(x, "weight") for x in layers.values()], prune.L1Unstructured, amount=1 - 0.23)
    assert all(torch.equal(masks[f"{name}.weight"], layer.weight_mask.bool()) for name, layer in layers.items())


def summed_loss(module: nn.Module, data: LabelledImages, temperature: float) -> float:
    with torch.no_grad():
        return float(F.cross_entropy(module(data.images) / temperature, data.targets, reduction="sum"))


def smooth() -> nn.Sequential:
    """A network without kinks, in float64, so that differences converge."""
    torch.manual_seed(4)
    layers = [nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3)]
    return nn.Sequential(*layers).double()


def test_snip_scores_equal_finite_differences():
    module, data = smooth(), images((7, 4), dtype=torch.float64)
    scores = snip_scores(module, data, batch_size=3)
    for name, weight in prunable_weights(module).items():
        for index in range(weight.numel()):
            entry = weight.data.view(-1)
            old, step = float(entry[index]), 1e-5
            entry[index] = old + step
            above = summed_loss(module, data, 1.0)
            entry[index] = old - step
            below = summed_loss(module, data, 1.0)
            entry[index] = old
            expected = abs(old * (above - below) / (2 * step))
            assert float(scores[name].view(-1)[index]) == pytest.approx(expected, abs=1e-7)


def test_grasp_scores_equal_finite_differences_of_the_gradient():
    module, data, temperature = smooth(), images((7, 4), dtype=torch.float64), 3.0
    weights = list(prunable_weights(module).values())

    def gradient() -> list[torch.Tensor]:
        loss = F.cross_entropy(module(data.images) / temperature, data.targets, reduction="sum")
        return list(torch.autograd.grad(loss, weights))

    scores = grasp_scores(module, data, batch_size=3, temperature=temperature)
    direction, step = gradient(), 1e-5
    with torch.no_grad():
        starts = [weight.clone() for weight in weights]
    ends = []
    for sign in (1, -1):
        for weight, start, move in zip(weights, starts, direction, strict=True):
            weight.data.copy_(start + sign * step * move)
        ends.append(gradient())
    for score, start, above, below in zip(scores.values(), starts, *ends, strict=True):
        torch.testing.assert_close(score, -start * (above - below) / (2 * step), rtol=1e-5, atol=1e-7)


def test_grasp_prunes_the_largest_scores_and_its_other_form_the_smallest_magnitudes():
    module, data = mlp(), images((20, 6))
    scores = torch.cat([s.reshape(-1) for s in grasp_scores(module, data).values()])
    signed = torch.cat([m.reshape(-1) for m in grasp_masks(module, data, 0.4).values()])
    unsigned = torch.cat([m.reshape(-1) for m in grasp_masks(module, data, 0.4, abs=True).values()])
    assert scores[signed].max() <= scores[~signed].min()
    assert scores[unsigned].abs().min() >= scores[~unsigned].abs().max()
    assert not torch.equal(signed, unsigned)
    with pytest.raises(ValueError, match="temperature must be positive, got 0"):
        grasp_scores(module, data, temperature=0)


def test_scores_leave_network_and_statistics_as_they_were():
    module, data = convolutional().eval(), images((9, 1, 5, 5))
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    snip_scores(module, data)
    grasp_scores(module, data)
    synflow_scores(module, (1, 5, 5))
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert not any(layer.training for layer in module.modules())
    assert all(parameter.grad is None for parameter in module.parameters())


def test_synflow_scores_in_closed_form():
    module = mlp()
    a, b, c = (module[i].weight.detach().double().abs() for i in (0, 2, 4))
    into = a @ torch.ones(6, dtype=torch.float64)
    out = torch.ones(3, dtype=torch.float64) @ c
    scores = synflow_scores(module, (6,))
    torch.testing.assert_close(scores["0.weight"], a * (out @ b)[:, None])
    torch.testing.assert_close(scores["2.weight"], b * out[:, None] * into[None])


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=15)
def test_synaptic_flow_is_conserved_from_layer_to_layer_and_by_every_neuron(seed):
    module = convolutional(seed).train()
    module(torch.randn(8, 1, 5, 5))  # batch statistics other than 0 and 1
    masks = random_masks(module, 0.7, seed=seed)
    totals = [float(score.sum()) for score in synflow_scores(module, (1, 5, 5), masks).values()]
    assert totals[0] == pytest.approx(totals[1], rel=1e-9)
    assert totals[0] > 0
    scores = synflow_scores(mlp(seed), (6,))
    torch.testing.assert_close(scores["0.weight"].sum(1), scores["2.weight"].sum(0))


def test_synflow_avoids_the_collapse_of_one_shot_scores():
    torch.manual_seed(0)
    widths = [64, 64, 64, 8, 64, 64, 10]
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    module = nn.Sequential(*layers[:-1])
    masks = synflow_masks(module, 0.002, (64,))
    assert all(bool(mask.any()) for mask in masks.values())
    apply_masks(module, masks)
    assert all(float(score.sum()) > 0 for score in synflow_scores(module, (64,), masks).values())


def test_synflow_schedules_end_at_the_density_and_fall():
    for schedule in ("paper", "code"):
        for share in (0.001, 0.2, 0.8, 0.995, 1.0):
            kept = [kept_share(share, step, 100, schedule) for step in range(100)]
            assert kept[-1] == share
            assert all(a >= b for a, b in itertools.pairwise(kept))
    assert kept_share(0.25, 49, 100, "paper") == 0.5
    assert kept_share(0.2, 49, 100, "code") == pytest.approx(1 - math.sqrt(80) / 100)
    for share, steps, schedule, message in (
        (0.0, 100, "paper", "above 0"), (0.5, 0, "paper", "steps"), (0.5, 9, "linear", "paper or code"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            synflow_masks(mlp(), share, (6,), steps=steps, schedule=schedule)


def test_admm_converges_to_the_lasso_and_becomes_feasible():
    torch.manual_seed(0)
    target, alpha, rho = torch.randn(50, dtype=torch.float64), 0.4, 1.0
    weight = torch.zeros(50, dtype=torch.float64, requires_grad=True)
    splitting, gaps = Splitting([weight], rho, alpha), []
    for _ in range(200):
        with torch.no_grad():  # the minimiser of |w - target|^2 / 2 + rho/2 |w - z + u|^2
            weight.copy_((target + rho * (splitting.sparse[0] - splitting.dual[0])) / (1 + rho))
        (gradient,) = torch.autograd.grad((weight - target).square().sum() / 2 + splitting.penalty(), weight)
        assert float(gradient.abs().max()) < 1e-12
        splitting.update()
        gaps.append(splitting.gap)
    assert gaps[-1] < 1e-10 < gaps[0]
    torch.testing.assert_close(weight.detach(), soft_threshold(target, alpha), atol=1e-8, rtol=0)
    assert (splitting.sparse[0] == 0).sum() == (target.abs() <= alpha).sum() > 0


def test_admm_pulls_weights_to_their_sparse_copy():
    module, data = mlp(), images((60, 6))
    strong = ADMMSettings(rho=0.3, alpha=0.005, epochs=60, learning_rate=0.1)
    masks, splitting = admm_masks(module, data, 0.3, replace(FAST, momentum=0.5), strong, seed=0)
    assert ones(masks) == 15
    norm = math.sqrt(sum(float(w.detach().square().sum()) for w in prunable_weights(module).values()))
    assert splitting.gap < 0.1 * norm
    assert norm > 0.3  # it is not feasible for want of weights
    assert any((z == 0).any() for z in splitting.sparse)
    with pytest.raises(ValueError, match="rho must be positive, got 0"):
        ADMMSettings(rho=0)


def whole_channels(module: nn.Module, masks: dict[str, torch.Tensor]) -> None:
    for name in prunable_weights(module):
        rows = masks[name].reshape(len(masks[name]), -1)
        assert bool((rows.all(1) | ~rows.any(1)).all())
        assert bool(rows.any())


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 1.0])
def test_channel_norm_drops_the_channels_of_torch(share):
    module = convolutional()
    masks = channel_norm_masks(module, share, torch.ones(1, 1, 4, 4))
    whole_channels(module, masks)
    assert torch.equal(masks["4.weight"], masks["3.weight"][:, 0, 0, 0])
    for name, layer in prunable_layers(module).items():
        prune.ln_structured(layer, "weight", amount=1 - share, n=1, dim=0)
        assert torch.equal(masks[f"{name}.weight"], layer.weight_mask.bool())


def test_channel_norm_never_drops_the_last_channel():
    masks = channel_norm_masks(mlp(), 0.01, torch.ones(1, 6))
    assert [int(masks[name].any(1).sum()) for name in ("0.weight", "2.weight")] == [1, 1]
    assert int(masks["0.bias"].sum()) == 1


def test_slimming_removes_whole_channels_of_smallest_scale():
    module, data = convolutional(), images((32, 1, 5, 5))
    masks = slimming_masks(module, data, 0.5, FAST, seed=0)
    whole_channels(module, masks)
    kept = density(module, masks)
    assert 0.5 <= kept < 0.5 + 36 / 246
    gammas = torch.cat([module[4].weight, module[7].weight]).detach().abs()
    alive = torch.cat([masks["4.weight"], masks["7.weight"]])
    best = {int(module[4].weight.abs().argmax()), 6 + int(module[7].weight.abs().argmax())}
    ranked = [i for i in gammas.argsort().tolist() if i not in best]
    assert [i for i in ranked if not alive[i]] == ranked[: int((~alive).sum())]
    data_after = retrain(module, data, data, FAST, masks, seed=0)
    assert not data_after.module[4].weight[~masks["4.weight"]].any()


def test_the_slimming_penalty_shrinks_scales():
    data, sums = images((32, 1, 5, 5)), []
    for strength in (0.0, 0.1):
        module = convolutional()
        slimming_masks(module, data, 0.5, MaskedSGDSettings(epochs=20, batch_size=16), seed=0, strength=strength)
        sums.append(sum(float(module[i].weight.detach().abs().sum()) for i in (4, 7)))
    assert sums[1] < 0.8 * sums[0]


def test_slimming_needs_batch_norms():
    with pytest.raises(ValueError, match="none after '0'"):
        slimming_masks(mlp(), images((8, 6)), 0.5, FAST, seed=0)
    with pytest.raises(ValueError, match="strength must be >= 0, got -1"):
        slimming_masks(convolutional(), images((8, 1, 5, 5)), 0.5, FAST, seed=0, strength=-1)


def test_the_proximal_step_minimises_its_objective():
    torch.manual_seed(0)
    start, step = torch.randn(6, 4, 3, dtype=torch.float64), 0.5
    shrunk = start.clone()
    shrink_rows([shrunk], step)

    def objective(w: torch.Tensor) -> torch.Tensor:
        rows = w.reshape(6, -1)
        return ((w - start).square().sum() / 2) + step * math.sqrt(12) * rows.norm(dim=1).sum()

    for _ in range(50):
        assert objective(shrunk) <= objective(shrunk + 0.1 * torch.randn_like(shrunk))
    norms = start.reshape(6, -1).norm(dim=1)
    assert torch.equal(shrunk.reshape(6, -1).any(1), norms > step * math.sqrt(12))
    zero = torch.zeros(2, 3)
    shrink_rows([zero], 1.0)
    assert torch.equal(zero, torch.zeros(2, 3))


def test_the_group_lasso_kills_more_rows_the_stronger_it_is():
    data, shares = images((60, 6)), []
    for strength in (0.0, 0.02, 10.0):
        module = mlp()
        fit = fit_group_lasso(module, data, MaskedSGDSettings(epochs=10, batch_size=16), strength=strength, seed=0)
        assert fit.density == density(module, fit.masks)
        shares.append(fit.density)
    assert shares[0] == 1 >= shares[1] > shares[2] == 0
    with pytest.raises(ValueError, match="strength"):
        fit_group_lasso(mlp(), data, FAST, strength=-1, seed=0)


def test_the_group_lasso_is_tuned_to_a_density():
    module, data = mlp(), images((60, 6))
    fit = group_lasso_masks(module, data, 0.5, MaskedSGDSettings(epochs=10, batch_size=16), seed=0, trials=10)
    assert abs(fit.density - 0.5) <= 0.2
    assert 0 < fit.strength < 1
    for name in prunable_weights(module):
        assert torch.equal(module.state_dict()[name].any(1), fit.masks[name].any(1))
    for target, trials, message in ((1.5, 3, "density"), (0.5, 0, "trials")):
        with pytest.raises(ValueError, match=message):
            group_lasso_masks(module, data, target, FAST, seed=0, trials=trials)


def test_a_random_ticket_has_the_masks_on_other_weights():
    data, masks = images((30, 6)), random_masks(mlp(), 0.4, seed=0)
    ticket = random_ticket(mlp, data, data, FAST, masks, seed=0, fresh_seed=9)
    fresh = mlp(9)
    train(fresh, data, FAST, seed=0, masks=masks, valid=data).best.restore(fresh)
    assert all(torch.equal(t, fresh.state_dict()[n]) for n, t in ticket.module.state_dict().items())
    assert ticket.density == 0.4
    assert all(not ticket.module.state_dict()[n][~m].any() for n, m in masks.items())
    own = retrain(mlp(), data, data, FAST, masks, seed=0)
    assert not torch.equal(own.module[0].weight, ticket.module[0].weight)
    assert len(ticket.training.curve) == FAST.epochs


def test_nan_weights_are_not_ranked():
    module = mlp()
    module[0].weight.data[1, 1] = math.nan
    data = images((8, 6))
    for find in (
        lambda: magnitude_masks(module, 0.5),
        lambda: channel_norm_masks(module, 0.5, torch.ones(1, 6)),
        lambda: snip_masks(module, data, 0.5),
        lambda: synflow_masks(module, 0.5, (6,)),
    ):
        with pytest.raises(ValueError, match="nan"):
            find()
