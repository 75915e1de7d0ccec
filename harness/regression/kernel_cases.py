"""One case of a kernel, new against reference: outcome, speed, memory and quality of our implementations."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from statistics import fmean

from harness.kernels.contract import Kernel, Target
from harness.regression import footprint
from harness.regression.changes import Change
from harness.regression.repetition import Sessions
from harness.regression.speed import Slowdown, SpeedRule, slowdown
from harness.regression.timing import Processes, Yardstick, finding, log_times, thread_counts, yardstick
from harness.statistics.intervals import plural

QUALITY = 0.01


@dataclass(frozen=True)
class GatedCase:
    """A case with the timing processes of both sides, and those of a second session if there was one.

    Attributes:
        subject: kernel and case, as the store names them.
        elsewhere: difference between the environments that matters for speed, or ''.
    """

    kernel: Kernel
    subject: str
    reference: Processes
    new: Processes
    rule: SpeedRule
    elsewhere: str = ""
    again: Processes = field(default_factory=dict)

    @property
    def timed(self) -> list[str]:
        """Our implementations that every process of both sides timed."""
        return [
            name
            for name in _ours(self.kernel)
            if self._state(self.reference, name) == "timed" and self._state(self.new, name) == "timed"
        ]

    def _state(self, side: Processes, name: str) -> str:
        """Return *timed* if all processes timed it, else the first other state; '' if no process reports it."""
        states = [str(f["state"]) for r in side.values() if (f := finding(r, name))]
        return next((state for state in states if state != "timed"), "timed" if states else "")

    @property
    def doubtful(self) -> bool:
        """Whether the case needs a second session: a quantity seems worse, or is not clear."""
        paces = (self._slowdown(*tested, self.new) for tested in self._tested())
        slow = any(found is not None and found.pace in ("slower", "unsure") for found in paces)
        return slow or any(change.word == "regressed" for change in self._memory(self.new))

    def changes(self) -> Iterator[Change]:
        """Yield a change for each compared quantity."""
        yield from self._outcomes()
        for name, count in self._tested():
            yield self._speed(name, count)
        yield from self._confirmed_memory()
        yield from self._qualities()

    # -- outcome

    def _outcomes(self) -> Iterator[Change]:
        blank = Change("outcome", self.subject, "all implementations", "regressed")
        died = [f"{r.failure.message}" for r in self.new.values() if r.failure and not r.facts.get("findings")]
        died_before = any(r.failure and not r.facts.get("findings") for r in self.reference.values())
        if died:
            if died_before:
                yield replace(blank, word="same", change="dies as before", reason=died[0])
            else:
                yield replace(blank, change="now dies", reason=died[0])
        for name in _ours(self.kernel):
            before, after = self._state(self.reference, name), self._state(self.new, name)
            reasons = [finding(record, name).get("reason", "") for record in self.new.values()]
            reason = next(filter(None, reasons), "")
            who = replace(blank, who=name, reference=before, new=after)
            if before == "timed" and after == "failed":
                yield replace(who, change="now fails", reason=reason)
            elif before == "timed" and after != "timed" and not died:
                yield replace(who, word="unmeasured", reason=reason or "not measured")
            elif before == "failed" and after == "timed":
                yield replace(who, word="improved", change="no longer fails")

    # -- speed

    def _tested(self) -> list[tuple[str, int]]:
        return [(name, count) for name in self.timed for count in thread_counts(name, self.reference)]

    def _yardstick(self, count: int) -> Yardstick | None:
        sides = [
            {process: record for process, record in side.items() if record.facts.get("findings")}
            for side in (self.reference, self.new, self.again)
        ]
        return yardstick(self.kernel, count, [side for side in sides if side])

    def _slowdown(self, name: str, count: int, *sessions: Processes) -> Slowdown | None:
        """Compare sessions with the reference; None where a side has fewer processes than the rule needs."""
        against = self._yardstick(count)
        if against is None or self.elsewhere:
            return None
        before = log_times(name, count, against, self.reference)
        after = [x for session in sessions for x in log_times(name, count, against, session)]
        if min(len(before), len(after)) < self.rule.fewest:
            return None
        return slowdown(before, after, self.rule)

    def _speed(self, name: str, count: int) -> Change:
        blank = Change("speed", self.subject, f"{name} @{count}", "unmeasured")
        first = self._slowdown(name, count, self.new)
        against = self._yardstick(count)
        if first is None or against is None:
            return replace(blank, reason=self._why_not(name, count))
        second = self._slowdown(name, count, self.again) if self.again else None
        both = self._slowdown(name, count, self.new, self.again) if self.again else None
        return Sessions(first, second, both).judge(blank, _relative_to(against))

    def _why_not(self, name: str, count: int) -> str:
        if self.elsewhere:
            return f"other environment: {self.elsewhere}"
        if not any(count in thread_counts(name, {0: record}) for record in self.new.values()):
            return f"not timed with {plural(count, 'thread')} here"
        if self._yardstick(count) is None:
            return "neither a peer nor the plain reference was timed beside it in every process"
        return (
            f"too few processes: {len(self.reference)} in the reference, {len(self.new)} now; "
            f"at least {self.rule.fewest} are needed"
        )

    # -- memory and quality

    def _memory(self, session: Processes) -> list[Change]:
        def peaks(side: Processes, name: str) -> list[int]:
            return [int(finding(record, name)["peak_bytes"]) for record in side.values() if finding(record, name)]

        return [
            footprint.call_memory(
                Change("memory", self.subject, name, "unmeasured"),
                peaks(self.reference, name),
                peaks(session, name),
            )
            for name in self.timed
        ]

    def _confirmed_memory(self) -> Iterator[Change]:
        again = {change.who: change for change in self._memory(self.again)} if self.again else {}
        for change in self._memory(self.new):
            second = again.get(change.who)
            if change.word == "regressed" and second is not None and second.word != "regressed":
                yield replace(change, word="same", certainty="grew in the first session, not in the second")
            else:
                yield change

    def _qualities(self) -> Iterator[Change]:
        for name in self.timed:
            before, after = (_mean_quality(side, name) for side in (self.reference, self.new))
            for figure in (figure for figure in before if figure in after):
                yield self._quality(name, figure, before[figure], after[figure])

    def _quality(self, name: str, figure: str, before: float, after: float) -> Change:
        same = Change("quality", self.subject, name, "same", f"{before:.4g}", f"{after:.4g}", certainty=figure)
        for target in self.kernel.targets:
            mine = (target.name or self.kernel.headline) == name and target.quality == figure
            here = mine and fnmatchcase(self.subject.partition(":")[2], target.case)
            if here and _meets(target, before) and not _meets(target, after):
                return replace(same, word="regressed", reason=f"no longer {_bound(target)}, the declared target")
        far = not math.isclose(before, after, rel_tol=QUALITY, abs_tol=1e-9)
        return replace(same, word="changed", reason="no declared target is missed") if far else same


def _relative_to(against: Yardstick) -> str:
    kind = "the plain reference (no peer)" if against.role == "reference" else "peers"
    return f"relative to {kind}: {', '.join(against.names)}"


def _ours(kernel: Kernel) -> list[str]:
    return [entry.name for entry in kernel.implementations if entry.role == "ours"]


def _mean_quality(side: Processes, name: str) -> dict[str, float]:
    qualities: Sequence[Mapping[str, float]] = [finding(r, name).get("quality", {}) for r in side.values()]
    figures = dict.fromkeys(figure for quality in qualities for figure in quality)
    return {figure: fmean(q[figure] for q in qualities if figure in q) for figure in figures}


def _meets(target: Target, value: float) -> bool:
    if target.at_least is not None:
        return value >= target.at_least
    return target.at_most is None or value <= target.at_most


def _bound(target: Target) -> str:
    return f"≥ {target.at_least:g}" if target.at_least is not None else f"≤ {target.at_most:g}"
