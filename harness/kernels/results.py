"""From the records of timing processes to a board: times, paired ratios, growth, fractions of the limit."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost
from harness.kernels.ratios import log_ratio, rounds_of
from harness.kernels.roofline import MachineRates
from harness.statistics import ConfidenceInterval, plural, speed_ratio, t_interval
from harness.store.entries import Entry
from harness.trial import Record

WIDEST = 2.0  # an interval that spans a larger factor is too noisy
FEWEST = 3  # processes


@dataclass(frozen=True)
class Timing:
    """An implementation at one number of threads, over the processes that timed it.

    Attributes:
        seconds: median over processes of their median rounds.
        ratio: its time / the headline's time, paired by round, then over processes; None for the headline itself.
        limit: fraction of the machine's limit that it reaches, median over processes.
        samples: process -> median seconds.
        by_round: process -> round -> seconds.
    """

    seconds: float
    ratio: ConfidenceInterval | None
    limit: float
    samples: Mapping[int, float]
    by_round: Mapping[int, Mapping[int, float]]

    @property
    def rounds(self) -> int:
        """Number of its rounds over all processes."""
        return sum(map(len, self.by_round.values()))

    @property
    def unmeasured(self) -> str:
        """Why its ratio is not measured well enough, or ''."""
        if self.ratio is None:
            return ""
        if self.ratio.n < FEWEST:
            return f"only {plural(self.ratio.n, 'process')}"
        return "too noisy" if self.ratio.high > WIDEST * self.ratio.low else ""


@dataclass(frozen=True)
class KernelRow:
    """An implementation on a case.

    Attributes:
        reason: why it has no times (*not installed*, *excluded*, *failed*: ...), or ''.
        timings: number of threads -> its timing.
        scaling: time at one thread / time at all threads, or None.
        compile_seconds: the longest compilation: in a session with an empty cache that of its first process.
    """

    implementation: Implementation
    timings: Mapping[int, Timing] = field(default_factory=dict)
    scaling: ConfidenceInterval | None = None
    reason: str = ""
    share: float = 1.0
    compile_seconds: float = 0.0
    peak_bytes: float = math.nan
    quality: Mapping[str, float] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether it crashed or returned a wrong result."""
        return self.reason.startswith("failed")


@dataclass(frozen=True)
class CaseBoard:
    """A case with its rows, and the machine's rates beside them (medians over processes)."""

    case: KernelCase
    cost: KernelCost
    rows: Sequence[KernelRow]
    limits: Mapping[int, MachineRates]
    processes: int
    contention: float
    failures: Sequence[str] = ()

    def row(self, name: str) -> KernelRow | None:
        """Return the row of an implementation, or None."""
        return next((row for row in self.rows if row.implementation.name == name), None)


@dataclass(frozen=True)
class Growth:
    """Exponent of an implementation's time over the sizes of a series."""

    series: str
    implementation: str
    exponent: ConfidenceInterval


@dataclass(frozen=True)
class KernelBoard:
    """All measurements of one kernel in one profile on one machine.

    Attributes:
        records: number of measurements, one for each case and process.
        failed: number of those without times, or with a wrong result of ours.
        data, code: fingerprints of the cases and of the code in the records.
    """

    name: str
    kernel: Kernel
    profile: str
    cases: Sequence[CaseBoard]
    growth: Sequence[Growth]
    threads: Sequence[int]
    environment: str
    records: int
    first: str
    last: str
    layers: Mapping[str, str] = field(default_factory=dict)
    failed: int = 0
    data: Sequence[str] = ()
    code: Sequence[str] = ()


def kernel_board(name: str, kernel: Kernel, profile: str, entries: Iterable[Entry]) -> KernelBoard | None:
    """Return the board of the newest measurements of a kernel, or None if there are none.

    Records of several machines are not mixed: the environment of the newest one counts. Of several records of one
    case and process the newest counts.
    """
    records = current(kernel, profile, entries)
    if not records:
        return None
    by_case: dict[str, dict[int, Record]] = {}
    for record in records:
        by_case.setdefault(record.trial.task.partition(":")[2], {})[record.trial.fold] = record
    known = {case.name: case for case in kernel.cases(profile)}
    cases = [case_board(kernel, known[case], by_case[case]) for case in known if case in by_case]
    threads = sorted({count for board in cases for row in board.rows for count in row.timings})
    created = sorted(record.created for record in records)
    layers: Mapping[str, str] = next((r.facts["layers"] for r in records if r.facts.get("layers")), {})
    return KernelBoard(
        *(name, kernel, profile, cases, growths(kernel, cases), threads, records[0].environment),
        *(len(records), created[0], created[-1], layers),
        failed=sum(not record.done for record in records),
        data=sorted({record.fingerprints.data for record in records}),
        code=sorted({record.fingerprints.code for record in records}),
    )


