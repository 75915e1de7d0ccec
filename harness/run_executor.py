"""The executor of a run: that of this machine, with all contenders rehearsed, or that of a Ray cluster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from harness import catalog
from harness.data.access import DataAccess
from harness.device import CPU
from harness.executors.executor import Executor
from harness.executors.job import TrialLimits
from harness.families import protocol_entry
from harness.plan import PlannedTrial
from harness.views import Views

if TYPE_CHECKING:
    from harness.progress import Progress


@dataclass(frozen=True)
class RunOptions:
    """Options of a run.

    Attributes:
        jobs: trials at a time; 0 for as many as a cluster has room for.
        threads, limits: threads and limits of each trial.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        address: address of a Ray cluster; None to start one on this machine.
        rehearse: whether contenders without a rehearsal run a smoke task first, unmeasured; on this machine only.
    """

    jobs: int
    threads: int
    limits: TrialLimits
    device: str = CPU
    executor: Literal["local", "ray"] = "local"
    address: str | None = None
    rehearse: bool = True


def local_executor(
    options: RunOptions,
    todo: Sequence[PlannedTrial],
    hidden: Sequence[str],
    access: DataAccess,
    work: Path,
    devices: Sequence[str],
    progress: "Progress",
    stopped: Callable[[], bool],
) -> Executor:
    """Return the executor of this machine, after the rehearsals that contenders lack."""
    from harness.executors.local import LocalExecutor  # a run with nothing to do needs none
    from harness.rehearsal import Rehearsed, rehearse

    rehearsed, modules = Rehearsed.load(access), preload(todo)
    views = Views(access, work / "rehearsal-views", permute_withheld=True)
    local = partial(
        LocalExecutor,
        jobs=options.jobs,
        threads=options.threads,
        cache=access.derived,
        devices=devices,
        hidden=(*hidden, str(views.folder)),
    )
    if options.rehearse and (lacking := rehearsed.lacking(todo)):
        progress.note(f"rehearsing {len(lacking)} contender(s), unmeasured: compiles and imports for later trials")
        workers = partial(local, work=work / "rehearsals", preload=modules)
        rehearse(lacking, rehearsed, views, options.limits, workers, stopped)
    return local(work=work / "jobs", preload=(*modules, *rehearsed.of(todo)))


def cluster_executor(
    options: RunOptions,
    todo: Sequence[PlannedTrial],
    hidden: Sequence[str],
    access: DataAccess,
    progress: "Progress",
) -> Executor:
    """Return the executor of a Ray cluster, whose nodes must have the code that the plan is for."""
    from harness.executors.ray_executor import RayExecutor
    from harness.rehearsal import Rehearsed

    code = {" ".join(modules(planned.trial.contender)): planned.fingerprints.code for planned in todo}
    return RayExecutor(
        address=options.address,
        jobs=options.jobs or None,
        threads=options.threads,
        memory=options.limits.memory,
        device=options.device,
        preload=(*preload(todo), *Rehearsed.load(access).of(todo)),
        hidden=hidden,
        code=code,
        notice=progress.note,
    )


def preload(todo: Sequence[PlannedTrial]) -> tuple[str, ...]:
    """Return the modules that the fork server imports once for all workers."""
    names = dict.fromkeys(planned.trial.contender for planned in todo)
    entries = [catalog.contender(name) for name in names]
    protocols = dict.fromkeys(protocol_entry(entry.protocol).module for entry in entries)
    return (*protocols, *dict.fromkeys(entry.module for entry in entries))


def modules(contender: str) -> tuple[str, str]:
    """Return the modules whose code a contender's fingerprint covers: its own and its protocol's."""
    entry = catalog.contender(contender)
    return entry.module, protocol_entry(entry.protocol).module
