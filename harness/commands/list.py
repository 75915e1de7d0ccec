"""`bench list`: suites, tasks, contenders and other names, a line each."""

from collections.abc import Iterator

import click

from harness.commands.options import complete
from harness.errors import UnknownName

KINDS = ("suites", "tasks", "contenders", "kernels", "datasets", "claims", "protocols")


@click.command("list", epilog="Example: bench list tasks")
@click.argument("kinds", nargs=-1, metavar="[KIND]...", shell_complete=complete(lambda: list(KINDS)))
def command(kinds: tuple[str, ...]) -> None:
    """List all names with a line each; with KINDs, only theirs.

    A KIND is one of suites, tasks, contenders, kernels, datasets, claims and protocols.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise UnknownName("listing", kind, KINDS)
    for number, kind in enumerate(kinds or KINDS):
        if len(kinds) != 1:
            click.echo(("\n" if number else "") + click.style(kind, bold=True))
        rows = list(_LISTINGS[kind]())
        width = max((len(name) for name, _ in rows), default=0)
        for name, text in rows:
            click.echo(f"  {name.ljust(width)}  {text}" if len(kinds) != 1 else f"{name.ljust(width)}  {text}")


def _suites() -> Iterator[tuple[str, str]]:
    from harness import catalog

    for suite in catalog.suites().values():
        yield suite.name, suite.title


def _tasks() -> Iterator[tuple[str, str]]:
    from harness import catalog

    for task in catalog.tasks().values():
        profiles = ", ".join(task.extents)
        yield task.name, f"{task.title}; {task.protocol}, {task.metric}; {profiles}"


def _contenders() -> Iterator[tuple[str, str]]:
    from harness import catalog

    tasks = catalog.contender_tasks()
    for entry in catalog.contenders().values():
        places: dict[str, list[str]] = {}
        for suite, task in tasks.get(entry.name, ()):
            places.setdefault(suite.name, []).extend([task.name] if task.contenders else [])
        shown = [f"{suite} ({', '.join(names)})" if names else suite for suite, names in places.items()]
        yield entry.name, f"{entry.title}; {entry.kind}, {entry.protocol}; {', '.join(shown) or 'in no suite'}"


def _kernels() -> Iterator[tuple[str, str]]:
    from harness import catalog

    for kernel in catalog.kernels().values():
        yield kernel.name, kernel.title


def _datasets() -> Iterator[tuple[str, str]]:
    from harness.data.access import DataAccess
    from harness.data.datasets import locate
    from harness.families import families

    access = DataAccess.from_environment()
    for family in families().values():
        for entry in family.datasets:
            yield entry.name, f"{entry.title}; {family.name}, {locate(entry.name, access).status}"


def _claims() -> Iterator[tuple[str, str]]:
    from harness import catalog
    from harness.claims.listing import suite_claims

    for suite in catalog.suites().values():
        for claim in suite_claims(suite):
            yield claim.name, f"{claim.statement} ({suite.name})"


def _protocols() -> Iterator[tuple[str, str]]:
    from harness.families import families

    for family in families().values():
        for entry in family.protocols:
            yield entry.name, f"{entry.title} ({family.name}); contract in {entry.module}"


_LISTINGS = {
    "suites": _suites,
    "tasks": _tasks,
    "contenders": _contenders,
    "kernels": _kernels,
    "datasets": _datasets,
    "claims": _claims,
    "protocols": _protocols,
}
