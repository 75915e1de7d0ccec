"""From a selection of kernels to the list of measurements: a case of a kernel in one fresh process each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from harness import catalog
from harness.environment import capture, environment_fingerprint, usable_cores
from harness.errors import EmptySelection, UnknownName, UsageError
from harness.fingerprint import CodeIndex
from harness.kernels.contract import Kernel, KernelCase
from harness.kernels.process import missing
from harness.trial import Fingerprints, Trial, canonical, trial_key

if TYPE_CHECKING:
    from harness.store import RunStore


@dataclass(frozen=True)
class Effort:
    """Number of fresh processes of a profile, and the budget of a case in a process at a number of threads."""

    processes: int
    seconds: float
    min_rounds: int


EFFORTS = {"smoke": Effort(1, 0.1, 1), "standard": Effort(5, 0.2, 0), "paper": Effort(10, 10.0, 5)}


@dataclass(frozen=True)
class KernelSelection:
    """The user's selection; empty means all.

    Attributes:
        kernels: names or globs.
        sizes: only cases of these sizes.
        cases: globs over names of cases.
        against: only our implementations and these.
        threads: numbers of threads; by default one and all.
        processes: fresh processes instead of the profile's number.
    """

    kernels: tuple[str, ...] = ()
    profile: str = "standard"
    sizes: tuple[float, ...] = ()
    cases: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    threads: tuple[int, ...] = ()
    processes: int = 0


@dataclass(frozen=True)
class Measurement:
    """A case of a kernel in one process, with its identity; `cached` when the store holds it already."""

    kernel: str
    case: str
    process: int
    trial: Trial
    key: str
    fingerprints: Fingerprints
    cached: bool


@dataclass
class KernelPlan:
    """The measurements of a session."""

    selection: KernelSelection
    threads: tuple[int, ...]
    effort: Effort
    kernels: dict[str, Kernel] = field(default_factory=dict)
    implementations: dict[str, tuple[str, ...]] = field(default_factory=dict)
    measurements: list[Measurement] = field(default_factory=list)

    @property
    def todo(self) -> list[Measurement]:
        return [m for m in self.measurements if not m.cached]


def make_kernel_plan(
    selection: KernelSelection, index: CodeIndex, store: "RunStore | None" = None, fresh: bool = False
) -> KernelPlan:
    """List the measurements of a selection and mark those that the store has.

    Raises:
        UnknownName: no such kernel or peer, or a glob that matches nothing.
        EmptySelection: no case of the selected kernels has such a size or name in this profile.
        UsageError: more threads than cores.
    """
    names = catalog.select("kernel", selection.kernels, catalog.kernels())
    kernels = {name: catalog.kernel(name) for name in names}
    default = EFFORTS[selection.profile]
    effort = Effort(selection.processes or default.processes, default.seconds, default.min_rounds)
    plan = KernelPlan(selection, _threads(selection.threads), effort, kernels)
    _check_peers(selection.against, kernels)
    environment = environment_fingerprint(capture())
    for name, kernel in kernels.items():
        plan.implementations[name] = chosen_implementations(kernel, selection.against)
        prints = _fingerprints(name, plan, index, environment)
        for case in chosen_cases(kernel, selection):
            for process in range(effort.processes):
                plan.measurements.append(_measurement(name, case, process, selection.profile, prints))
    if not plan.measurements:
        raise EmptySelection(_nothing(selection, kernels))
    done = store.done_keys(m.key for m in plan.measurements) if store is not None and not fresh else set()
    plan.measurements = [
        Measurement(m.kernel, m.case, m.process, m.trial, m.key, m.fingerprints, m.key in done)
        for m in plan.measurements
    ]
    index.save()
    return plan


def task_name(kernel: str, case: str) -> str:
    """Return the name under which the store keeps a case of a kernel."""
    return f"{kernel}:{case}"


def chosen_cases(kernel: Kernel, selection: KernelSelection) -> list[KernelCase]:
    """Return the cases of the profile that sizes and globs match."""
    from fnmatch import fnmatchcase

    return [
        case
        for case in kernel.cases(selection.profile)
        if (not selection.sizes or case.size in selection.sizes)
        and (not selection.cases or any(fnmatchcase(case.name, pattern) for pattern in selection.cases))
    ]


def chosen_implementations(kernel: Kernel, against: Sequence[str]) -> tuple[str, ...]:
    """Return the names of all implementations, or of ours and of those in `against`."""
    return tuple(e.name for e in kernel.implementations if not against or e.role == "ours" or e.name in against)


def _threads(wanted: Sequence[int]) -> tuple[int, ...]:
    cores = usable_cores()
    if wanted and max(wanted) > cores:
        raise UsageError(f"--threads: this machine has {cores} cores for this process, got {max(wanted)}")
    return tuple(sorted(set(wanted or (1, cores))))


def _check_peers(against: Sequence[str], kernels: dict[str, Kernel]) -> None:
    known = dict.fromkeys(e.name for kernel in kernels.values() for e in kernel.implementations)
    for name in against:
        if name not in known:
            raise UnknownName("implementation", name, known, listing="bench kernels --list")


def _fingerprints(name: str, plan: KernelPlan, index: CodeIndex, environment: str) -> dict[str, str]:
    """Return the fingerprints of settings and code, which identify a measurement together with its case."""
    kernel = plan.kernels[name]
    entries = [kernel.implementation(chosen) for chosen in plan.implementations[name]]
    settings = {
        "threads": plan.threads,
        "seconds": plan.effort.seconds,
        "min_rounds": plan.effort.min_rounds,
        "implementations": {entry.name: missing(entry) is None for entry in entries},
        "environment": environment,  # a time belongs to a machine
    }
    modules = [catalog.kernels()[name].module, *(entry.module for entry in entries)]
    code = index.fingerprint([*modules, "harness.kernels.process", "harness.kernels.limits"])
    return {"settings": blake2b(canonical(settings).encode(), digest_size=16).hexdigest(), "code": code}


def _measurement(name: str, case: KernelCase, process: int, profile: str, prints: dict[str, str]) -> Measurement:
    content = json.dumps([name, case.size, case.parameters])
    fingerprints = Fingerprints(blake2b(content.encode(), digest_size=16).hexdigest(), **prints)
    trial = Trial(task_name(name, case.name), name, process, 0, profile)
    return Measurement(name, case.name, process, trial, trial_key(trial, fingerprints), fingerprints, False)


def _nothing(selection: KernelSelection, kernels: dict[str, Kernel]) -> str:
    known = [case for kernel in kernels.values() for case in kernel.cases(selection.profile)]
    sizes = ", ".join(f"{size:g}" for size in sorted({case.size for case in known}))
    if not known:
        return f"the selected kernels have no case in profile {selection.profile!r}"
    return (
        f"no case of {', '.join(kernels)} in profile {selection.profile!r} matches --sizes and --cases; "
        f"sizes there: {sizes}. `bench kernels --list` names all cases."
    )
