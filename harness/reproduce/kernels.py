"""Measure a published case of a kernel again, and compare its ratios to the headline implementation.

Seconds of another day are not comparable, ratios of times taken side by side are. The interval of a ratio covers
the variation between processes of one session, not between sessions (memory placement, other load, clock), so the
two intervals are compared with a practical margin.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from glob import escape
from typing import TYPE_CHECKING, Any

from harness import catalog
from harness.data.access import DataAccess
from harness.environment import capture
from harness.errors import BenchError
from harness.executors.job import TrialLimits
from harness.fingerprint import CodeIndex
from harness.kernels.plan import KernelPlan, KernelSelection, make_kernel_plan
from harness.kernels.results import CaseBoard, current, kernel_board
from harness.kernels.session import measure
from harness.reproduce.findings import Reproduction, ReproductionWord
from harness.statistics import ConfidenceInterval, t_quantile
from harness.store import Entry, RunStore
from harness.tables.words import ratio_text

if TYPE_CHECKING:
    from harness.progress import Progress

MARGIN = 1.25
"""Largest factor between the ratios of two sessions that is attributed to the sessions."""

ERROR = 0.05
"""Probability that any ratio of the case is called different although all lie within the margin."""


@dataclass(frozen=True)
class Remeasurement:
    """A case of a kernel as it was published, and the plan to measure it again.

    Attributes:
        caveat: why a difference would have no meaning (other code, another processor), or ''.
    """

    kernel: str
    case: str
    entries: Sequence[Entry]
    plan: KernelPlan
    caveat: str

    @property
    def seconds(self) -> float:
        """Seconds that the published measurement took."""
        return sum(entry.record.resources.wall_seconds for entry in self.entries)


def plan_again(
    task: str, entries: Sequence[Entry], environment: Mapping[str, Any], access: DataAccess
) -> Remeasurement:
    """Plan to measure a published case ``kernel:case`` again, with its numbers of processes and threads.

    Args:
        entries: its records, of one profile.
        environment: the machine of the records as the store has it; may be empty.

    Raises:
        BenchError: no process finished, the case is not declared any more, or there are too few cores here.
    """
    name, _, case = task.partition(":")
    profile = entries[0].record.trial.profile
    records = [r for r in current(catalog.kernel(name), profile, entries) if r.facts.get("findings")]
    if not records:
        raise BenchError(f"no process of {task} finished when it was published")
    if case not in {known.name for known in catalog.kernel(name).cases(profile)}:
        raise BenchError(f"stale: the kernel {name} does not declare this case any more")
    threads = tuple(int(count) for count in records[0].facts["threads"])
    selection = KernelSelection((name,), profile, cases=(escape(case),), threads=threads, processes=len(records))
    plan = make_kernel_plan(selection, CodeIndex.load(access.cache / "identity" / "code.json"))
    caveats = []
    if {r.fingerprints.code for r in records} != {m.fingerprints.code for m in plan.measurements}:
        caveats.append("stale: code changed since")
    here = capture()
    if any(environment.get(part) != here[part] for part in ("cpu", "cores")):
        caveats.append("another processor")
    return Remeasurement(name, case, entries, plan, ", ".join(caveats))


def remeasure(
    again: Remeasurement, store: RunStore, access: DataAccess, limits: TrialLimits, progress: "Progress"
) -> tuple[list[Reproduction], bool]:
    """Measure the case into `store` and compare; return a result for each ratio, and whether it was interrupted."""
    summary = measure(again.plan, store, limits, progress, access.derived / "numba")
    subject = f"{again.kernel}:{again.case}"
    if summary.interrupted:
        return [], True
    for reason in summary.unavailable.values():
        return [Reproduction(subject, "not compared", reason=reason)], False
    kernel, profile = catalog.kernel(again.kernel), again.plan.selection.profile
    fresh = [entry for entry in store.entries() if entry.record.trial.task == subject]
    boards = [kernel_board(again.kernel, kernel, profile, entries) for entries in (again.entries, fresh)]
    before, now = (board.cases[0] if board and board.cases else None for board in boards)
    if before is None or now is None:
        return [Reproduction(subject, "failed", reason="no process could be timed")], False
    failures = [Reproduction(subject, "failed", reason=failure) for failure in now.failures]
    return [*failures, *compare(subject, before, now, again.caveat)], False


def compare(subject: str, before: CaseBoard, now: CaseBoard, caveat: str = "") -> list[Reproduction]:
    """Compare every published ratio: a result for each implementation and number of threads."""
    published = [
        (row.implementation.name, threads, timing.ratio)
        for row in before.rows
        for threads, timing in row.timings.items()
        if timing.ratio is not None and not timing.unmeasured
    ]
    found = []
    for name, threads, ratio in published:
        row = now.row(name)
        timing = row.timings.get(threads) if row else None
        label = f"{subject}: {name}, {threads} thread{'s' * (threads > 1)}"
        if row is None or timing is None or timing.ratio is None:
            word: ReproductionWord = "failed" if row and row.failed else "not compared"
            found.append(
                Reproduction(label, word, ratio_text(ratio), reason=(row and row.reason) or "not timed here")
            )
        elif timing.unmeasured:
            found.append(
                Reproduction(label, "not compared", ratio_text(ratio), ratio_text(timing.ratio), timing.unmeasured)
            )
        else:
            found.append(_judged(label, ratio, timing.ratio, ERROR / len(published), caveat))
    return found


def _judged(
    subject: str, before: ConfidenceInterval, now: ConfidenceInterval, error: float, caveat: str
) -> Reproduction:
    """Return *differs* only if the whole interval of the quotient of the ratios lies beyond the margin."""
    low, high = quotient_interval(before, now, 1 - error)
    beyond = low > MARGIN or high < 1 / MARGIN
    reason = f"now / published {now.estimate / before.estimate:.3g} [{low:.3g}, {high:.3g}], margin ×{MARGIN:g}"
    word: ReproductionWord = ("stale" if "stale" in caveat else "not compared") if caveat else "differs"
    word = word if beyond else "agrees"
    return Reproduction(
        subject, word, ratio_text(before), ratio_text(now), "; ".join(filter(None, (reason, caveat)))
    )


def quotient_interval(before: ConfidenceInterval, now: ConfidenceInterval, level: float) -> tuple[float, float]:
    """Return the interval of now / before for two geometric means with t intervals (Welch 1947, on the log scale).

    Raises:
        ValueError: an interval is not known.
    """
    if not (before.known and now.known):
        raise ValueError(f"both intervals must be known, got {before} and {now}")
    variances, freedoms = [], []
    for interval in (before, now):
        half = math.log(interval.high / interval.low) / 2
        freedoms.append(interval.n - 1)
        variances.append((half / t_quantile(interval.n - 1, 0.5 + interval.level / 2)) ** 2)
    centre, variance = math.log(now.estimate / before.estimate), sum(variances)
    if not variance:
        return math.exp(centre), math.exp(centre)
    freedom = variance**2 / sum(v**2 / f for v, f in zip(variances, freedoms, strict=True))
    half = t_quantile(freedom, 0.5 + level / 2) * math.sqrt(variance)
    return math.exp(centre - half), math.exp(centre + half)
