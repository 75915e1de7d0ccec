"""Membership in a group of ranks, and checks that all ranks have the same settings."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from hashlib import blake2b

import torch
import torch.distributed as dist
from torch import nn

from harness.errors import BenchError
from harness.protocols.gradients.data_parallel.reduction import gathered

TIMEOUT = 60.0  # seconds a collective may take: a peer that is gone is an error, not a hang


class RanksDiffer(BenchError):
    """The ranks of a run do not have the same model, settings or code path."""


class PeerLost(BenchError):
    """A collective failed: another rank is gone, stuck or out of reach."""


@contextmanager
def joined(rank: int, world: int, *, store: dist.Store | None = None, timeout: float = TIMEOUT) -> Iterator[None]:
    """Join the group of all ranks with gloo; leave it at the end.

    Args:
        rank, world: index of this rank, and number of ranks.
        store: rendezvous of the ranks; if None, that of the environment (MASTER_ADDR, MASTER_PORT).
        timeout: seconds for every collective.

    Raises:
        PeerLost: not all ranks joined, or a collective failed in the block.
    """
    try:
        dist.init_process_group(
            "gloo", store=store, rank=rank, world_size=world, timeout=timedelta(seconds=timeout)
        )
        # the error of rank 0 names the ranks that did not join
        dist.monitored_barrier(timeout=timedelta(seconds=timeout), wait_all_ranks=True)
        yield
    except (dist.DistError, RuntimeError) as error:
        if isinstance(error, dist.DistError) or any(word in str(error) for word in _OF_COLLECTIVES):
            raise PeerLost(
                f"rank {rank} of {world}: a collective failed: another rank has ended, waits in another collective "
                f"or is out of reach ({_first_line(error)}). Read that rank's output; over several machines, "
                f"GLOO_SOCKET_IFNAME (now {os.environ.get('GLOO_SOCKET_IFNAME', 'not set')}) names the network card"
            ) from error
        raise
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


_OF_COLLECTIVES = ("gloo", "Connection closed", "Connection reset", "Timed out", "timed out", "monitoredBarrier")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def signature(model: nn.Module) -> str:
    """Return names, shapes and types of all parameters, in order."""
    return "; ".join(f"{name} {tuple(p.shape)} {p.dtype}" for name, p in model.named_parameters())


def agree(rank: int, world: int, texts: Mapping[str, str]) -> None:
    """Check that all ranks have the same texts, such as ``{"model": signature(model)}``.

    Raises:
        RanksDiffer: some ranks differ from rank 0; every rank names them.
    """
    own = torch.tensor([_digest(text) for text in texts.values()])
    digests = gathered(own, world)
    for thing, column in zip(texts, digests.T, strict=True):
        other = [str(r) for r in range(world) if column[r] != column[0]]
        if other:
            raise RanksDiffer(
                f"{'rank' if len(other) == 1 else 'ranks'} {', '.join(other)} of {world} "
                f"{'has' if len(other) == 1 else 'have'} another {thing} than rank 0; start all with the same code "
                f"and options. On rank {rank} it is: {texts[thing][:400]}"
            )


def same_on_all_ranks(world: int, digest: int) -> bool:
    """Return whether a number, such as a checksum of the parameters, is the same on all ranks."""
    return bool((gathered(torch.tensor([digest]), world) == digest).all())


def checksum(model: nn.Module) -> int:
    """Return a 63-bit digest of the bits of all parameters, in order."""
    digest = blake2b(digest_size=8)
    for parameter in model.parameters():
        digest.update(parameter.detach().contiguous().numpy().tobytes())
    return int.from_bytes(digest.digest(), "little") >> 1


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") >> 1
