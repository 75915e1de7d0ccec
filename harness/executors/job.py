"""Values that go into an executor and come out of it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.contract.report import Report
from harness.payload import Payload
from harness.trial import Failure, Resources, Status, Trial


@dataclass(frozen=True)
class Limits:
    """What a trial may use: wall-clock seconds, and bytes of resident memory with all its children.

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
        reveal: makes what the worker gets after ``fit`` has returned; called in the parent, only then. None
            means that it comes later, by the executor's ``deliver``.
        exclusive: run with nothing beside it.
        options: of the task, as plain values.
    """

    number: int
    trial: Trial
    contender: str
    protocol: str
    inputs: Path
    view: Path
    reveal: Callable[[], Payload | None]
    limits: Limits
    exclusive: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        report: of the worker, when it is done.
        environment: of the node that it ran on, where that is not the parent's.
        restarts: number of restarts on another node, because its node was lost.
    """

    job: Job
    status: Status
    report: Report | None
    failure: Failure | None
    resources: Resources
    log: str
    environment: Mapping[str, Any] | None = None
    restarts: int = 0


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

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "TrialOrder":
        """Undo :meth:`as_dict`."""
        lists = {name: tuple(content[name]) for name in ("readable", "hidden")}
        return cls(**{**content, **lists, "trial": Trial(**content["trial"])})
