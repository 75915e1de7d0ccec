"""Options, optimisers, learning rates, augmentation and the wide residual network of tasks with noisy labels."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from baselines.noisy_labels.cross_entropy import NoSideInformation
from harness.protocols.noisy_labels.options import ClassificationOptions
from harness.protocols.noisy_labels.training.embedding_networks import embedding_network
from harness.protocols.noisy_labels.training.schedule import (
    moved_and_mirrored,
    optimiser_of,
    rate_factor,
    rates_of,
)
from tests.baselines.noisy_labels.trials import accuracy, run
from tests.harness.protocols.noisy_labels.small_crowds import noisy_bands
from tests.pruning_trials import single_thread

pytestmark = pytest.mark.usefixtures(single_thread.__name__)

PUBLISHED = ClassificationOptions(
    network="wide-resnet-28-10", hidden=(), epochs=200, batch=512, learning_rate=0.4, optimiser="sgd",
    weight_decay=2e-4, milestones=(60, 120, 160), warm_up=1, crop_and_flip=True,
)  # fmt: skip


def test_rates_of_the_published_schedule() -> None:
    assert rate_factor(0, PUBLISHED) == pytest.approx(1e-3, rel=2e-3)
    assert rate_factor(0.5, PUBLISHED) == pytest.approx(0.5, abs=1e-3)
    found = [rate_factor(epoch, PUBLISHED) for epoch in (1, 59.99, 60, 119.9, 120, 160, 199)]
    assert found == pytest.approx([1, 1, 0.2, 0.2, 0.04, 0.008, 0.008])


def test_sgd_follows_torch_and_the_schedule() -> None:
    layer = nn.Linear(1, 1)
    given = ClassificationOptions(optimiser="sgd", learning_rate=0.5, momentum=0.9, milestones=(1,))
    optimiser = optimiser_of(layer.parameters(), given)
    rates = rates_of(optimiser, given, steps_an_epoch=2)
    seen = []
    for _ in range(4):
        seen.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        rates.step()
    assert seen == pytest.approx([0.5, 0.5, 0.1, 0.1])
    assert optimiser.param_groups[0]["nesterov"]


def test_without_a_schedule_adam_keeps_its_rate() -> None:
    layer = nn.Linear(1, 1)
    groups = [{"params": [layer.weight], "lr": 0.1}, {"params": [layer.bias]}]
    optimiser = optimiser_of(groups, ClassificationOptions())
    rates = rates_of(optimiser, ClassificationOptions(), 3)
    for _ in range(5):
        optimiser.step()
        rates.step()
    assert [group["lr"] for group in optimiser.param_groups] == [0.1, 1e-3]
    assert isinstance(optimiser, torch.optim.Adam)


def test_images_move_by_4_pixels_at_most_and_half_are_mirrored() -> None:
    torch.manual_seed(0)
    images = torch.zeros(4000, 1, 11, 11)
    images[:, 0, 5, 5] = 1.0
    images[:, 0, 5, 6] = 0.5
    found = moved_and_mirrored(images)[:, 0]
    ones, halves = (found == value for value in (1.0, 0.5))
    rows, columns = np.nonzero(ones.any(dim=0).numpy())
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (1, 9, 1, 9)
    side = halves.nonzero()[:, 2] - ones.nonzero()[halves.nonzero()[:, 0], 2]
    assert set(side.tolist()) <= {-1, 1}
    assert 0.45 < (side == -1).float().mean() < 0.55
    shares = ones.float().mean(dim=0)[1:10, 1:10]
    assert shares.max() < 2 / 81


class TestWideResidualNetwork:
    def test_wrn_28_10_has_36_and_a_half_million_parameters(self) -> None:
        """36.5 M in the paper's table 1."""
        with torch.device("meta"):
            network = embedding_network("wide-resnet-28-10", (3, 32, 32), 10)
        assert sum(p.numel() for p in network.parameters()) == 36_479_194
        assert network.width == 640
        convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)]
        assert len(convolutions) + 1 + 2 == 28, "25 of 3 x 3, three projections aside, and the linear layer"

    def test_shapes_and_stages(self) -> None:
        network = embedding_network("wide-resnet-10-1", (3, 32, 32), 4, seed=0).eval()
        shapes, x = [], torch.zeros(2, 3, 32, 32)
        for layer in list(network.body)[:4]:
            x = layer(x)
            shapes.append(tuple(x.shape[1:]))
        assert shapes == [(16, 32, 32), (16, 32, 32), (32, 16, 16), (64, 8, 8)]
        assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 4)

    def test_a_block_without_weights_is_the_identity(self) -> None:
        network = embedding_network("wide-resnet-10-1", (1, 8, 8), 4, seed=0).eval()
        block = network.body[1]
        block.conv2.weight.data.zero_()
        x = torch.randn(2, 16, 8, 8)
        assert torch.equal(block(x), x)

    @pytest.mark.parametrize("name", ["wide-resnet-9-1", "wide-resnet-4-1", "wide-resnet-10-0", "wide-resnet-12-1"])
    def test_depths_that_cannot_be_are_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="needs depth 6 m \\+ 4 and width 1 or more"):
            embedding_network(name, (1, 8, 8), 4)

    def test_it_trains_by_the_published_schedule(self) -> None:
        data = noisy_bands({"kind": "annotators", "count": 4, "bad": 0.0, "labels_an_image": 2})
        options = ClassificationOptions(
            network="wide-resnet-10-1", hidden=(), epochs=6, batch=16, learning_rate=0.05, optimiser="sgd",
            weight_decay=2e-4, milestones=(4,), warm_up=1,
        )  # fmt: skip
        report = run(NoSideInformation, data, options=options)
        assert accuracy(report, data) > 0.7
        assert np.array_equal(
            run(NoSideInformation, data, options=options)["probabilities"], report["probabilities"]
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs must be positive, got 0"),
        ({"learning_rate": float("nan")}, "learning_rate must be positive, got nan"),
        ({"hidden": (0,)}, r"hidden must be positive widths, got \(0,\)"),
        ({"optimiser": "lion"}, "optimiser must be one of adam, sgd, got 'lion'"),
        ({"momentum": 1.0}, r"momentum is out of its range, got 1\.0"),
        ({"decay": 0.0}, r"decay is out of its range, got 0\.0"),
        ({"weight_decay": -1.0}, r"weight_decay is out of its range, got -1\.0"),
        ({"warm_up": -1}, "warm_up is out of its range, got -1"),
        ({"milestones": (60, 60)}, r"milestones must be rising epochs, got \(60, 60\)"),
        ({"milestones": (0, 60)}, r"milestones must be rising epochs, got \(0, 60\)"),
    ],
)
def test_options_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ClassificationOptions(**changes)
