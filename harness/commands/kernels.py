"""`bench kernels`: time kernels against their peers and the machine's limit."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands.options import (
    ByteSize,
    Duration,
    Numbers,
    complete,
    data_root_option,
    profile_option,
    store_option,
)
from harness.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_UNMEASURED, BenchError, UsageError

if TYPE_CHECKING:
    from harness.kernels.plan import KernelPlan
    from harness.kernels.results import KernelBoard
    from harness.kernels.session import SessionSummary

EXAMPLES = """\b
Examples:
  bench kernels                                           all kernels, ten minutes
  bench kernels hash-sparsification --sizes 1e5,1e7       two sizes
  bench kernels 'block-*' --threads 1 --against celer     one thread, one peer
  bench kernels --list                                    cases and implementations
  bench kernels --from results/reference/kernels          the published tables

Each implementation is checked against the reference, then timed in fresh processes. Close other programs first."""


class Sizes(click.ParamType):
    """Sizes, written 1e5,1e7 or 2000."""

    name = "sizes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Return the sizes as numbers above 0."""
        if isinstance(value, tuple):
            return value
        try:
            sizes = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            sizes = (0.0,)
        if not all(0 < size < float("inf") for size in sizes):
            self.fail(f"expected numbers above 0 such as 1e5,1e7, got {value!r}", param, ctx)
        return sizes


