"""W workers in one process: the same gradients, messages, sums and parameters as W ranks, to the bit."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from harness.protocols.gradients.data_parallel.contract import BucketLayout
from harness.protocols.gradients.data_parallel.reduction import sum_in_rank_order
from harness.protocols.gradients.data_parallel.worker import Compression, GradientWorker, Outgoing


class Simulation:
    """The ranks of a run, on one model.

    Buckets are those of DDP if all gradients fit into one: in the order of the parameters at the first step, and
    then in the order in which gradients become ready; or those of a schedule.

    Args:
        model: its parameters are those of every rank.
        compression: see `Compression`.
        world: W ≥ 1.
        schedule: layouts of every step's buckets, as in the `Ledger` of a real run.

    Attributes:
        workers: gradient workers of all ranks, with their ledgers.
    """

    def __init__(
        self,
        model: nn.Module,
        compression: Compression,
        world: int,
        schedule: Sequence[Sequence[BucketLayout]] | None = None,
    ) -> None:
        if world < 1:
            raise ValueError(f"world is {world}; allowed are 1 or more")
        self.workers = [GradientWorker(compression, world) for _ in range(world)]
        self._parameters = dict(model.named_parameters())
        self._schedule = schedule
        self._ready: list[str] = []
        self._handles = [
            parameter.register_post_accumulate_grad_hook(lambda _, name=name: self._ready.append(name))
            for name, parameter in self._parameters.items()
        ]

    def step(self, losses: Sequence[Tensor]) -> None:
        """Set every parameter's gradient to the mean that the ranks would have, from each rank's own loss."""
        workers = self.workers
        gradients = [self._gradients(loss) for loss in losses]
        for index, layout in enumerate(self._layouts(workers[0].step)):
            buckets = [torch.cat([of[name].reshape(-1) for name, _ in layout]).numpy() for of in gradients]
            outgoing = [
                worker.outgoing(bucket, index, layout) for worker, bucket in zip(workers, buckets, strict=True)
            ]
            mean = torch.from_numpy(workers[0].mean(outgoing[0], _exchanged(workers, outgoing)))
            for (name, _), part in zip(layout, mean.split([size for _, size in layout]), strict=True):
                self._parameters[name].grad = part.view_as(self._parameters[name])
        for worker in workers:
            worker.next_step()

    def _gradients(self, loss: Tensor) -> dict[str, Tensor]:
        for parameter in self._parameters.values():
            parameter.grad = None
        loss.backward()
        for handle in self._handles:
            handle.remove()
        return {name: parameter.grad for name, parameter in self._parameters.items() if parameter.grad is not None}

    def _layouts(self, step: int) -> Sequence[BucketLayout]:
        if self._schedule is not None:
            return self._schedule[step]
        names = self._ready if step else list(self._parameters)
        return [tuple((name, self._parameters[name].numel()) for name in names)]


def _exchanged(workers: Sequence[GradientWorker], outgoing: Sequence[Outgoing]) -> list[Tensor]:
    """Return the payloads of a bucket that every rank receives."""
    payloads = [one.payload for one in outgoing]
    longest = max(payload.numel() for payload in payloads)
    for worker, one in zip(workers, outgoing, strict=True):
        worker.count(one, longest)
    if outgoing[0].compressor.collective == "reduce":
        return [sum_in_rank_order(payloads)]
    return payloads
