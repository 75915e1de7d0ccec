"""Values of a leaderboard: frozen, read by every writer and computed by none."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.paper import PaperFigure
from harness.statistics import ConfidenceInterval, Group, PairwiseDecisions, ReferenceDifference, TableDecisions
from harness.tables.scales import Scale
from harness.task import Task

State = Literal["complete", "partial", "failed"]
NAN = math.nan
MINIMAL_TASKS = 6
"""With fewer data sets no two-sided test over data sets can reach 5 %: the smallest p of five is 2/2⁵ = 0.0625."""


@dataclass(frozen=True)
class Costs:
    """Costs of a contender's trials; NaN where unknown.

    Attributes:
        fit_seconds, predict_seconds: medians over finished trials.
        peak_bytes: largest of all trials, failed ones included.
        parameters: median; folds may have chosen different configurations.
        configurations_tried: largest number of configurations that a trial searched.
    """

    fit_seconds: float = NAN
    predict_seconds: float = NAN
    peak_bytes: float = NAN
    parameters: float = NAN
    configurations_tried: float = NAN


@dataclass(frozen=True)
class Measure:
    """A metric over the finished trials of a contender, in the metric's own unit.

    Attributes:
        mean: over trials.
        std: standard deviation over `n` folds (seeds averaged within) or seeds; NaN with one.
    """

    mean: float
    std: float
    n: int


@dataclass(frozen=True)
class BoardRow:
    """A contender on a task.

    Attributes:
        state: ``complete``; ``partial`` with fewer trials than the table's; ``failed`` if any trial failed.
        estimate: mean with its interval on the analysed scale; None for a failed contender, or a partial one
            without a single complete fold or seed.
        score: value that orders the rows: the mean, for a partial contender adjusted to all trials; NaN if failed.
        fold_std: standard deviation over folds (seeds averaged within); NaN with one fold.
        seed_std: standard deviation over seeds (of the mean over folds); NaN with one seed.
        group: what the tests leave open: ``may be best``, ``not separated`` from the best, ``worse`` or ``failed``.
        best_rank, worst_rank: bounds of the ranks that the tests do not exclude.
        to_best: score minus the best score, on the analysed scale; NaN for the best itself and for a failure.
        p_best: adjusted p of "another contender is better"; NaN for a failure.
        to_reference: None for the reference itself, or where there is no test.
        trials, missing: number of its trials, and of trials that it lacks and others of the table have.
        failures: kind of failure -> number of trials.
        measures: metrics that are reported but not ranked, e.g. ``nll``, over finished trials.
        flags: flag that its models report -> number of trials.
    """

    contender: str
    kind: str
    title: str
    state: State
    estimate: ConfidenceInterval | None
    score: float
    fold_std: float
    seed_std: float
    group: Group
    best_rank: int
    worst_rank: int
    to_best: float
    p_best: float
    to_reference: ReferenceDifference | None
    trials: int
    missing: int
    failures: Mapping[str, int]
    costs: Costs
    measures: Mapping[str, Measure]
    paper: PaperFigure | None
    flags: Mapping[str, int] = field(default_factory=dict)

    @property
    def diagnostics(self) -> Mapping[str, float]:
        """Means of the metrics that are reported but not ranked."""
        return {name: measure.mean for name, measure in self.measures.items()}

    @property
    def failed_trials(self) -> int:
        """Number of failed trials."""
        return sum(self.failures.values())

    @property
    def rank(self) -> str:
        """The rank as text: "1", or "1–4" where the tests leave a tie."""
        if self.best_rank == self.worst_rank:
            return str(self.best_rank)
        return f"{self.best_rank}–{self.worst_rank}"


@dataclass(frozen=True)
class Provenance:
    """Origin of a table's numbers.

    Attributes:
        oldest, newest: times of creation (ISO 8601) of the oldest and the newest record.
        environments: fingerprint -> machine and versions, as captured.
        data: fingerprints of the data.
        code_versions: largest number of code fingerprints of one contender; above 1 its records are mixed.
        mixed_code, mixed_settings: contenders whose records are of more than one code, or other settings.
        confined: number of records by workers that had no access to the data.
    """

    command: str
    profile: str
    records: int
    failed: int
    oldest: str
    newest: str
    environments: Mapping[str, Mapping[str, Any]]
    data: tuple[str, ...]
    folds: tuple[int, ...]
    seeds: tuple[int, ...]
    jobs: tuple[int, ...]
    threads: tuple[int, ...]
    contention: float
    confined: int
    code_versions: int
    mixed_code: tuple[str, ...]
    mixed_settings: tuple[str, ...]


@dataclass(frozen=True)
class TaskTable:
    """The contenders of one task.

    Attributes:
        rows: by group, then by score, best first; partial ones stand where their difference on common units puts
            them, failed ones last.
        not_run: contenders of the suite without any record here.
        decisions: the rows' contenders, decided together.
        units: number of folds or seeds of the table; `planned` is the profile's number.
        timing: how the shown times and memory were measured, as text.
        timed_otherwise: contenders with records that were measured otherwise; these times and memory are not shown.
    """

    task: Task
    scale: Scale
    reference: str
    rows: tuple[BoardRow, ...]
    not_run: tuple[str, ...]
    decisions: TableDecisions
    units: int
    planned: int
    timing: str
    timed_otherwise: tuple[str, ...]
    provenance: Provenance

    @property
    def unit(self) -> str:
        """Unit of replication: ``fold``, ``replication`` or ``seed``."""
        return self.task.unit

    @property
    def ranked(self) -> tuple[BoardRow, ...]:
        """The rows with an estimate."""
        return tuple(row for row in self.rows if row.estimate is not None)

    @property
    def best_set(self) -> tuple[BoardRow, ...]:
        """The rows that may be best; one unit excludes nobody."""
        return tuple(row for row in self.rows if row.group == "may be best")


@dataclass(frozen=True)
class Standing:
    """Mean ranks over the tasks of a protocol that are ranked together.

    Attributes:
        table: name of their table within the protocol; "" for the protocol's own.
        mean_ranks: contender -> mean rank, best first; only contenders with a row on every one of `tasks`.
        left_out: contenders that some task lacks.
        p: Iman and Davenport's p value; None where there are too few tasks or contenders; `why` has the reason.
        family: all pairs, tested over tasks; None with fewer than two contenders.
    """

    protocol: str
    table: str
    tasks: tuple[str, ...]
    mean_ranks: Mapping[str, float]
    left_out: tuple[str, ...]
    p: float | None
    why: str
    family: PairwiseDecisions | None = None

    @property
    def title(self) -> str:
        """The protocol, and the table within it."""
        return ", ".join(filter(None, (self.protocol, self.table)))

    @property
    def slug(self) -> str:
        """The same, for names of files, links and labels."""
        return "-".join(filter(None, (self.protocol, self.table)))


@dataclass(frozen=True)
class Board:
    """The leaderboard of a suite in one profile.

    Attributes:
        empty: tasks of the profile without records.
        level: level of the tests behind ranks and verdicts.
        superseded: older records of the shown trials that newer ones replace.
    """

    suite: str
    title: str
    profile: str
    tables: tuple[TaskTable, ...]
    standings: tuple[Standing, ...] = ()
    empty: tuple[str, ...] = ()
    level: float = 0.05
    superseded: int = 0
