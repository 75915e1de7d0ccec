"""`bench merge`: merge the records of other stores into one."""

from pathlib import Path

import click

from harness.commands.options import store_option


@click.command("merge", epilog="Example: bench merge other-machine.sqlite results/reference")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@store_option
def command(sources: tuple[Path, ...], store: Path) -> None:
    """Merge SOURCES (run stores, JSON-lines files or folders of them) into the run store, by key.

    A key that both hold with different content is a conflict: both records are kept side by side.
    """
    from harness.store import RunStore, merge

    with RunStore.open(store) as target:
        report = merge(target, sources)
    click.echo(
        f"{report.added} added, {report.identical} identical, {report.conflicts} conflicts kept side by side"
    )
