"""What all pruners share: rewinding, levels, the choice of rounds, and the ways to compute a ticket."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from harness.contract.options import build_options
from harness.protocols.pruning.options import PruningOptions
from harness.protocols.pruning.training.compressed_rows import compile_rows
from harness.protocols.pruning.training.first_fit import first_fits
from harness.protocols.pruning.training.folding import fold_norms
from harness.protocols.pruning.training.iterative import iterative_pruning
from harness.protocols.pruning.training.masks import all_ones
from harness.protocols.pruning.training.networks import NETWORKS, network_factory
from harness.protocols.pruning.training.problem import DensityLevel
from harness.protocols.pruning.training.tickets import TrainedTicket, channel_blocks
from tests.pruning_trials import PERCEPTRON, problem, single_thread

pytestmark = pytest.mark.usefixtures(single_thread.__name__)


@pytest.mark.parametrize("epoch", [0, 1])
def test_rewound_weights_are_those_of_the_pruning_rounds(epoch: int) -> None:
    whole = problem(PERCEPTRON | {"rewind_epoch": epoch})
    dense = next(
        iterative_pruning(
            whole.initial(), whole.train, whole.options.training, whole.options.pruning, seed=whole.batch_seed
        )
    )
    rewound = whole.rewound()
    assert set(rewound.tensors) == set(dense.rewound.tensors)
    for name, tensor in dense.rewound.tensors.items():
        assert torch.equal(rewound.tensors[name], tensor), name


def test_levels_are_the_counts_of_pruning_rounds() -> None:
    levels = problem(PERCEPTRON | {"rounds": [1, 2, 3]}).levels
    total = 24 * 64 + 16 * 24
    assert [level.percent for level in levels] == [80, 64, 51]
    left = total
    for level in levels:
        left -= round(0.2 * left)
        assert level.density == left / total
        assert level.allowed == pytest.approx((left + 64 + 24) / total)


def test_options_are_read_from_plain_values() -> None:
    options = build_options(PruningOptions, {"hidden": [3, 2], "rounds": [1], "milestones": []}, "task 't'")
    assert (options.hidden, options.rounds, options.milestones) == ((3, 2), (1,), ())
    assert options.training.rate(7) == options.learning_rate


def test_images_are_halved_and_standardised() -> None:
    plain = problem(PERCEPTRON)
    halved = problem(PERCEPTRON | {"halvings": 1, "mean": [0.5], "deviation": [0.2], "train_images": 7})
    assert halved.train.images.shape == (7, 1, 4, 4)
    expected = (plain.train.images[:7].reshape(7, 1, 4, 2, 4, 2).mean(dim=(3, 5)) - 0.5) / 0.2
    torch.testing.assert_close(halved.train.images, expected)


@given(
    st.lists(st.floats(0.01, 0.99), min_size=1, max_size=12).map(lambda d: sorted(d, reverse=True)),
    st.lists(st.floats(0.01, 1.0), min_size=1, max_size=4).map(lambda a: sorted(a, reverse=True)),
)
def test_each_level_gets_the_first_round_that_fits(densities: list[float], allowed: list[float]) -> None:
    rounds = [SimpleNamespace(number=k + 1, kept=d) for k, d in enumerate(densities)]
    levels = [DensityLevel(k, a, a) for k, a in enumerate(allowed)]
    made: list[int] = []

    def tickets():  # type: ignore[no-untyped-def]
        for step in rounds:
            made.append(step.number)
            yield step

    if densities[-1] > allowed[-1]:
        with pytest.raises(ValueError, match=f"no round up to {len(rounds)} gives a ticket of at most"):
            first_fits(tickets(), levels, lambda step, level, x: step.kept, lambda kept: kept)
        return
    fits = first_fits(tickets(), levels, lambda step, level, x: step.kept, lambda kept: kept)
    for fit, level in zip(fits, levels, strict=True):
        assert fit.ticket <= level.allowed
        assert all(d > level.allowed for d in densities[: fit.round.number - 1])
    assert made[-1] == max(fit.round.number for fit in fits)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_are_built_from_a_seed(name: str) -> None:
    hidden = (5,) if name == "perceptron" else ()
    shape = (3, 32, 32) if name == "vgg16" else (1, 16, 16)
    state = torch.get_rng_state()
    build = network_factory(name, shape, 4, hidden)
    one, same, other = build(1), build(1), build(2)
    assert torch.equal(torch.get_rng_state(), state)
    first = next(iter(one.parameters()))
    assert torch.equal(first, next(iter(same.parameters())))
    assert not torch.equal(first, next(iter(other.parameters())))
    assert one.eval()(torch.rand(2, *shape)).shape == (2, 4)


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (1, 2, 2), ((2, 1), (0, 1), 1)])
def test_compressed_rows_compute_the_network(stride, padding, dilation) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(),
        nn.Conv2d(4, 6, 3, stride, padding, dilation), nn.BatchNorm2d(6), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3),
    )  # fmt: skip
    module(torch.rand(8, 2, 9, 7))  # running statistics away from 0 and 1
    module.eval()
    with torch.no_grad():
        module[2].weight *= torch.rand_like(module[2].weight) < 0.3
    images = torch.rand(5, 2, 9, 7)
    (way,) = compile_rows(module, images.shape).values()
    torch.testing.assert_close(way(images), module(images), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(fold_norms(module)(images), module(images), atol=1e-5, rtol=1e-5)


def test_the_share_inside_blocks_is_counted() -> None:
    module = problem(PERCEPTRON).initial()
    masks = all_ones(module)
    first, second = masks
    masks[first][3:] = False
    masks[second][:, 5:] = False
    blocks = channel_blocks(module, masks)
    assert {name: (list(rows), len(columns)) for name, [(rows, columns)] in blocks.items()} == {
        first.removesuffix(".weight"): ([0, 1, 2], 64)
    }
    inside, kept = 3 * 64, 3 * 64 + 16 * 5
    assert TrainedTicket(module, masks, blocks).block_share(masks) == inside / kept
    half = {second.removesuffix(".weight"): [(np.arange(8), np.arange(9))]}
    assert TrainedTicket(module, masks, half).block_share(masks) == 8 * 5 / kept
