"""Communication hook of DistributedDataParallel: both halves of a `GradientWorker`, a collective between them.

    ddp.register_comm_hook(Hook(worker, names), exchange)

Every collective is started by the thread of the backward pass, so that all ranks start them in one order. Callbacks
run on gloo's few threads and only decode: a callback that waits for another collective would never end.
"""

import time
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from harness.protocols.gradients.data_parallel.contract import BucketLayout
from harness.protocols.gradients.data_parallel.reduction import gather_chunks, gathered, scatter_sum
from harness.protocols.gradients.data_parallel.worker import GradientWorker, Outgoing


class Hook:
    """State of the hook `exchange`.

    Args:
        worker: gradient worker of this rank.
        parameters: parameters of the module inside DDP, by name.
    """

    def __init__(self, worker: GradientWorker, parameters: dict[str, Tensor]) -> None:
        self.worker = worker
        self._names = {id(parameter): name for name, parameter in parameters.items()}
        self._layouts: dict[tuple[int, ...], BucketLayout] = {}

    def layout(self, bucket: dist.GradBucket) -> BucketLayout:
        """Return names and sizes of a bucket's parameters, in order of its buffer."""
        parameters = bucket.parameters()
        key = tuple(map(id, parameters))
        if key not in self._layouts:
            self._layouts[key] = tuple((self._names[id(p)], p.numel()) for p in parameters)
        return self._layouts[key]


def exchange(state: Hook, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
    """Return the future of the mean gradient, written to the bucket's own buffer."""
    worker, buffer = state.worker, bucket.buffer()
    outgoing = worker.outgoing(buffer.numpy(), bucket.index(), state.layout(bucket))
    if bucket.is_last():
        worker.next_step()
    began = time.perf_counter()
    received, work = _started(worker, outgoing)

    def arrived(_: Any) -> Tensor:
        worker.spend("communicate", time.perf_counter() - began)
        return buffer.copy_(torch.from_numpy(worker.mean(outgoing, received())))

    if work is None:
        done: torch.futures.Future[Tensor] = torch.futures.Future()
        done.set_result(arrived(None))
        return done
    return work.get_future().then(arrived)


def _started(worker: GradientWorker, outgoing: Outgoing) -> tuple[Callable[[], list[Tensor]], dist.Work | None]:
    """Start the exchange of a bucket; return a function that returns the received payloads, and its work."""
    payload, world = outgoing.payload, worker.world
    if outgoing.compressor.collective == "reduce":
        worker.count(outgoing, 0)
        size = payload.numel()
        chunks, work = gather_chunks(scatter_sum(payload, world), world)
        return lambda: [torch.cat(chunks)[:size]], work
    counts = [payload.numel()] * world if outgoing.compressor.equal_sizes else _counts(payload.numel(), world)
    longest = max(counts)
    worker.count(outgoing, longest)
    if longest == 0:  # no rank has anything to send
        return lambda: [payload] * world, None
    padded = payload.new_zeros(longest)
    padded[: payload.numel()] = payload
    places = [torch.empty_like(padded) for _ in range(world)]
    work = dist.all_gather(places, padded, async_op=True)
    return lambda: [place[:count] for place, count in zip(places, counts, strict=True)], work


def _counts(own: int, world: int) -> list[int]:
    """Return the payload bytes of every rank; blocks until all have sent theirs."""
    return [int(count) for count in gathered(torch.tensor([own]), world)]
