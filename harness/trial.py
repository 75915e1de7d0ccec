"""Trial and Record: frozen values with one canonical serialisation, which is also their identity."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any, Literal

PROFILES = ("smoke", "standard", "paper")
Status = Literal["done", "failed", "timeout", "memory", "killed"]


def canonical(value: Any) -> str:
    """Serialise to JSON that does not depend on the order in which mappings were built."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, order=True)
class Trial:
    """One run of a contender on a task: the unit of execution, identity, failure and resumption."""

    task: str
    contender: str
    fold: int = 0
    seed: int = 0
    profile: str = "standard"

    def __str__(self) -> str:
        return f"{self.contender} on {self.task} (fold {self.fold}, seed {self.seed}, {self.profile})"


@dataclass(frozen=True)
class Fingerprints:
    """Fingerprints of a result: the content of the data, the settings and the code."""

    data: str
    settings: str
    code: str


def trial_key(trial: Trial, fingerprints: Fingerprints) -> str:
    """Return the identity of a trial (32 hex digits); no field's position matters, every field's value does."""
    content = canonical({"trial": asdict(trial), "fingerprints": asdict(fingerprints)})
    return blake2b(content.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class TrialFailure:
    """Reason why a trial has no result."""

    kind: str
    message: str
    traceback: str = ""
    stderr_tail: str = ""


@dataclass(frozen=True)
class Resources:
    """Resources that a trial used.

    Attributes:
        wall_seconds, cpu_seconds: time of the whole worker process and its children.
        fit_seconds: from the call of ``fit`` to its return, all configurations of a search included.
        predict_seconds: inference on the test items.
        peak_bytes: largest memory of the worker and its children above that of the empty worker, pages of files
            excluded. Where `first_call` is unknown: all resident memory, libraries included.
        contention: mean share of the machine's cores that other processes kept busy meanwhile, 0 to 1.
        jobs, threads: number of trials that shared the machine (1: it ran alone), and of threads of each.
        confined: whether the kernel kept the worker away from data root, caches and run store.
        first_call: whether compilation and late imports are a part of the times and the memory: ``excluded``,
            ``included`` where they happened nevertheless, ``unknown`` in records of before this was measured.
    """

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    peak_bytes: int = 0
    contention: float = 0.0
    jobs: int = 1
    threads: int = 1
    confined: bool = False
    first_call: str = "unknown"


@dataclass(frozen=True)
class Record:
    """The record of a trial.

    `metrics` are the parent's scores; `facts` the worker's report (parameters, chosen
    settings, configurations tried, ...); `curve` the logged learning curve, a row of named values a step;
    `environment` the fingerprint of machine and versions, whose content the store keeps once.
    """

    key: str
    trial: Trial
    fingerprints: Fingerprints
    status: Status
    created: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    resources: Resources = field(default_factory=Resources)
    environment: str = ""
    failure: TrialFailure | None = None
    log: str = ""
    curve: Sequence[Mapping[str, float]] = ()

    @property
    def done(self) -> bool:
        """Whether the trial ended with metrics; only such a record is ever reused."""
        return self.status == "done"
