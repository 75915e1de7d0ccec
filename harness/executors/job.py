"""Inputs and outputs of an executor."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.contract.report import Report
from harness.payload import Payload
from harness.trial import Resources, Status, Trial, TrialFailure


@dataclass(frozen=True)
class TrialLimits:
    """Limits of a trial: wall-clock seconds, and bytes of resident memory with all its children.

    Memory 0 leaves it to the executor, which gives each trial an equal share of its node's.
    """

    seconds: float
    memory: int


@dataclass(frozen=True)
class Job:
    """One trial, ready to run.

    Attributes:
        contender, protocol: ``module:attribute`` strings.
        inputs, view: folders of payloads that the worker reads.
        reveal: returns the payload that the worker gets after ``fit`` has returned; called in the parent, only
            then. None where the payload comes by the executor's ``deliver``.
        exclusive: whether it runs alone on the machine.
        options: options of the task, as plain values.
        rehearsal: whether it only prepares for later trials: its cache is its own, and it reports its imports.
    """

    number: int
    trial: Trial
    contender: str
    protocol: str
    inputs: Path
    view: Path
    reveal: Callable[[], Payload | None]
    limits: TrialLimits
    exclusive: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    rehearsal: bool = False


@dataclass(frozen=True)
class Outcome:
    """Outcome of a job.

    Attributes:
        report: report of the worker; None unless it is done.
        environment: environment of the node that ran it, where that is not the parent's.
        restarts: number of restarts on another node, because its node was lost.
        compiled: whether compilation took more than a negligible part of the measured time.
        modules: modules that a rehearsal imported.
    """

    job: Job
    status: Status
    report: Report | None
    failure: TrialFailure | None
    resources: Resources
    log: str
    environment: Mapping[str, Any] | None = None
    restarts: int = 0
    compiled: bool = False
    modules: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrialOrder:
    """The part of a job that a worker needs, as it travels to it; `folder` is the worker's own."""

    trial: Trial
    contender: str
    protocol: str
    options: Mapping[str, Any]
    inputs: str
    view: str
    folder: str
    cache: str
    threads: int
    device: str
    seconds: float
    readable: tuple[str, ...]
    hidden: tuple[str, ...]
    rehearsal: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "TrialOrder":
        """Undo :meth:`as_dict`."""
        lists = {name: tuple(content[name]) for name in ("readable", "hidden")}
        return cls(**{**content, **lists, "trial": Trial(**content["trial"])})