class ThreadCounts(Numbers):
    """Numbers of threads, written 1 or 1,2 or 1-4."""

    name = "threads"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Return the numbers, each at least 1."""
        counts = super().convert(value, param, ctx)
        if 0 in counts:
            self.fail(f"expected numbers of threads from 1 on, got {value!r}", param, ctx)
        return counts


def kernel_names() -> list[str]:
    """Return the names of all kernels."""
    from harness.catalog import kernels

    return list(kernels())


@click.command("kernels", epilog=EXAMPLES)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete(kernel_names))
@profile_option
@click.option("--sizes", type=Sizes(), default=(), help="Only cases of these sizes, e.g. 1e5,1e7.")
@click.option("--case", "cases", multiple=True, help="Only cases whose name matches this glob; repeatable.")
@click.option("--threads", type=ThreadCounts(), default=(), help="Numbers of threads. [default: 1 and all cores]")
@click.option("--against", multiple=True, help="Time our implementations and this peer only; repeatable.")
@click.option("--processes", type=click.IntRange(1), help="Fresh processes. [default: the profile's]")
@click.option(
    "--timeout", type=Duration(), default="10m", show_default=True, help="Limit of one case in a process."
)
@click.option("--memory", type=ByteSize(), help="Resident memory limit. [default: 90 % of the machine's]")
@click.option("--fresh", is_flag=True, help="Measure everything again, also finished cases.")
@click.option("--list", "listing", is_flag=True, help="List cases and implementations; measure nothing.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write the page and figures here.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True),
    help="Read exported records (a file or folder); measure nothing.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress, no tables; errors only.")
@store_option
@data_root_option
def command(
    names: tuple[str, ...],
    profile: str,
    sizes: tuple[float, ...],
    cases: tuple[str, ...],
    threads: tuple[int, ...],
    against: tuple[str, ...],
    processes: int | None,
    timeout: float,
    memory: int | None,
    fresh: bool,
    listing: bool,
    out: Path | None,
    source: Path | None,
    quiet: bool,
    store: Path,
    data_root: Path | None,
) -> int:
    """Time kernels: every implementation against its reference, its peers and the machine's limit.

    NAMEs are kernels or globs; all by default. Measurements of this code on this machine that the run store holds
    are not repeated.
    """
    from harness.kernels.plan import KernelSelection
    from harness.store import RunStore

    selection = KernelSelection(names, profile, sizes, cases, against, threads, processes or 0)
    if listing:
        list_kernels(selection)
        return EXIT_OK
    if source is not None:
        with RunStore.from_jsonl(source) as records:
            return show(records, chosen_kernels(names), profile, out, quiet)
    with RunStore.open(store) as records:
        plan, summary = run_kernels(selection, records, timeout, memory, data_root, fresh, quiet)
        code = show(records, plan.kernels, profile, out, quiet, [m.key for m in plan.measurements])
    if summary.interrupted:
        return EXIT_INTERRUPTED
    return EXIT_FAILED if summary.failed else code


def run_kernels(
    selection: Any,
    records: Any,
    timeout: float,
    memory: int | None,
    data_root: Path | None,
    fresh: bool = False,
    quiet: bool = False,
) -> "tuple[KernelPlan, SessionSummary]":
    """Measure the missing cases of a selection; report progress and failures on standard error."""
    import os

    from harness.data.access import DataAccess
    from harness.environment import total_memory
    from harness.executors.job import TrialLimits
    from harness.fingerprint import CodeIndex
    from harness.kernels.plan import make_kernel_plan
    from harness.kernels.session import expected_seconds, measure
    from harness.progress import Progress

    if data_root is not None:
        os.environ["BENCH_DATA"] = str(data_root)
    access = DataAccess.from_environment(data_root)
    plan = make_kernel_plan(selection, CodeIndex.load(access.cache / "identity" / "code.json"), records, fresh)
    if not quiet:
        click.echo(_ahead(plan, *expected_seconds(plan.todo, records)), err=True)
    limits = TrialLimits(timeout, memory or int(0.9 * total_memory()))
    progress = Progress(records.durations(), [m.trial for m in plan.todo], 1, quiet=quiet)
    summary = measure(plan, records, limits, progress, access.derived / "numba")
    for task, reason in summary.unavailable.items():
        click.echo(f"not measured: {task}: {reason}", err=True)
    if summary.failed:
        click.echo(
            f"{summary.failed} measurement(s) failed; the tables and `bench show` name the reasons", err=True
        )
    if summary.interrupted:
        click.echo(f"interrupted with {summary.left} left; the same command continues", err=True)
    return plan, summary


def show(
    records: Any,
    kernels: Any,
    profile: str,
    out: Path | None,
    quiet: bool,
    keys: Sequence[str] | None = None,
) -> int:
    """Print the boards or write their page, of the records with `keys` only if given; return the exit code."""
    from harness.kernels.results import kernel_board
    from harness.leaderboard.kernel_page import write_kernels
    from harness.leaderboard.kernel_text import render_kernels

    chosen = set(keys) if keys is not None else None
    entries = [e for e in records.entries(profile=profile) if chosen is None or e.record.key in chosen]
    boards: list[KernelBoard] = []
    for name, kernel in kernels.items():
        own = [entry for entry in entries if entry.record.trial.task.startswith(f"{name}:")]
        board = kernel_board(name, kernel, profile, own)
        if board is not None:
            boards.append(board)
    if not boards:
        raise BenchError(f"no measurements of these kernels in profile {profile!r}")
    if out is not None:
        environments = {known.fingerprint: known.content for known in records.environments()}
        for path in write_kernels(boards, out, environments):
            click.echo(path)
    elif not quiet:
        click.echo(render_kernels(boards))
    return EXIT_OK if profile == "smoke" or any(map(_measured, boards)) else EXIT_UNMEASURED


def chosen_kernels(names: Sequence[str]) -> dict[str, Any]:
    """Return the declarations that names and globs match."""
    from harness import catalog

    return {name: catalog.kernel(name) for name in catalog.select("kernel", names, catalog.kernels())}


def list_kernels(selection: Any) -> None:
    """Print every kernel with its cases and implementations."""
    from harness.kernels.plan import chosen_cases
    from harness.kernels.process import missing

    for name, kernel in chosen_kernels(selection.kernels).items():
        click.echo(click.style(f"{name}: {kernel.title}", bold=True))
        for entry in kernel.implementations:
            absent = missing(entry)
            note = f" (not installed: needs {absent})" if absent else ""
            click.echo(f"  {entry.role:9} {entry.name}{': ' if entry.title else ''}{entry.title}{note}")
        cases = chosen_cases(kernel, selection)
        if not cases and (selection.sizes or selection.cases):
            raise UsageError(f"--sizes, --case: no case of {name} matches in profile {selection.profile!r}")
        for case in cases:
            click.echo(f"  case      {case.name} (size {case.size:g})")


def _measured(board: "KernelBoard") -> bool:
    """Return whether any ratio of a board could be measured."""
    timings = [t for case in board.cases for row in case.rows for t in row.timings.values()]
    return any(t.ratio is not None and not t.unmeasured for t in timings) or not any(t.ratio for t in timings)


def _ahead(plan: "KernelPlan", seconds: float, unknown: int) -> str:
    from harness.statistics.intervals import plural
    from harness.tables.words import duration

    todo, cached = plan.todo, len(plan.measurements) - len(plan.todo)
    begin = f"kernels {', '.join(plan.kernels)}, profile {plan.selection.profile}"
    if not todo:
        return f"{begin}: nothing to measure, {cached} measurements already in the store"
    about = "time unknown" if unknown else f"about {duration(seconds)}"
    return (
        f"{begin}: {len(todo)} measurements to run in {plural(plan.effort.processes, 'process')} a kernel, "
        f"{cached} in the store; {about}"
    )
