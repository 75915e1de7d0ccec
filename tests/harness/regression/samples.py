"""Records of trials and of timing processes with known values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from harness.regression.records import Side
from harness.store import Entry
from harness.trial import Fingerprints, Record, Resources, Trial, TrialFailure
from tests.harness.kernels.synthetic import finding

MACHINE: dict[str, Any] = {
    "cpu": "a processor",
    "cores": 2,
    "machine": "x86_64",
    "system": "Linux",
    "kernel": "6.1",
    "python": "3.11.7",
    "packages": {"numpy": "2.4.6", "torch": "2.13.0", "bench-icml22": "0.1.0"},
}


def trial_entry(
    task: str,
    contender: str,
    fold: int = 0,
    seed: int = 0,
    *,
    metrics: Mapping[str, float] | None = None,
    profile: str = "standard",
    environment: str = "here",
    created: str = "2026-01-01T00:00:00.000+00:00",
    code: str = "c",
    digest: str = "d",
    peak_bytes: int = 300 << 20,
    first_call: str = "excluded",
    facts: Mapping[str, Any] | None = None,
    failure: TrialFailure | None = None,
) -> Entry:
    """Return the record of a trial: finished with `metrics`, or failed without."""
    trial = Trial(task, contender, fold, seed, profile)
    record = Record(
        key=f"{task}-{contender}-{fold}-{seed}-{profile}-{code}",
        trial=trial,
        fingerprints=Fingerprints("d", "s", code),
        status="failed" if metrics is None else "done",
        created=created,
        metrics=metrics or {},
        facts=facts or {},
        resources=Resources(wall_seconds=1.0, peak_bytes=peak_bytes, first_call=first_call),
        environment=environment,
        failure=failure or (TrialFailure("ValueError", "no luck") if metrics is None else None),
    )
    return Entry(record, digest=digest)


def cells(values: Iterable[Entry]) -> dict[tuple[int, int], Entry]:
    """Return entries by (fold, seed)."""
    return {(entry.record.trial.fold, entry.record.trial.seed): entry for entry in values}


def seeds_of(task: str, contender: str, accuracies: Sequence[float], **others: Any) -> dict[tuple[int, int], Entry]:
    """Return a trial a seed with these accuracies."""
    return cells(
        trial_entry(task, contender, seed=seed, metrics={"accuracy": float(a)}, **others)
        for seed, a in enumerate(accuracies)
    )


def side(*entries: Entry, **environments: Mapping[str, Any]) -> Side:
    """Return a side of these entries; the environment ``here`` is `MACHINE`."""
    return Side(tuple(entries), {"here": MACHINE, **environments})


def process_record(
    process: int, findings: Mapping[str, Mapping[str, Any]], *, task: str = "declared:n=1000"
) -> Record:
    """Return the record of one timing process."""
    kernel = task.partition(":")[0]
    return Record(
        key=f"{task}-{process}",
        trial=Trial(task, kernel, process, 0, "standard"),
        fingerprints=Fingerprints("d", "s", "c"),
        status="done",
        created="2026-01-01T00:00:00.000+00:00",
        facts={"findings": findings, "threads": [1]},
        environment="here",
    )


def processes(
    rng: np.random.Generator,
    count: int,
    *,
    slowdown: float = 0.0,
    between: float = 0.03,
    within: float = 0.05,
    rounds: int = 9,
    peers: Sequence[str] = ("peer",),
    ours: Mapping[str, Any] | None = None,
) -> dict[int, Record]:
    """Return simulated processes: noise between them and between rounds, on a machine whose pace drifts.

    Args:
        between, within: standard deviations of log times between processes and between rounds.
        ours: other fields of the finding of ``ours``.
    """
    found = {}
    for process in range(count):
        machine = rng.normal(0, 0.3)  # the same for all in the process: a ratio cancels it
        findings = {}
        for name in ("ours", *peers):
            log = np.log(0.004) + machine + rng.normal(0, between) + rng.normal(0, within, rounds)
            times = np.exp(log + (np.log1p(slowdown) if name == "ours" else 0.0))
            findings[name] = finding({1: times.tolist()}, **(ours or {} if name == "ours" else {}))
        found[process] = process_record(process, findings)
    return found
