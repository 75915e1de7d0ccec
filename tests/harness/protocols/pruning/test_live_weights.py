"""Live weights: counted by paths, by a brute-force perturbation, and in networks shrunken for real."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from harness.catalog import contenders
from harness.contract.contender import Contender
from harness.protocols.images.training.residual_networks import ResidualNetwork
from harness.protocols.pruning.training.evaluation import PrunedNetworks
from harness.protocols.pruning.training.layers import prunable_layers, prunable_weights
from harness.protocols.pruning.training.live import live_density, live_masks
from harness.protocols.pruning.training.masks import Masks, all_ones, apply_masks
from harness.protocols.pruning.training.matching import matched
from harness.protocols.pruning.training.problem import DensityLevel
from harness.protocols.pruning.training.shrinking import shrink
from harness.targets import resolve
from tests.pruning_trials import CONVOLUTIONS, PERCEPTRON, context, problem, single_thread

pytestmark = pytest.mark.usefixtures(single_thread.__name__)


def perceptron() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(9, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 6), nn.ReLU(),
        nn.Linear(6, 2),
    )  # fmt: skip


def convolutional() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(inplace=True),
        nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(4, 5, 3, padding=1, bias=False), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 2),
    )  # fmt: skip


def residual() -> nn.Module:
    return ResidualNetwork(1, (3, 5), (1, 2), 2, shortcut="A")


NETWORKS = {
    "perceptron": (perceptron, (1, 3, 3)),
    "convolutional": (convolutional, (1, 6, 6)),
    "residual": (residual, (1, 8, 8)),
}


def drawn(module: nn.Module, seed: int, share: float) -> Masks:
    """Masks of random slices (output channel, input channel), so that many channels die."""
    rng = np.random.default_rng(seed)
    masks = all_ones(module)
    for mask in masks.values():
        mask &= torch.from_numpy(rng.random(mask.shape[:2]) < share).reshape(
            *mask.shape[:2], *[1] * (mask.ndim - 2)
        )
    return masks


def by_removal(module: nn.Module, masks: Masks, shape: tuple[int, ...]) -> dict[str, Tensor]:
    """Whether each slice matters: with positive weights and inputs, and nothing added, its removal is felt."""
    module = module.double().eval()
    torch.manual_seed(1)
    with torch.no_grad():
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            if name.endswith(("bias", "running_mean")):
                tensor.zero_()
            elif tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5)
        apply_masks(module, masks)
        images = torch.rand(2, *shape, dtype=torch.float64) + 0.5
        whole = module(images)
        felt = {}
        for name, weight in prunable_weights(module).items():
            felt[name] = torch.zeros_like(masks[name])
            for o, i in np.ndindex(*weight.shape[:2]):
                before = weight[o, i].clone()
                weight[o, i] = 0.0
                felt[name][o, i] = not torch.equal(module(images), whole)
                weight[o, i] = before
    return felt


@pytest.mark.parametrize("name", NETWORKS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.15, 0.3, 0.6]))
def test_a_weight_is_live_if_its_removal_is_felt(name: str, seed: int, share: float) -> None:
    build, shape = NETWORKS[name]
    module = build()
    masks = drawn(module, seed, share)
    live = live_masks(module, masks, shape)
    for weight, felt in by_removal(build(), masks, shape).items():
        assert torch.equal(live[weight], felt & masks[weight])
    again = live_masks(module, live, shape)
    assert all(torch.equal(again[key], live[key]) for key in live)


def test_channels_die_both_ways() -> None:
    module = perceptron()
    masks = all_ones(module)
    masks["1.weight"][0] = False  # neuron 0 of the first layer has no input: four weights that read it are dead
    masks["5.weight"][:, 1] = False  # nobody reads neuron 1 of the second layer: its five weights are dead
    live = live_masks(module, masks, (1, 3, 3))
    assert int(live["1.weight"].sum()) == 4 * 9
    assert int(live["3.weight"].sum()) == 4 * 5 - 4 - 5 + 1
    assert int(live["5.weight"].sum()) == 6 * 3
    assert live["1.bias"].tolist() == [False, True, True, True, True]
    assert live["3.bias"].tolist() == [True, False, True, True]
    assert live_density(module, masks, (1, 3, 3)) == (36 + 12 + 18) / (45 + 20 + 24)


def test_channels_of_half_the_width_are_a_quarter_of_the_weights() -> None:
    """Two wide layers, half of the neurons of each kept: the masks keep a half, but a neuron reads half as many."""
    module = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 3)
    )
    masks = all_ones(module)
    for mask in masks.values():
        mask[20:] = False
    assert live_density(module, masks, (1, 8, 8)) == (20 * 64 + 20 * 20) / (40 * 64 + 40 * 40)


CONTENDERS = {name: entry for name, entry in contenders().items() if entry.protocol == "network-pruning"}
NORMED = ("refill", "regroup", "imp", "channel-l1", "network-slimming", "random-mask")


@pytest.mark.parametrize(
    ("name", "options"), [*((name, PERCEPTRON) for name in CONTENDERS), *((name, CONVOLUTIONS) for name in NORMED)]
)
def test_live_density_is_that_of_the_shrunken_network(name: str, options: dict) -> None:
    contender: type[Contender] = resolve(CONTENDERS[name].target)
    whole = problem(options)
    pruner = contender(contender.configurations("smoke")[0])
    networks = PrunedNetworks(pruner.prune(whole, context(contender, given=options)), whole)  # type: ignore[attr-defined]
    total = sum(weight.numel() for weight in prunable_weights(whole.initial()).values())
    images = whole.valid.images
    for ticket, share in zip(networks.tickets, networks.counted()["density"], strict=True):
        smaller = shrink(ticket.module).eval()
        with torch.no_grad():
            torch.testing.assert_close(smaller(images), ticket.module.eval()(images), atol=1e-5, rtol=1e-5)
        weights = [layer.weight for layer in prunable_layers(smaller).values()]
        assert sum(int(torch.count_nonzero(weight)) for weight in weights) == round(share * total)
        if ticket.blocks and all(len(blocks) == 1 for blocks in ticket.blocks.values()):  # whole channels
            assert sum(weight.numel() for weight in weights) == round(share * total)
        for weight in weights:
            assert bool(weight.flatten(1).any(1).all())  # every channel has an input ...
        for weight in weights[1:]:
            assert bool(weight.transpose(0, 1).flatten(1).any(1).all())  # ... and a reader


def test_a_parameter_is_bisected_for_the_level() -> None:
    level = DensityLevel(6, 0.26, 0.27)
    assert matched(lambda x: 0.2 + 0.3 * x, float, level) == pytest.approx(0.26, rel=0.006)
    assert matched(lambda x: 0.265 + x, float, level) == 0.265  # within what the level allows already
    assert matched(lambda x: 0.1 if x < 0.5 else 0.269, float, level) == 0.269  # the nearer of two
    assert matched(lambda x: 0.1 if x < 0.5 else 0.3, float, level) == 0.1  # more than allowed is none
