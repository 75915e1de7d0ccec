"""`bench check`: check a contender, task or protocol by its contract; with `--against`, look for regressions."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from harness.commands.gate import GATE_ONLY, gate_options, run_gate
from harness.commands.options import checkable_names, complete, data_root_option, task_names
from harness.errors import EXIT_FAILED, EXIT_OK, ProtocolFault, UnknownName, UsageError
from harness.trial import PROFILES

if TYPE_CHECKING:
    from harness.data.access import DataAccess

EXAMPLES = """\b
Examples:
  bench check sep-g            capabilities, a small trial, determinism, blindness
  bench check sep-g --blind    only: rerun with the withheld targets permuted
  bench check mutag            the formats of the task's inputs and predictions
  bench check network-pruning  the protocol against its declaration, and the metrics of a small trial

\b
  bench check --against results/reference --suite graph         accuracy, speed, memory, size
  bench check --against base.sqlite --out gate.md --out gate.xml  base and head measured in one job
  bench check --against base.sqlite --from head.sqlite          compare existing records, run nothing

\b
The gate ends with 0: no regression, 3: something regressed, 4: something could not be measured
(too noisy, too few processes, no baseline, other environment)."""


@click.command("check", epilog=EXAMPLES)
@click.argument("name", required=False, shell_complete=complete(checkable_names))
@click.option("--blind", is_flag=True, help="Only check that predictions do not depend on withheld targets.")
@click.option(
    "-t",
    "--task",
    "tasks",
    multiple=True,
    help="Tasks to check on; the gate: tasks or kernel:case. [default: the first of its protocol; the gate: all]",
    shell_complete=complete(task_names),
)
@click.option(
    "-p",
    "--profile",
    type=click.Choice(PROFILES),
    help="Profile of the trials. [default: smoke; the gate: standard, or the only one of the reference]",
)
@data_root_option
@gate_options
@click.pass_context
def command(
    context: click.Context,
    name: str | None,
    blind: bool,
    tasks: tuple[str, ...],
    profile: str | None,
    data_root: Path | None,
    **gate: Any,
) -> int:
    """Check contender, task or protocol NAME: capabilities, and if a small trial runs, repeats and is blind.

    Without NAME, with --against: gate this version's accuracy, speed, memory and size by reference records.
    """
    if gate["against"] is not None:
        if name is not None or blind:
            raise UsageError("NAME and --blind check one contender, --against everything; give one of them")
        return run_gate(tasks=tasks, profile=profile, data_root=data_root, **gate)
    _reject(context, name)
    return check_contract(str(name), blind, tasks, profile or "smoke", data_root)


def _reject(context: click.Context, name: str | None) -> None:
    """Reject options of the gate without --against, and calls without both NAME and --against.

    Raises:
        UsageError: names the option, or what to add.
    """
    if name is None:
        raise UsageError(
            "give the NAME of a contender, task or protocol to check, or --against with reference records"
        )
    given = {key for key in context.params if context.get_parameter_source(key) == ParameterSource.COMMANDLINE}
    for option in context.command.params:
        if option.name in given & GATE_ONLY:
            raise UsageError(f"{option.opts[-1]} belongs to the gate: it needs --against")


def check_contract(name: str, blind: bool, tasks: tuple[str, ...], profile: str, data_root: Path | None) -> int:
    """Print missing capabilities and whether a small trial runs, repeats and is blind; return the exit code."""
    from harness import catalog
    from harness.data.access import DataAccess
    from harness.families import protocol_entries

    access = DataAccess.from_environment(data_root)
    if name in catalog.tasks() and name not in catalog.contenders():
        click.echo(_format(name, access))
        return EXIT_OK
    if name in catalog.contenders():
        checks = _checks(name, tasks, profile, access, only_blind=blind)
    elif name in protocol_entries():
        checks = _protocol_checks(name, tasks, profile, access)
    else:
        known = [*catalog.contenders(), *catalog.tasks(), *protocol_entries()]
        raise UnknownName("contender, task or protocol", name, known)
    failed = False
    for passed, text in checks:
        failed = failed or not passed
        click.echo(f"{'ok' if passed else 'FAILED'}: {text}")
    return EXIT_FAILED if failed else EXIT_OK


def _format(name: str, access: "DataAccess") -> str:
    from harness import catalog
    from harness.data.datasets import open_dataset
    from harness.views import blamed

    task = catalog.task(name)
    protocol, data = catalog.protocol(task.protocol), open_dataset(task.dataset, access)
    with blamed(task, "expected_format"):
        return f"{task.title}\n{protocol.expected_format(data)}"


def _protocol_checks(
    name: str, tasks: tuple[str, ...], profile: str, access: "DataAccess"
) -> Iterator[tuple[bool, str]]:
    """Yield whether a protocol agrees with its entry and scores a trial of its first task as declared."""
    from harness import catalog
    from harness.contract_check import protocol_trial, try_trial
    from harness.families import protocol_entry

    try:
        catalog.protocol(name)
        metrics = ", ".join(protocol_entry(name).metrics.names)
        yield True, f"{name}: name and options are those of its entry; declared metrics: {metrics}"
        chosen = protocol_trial(name, tasks, profile)
        if chosen is None:
            yield True, f"{name}: no task runs in profile {profile}, so nothing was scored"
            return
        contender, task = chosen
        failure = try_trial(contender, task, profile, access).failure
    except ProtocolFault as fault:
        yield False, str(fault)
        return
    if failure is not None:
        yield False, f"{task.name}: {contender}: {failure.kind}: {failure.message}\n{failure.traceback}"
    else:
        yield True, f"{task.name}: a trial of {contender} was scored as declared"


def _checks(
    name: str, tasks: tuple[str, ...], profile: str, access: "DataAccess", only_blind: bool
) -> Iterator[tuple[bool, str]]:
    from harness import catalog
    from harness.contract_check import agree, small_tasks, try_trial
    from harness.inspection import inspect

    entry = catalog.contender(name)
    if not only_blind:
        found = inspect([name], profile)[name]
        if found.error:
            yield False, f"{entry.target}: {found.error}"
            return
        yield True, f"meets {entry.protocol}; {found.configurations} configuration(s) in profile {profile}"
    for task in small_tasks(entry, tasks, profile):
        try:
            first = try_trial(name, task, profile, access)
        except ProtocolFault as fault:
            yield False, f"{task.name}: {fault}"
            continue
        if first.failure is not None:
            yield False, f"{task.name}: {first.failure.kind}: {first.failure.message}\n{first.failure.traceback}"
            continue
        if not only_blind:
            yield True, f"{task.name}: a trial ran in {first.resources.wall_seconds:.1f} s, and was scored"
            same, text = agree(first, try_trial(name, task, profile, access))
            yield same, f"{task.name}: repeated with the same seeds: {text}"
        same, text = agree(first, try_trial(name, task, profile, access, permute_withheld=True))
        yield same, f"{task.name}: repeated with the withheld targets permuted: {text}"
