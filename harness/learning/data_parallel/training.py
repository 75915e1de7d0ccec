"""A run of data-parallel SGD on a multilayer perceptron: one rank of it, all ranks in processes, or all simulated.

Every rank takes its share of the same global batches; what they differ in is how gradients are exchanged.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from harness.learning.data_parallel.contract import Layout
from harness.learning.data_parallel.group import agree, checksum, same_on_all_ranks, signature
from harness.learning.data_parallel.hook import Hook, exchange
from harness.learning.data_parallel.launch import run_ranks
from harness.learning.data_parallel.simulation import Simulation
from harness.learning.data_parallel.traffic import loopback_bytes
from harness.learning.data_parallel.worker import Compression, Ledger, Worker
from harness.seeds import derive_seed, stream

Examples = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]
"""Features (N, d) and classes (N,)."""

ONE_BUCKET = 1 << 20  # in MB: larger than any model here


@dataclass(frozen=True)
class TrainingSettings:
    """SGD on a multilayer perceptron with ReLU and cross-entropy.

    Attributes:
        widths: of the layers, from features to classes.
        learning_rate, momentum: of the optimizer; no momentum beside the feedback ``dgc``.
        batch: examples a step over all ranks, which share them evenly.
        steps: of SGD.
        seed: of initial weights and batches.
        bucket_mb: capacity of a bucket of DDP; one bucket by default.

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
            raise ValueError(f"batch is {self.batch}; there are {examples} examples only")
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


class Communication(Protocol):
    """How ranks exchange gradients: our own `Compressed`, or one of torch's hooks."""

    def register(self, ddp: DistributedDataParallel, world: int) -> "Counter":
        """Install the hook."""
        ...


class Counter(Protocol):
    """What a rank has spent, asked for after the last step."""

    def ledger(self) -> Ledger: ...


@dataclass(frozen=True)
class Compressed:
    """Our own hook."""

    compression: Compression = field(default_factory=Compression)

    def register(self, ddp: DistributedDataParallel, world: int) -> Counter:
        worker = Worker(self.compression, world)
        ddp.register_comm_hook(Hook(worker, dict(ddp.module.named_parameters())), exchange)
        return Registered(worker)


@dataclass(frozen=True, eq=False)
class Registered:
    """The hook of a rank."""

    worker: Worker

    def ledger(self) -> Ledger:
        return self.worker.ledger


@dataclass(frozen=True)
class StepTimes:
    """Where the seconds of an average step go, as one rank saw them.

    Attributes:
        step: all of it.
        encode, communicate, decode: of the hook; communication includes waiting for slower ranks.
        optimizer: the update.
        compute: the rest: forward and backward pass.
    """

    step: float
    encode: float
    communicate: float
    decode: float
    optimizer: float

    @property
    def compute(self) -> float:
        return max(0.0, self.step - self.encode - self.communicate - self.decode - self.optimizer)


@dataclass(frozen=True, eq=False)
class RankResult:
    """What a rank returns.

    Attributes:
        state: parameters by name; of rank 0 only.
        losses: of this rank's share, at every step.
        times: of steps after the first, which compiles and connects.
        payload_bytes, sent_bytes: a step, see `Ledger`.
        layouts: of every step's buckets.
        agreed: the parameters were the same bits on all ranks at the end.
        on_loopback: bytes that the interface counted during training, of all ranks and whoever else used it.
    """

    state: dict[str, npt.NDArray[np.float32]] | None
    losses: list[float]
    times: StepTimes
    payload_bytes: float
    sent_bytes: float
    layouts: list[list[Layout]]
    agreed: bool
    on_loopback: int | None = None


