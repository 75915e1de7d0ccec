"""Sums over ranks, to the bit independent of the rank that adds, and the dense compressor that uses them.

A ring all-reduce adds in an order that differs between chunks. Here every chunk is added by one rank in order of
ranks: an all-to-all, W-1 additions, an all-gather. A rank sends 2(W-1)/W of its payload, as in a ring.
"""

from collections.abc import Sequence

import torch
import torch.distributed as dist
from torch import Tensor

from harness.protocols.gradients.data_parallel.contract import Bucket, Collective, Encoded, Gradient


def sum_in_rank_order(payloads: Sequence[Tensor]) -> Tensor:
    """Return ((p₀ + p₁) + p₂) + …, in the type of the payloads."""
    total = payloads[0].clone()
    for payload in payloads[1:]:
        total += payload
    return total


def chunk_size(elements: int, world: int) -> int:
    """Return the number of elements that each rank adds up: ⌈n/W⌉, the last ones padding."""
    return -(-elements // world)


def scatter_sum(payload: Tensor, world: int) -> Tensor:
    """Return this rank's chunk of the sum; blocks until every rank has called it."""
    chunk = chunk_size(payload.numel(), world)
    sent = payload.new_zeros(world * chunk)
    sent[: payload.numel()] = payload
    received = torch.empty_like(sent)
    dist.all_to_all_single(_bytes(received), _bytes(sent))
    return sum_in_rank_order(received.view(world, chunk).unbind())


def gather_chunks(chunk: Tensor, world: int) -> tuple[list[Tensor], dist.Work]:
    """Start to gather the chunks of all ranks; they are there when the work is done."""
    chunks = [torch.empty_like(chunk) for _ in range(world)]
    return chunks, dist.all_gather([_bytes(part) for part in chunks], _bytes(chunk), async_op=True)


def gathered(own: Tensor, world: int) -> Tensor:
    """Return every rank's small tensor, shape (W, …); blocks until all have called it."""
    places = [torch.empty_like(own) for _ in range(world)]
    dist.all_gather(places, own)
    return torch.stack(places)


def _bytes(tensor: Tensor) -> Tensor:
    return tensor.view(torch.uint8)  # gloo moves bytes of any type, but does not know every type


class DenseCompressor:
    """Compressor that sends the whole gradient, float32."""

    collective: Collective = "reduce"
    equal_sizes = True

    def encode(self, gradient: Gradient, bucket: Bucket) -> Encoded:
        return Encoded(torch.from_numpy(gradient).clone())

    def decode(self, received: Sequence[Tensor], bucket: Bucket) -> Gradient:
        mean: Gradient = (received[0] / bucket.world).numpy()
        return mean
