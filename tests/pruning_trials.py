"""Tiny trials of network pruning, from the view to the metrics, without an executor."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import torch

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.contract.options import build_options
from harness.contract.report import Report
from harness.data.split import Split
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.pruning.metrics import METRICS
from harness.protocols.pruning.network_pruning import NetworkPruning
from harness.protocols.pruning.options import PruningOptions
from harness.protocols.pruning.training.problem import PruningProblem, pruning_problem
from harness.trial import Trial

PROTOCOL = NetworkPruning()
PERCEPTRON = {
    "network": "perceptron",
    "hidden": [24, 16],
    "epochs": 2,
    "batch": 15,
    "rounds": [2, 4],
    "milestones": [],
}
CONVOLUTIONS = {
    "network": "four-convolutions", "epochs": 2, "batch": 32, "rounds": [1, 3], "milestones": [], "rewind_epoch": 1,
}  # fmt: skip


@pytest.fixture
def single_thread() -> Iterator[None]:
    """One thread of torch, as workers have: tiny tensors gain nothing from more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def blobs(images: int = 90, side: int = 8, seed: int = 0) -> ImageDataset:
    """Noisy images of three classes, each with a bright band of its own."""
    rng = np.random.default_rng(seed)
    targets = np.arange(images) % 3
    pixels = rng.normal(90, 25, (images, side, side))
    for label in range(3):
        pixels[targets == label, label * 2 : label * 2 + 2] += 90
    third = images // 3
    split = Split(np.arange(third), np.arange(third, 2 * third), np.arange(2 * third, images))
    return ImageDataset("blobs", pixels.clip(0, 255).astype(np.uint8), targets, 3, [split], "", "")


def context(contender: type[Contender], seed: int = 0, given: Mapping[str, Any] = PERCEPTRON) -> Context:
    """The context of a smoke trial."""
    trial = Trial("blobs", "one", seed=seed, profile="smoke")
    return Context(trial, options=options(given), streams=contender.streams)


def options(given: Mapping[str, Any]) -> PruningOptions:
    """The options of a task, read from plain values."""
    built: PruningOptions = build_options(PruningOptions, given, "task 'blobs'")
    return built


def problem(given: Mapping[str, Any], data: ImageDataset | None = None) -> PruningProblem:
    """The problem of a trial on the blobs."""
    data = data or blobs()
    train, valid = (
        ImageSet(data.images[part], 3, data.targets[part]) for part in (data.splits[0].train, data.splits[0].valid)
    )
    return pruning_problem(train, valid, options(given), 1, 2)


def run(contender: type[Contender], given: Mapping[str, Any], data: ImageDataset | None = None) -> Report:
    """Run a trial in this process, as a worker does."""
    data = data or blobs()
    split = data.splits[0]
    PROTOCOL.check(contender, "one")
    return PROTOCOL.run(
        contender,
        PROTOCOL.inputs(data),
        PROTOCOL.view(data, split),
        lambda: PROTOCOL.reveal(data, split),
        context(contender, given=given),
    )


def metrics(report: Report, data: ImageDataset | None = None) -> dict[str, float]:
    """Score a trial's report; every metric is declared."""
    data = data or blobs()
    scored = PROTOCOL.score(data, data.splits[0], "accuracy", report)
    METRICS.check(scored, PROTOCOL.name)
    return scored
