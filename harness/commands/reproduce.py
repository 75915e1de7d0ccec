"""`bench reproduce`: run some published trials again and report whether they agree."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands.options import (
    ByteSize,
    Duration,
    contenders_option,
    data_root_option,
    offline_option,
    only_profile_option,
    suite_names,
    tasks_option,
)
from harness.commands.options import complete as completion
from harness.errors import EXIT_INTERRUPTED, EXIT_UNMEASURED, EmptySelection

if TYPE_CHECKING:
    from harness.reproduce import Published, Remeasurement, Reproduction

EXAMPLES = """\b
Examples:
  bench reproduce results/reference --sample 5             five trials and a kernel case
  bench reproduce results/reference/graph -t 'mutag*'      of one task
  bench reproduce records.jsonl --sample 20 --seed 7       another draw
  bench reproduce other-machine.sqlite --no-kernels        of a run store

\b
A trial agrees if all its metrics and its predictions are equal to the last bit. In another environment (machine,
versions) its ranked metric may differ as much as two seeds may, judged by the published table. A kernel case agrees
unless a ratio to the headline implementation differs by more than a factor of 1.25 with confidence.

\b
Exit codes: 0 all agree, 3 some differ, 1 some trials failed, 4 some could not be compared (data missing, code or
data changed since, too noisy)."""


INDENT = " " * 12


@click.command("reproduce", epilog=EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("-n", "--sample", type=click.IntRange(0), default=5, show_default=True, help="Trials to draw.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the draw.")
@click.option("-s", "--suite", help="Only this suite. [default: all]", shell_complete=completion(suite_names))
@only_profile_option
@tasks_option
@contenders_option
@click.option(
    "--kernels/--no-kernels",
    "with_kernels",
    default=True,
    show_default=True,
    help="Measure also one published kernel case again.",
)
@click.option("-j", "--jobs", type=click.IntRange(1), help="Trials at a time. [default: cores]")
@click.option("--timeout", type=Duration(), default="1h", show_default=True, help="Wall-clock limit of a trial.")
@click.option("--memory", type=ByteSize(), help="Resident memory limit of a trial. [default: 90 % / jobs]")
@data_root_option
@offline_option
@click.option("-q", "--quiet", is_flag=True, help="No progress; the findings only.")
def command(
    path: Path,
    sample: int,
    seed: int,
    suite: str | None,
    profile: str | None,
    tasks: tuple[str, ...],
    contenders: tuple[str, ...],
    with_kernels: bool,
    jobs: int | None,
    timeout: float,
    memory: int | None,
    data_root: Path | None,
    offline: bool,
    quiet: bool,
) -> int:
    """Draw trials of the published records in PATH at random, run them again, and report whether they agree.

    PATH is an export (JSON lines), a folder of exports at any depth, or a run store; it is only read, and the new
    records go into a temporary store. The draw covers as many tasks as it can; the same seed draws the same trials.
    """
    import os
    import tempfile

    from harness.commands.run import run_options
    from harness.data.access import DataAccess
    from harness.reproduce import open_published
    from harness.store import RunStore

    if data_root is not None:
        os.environ["BENCH_DATA"] = str(data_root)  # the timing processes of kernels look there
    access = DataAccess.from_environment(data_root, offline=offline)
    options = run_options(jobs, 1, timeout, memory)
    with tempfile.TemporaryDirectory(prefix="bench-reproduce-") as work:
        with open_published(path, Path(work) / "published.sqlite") as published:
            drawn, cases = _draw(published, suite, profile, tasks, contenders, sample, seed, with_kernels)
            again, unplanned = _plan_kernels(published, cases, access)
        if not quiet:
            _announce(drawn, again, seed, options.jobs)
        with RunStore.open(Path(work) / "again" / "runs.sqlite") as store:
            return _carry_out(drawn, again, unplanned, store, access, options, quiet)


def _draw(
    published: Any,
    suite: str | None,
    profile: str | None,
    tasks: Sequence[str],
    contenders: Sequence[str],
    sample: int,
    seed: int,
    with_kernels: bool,
) -> "tuple[list[Published], list[Any]]":
    """Return the drawn trials, and the records of the drawn kernel case as a list of none or one.

    Raises:
        EmptySelection: nothing matches.
    """
    from harness.reproduce import draw, finished_trials, published_cases, published_trial

    columns, rows = finished_trials(published, suite, profile, tasks, contenders)
    chosen = draw([columns.task[row] for row in rows], sample, seed)
    drawn = [published_trial(published, columns, rows[number]) for number in chosen]
    cases = published_cases(published, suite, profile, tasks, contenders) if with_kernels else []
    picked = draw([entries[0].record.trial.contender for entries in cases], 1, seed)
    if not drawn and not picked:
        raise EmptySelection(
            f"no finished record of a known task or kernel matches among {published.counts().records} records. "
            "`bench list tasks` names the tasks; give fewer of --suite, --profile, --task and --contender."
        )
    return drawn, [cases[number] for number in picked]


def _plan_kernels(
    published: Any, cases: Sequence[Any], access: Any
) -> "tuple[list[Remeasurement], list[Reproduction]]":
    from harness.errors import BenchError
    from harness.reproduce import Reproduction, plan_again

    planned, unplanned = [], []
    for entries in cases:
        record = entries[0].record
        try:
            machine = published.environment(record.environment) or {}
            planned.append(plan_again(record.trial.task, entries, machine, access))
        except BenchError as error:
            unplanned.append(Reproduction(record.trial.task, "not compared", reason=str(error)))
    return planned, unplanned


def _announce(drawn: "Sequence[Published]", again: "Sequence[Remeasurement]", seed: int, jobs: int) -> None:
    """Print the drawn trials and their expected time, by the published times, to standard error."""
    from harness.tables.words import duration

    walls = [published.entry.record.resources.wall_seconds for published in drawn]
    seconds = max(sum(walls) / jobs, max(walls, default=0.0)) + sum(case.seconds for case in again)
    click.echo(f"drawn with seed {seed}; about {duration(seconds)} by the published times:", err=True)
    for published, wall in zip(drawn, walls, strict=True):
        click.echo(f"  {published.entry.record.trial}: {duration(wall)}", err=True)
    for case in again:
        click.echo(f"  kernel {case.kernel}:{case.case}: {duration(case.seconds)}, alone on the machine", err=True)


def _carry_out(
    drawn: "Sequence[Published]",
    again: "Sequence[Remeasurement]",
    findings: "list[Reproduction]",
    store: Any,
    access: Any,
    options: Any,
    quiet: bool,
) -> int:
    """Run, measure, print the findings; return the exit code."""
    from harness.progress import Progress
    from harness.reproduce import exit_code, remeasure, rerun

    records = [published.entry.record for published in drawn]
    past = {(r.trial.task, r.trial.contender, r.trial.profile): r.resources.wall_seconds for r in records}
    progress = Progress(past, [r.trial for r in records], options.jobs, quiet=quiet)
    found, interrupted = rerun(drawn, store, access, options, progress)
    found += findings
    for case in again:
        if interrupted:
            break
        progress = Progress({}, [m.trial for m in case.plan.todo], 1, quiet=quiet)
        measured, interrupted = remeasure(case, store, access, options.limits, progress)
        found += measured
    for line in _report(found):
        click.echo(line)
    if interrupted:
        click.echo(f"interrupted after {len(found)} findings; the same command starts from the beginning", err=True)
        return EXIT_INTERRUPTED
    return exit_code(found) if found else EXIT_UNMEASURED


def _report(found: "Sequence[Reproduction]") -> list[str]:
    """Return a line a finding, and one that counts them."""
    import textwrap
    from collections import Counter

    from harness.tables.terminal import terminal_width

    lines = []
    for finding in found:
        values = f"published {finding.published}, now {finding.now or 'nothing'}" if finding.published else ""
        details = "; ".join(filter(None, (values, finding.reason)))
        lines.append(f"{finding.word:>10}  {finding.subject}")
        if details:
            lines.append(textwrap.fill(details, terminal_width(), initial_indent=INDENT, subsequent_indent=INDENT))
    counted = Counter(finding.word for finding in found)
    agree = sum(finding.agrees for finding in found)
    words = ", ".join(f"{number} {word}" for word, number in counted.items())
    return [*lines, "", f"{agree} of {len(found)} agree ({words})" if found else "nothing was compared"]
