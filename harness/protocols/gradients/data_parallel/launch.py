"""Ranks as processes on this machine, over the loopback interface, that never outlive a time limit.

The ranks meet in a file, so no port is chosen; gloo's own connections are bound to the loopback interface. The
error of a failed run names the rank that failed first and the reason; it mentions ranks that only lost their peer.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from harness.environment import usable_cores
from harness.errors import BenchError
from harness.protocols.gradients.data_parallel.group import TIMEOUT, PeerLost, RanksDiffer, joined

GRACE = 3.0  # seconds for the other ranks to report, once one has failed


class RankFailed(BenchError):
    """A rank of a run on this machine failed, was killed, or ran out of time.

    Attributes:
        rank: rank at fault; None if there are several.
    """

    def __init__(self, message: str, rank: int | None = None) -> None:
        self.rank = rank
        super().__init__(message)


@dataclass(frozen=True)
class RankFailure:
    """Failure of a rank that did not return."""

    kind: type[BaseException] | None  # None: it ended without a message
    message: str
    details: str = ""

    @property
    def is_consequence(self) -> bool:
        """Whether the rank failed only because it lost its peer."""
        return self.kind is PeerLost


def run_ranks(
    function: Callable[..., Any],
    world: int,
    *arguments: Any,
    limit: float = 600.0,
    timeout: float = TIMEOUT,
    scratch: Path | None = None,
) -> list[Any]:
    """Return ``function(rank, world, *arguments)`` of every rank, in order of ranks.

    Args:
        function: importable function of a module; runs as a member of the group, with one thread.
        world: W ≥ 1 processes.
        arguments: picklable, as is what the function returns.
        limit: seconds for the whole run; then all ranks are killed.
        timeout: seconds for each collective.
        scratch: folder for the rendezvous file; the system's folder for temporary files if None.

    Raises:
        ValueError: world < 1, or a limit that is not positive.
        RanksDiffer: the ranks have different models or settings.
        RankFailed: a rank raised, was killed, or was not done within the limit.

    Warns:
        RuntimeWarning: there are more ranks than cores.
    """
    if world < 1 or limit <= 0 or timeout <= 0:
        raise ValueError(
            f"world is {world}, limit {limit}, timeout {timeout}; expected 1 or more and positive seconds"
        )
    cores = usable_cores()
    if world > cores:
        warnings.warn(
            f"{world} ranks share {cores} cores: results are the same, times are not those of {world} machines",
            RuntimeWarning,
            stacklevel=2,
        )
    with tempfile.TemporaryDirectory(prefix="ranks-", dir=scratch) as folder:
        ranks = Ranks(function, world, arguments, Path(folder) / "store", timeout)
        try:
            ranks.watch(time.monotonic() + limit)
        finally:
            ranks.kill()
        return ranks.results(limit)


class Ranks:
    """Processes of one run."""

    def __init__(
        self, function: Callable[..., Any], world: int, arguments: tuple[Any, ...], store: Path, timeout: float
    ) -> None:
        context = _way_to_start()
        self.processes: list[Any] = []
        self.ends: dict[int, Connection] = {}
        self.returned: dict[int, Any] = {}
        self.failures: dict[int, RankFailure] = {}
        self._world = world
        for rank in range(world):
            own, other = context.Pipe(duplex=False)
            process = context.Process(
                target=_member, args=(other, function, rank, world, arguments, str(store), timeout), daemon=True
            )
            process.start()
            other.close()
            self.processes.append(process)
            self.ends[rank] = own

    def watch(self, deadline: float) -> None:
        """Wait until all ranks have answered or ended, or a while after the first failure, or the deadline."""
        while self.ends:
            ready = wait(list(self.ends.values()), timeout=max(0.0, deadline - time.monotonic()))
            if not ready:
                return
            for rank in [rank for rank, end in self.ends.items() if end in ready]:
                self._hear(rank)
                if rank in self.failures:
                    deadline = min(deadline, time.monotonic() + GRACE)

    def _hear(self, rank: int) -> None:
        end = self.ends.pop(rank)
        try:
            answer = end.recv()
        except (EOFError, OSError):
            self.processes[rank].join(GRACE)
            self.failures[rank] = RankFailure(None, _ending(self.processes[rank].exitcode))
        else:
            if isinstance(answer, RankFailure):
                self.failures[rank] = answer
            else:
                (self.returned[rank],) = answer
        finally:
            end.close()

    def kill(self) -> None:
        """End the processes that still run."""
        for process in self.processes:
            if process.is_alive() and process.exitcode is None:
                process.join(GRACE if not self.ends and not self.failures else 0)
            if process.is_alive():
                process.kill()
            process.join()
        for end in self.ends.values():
            end.close()

    def results(self, limit: float) -> list[Any]:
        """Return the results of all ranks, or raise the error of the rank at fault."""
        if len(self.returned) == self._world:
            return [self.returned[rank] for rank in range(self._world)]
        causes = [rank for rank, failure in self.failures.items() if not failure.is_consequence]
        if not causes:
            missing = sorted(self.ends)
            if missing:
                lost = "".join(f"; rank {r}: {f.message}" for r, f in sorted(self.failures.items()))
                after = "after a collective of another timed out" if self.failures else f"within {limit:g} s"
                raise RankFailed(
                    f"rank{'s' * (len(missing) > 1)} {', '.join(map(str, missing))} of {self._world} did not end "
                    f"{after} and {'were' if len(missing) > 1 else 'was'} stopped{lost}",
                    missing[0] if len(missing) == 1 else None,
                )
            causes = list(self.failures)
        first = causes[0]
        failure = self.failures[first]
        if failure.kind is RanksDiffer:
            raise RanksDiffer(failure.message)
        others = sorted(set(range(self._world)) - {first} - set(self.returned))
        rest = f". The other ranks ({', '.join(map(str, others))}) were stopped" if others else ""
        details = f"\n{failure.details}" if failure.details else ""
        who = "" if failure.is_consequence else f"rank {first} of {self._world} "
        raise RankFailed(f"{who}{failure.message}{rest}{details}", None if failure.is_consequence else first)


def _way_to_start() -> Any:
    """Return the fastest start method that copies no state of other threads.

    A process of one thread, as a trial's worker is, forks: its ranks need not import torch. Any other uses a
    fork server that has imported torch once, and has one thread. A pool that an ancestor started before a fork
    would be missing here and in ranks, so no ancestor of a trial may run a parallel compiled function.
    """
    threads = Path("/proc/self/task")
    if threads.is_dir() and len(list(threads.iterdir())) == 1:
        return multiprocessing.get_context("fork")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["harness.protocols.gradients.data_parallel.preload"])
    return context


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code} and no answer"


def _member(
    answer: Connection,
    function: Callable[..., Any],
    rank: int,
    world: int,
    arguments: tuple[Any, ...],
    store: str,
    timeout: float,
) -> None:
    """Run the process of a rank."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo" if sys.platform == "linux" else "lo0")
    import torch
    import torch.distributed as dist

    numba = sys.modules.get("numba")
    if numba is None:
        os.environ["NUMBA_NUM_THREADS"] = "1"
    else:  # it has read that variable, and once its threads run, it compiles nothing if the variable has changed
        numba.set_num_threads(1)  # before torch's, whose number the start of these threads changes
    torch.set_num_threads(1)
    try:
        with joined(rank, world, store=dist.FileStore(store, world), timeout=timeout):
            returned = function(rank, world, *arguments)
        answer.send((returned,))
    except BaseException as error:
        own_words = isinstance(error, PeerLost | RanksDiffer)
        message = str(error) if own_words else f"raised {type(error).__name__}: {error}"
        details = "" if isinstance(error, BenchError) else traceback.format_exc()
        kind = next((k for k in (PeerLost, RanksDiffer) if isinstance(error, k)), RuntimeError)
        answer.send(RankFailure(kind, message, details))
    finally:
        answer.close()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
