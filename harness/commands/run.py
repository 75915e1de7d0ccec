"""`bench run`: run the missing trials of a suite, then print its tables."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import click

from harness.commands.options import (
    ByteSize,
    Duration,
    address_option,
    data_root_option,
    device_option,
    executor_option,
    offline_option,
    selection_options,
    store_option,
)
from harness.commands.unavailable import unavailable_lines
from harness.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, MissingFold, UsageError

EXAMPLES = """\b
Examples:
  bench run --suite graph --profile smoke
  bench run -t mutag -c 'sep*' -c gcn-sum --folds 0-2 --jobs 2
  bench run --config graph.toml --timeout 10m --memory 4G
  bench run --retry failed
  bench run --executor ray --address auto

Finished trials are never run twice: press Ctrl-C at any time and run the same command again."""


@click.command("run", epilog=EXAMPLES)
@selection_options
@store_option
@data_root_option
@offline_option
@click.option("-j", "--jobs", type=click.IntRange(1), help="Trials at a time. [default: cores / threads]")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Threads of each trial.")
@click.option("--timeout", type=Duration(), default="1h", show_default=True, help="Wall-clock limit of a trial.")
@click.option("--memory", type=ByteSize(), help="Resident memory limit of a trial. [default: 90 % / jobs]")
@device_option
@executor_option
@address_option
@click.option("--resume", "mode", flag_value="resume", default=True, help="Run unfinished trials only. [default]")
@click.option("--fresh", "mode", flag_value="fresh", help="Run everything again.")
@click.option("--retry", type=click.Choice(["failed"]), help="Run only trials whose last record is a failure.")
@click.option(
    "--kernels/--no-kernels",
    "with_kernels",
    default=None,
    help="Time the suite's kernels too, after its trials. [default: unless tasks or contenders are selected]",
)
@click.option(
    "--rehearse/--no-rehearse",
    default=True,
    show_default=True,
    help="Run a smoke task of each new contender first, unmeasured: it compiles and imports for all its trials.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress, no tables; errors only.")
def command(
    suite: str,
    profile: str,
    tasks: tuple[str, ...],
    contenders: tuple[str, ...],
    folds: tuple[int, ...] | None,
    seeds: tuple[int, ...] | None,
    store: Path,
    data_root: Path | None,
    offline: bool,
    jobs: int | None,
    threads: int,
    timeout: float,
    memory: int | None,
    device: str,
    executor: Literal["local", "ray"],
    address: str | None,
    mode: Literal["resume", "fresh"],
    retry: str | None,
    with_kernels: bool | None,
    rehearse: bool,
    quiet: bool,
) -> int:
    """Run a suite: every contender on every task, in isolated workers, one record a trial; then its kernels.

    Trials that the run store holds already are not run again, unless data, settings or code have changed.
    """
    from harness import catalog
    from harness.data.access import DataAccess
    from harness.plan import TrialSelection
    from harness.store import RunStore

    if retry and mode == "fresh":
        raise UsageError("--fresh runs all trials again, --retry failed only failed ones; give one of them")
    if executor == "ray":
        options = cluster_options(jobs, threads, timeout, memory, device, address)
    elif address is not None:
        raise UsageError("--address names a Ray cluster; give --executor ray, too")
    else:
        options = replace(run_options(jobs, threads, timeout, memory, device), rehearse=rehearse)
    selection = TrialSelection(suite, profile, tasks, contenders, folds or (), seeds or ())
    access = DataAccess.from_environment(data_root, offline=offline)
    known = catalog.suite(suite)
    narrowed = bool(tasks or contenders or folds or seeds or retry)
    wanted = with_kernels if with_kernels is not None else not narrowed
    code = EXIT_OK
    with RunStore.open(store) as records:
        if known.tasks or narrowed:
            code = _run_trials(records, selection, access, options, "failed" if retry else mode, quiet)
        if wanted and known.kernels and code != EXIT_INTERRUPTED:
            code = max(code, _run_kernels(records, known.kernels, profile, timeout, memory, data_root, mode, quiet))
    return code


def _run_trials(records: Any, selection: Any, access: Any, options: Any, mode: Any, quiet: bool) -> int:
    """Run the missing trials, print the tables, and return the exit code."""
    from harness.identity import Identities
    from harness.plan import expected_durations, make_plan
    from harness.progress import Progress
    from harness.runner import run

    plan = make_plan(
        selection,
        access,
        Identities(access.cache / "identity"),
        records,
        mode,
        download=partial(_announce, access, quiet),
    )
    expected = expected_durations(plan, records)
    if plan.trials and not quiet:
        click.echo(_ahead(plan, expected, options.jobs, records.path), err=True)
    progress = Progress(expected, [p.trial for p in plan.todo], options.jobs, quiet=quiet)
    summary = run(plan, records, access, options, progress)
    if not quiet:
        _print_tables(records, plan, selection)
    report(summary, plan, records.path)
    if summary.interrupted:
        return EXIT_INTERRUPTED
    nothing_ran = not plan.trials and bool(summary.unavailable)
    misdeclared = any(isinstance(error, MissingFold) for error in summary.unavailable.values())
    return EXIT_FAILED if summary.failed or nothing_ran or misdeclared else EXIT_OK


def _run_kernels(
    records: Any,
    names: tuple[str, ...],
    profile: str,
    timeout: float,
    memory: int | None,
    data_root: Path | None,
    mode: str,
    quiet: bool,
) -> int:
    """Time the kernels of the suite without measurements, print their tables, and return the exit code."""
    from harness.commands.kernels import run_kernels, show
    from harness.kernels.plan import KernelSelection

    selection = KernelSelection(names, profile)
    plan, summary = run_kernels(selection, records, timeout, memory, data_root, mode == "fresh", quiet)
    if summary.done or not summary.left:
        show(records, plan.kernels, profile, None, quiet, [m.key for m in plan.measurements])
    if summary.interrupted:
        return EXIT_INTERRUPTED
    return EXIT_FAILED if summary.failed else EXIT_OK


def run_options(jobs: int | None, threads: int, timeout: float, memory: int | None, device: str = "cpu") -> Any:
    """Check the options of a run on this machine.

    Raises:
        UsageError: jobs times threads exceeds the cores, jobs the GPUs, the memory limit the machine's memory, or
            the device does not exist.
    """
    from harness.device import choose, cuda_devices, is_shared
    from harness.environment import total_memory, usable_cores
    from harness.executors.job import TrialLimits
    from harness.runner import RunOptions

    cores, available = usable_cores(), total_memory()
    devices = choose(device, cuda_devices())
    if threads > cores:
        raise UsageError(f"--threads: this machine has {cores} cores for this process, got {threads}")
    most = cores // threads
    if jobs is not None and jobs > most:
        raise UsageError(
            f"--jobs: {jobs} jobs of {threads} thread(s) exceed {cores} cores, so their times would not be "
            f"comparable; at most {most} here"
        )
    if not is_shared(devices):
        most = min(most, len(devices))
        if jobs is not None and jobs > most:
            raise UsageError(
                f"--jobs: a GPU runs one trial at a time; at most {most} on {', '.join(devices)}, got {jobs}"
            )
    jobs = jobs or most
    if memory is not None and memory > available:
        raise UsageError(f"--memory: this machine has {available / 2**30:.1f} GiB, got {memory / 2**30:.1f} GiB")
    return RunOptions(jobs, threads, TrialLimits(timeout, memory or int(0.9 * available / jobs)), device)


def cluster_options(
    jobs: int | None, threads: int, timeout: float, memory: int | None, device: str, address: str | None
) -> Any:
    """Check the options of a run on a Ray cluster, as far as possible before the connection.

    Raises:
        UsageError: as :func:`run_options` if Ray is started here; a malformed address or device otherwise.
        BenchError: Ray is not installed, or no head node answers at the address.
    """
    from harness.device import check_request
    from harness.executors.job import TrialLimits
    from harness.executors.ray_cluster import check_address, check_installed
    from harness.runner import RunOptions

    check_installed()
    if address is None:
        return replace(run_options(jobs, threads, timeout, memory, device), executor="ray")
    check_address(address)
    return RunOptions(jobs or 0, threads, TrialLimits(timeout, memory or 0), check_request(device), "ray", address)


def report(summary: Any, plan: Any, store: Path) -> None:
    """Print missing data, failures and how to continue to standard error."""
    for line in unavailable_lines("not run: task ", summary.unavailable):
        click.echo(line, err=True)
    for name, error in plan.broken.items():
        click.echo(f"broken: contender {name}: {error}", err=True)
    if summary.failed:
        click.echo(
            f"{summary.failed} trial(s) failed; `bench show` names reasons, `bench run --retry failed` reruns them",
            err=True,
        )
    if summary.restarted:
        click.echo(
            f"{summary.restarted} trial(s) restarted because their Ray node was lost; their records count restarts",
            err=True,
        )
    if summary.interrupted:
        context = click.get_current_context()
        click.echo(
            f"interrupted with {summary.left} trial(s) left; {summary.done} finished, and their records are in "
            f"{store}. Resume with the same command:\n  {_command_line(context)}",
            err=True,
        )


def _announce(access: Any, quiet: bool, dataset: str) -> None:
    from harness.data.datasets import locate

    if not quiet:
        click.echo(f"downloading {dataset}, {locate(dataset, access).detail}", err=True)


def _ahead(plan: Any, past: Any, jobs: int, store: Path) -> str:
    """Return the number of trials to run and their expected time, in one line."""
    from harness.plan import time_estimate
    from harness.tables.words import duration

    begin = f"suite {plan.suite.name}, profile {plan.selection.profile}"
    if not plan.todo:
        return f"{begin}: nothing to run, {plan.cached} trials already in {store}"
    seconds, unknown = time_estimate(plan, past, jobs)
    about = f"about {duration(seconds)}" if unknown < len(plan.todo) else "time unknown (no past records)"
    together = f"with {jobs} at a time" if jobs else "one after another; the cluster runs many at a time"
    return f"{begin}: {len(plan.todo)} trials to run, {plan.cached} already in {store}; {about} {together}"


def _command_line(context: click.Context) -> str:
    import shlex
    import sys

    arguments = [a for a in sys.argv[1:] if a != "--fresh"]
    return shlex.join(["bench", *arguments]) if arguments else context.command_path


def _print_tables(records: Any, plan: Any, selection: Any) -> None:
    from harness.leaderboard import build_board, render_terminal

    tasks = list(dict.fromkeys(planned.trial.task for planned in plan.trials))
    contenders = list(dict.fromkeys(planned.trial.contender for planned in plan.trials))
    if not tasks:
        return
    keys = [planned.key for planned in plan.trials]
    board = build_board(records, selection.suite, selection.profile, tasks=tasks, contenders=contenders, keys=keys)
    click.echo(render_terminal(board))