def current(kernel: Kernel, profile: str, entries: Iterable[Entry]) -> list[Record]:
    """Return the newest record of each case and process, of the newest environment and settings only."""
    newest: dict[tuple[str, int], Record] = {}
    for record in sorted((entry.record for entry in entries), key=lambda r: r.created):
        if record.trial.profile == profile:
            newest[record.trial.task, record.trial.fold] = record
    if not newest:
        return []
    environment = max(newest.values(), key=lambda r: r.created).environment
    return [record for record in newest.values() if record.environment == environment]


def case_board(kernel: Kernel, case: KernelCase, records: Mapping[int, Record]) -> CaseBoard:
    """Gather the processes of one case."""
    finished = {process: record for process, record in records.items() if record.facts.get("findings")}
    failures = [f"process {p}: {r.failure.message}" for p, r in sorted(records.items()) if r.failure]
    limits: dict[int, list[MachineRates]] = {}
    for record in finished.values():
        for count, rates in record.facts["limits"].items():
            limits.setdefault(int(count), []).append(MachineRates.from_dict(rates))
    cost = KernelCost(**next(iter(finished.values())).facts["cost"]) if finished else KernelCost()
    names = dict.fromkeys(name for record in finished.values() for name in record.facts["findings"])
    rows = [
        _row(kernel, kernel.implementation(entry.name), finished, cost)
        for entry in kernel.implementations
        if entry.name in names
    ]
    return CaseBoard(
        case,
        cost,
        rows,
        {count: MachineRates.median(measured) for count, measured in sorted(limits.items())},
        len(finished),
        float(np.mean([r.resources.contention for r in finished.values()])) if finished else math.nan,
        failures,
    )


def _row(kernel: Kernel, entry: Implementation, finished: Mapping[int, Record], cost: KernelCost) -> KernelRow:
    findings = {process: record.facts["findings"].get(entry.name) for process, record in finished.items()}
    known = {process: found for process, found in findings.items() if found is not None}
    untimed = [found for found in known.values() if found["state"] != "timed"]
    if untimed:  # a failure in any process fails the row: the other processes alone would flatter it
        found = untimed[0]
        return KernelRow(entry, reason=f"{found['state']}: {found['reason']}")
    counts = sorted({int(count) for found in known.values() for count in found["seconds"]})
    timings = {count: _timing(kernel, entry, finished, count, cost) for count in counts}
    first = next(iter(known.values()))
    peaks = [found["peak_bytes"] for found in known.values() if found["peak_bytes"] > 0]  # 0: only reused memory
    return KernelRow(
        entry,
        timings,
        _scaling(timings),
        share=first["share"],
        compile_seconds=max(found["compile_seconds"] for found in known.values()),
        peak_bytes=float(median(peaks)) if peaks else math.nan,
        quality=_mean_quality([found["quality"] for found in known.values()]),
    )


def _timing(
    kernel: Kernel, entry: Implementation, finished: Mapping[int, Record], count: int, cost: KernelCost
) -> Timing:
    by_round: dict[int, dict[int, float]] = {}
    samples, logs, fractions = {}, [], []
    for process, record in sorted(finished.items()):
        findings = record.facts["findings"]
        times = rounds_of(findings.get(entry.name), count)
        if not times:
            continue
        by_round[process] = times
        samples[process] = median(times.values())
        limits = MachineRates.from_dict(record.facts["limits"][str(count)])
        fractions.append(limits.seconds(cost) / samples[process])
        ours = rounds_of(findings.get(kernel.headline), count)
        if ours:
            logs.append(log_ratio(ours, times))
    ratio = speed_ratio(np.ones(len(logs)), np.exp(logs)) if logs and entry.name != kernel.headline else None
    return Timing(median(samples.values()), ratio, median(fractions), samples, by_round)


def _scaling(timings: Mapping[int, Timing]) -> ConfidenceInterval | None:
    """Return time at the fewest threads / time at the most, over processes that have both."""
    if len(timings) < 2:
        return None
    few, many = timings[min(timings)].samples, timings[max(timings)].samples
    common = sorted(set(few) & set(many))
    return speed_ratio([many[p] for p in common], [few[p] for p in common]) if common else None


def _mean_quality(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for figures in found for name in figures)
    return {name: float(np.mean([figures[name] for figures in found if name in figures])) for name in names}


def growths(kernel: Kernel, cases: Sequence[CaseBoard]) -> list[Growth]:
    """Fit log time against log size in each process, for series of three sizes or more, at one thread."""
    found = []
    for series in dict.fromkeys(board.case.series for board in cases if board.case.series):
        boards = [board for board in cases if board.case.series == series]
        for entry in kernel.implementations:
            points: dict[int, list[tuple[float, float]]] = {}
            for board in boards:
                row = board.row(entry.name)
                for process, seconds in (
                    row.timings[min(row.timings)].samples if row and row.timings else {}
                ).items():
                    points.setdefault(process, []).append((board.case.size, seconds))
            slopes = [_slope(p) for p in points.values() if len(p) >= 3]
            if slopes:
                found.append(Growth(series, entry.name, t_interval(slopes, unit="process")))
    return found


def _slope(points: Sequence[tuple[float, float]]) -> float:
    sizes, seconds = np.log(np.array(points)).T
    return float(np.polyfit(sizes, seconds, 1)[0])
