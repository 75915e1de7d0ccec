"""`bench check`: does a contender or a task meet its contract?"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands.options import checkable_names, complete, data_root_option, task_names
from harness.errors import EXIT_FAILED, EXIT_OK, UnknownName
from harness.trial import PROFILES

if TYPE_CHECKING:
    from harness.data.access import DataAccess

EXAMPLES = """\b
Examples:
  bench check sep-g            capabilities, a small trial, determinism, blindness
  bench check sep-g --blind    only: rerun with the withheld targets permuted
  bench check mutag            the format that the task gives and expects"""


@click.command("check", epilog=EXAMPLES)
@click.argument("name", shell_complete=complete(checkable_names))
@click.option("--blind", is_flag=True, help="Only check that predictions do not depend on withheld targets.")
@click.option(
    "-t",
    "--task",
    "tasks",
    multiple=True,
    help="Tasks to check on. [default: the first of its protocol]",
    shell_complete=complete(task_names),
)
@click.option(
    "-p",
    "--profile",
    type=click.Choice(PROFILES),
    default="smoke",
    show_default=True,
    help="Profile of the trials.",
)
@data_root_option
def command(name: str, blind: bool, tasks: tuple[str, ...], profile: str, data_root: Path | None) -> int:
    """Check contender or task NAME: what is missing, whether a small trial runs, repeats and is blind."""
    from harness import catalog
    from harness.data.access import DataAccess

    access = DataAccess.from_environment(data_root)
    if name in catalog.tasks() and name not in catalog.contenders():
        click.echo(_format(name, access))
        return EXIT_OK
    if name not in catalog.contenders():
        raise UnknownName("contender or task", name, [*catalog.contenders(), *catalog.tasks()])
    failed = False
    for passed, text in _checks(name, tasks, profile, access, only_blind=blind):
        failed = failed or not passed
        click.echo(f"{'ok' if passed else 'FAILED'}: {text}")
    return EXIT_FAILED if failed else EXIT_OK


def _format(name: str, access: "DataAccess") -> str:
    from harness import catalog
    from harness.data.datasets import open_dataset

    task = catalog.task(name)
    protocol = catalog.protocol(task.protocol)
    return f"{task.title}\n{protocol.expected_format(open_dataset(task.dataset, access))}"


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
        first = try_trial(name, task, profile, access)
        if first.failure is not None:
            yield False, f"{task.name}: {first.failure.kind}: {first.failure.message}\n{first.failure.traceback}"
            continue
        if not only_blind:
            yield True, f"{task.name}: a trial ran in {first.resources.wall_seconds:.1f} s"
            same, text = agree(first, try_trial(name, task, profile, access))
            yield same, f"{task.name}: repeated with the same seeds: {text}"
        same, text = agree(first, try_trial(name, task, profile, access, permute_withheld=True))
        yield same, f"{task.name}: repeated with the withheld targets permuted: {text}"
