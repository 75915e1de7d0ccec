"""Live progress of a run: a bar with time left in a terminal, plain lines in a pipe."""

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from harness.tables.words import duration
from harness.trial import Record, Trial

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

LINE_SECONDS = 10.0


class Progress:
    """Counts finished trials and estimates the time left.

    The estimate takes past wall times of the same task and contender where there are any, scaled by how this run
    compares with them so far, and the mean of this run otherwise.
    """

    def __init__(
        self,
        expected: Mapping[tuple[str, str, str], float] | None = None,
        todo: Sequence[Trial] = (),
        jobs: int = 1,
        stream: TextIO | None = None,
        quiet: bool = False,
    ) -> None:
        self.expected = dict(expected or {})
        self.left = Counter(map(_kind, todo))
        self.jobs = jobs
        self.stream = stream or sys.stderr
        self.quiet = quiet
        self.total = self.done = self.failed = 0
        self.spent = self.spent_expected = 0.0
        self.started = self.last_line = time.monotonic()
        self.bar: RichProgress | None = None
        self.bar_task: Any = None

    def start(self, total: int) -> None:
        """Begin with `total` trials to run."""
        self.total = total
        if total and not self.quiet and self.stream.isatty():
            self.bar = _bar(self.stream)
            self.bar_task = self.bar.add_task("starting workers", total=total, failed=0, left="…")
            self.bar.start()

    def running(self, trials: Sequence[Trial]) -> None:
        """Show the running trials."""
        if self.bar is not None:
            text = ", ".join(f"{t.contender} on {t.task}" for t in trials[:2])
            more = f" and {len(trials) - 2} more" if len(trials) > 2 else ""
            self._update(description=text + more or "finishing")

    def finished(self, record: Record) -> None:
        """Count a trial that ended; failures are shown at once."""
        self.done += record.done
        self.failed += not record.done
        self._account(record)
        if record.failure is not None and not self.quiet:
            first = record.failure.message.strip().splitlines()[:1] or [""]
            self._line(f"failed: {record.trial}: {record.failure.kind}: {first[0][:300]}")
        if self.bar is not None:
            self._update(completed=self.done + self.failed)
        elif not self.quiet and time.monotonic() - self.last_line > LINE_SECONDS:
            self.last_line = time.monotonic()
            self._line(
                f"{self.done + self.failed}/{self.total} done, {self.failed} failed, "
                f"{duration(self.time_left())} left; last: {record.trial}"
            )

    def skipped(self, trial: Trial) -> None:
        """Leave out a trial that cannot run after all."""
        self.total -= 1
        self.left -= Counter([_kind(trial)])
        if self.bar is not None:
            self.bar.update(self.bar_task, total=self.total)

    def note(self, text: str) -> None:
        """Print a line of its own."""
        if not self.quiet:
            self._line(text)

    def interrupted(self, running: int) -> None:
        """Print the effect of the first Ctrl-C."""
        if running:
            self._line(f"stopping: waiting for {running} running trial(s); a second Ctrl-C abandons them")

    def stop(self) -> None:
        """End the display."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def time_left(self) -> float:
        """Return the estimated seconds until the run ends."""
        mean = self.spent / max(1, self.done + self.failed)
        scale = self.spent / self.spent_expected if self.spent_expected > 0 else 1.0
        each = {kind: self.expected[kind] * scale if kind in self.expected else mean for kind in self.left}
        return sum(count * each[kind] for kind, count in self.left.items()) / max(1, self.jobs)

    def _account(self, record: Record) -> None:
        wall = record.resources.wall_seconds
        self.spent += wall
        kind = _kind(record.trial)
        self.spent_expected += self.expected.get(kind, wall)
        self.left -= Counter([kind])

    def _update(self, **fields: Any) -> None:
        assert self.bar is not None
        left = duration(self.time_left()) if self.done + self.failed else "…"
        self.bar.update(self.bar_task, failed=self.failed, left=left, **fields)

    def _line(self, text: str) -> None:
        if self.bar is not None:
            self.bar.console.print(text, highlight=False, markup=False)
        else:
            print(text, file=self.stream, flush=True)


def _kind(trial: Trial) -> tuple[str, str, str]:
    """Return the key of past times."""
    return trial.task, trial.contender, trial.profile


def _bar(stream: TextIO) -> "RichProgress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    return RichProgress(
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("[red]{task.fields[failed]} failed"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]} left"),
        TextColumn("[dim]{task.description}", markup=True),
        console=Console(file=stream),
        transient=True,
    )
