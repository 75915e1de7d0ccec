"""`bench report`: the results as static HTML pages."""

from pathlib import Path

import click

from harness.commands.options import complete, profile_option, store_option, suite_names

EXAMPLES = """\b
Examples:
  bench report --out site                                            the records of the run store
  bench report --out site --from results/reference                   the published records
  bench report --out site --suite graph --profile paper              one suite, another profile

Open site/index.html, mail a single page, or copy the folder to any web server: nothing else is needed."""


@click.command("report", epilog=EXAMPLES)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the pages; created if it does not exist.",
)
@click.option(
    "-s",
    "--suite",
    "suites",
    multiple=True,
    help="Suite name or glob; repeatable. [default: all that have records]",
    shell_complete=complete(suite_names),
)
@profile_option
@click.option(
    "--from",
    "sources",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Read exported records (a file or folder) instead of the run store; repeatable.",
)
@click.option("--force", is_flag=True, help="Write into a folder that holds other files; none is removed.")
@store_option
def command(
    out: Path, suites: tuple[str, ...], profile: str, sources: tuple[Path, ...], force: bool, store: Path
) -> None:
    """Write the tables, claims, figures and model cards as static HTML: an index, pages of suites and methods."""
    from harness import catalog
    from harness.report import write_report
    from harness.report.folder import check_folder
    from harness.report.records import read_exports
    from harness.store import RunStore

    chosen = catalog.select("suite", suites, catalog.suites())
    check_folder(out, force=force)
    opened = read_exports(sources) if sources else RunStore.open(store, create=False, readonly=True)
    with opened as records:
        for path in write_report(records, out, chosen, profile, force=force):
            click.echo(path)
