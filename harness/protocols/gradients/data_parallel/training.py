"""A run of data-parallel SGD on a multilayer perceptron: one rank of it, all ranks in processes, or all simulated.

Every rank takes its share of the same global batches; runs differ in how gradients are exchanged.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from harness.errors import BenchError
from harness.protocols.gradients.data_parallel.communication import Communication, CompressedCommunication, Wire
from harness.protocols.gradients.data_parallel.contract import BucketLayout
from harness.protocols.gradients.data_parallel.group import agree, checksum, same_on_all_ranks, signature
from harness.protocols.gradients.data_parallel.launch import run_ranks
from harness.protocols.gradients.data_parallel.simulation import Simulation
from harness.protocols.gradients.data_parallel.stopwatch import StepTimes, Stopwatch
from harness.protocols.gradients.data_parallel.traffic import loopback_bytes
from harness.protocols.gradients.data_parallel.worker import Compression
from harness.seeds import derive_seed, stream

Examples = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]
"""Features (N, d) and classes (N,)."""

__all__ = [
    "Communication", "CompressedCommunication", "DataParallelSettings", "Diverged", "Examples", "RankResult",
    "StepTimes", "share", "simulate", "train", "train_model", "train_rank", "with_state",
]  # fmt: skip

ONE_BUCKET = 1 << 20  # in MB: larger than any model here
LARGEST_PARAMETER = 1e4  # beyond it training has diverged; finite, so that all ranks detect it at the same step


class Diverged(BenchError):
    """Parameters have become very large or NaN, on all ranks alike."""


@dataclass(frozen=True)
class DataParallelSettings:
    """SGD on a multilayer perceptron with ReLU and cross-entropy.

    Attributes:
        widths: widths of the layers, from features to classes.
        learning_rate, momentum: options of the optimizer; momentum is 0 with the feedback ``dgc``.
        batch: examples a step over all ranks, which share them evenly.
        steps: number of SGD steps.
        seed: seed of initial weights and batches.
        bucket_mb: capacity of a DDP bucket in MB; one bucket by default.
        linear_decay: whether the learning rate falls linearly, to 1/steps of it at the last step.

    Raises:
        ValueError: a number is out of range.
    """

    widths: tuple[int, ...] = (64, 512, 512, 10)
    learning_rate: float = 0.1
    momentum: float = 0.0
    batch: int = 64
    steps: int = 200
    seed: int = 0
    bucket_mb: float = ONE_BUCKET
    linear_decay: bool = False

    def __post_init__(self) -> None:
        for name, least in (("batch", 1), ("steps", 1), ("learning_rate", 0), ("momentum", 0), ("bucket_mb", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed are {least} or more")
        if len(self.widths) < 2 or min(self.widths) < 1:
            raise ValueError(f"widths is {self.widths}; expected two numbers or more, each 1 or more")

    def model(self) -> nn.Sequential:
        """Return the network with its initial weights, the same for all ranks."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed("weights", self.seed))
            layers: list[nn.Module] = []
            for into, out in pairwise(self.widths):
                layers += [nn.Linear(into, out), nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    def batches(self, examples: int) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the rows of every step's global batch, epoch after epoch in a new order.

        Raises:
            ValueError: a batch is larger than the data.
        """
        if self.batch > examples:
            raise ValueError(f"batch is {self.batch}; expected {examples} at most, the number of examples")
        rng = stream("batches", self.seed)
        order = rng.permutation(examples)
        start = 0
        for _ in range(self.steps):
            if start + self.batch > examples:
                order, start = rng.permutation(examples), 0
            yield order[start : start + self.batch]
            start += self.batch

    def optimizer(self, model: nn.Module) -> torch.optim.SGD:
        """Return SGD on the model."""
        return torch.optim.SGD(model.parameters(), lr=self.learning_rate, momentum=self.momentum)

    def set_rate(self, optimizer: torch.optim.Optimizer, step: int) -> None:
        """Set the learning rate of a step; steps count from 1."""
        if self.linear_decay:
            optimizer.param_groups[0]["lr"] = self.learning_rate * (1 - (step - 1) / self.steps)


@dataclass(frozen=True, eq=False)
class RankResult:
    """Result of a rank.

    Attributes:
        state: parameters by name, on rank 0 only.
        losses: loss of this rank's share at every step.
        times: times of the steps after the first, which compiles and connects.
        payload_bytes, sent_bytes: bytes in a step, see `Ledger`.
        layouts: layouts of every step's buckets.
        agreed: whether the parameters were the same bits on all ranks at the end.
        on_loopback: bytes that the interface counted during training, of all ranks and of other programs.
        elements: number of elements in this rank's messages, in a step.
        wire: transport of the messages.
        early_digest: checksum of the parameters after `digest_after` steps; None if that is 0.
        warned: number of warnings of each kind, by the text of the first.
    """

    state: dict[str, npt.NDArray[np.float32]] | None
    losses: list[float]
    times: StepTimes
    payload_bytes: float
    sent_bytes: float
    layouts: list[list[BucketLayout]]
    agreed: bool
    on_loopback: int | None = None
    elements: float = 0.0
    wire: Wire = field(default_factory=Wire)
    early_digest: int | None = None
    warned: dict[str, int] = field(default_factory=dict)


def share(rows: npt.NDArray[np.int64], rank: int, world: int) -> npt.NDArray[np.int64]:
    """Return a rank's part of a global batch.

    Raises:
        ValueError: the batch cannot be shared evenly: the mean over ranks would not be the mean over examples.
    """
    if len(rows) % world:
        raise ValueError(f"a batch of {len(rows)} cannot be shared evenly by {world} ranks")
    return rows[rank * len(rows) // world : (rank + 1) * len(rows) // world]


def train_rank(
    rank: int,
    world: int,
    settings: DataParallelSettings,
    communication: Communication,
    examples: Examples,
    digest_after: int = 0,
) -> RankResult:
    """Train as one rank, see `train_model`; rank 0 returns the parameters."""
    model, result = train_model(rank, world, settings, communication, examples, digest_after)
    return with_state(model, result) if rank == 0 else result


def with_state(model: nn.Module, result: RankResult) -> RankResult:
    """Return the result with the model's parameters."""
    state = {name: parameter.detach().numpy().copy() for name, parameter in model.named_parameters()}
    return replace(result, state=state)


def train_model(
    rank: int,
    world: int,
    settings: DataParallelSettings,
    communication: Communication,
    examples: Examples,
    digest_after: int = 0,
) -> tuple[nn.Sequential, RankResult]:
    """Train as one rank of the group that this process has joined; return its model and result.

    Args:
        digest_after: steps after which a checksum of the parameters is taken; 0 for none.

    Raises:
        RanksDiffer: another rank has another model, settings, communication or data.
        Diverged: training diverged, on all ranks at the same step.
        FloatingPointError: a gradient is not finite.
        ValueError: as `share` and `DataParallelSettings.batches`.
    """
    model = settings.model()
    features, classes = map(torch.from_numpy, examples)
    texts = {
        "model": signature(model),
        "training settings": repr(settings),
        "communication": repr(communication),
        "data set": f"{tuple(features.shape)} {tuple(classes.shape)}",
    }
    agree(rank, world, texts)
    ddp = DistributedDataParallel(model, bucket_cap_mb=settings.bucket_mb)
    counter = communication.register(ddp, world)
    optimizer = settings.optimizer(model)
    before, watch, losses, early = loopback_bytes(), Stopwatch(counter), [], None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeWarning)
        for step, rows in enumerate(settings.batches(len(classes)), 1):
            own = torch.from_numpy(share(rows, rank, world))
            optimizer.zero_grad()
            loss = F.cross_entropy(ddp(features[own]), classes[own])
            loss.backward()
            settings.set_rate(optimizer, step)
            watch.update(optimizer)
            losses.append(loss.item())
            with watch.paused():
                _check_size(model, step, settings)
                if step == digest_after:
                    early = checksum(model)
    times, after, ledger = watch.times(), loopback_bytes(), counter.ledger()
    result = RankResult(
        None,
        losses,
        times,
        ledger.payload / settings.steps,
        ledger.sent / settings.steps,
        ledger.layouts[: ledger.steps],
        same_on_all_ranks(world, checksum(model)),
        None if before is None or after is None else after - before,
        ledger.elements / settings.steps,
        counter.wire(),
        early,
        _sorts(caught),
    )
    return model, result