def share(rows: npt.NDArray[np.int64], rank: int, world: int) -> npt.NDArray[np.int64]:
    """Return a rank's part of a global batch.

    Raises:
        ValueError: it cannot be shared evenly: the mean over ranks would not be the mean over examples.
    """
    if len(rows) % world:
        raise ValueError(f"a batch of {len(rows)} cannot be shared evenly by {world} ranks")
    return rows[rank * len(rows) // world : (rank + 1) * len(rows) // world]


def train_rank(
    rank: int, world: int, settings: TrainingSettings, communication: Communication, examples: Examples
) -> RankResult:
    """Train as one rank of the group that this process has joined.

    Raises:
        RanksDiffer: another rank has another model, settings, communication or data.
        FloatingPointError: a gradient is not finite.
        ValueError: as `share` and `TrainingSettings.batches`.
    """
    model = settings.model()
    features, classes = map(torch.from_numpy, examples)
    agree(
        rank,
        world,
        {
            "model": signature(model),
            "training settings": repr(settings),
            "communication": repr(communication),
            "data set": f"{tuple(features.shape)} {tuple(classes.shape)}",
        },
    )
    ddp = DistributedDataParallel(model, bucket_cap_mb=settings.bucket_mb)
    counter = communication.register(ddp, world)
    optimizer = settings.optimizer(model)
    before, watch, losses = loopback_bytes(), _Watch(counter), []
    for rows in settings.batches(len(classes)):
        own = torch.from_numpy(share(rows, rank, world))
        optimizer.zero_grad()
        loss = F.cross_entropy(ddp(features[own]), classes[own])
        loss.backward()
        watch.update(optimizer)
        losses.append(loss.item())
    after, ledger = loopback_bytes(), counter.ledger()
    return RankResult(
        {name: p.detach().numpy().copy() for name, p in model.named_parameters()} if rank == 0 else None,
        losses,
        watch.times(),
        ledger.payload / settings.steps,
        ledger.sent / settings.steps,
        ledger.layouts[: ledger.steps],
        same_on_all_ranks(world, checksum(model)),
        None if before is None or after is None else after - before,
    )


class _Watch:
    """Adds up the times of steps; the first is not counted."""

    def __init__(self, counter: Counter) -> None:
        self._counter, self._steps, self._optimizer = counter, 0, 0.0
        self._began = time.perf_counter()
        self._first = (0.0, 0.0, 0.0)

    def update(self, optimizer: torch.optim.Optimizer) -> None:
        """Make the step's update."""
        began = time.perf_counter()
        optimizer.step()
        now = time.perf_counter()
        self._steps += 1
        if self._steps == 1:
            self._began, self._first = now, self._spent()
        else:
            self._optimizer += now - began

    def _spent(self) -> tuple[float, float, float]:
        ledger = self._counter.ledger()
        return ledger.encode, ledger.communicate, ledger.decode

    def times(self) -> StepTimes:
        """Return the mean over steps; zeros if there was one only."""
        counted = self._steps - 1
        if not counted:
            return StepTimes(0.0, 0.0, 0.0, 0.0, 0.0)
        encode, communicate, decode = [
            (now - first) / counted for now, first in zip(self._spent(), self._first, strict=True)
        ]
        step = (time.perf_counter() - self._began) / counted
        return StepTimes(step, encode, communicate, decode, self._optimizer / counted)


def train(
    settings: TrainingSettings, communication: Communication, examples: Examples, world: int, **limits: Any
) -> list[RankResult]:
    """Train in W processes on this machine; returns and raises as `launch.run_ranks` with `train_rank`.

    Args:
        limits: `limit` and `timeout` in seconds.
    """
    return run_ranks(train_rank, world, settings, communication, examples, **limits)


def simulate(
    settings: TrainingSettings,
    compression: Compression,
    examples: Examples,
    world: int,
    schedule: Sequence[Sequence[Layout]] | None = None,
) -> tuple[nn.Sequential, Simulation]:
    """Train W workers in this process: the model of `train` to the bit, and the workers with their ledgers.

    Args:
        schedule: layouts of a real run, where it has several buckets; see `Simulation`.
    """
    model = settings.model()
    optimizer, simulation = settings.optimizer(model), Simulation(model, compression, world, schedule)
    features, classes = map(torch.from_numpy, examples)
    for rows in settings.batches(len(classes)):
        losses: list[Tensor] = []
        for rank in range(world):
            own = torch.from_numpy(share(rows, rank, world))
            losses.append(F.cross_entropy(model(features[own]), classes[own]))
        simulation.step(losses)
        optimizer.step()
    return model, simulation
