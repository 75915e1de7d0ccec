"""Torch's own communication: DDP without a hook, its fp16 hook, and PowerSGD.

PowerSGD: T. Vogels, S. P. Karimireddy and M. Jaggi, "PowerSGD: Practical Low-Rank Gradient Compression for
Distributed Optimization", NeurIPS 2019. Torch's hook waits for collectives within callbacks, which on gloo's few
threads never ends if there are two buckets or more; so it is only for models in one bucket.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks, powerSGD_hook
from torch.nn.parallel import DistributedDataParallel

from harness.protocols.gradients.data_parallel.communication import Wire
from harness.protocols.gradients.data_parallel.worker import Compression, Ledger

FLOAT32_BYTES = 4
POWER_SGD_ROUNDS = 3  # all-reduces of a step: uncompressed elements, P, Q


@dataclass
class Counted:
    """Counter and timer of a torch hook; layouts are sizes of buckets, without their parameters.

    A hook's whole time, from its call until its future is done, is communication: torch's hooks start collectives
    on threads that compete with their computations. Casts and PowerSGD's matrix products are therefore part of it.

    Attributes:
        world: number of ranks W.
        bytes_per_element: bytes on the wire of an element that is not compressed otherwise.
        state: state of PowerSGD, which counts the elements of its compressed steps.
    """

    world: int
    bytes_per_element: int
    state: Any = None
    entries: Ledger = field(default_factory=Ledger)
    entered: int = 0

    def ledger(self) -> Ledger:
        if self.state is not None:
            elements = self.state.total_numel_after_compression
            self._enter(elements - self.entered)
            self.entered = elements
        return self.entries

    def wire(self) -> Wire:
        rounds = 1 if self.state is None else POWER_SGD_ROUNDS
        return Wire(rounds=rounds, phases_timed=self.state is None and self.bytes_per_element == FLOAT32_BYTES)

    def run(self, hook: Callable[..., Any], state: Any, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
        """Run one of torch's hooks on a bucket."""
        size = bucket.buffer().numel()
        if self.state is None or self.state.iter < self.state.start_powerSGD_iter:
            self._enter(size)
        self.entries.layouts[-1].append((("bucket", size),))
        if bucket.is_last():
            self.entries.step()
        began = time.perf_counter()
        future: torch.futures.Future[Tensor] = hook(state, bucket)

        def arrived(done: torch.futures.Future[Tensor]) -> Tensor:
            self.entries.communicate += time.perf_counter() - began
            return done.value()

        return future.then(arrived)

    def _enter(self, elements: int) -> None:
        payload = elements * self.bytes_per_element
        self.entries.payload += payload
        self.entries.elements += elements
        self.entries.sent += 2 * (self.world - 1) * payload // self.world


_ALL_RANKS: Any = None  # torch's value for the group of all ranks


def _all_reduce(counted: Counted, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
    return counted.run(default_hooks.allreduce_hook, _ALL_RANKS, bucket)


def _fp16(counted: Counted, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
    return counted.run(default_hooks.fp16_compress_hook, _ALL_RANKS, bucket)


def _power_sgd(counted: Counted, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
    if bucket.index() or not bucket.is_last():
        raise ValueError(
            "PowerSGD of torch never ends with gloo and several buckets; expected one: give DDP a bucket_cap_mb "
            "larger than the model"
        )
    return counted.run(powerSGD_hook.powerSGD_hook, counted.state, bucket)


class _NotSimulated:
    """Communication by torch's hooks, without momentum of their own and without a simulation."""

    owns_momentum = False
    compression: Compression | None = None


@dataclass(frozen=True)
class AllReduce(_NotSimulated):
    """Dense gradients by torch's all-reduce, float32 or ``fp16`` on the wire."""

    precision: str = "fp32"

    def __post_init__(self) -> None:
        if self.precision not in ("fp32", "fp16"):
            raise ValueError(f"precision is {self.precision!r}; allowed are 'fp32' and 'fp16'")

    def register(self, ddp: DistributedDataParallel, world: int) -> Counted:
        half = self.precision == "fp16"
        counted = Counted(world, 2 if half else FLOAT32_BYTES)
        ddp.register_comm_hook(counted, _fp16 if half else _all_reduce)
        return counted


@dataclass(frozen=True)
class PowerSGD(_NotSimulated):
    """Low-rank gradients with error feedback and a warm start.

    Attributes:
        rank: rank of the approximation of each matrix.
        start: number of initial dense steps; 2 or more, since torch needs rebuilt buckets.
        min_compression_rate: matrices that would shrink by less are sent whole.

    Raises:
        ValueError: a number is out of range.
    """

    rank: int = 2
    start: int = 10
    min_compression_rate: float = 2.0

    def __post_init__(self) -> None:
        if self.rank < 1 or self.start < 2 or self.min_compression_rate <= 0:
            raise ValueError(
                f"rank is {self.rank}, start {self.start}, min_compression_rate {self.min_compression_rate}; "
                "allowed are 1 or more, 2 or more, and positive numbers"
            )

    def register(self, ddp: DistributedDataParallel, world: int) -> Counted:
        state = powerSGD_hook.PowerSGDState(
            process_group=None,
            matrix_approximation_rank=self.rank,
            start_powerSGD_iter=self.start,
            min_compression_rate=self.min_compression_rate,
        )
        counted = Counted(world, FLOAT32_BYTES, state)
        ddp.register_comm_hook(counted, _power_sgd)
        return counted