def _check_size(model: nn.Module, step: int, settings: DataParallelSettings) -> None:
    extremes = torch.stack([extreme for p in model.parameters() for extreme in torch.aminmax(p.detach())])
    largest = float(extremes.abs().max())  # NaN if any parameter is
    if not largest <= LARGEST_PARAMETER:
        raise Diverged(
            f"a parameter is {largest:.3g} after {step} steps with learning rate {settings.learning_rate:g} and "
            f"momentum {settings.momentum:g}; expected {LARGEST_PARAMETER:g} at most: lower the learning rate"
        )


def _sorts(caught: Sequence[warnings.WarningMessage]) -> dict[str, int]:
    """Count warnings by the line that raised them; the text of the first represents its kind."""
    texts: dict[tuple[str, int], str] = {}
    counts: dict[str, int] = {}
    for warning in caught:
        text = texts.setdefault((warning.filename, warning.lineno), str(warning.message))
        counts[text] = counts.get(text, 0) + 1
    return counts


def train(
    settings: DataParallelSettings, communication: Communication, examples: Examples, world: int, **limits: Any
) -> list[RankResult]:
    """Train in W processes on this machine; returns and raises as `launch.run_ranks` with `train_rank`.

    Args:
        limits: arguments `limit` and `timeout`, in seconds.
    """
    return run_ranks(train_rank, world, settings, communication, examples, **limits)


def simulate(
    settings: DataParallelSettings,
    compression: Compression,
    examples: Examples,
    world: int,
    schedule: Sequence[Sequence[BucketLayout]] | None = None,
    steps: int | None = None,
) -> tuple[nn.Sequential, Simulation]:
    """Train W workers in this process: the model of `train` to the bit, and the workers with their ledgers.

    Args:
        schedule: bucket layouts of a real run, where it has several buckets; see `Simulation`.
        steps: number of first steps after which to stop; None for all.
    """
    model = settings.model()
    optimizer, simulation = settings.optimizer(model), Simulation(model, compression, world, schedule)
    features, classes = map(torch.from_numpy, examples)
    for step, rows in enumerate(islice(settings.batches(len(classes)), steps), 1):
        losses: list[Tensor] = []
        for rank in range(world):
            own = torch.from_numpy(share(rows, rank, world))
            losses.append(F.cross_entropy(model(features[own]), classes[own]))
        simulation.step(losses)
        settings.set_rate(optimizer, step)
        optimizer.step()
    return model, simulation
