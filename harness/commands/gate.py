"""`bench check --against`: the options and the run of the regression gate."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands.options import (
    Duration,
    complete,
    contenders_option,
    offline_option,
    store_option,
    suite_names,
)
from harness.errors import EXIT_INTERRUPTED, UsageError

if TYPE_CHECKING:
    from harness.regression import GateReport

FORMATS = ("table", "markdown", "junit")
ENDINGS = {".txt": "table", ".md": "markdown", ".xml": "junit"}


class Percent(click.ParamType):
    """A share, written 10% or 0.1."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return a fraction within 0.01 to 1."""
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = 0.0
        if not 0.01 <= share <= 1:
            self.fail(f"expected 1% to 100%, such as 10% or 0.1, got {value!r}", param, ctx)
        return share


OPTIONS: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
    click.option("--against", type=click.Path(path_type=Path, exists=True),
                 help="Gate: compare with these records (a run store, an export, or a folder of exports)."),
    click.option("-s", "--suite", shell_complete=complete(suite_names),
                 help="Only this suite. [default: all suites of the reference]"),
    contenders_option,
    click.option("--kernels/--no-kernels", "with_kernels", default=None,
                 help="Whether to gate kernels. [default: unless contenders are selected]"),
    click.option("--processes", type=click.IntRange(2),
                 help="Timing processes. [default: as many as the reference has]"),
    click.option("--slowdown", type=Percent(), default="10%", show_default=True,
                 help="Smallest slowdown of a kernel that the gate must detect."),
    click.option("--any-environment", is_flag=True, help="Compare speed and memory with another machine's, too."),
    click.option("--from", "source", type=click.Path(path_type=Path, exists=True),
                 help="Take the new records from this store or export; run nothing."),
    click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True,
                 help="Format of the printed report."),
    click.option("--out", "outs", type=click.Path(path_type=Path, dir_okay=False), multiple=True,
                 help="Write the report here, too: .md markdown, .xml JUnit, .txt table; repeatable."),
    click.option("--all", "everything", is_flag=True, help="List also cases without a change."),
    click.option("-j", "--jobs", type=click.IntRange(1), help="Trials at a time. [default: cores]"),
    click.option("--timeout", type=Duration(), default="1h", show_default=True,
                 help="Limit of a trial, or of a kernel's case in one process."),
    click.option("-q", "--quiet", is_flag=True, help="No progress."),
    store_option,
    offline_option,
)  # fmt: skip

GATE_ONLY = frozenset(
    (
        *("against", "suite", "contenders", "with_kernels", "processes", "slowdown", "any_environment", "source"),
        *("form", "outs", "everything", "jobs", "timeout", "quiet", "store", "offline"),
    )
)
"""Names of the options that need --against."""


def gate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the gate."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def run_gate(
    *,
    against: Path,
    suite: str | None,
    profile: str | None,
    tasks: tuple[str, ...],
    contenders: tuple[str, ...],
    with_kernels: bool | None,
    processes: int | None,
    slowdown: float,
    any_environment: bool,
    source: Path | None,
    form: str,
    outs: tuple[Path, ...],
    everything: bool,
    jobs: int | None,
    timeout: float,
    quiet: bool,
    store: Path,
    offline: bool,
    data_root: Path | None,
) -> int:
    """Compare new records with the reference's, report, and return the exit code.

    Raises:
        CouldNotMeasure: the reference has no record of the selection.
        UnknownName: a suite, task or contender that the reference does not have.
    """
    from harness.commands.run import run_options
    from harness.data.access import DataAccess
    from harness.regression.changes import GateReport
    from harness.regression.records import read_side
    from harness.regression.selection import Scope
    from harness.regression.session import GateSession
    from harness.regression.speed import SpeedRule
    from harness.store import RunStore

    for out in outs:
        if out.suffix not in ENDINGS:
            raise UsageError(f"--out: {out.name!r} ends with none of {', '.join(ENDINGS)}, which decide the format")
    if store.exists() and against.samefile(store):
        raise UsageError(
            f"--against and --store are one file, {store}: new records would be compared with themselves"
        )
    reference = read_side(against)
    scope = Scope.of(reference, str(against), suite, profile, tasks, contenders, with_kernels)
    rule = SpeedRule(slowdown)
    if source is not None:
        new = read_side(source).narrowed(scope.profile)
        changes = scope.compare(new, rule, any_environment=any_environment)
    else:
        options = run_options(jobs, 1, timeout, None)
        access = DataAccess.from_environment(data_root, offline=offline)
        with RunStore.open(store) as records:
            session = GateSession(records, access, options, _say(quiet), quiet)
            changes = scope.measure(session, rule, processes, any_environment=any_environment)
        if session.interrupted:
            click.echo("interrupted; finished measurements are in the store; the same command continues", err=True)
            return EXIT_INTERRUPTED
    notes = ["Speed and memory were compared across environments (--any-environment)."] if any_environment else []
    report = GateReport(str(against), scope.profile, changes, notes)
    for out in outs:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(_rendered(report, ENDINGS[out.suffix], everything=True) + "\n", encoding="utf-8")
    click.echo(_rendered(report, form, everything))
    return report.exit_code


def _say(quiet: bool) -> Callable[[str], None]:
    return (lambda text: None) if quiet else (lambda text: click.echo(text, err=True))


def _rendered(report: "GateReport", form: str, everything: bool) -> str:
    if form == "markdown":
        from harness.regression.markdown import render_markdown

        return render_markdown(report)
    if form == "junit":
        from harness.regression.junit import render_junit

        return render_junit(report)
    from harness.regression.table import render_table

    return render_table(report, everything=everything)
