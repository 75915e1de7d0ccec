"""`bench data`: list, fetch and verify data sets."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from harness.commands.options import data_root_option, dataset_argument, offline_option
from harness.errors import EXIT_FAILED, EXIT_OK, DataError


@click.group("data", epilog="Example: bench data fetch tu/MUTAG planetoid/Cora")
def command() -> None:
    """List, fetch or verify data sets."""


@command.command("list", short_help="List data sets and where each is.")
@data_root_option
@offline_option
def list_(data_root: Path | None, offline: bool) -> None:
    """List the data sets and where each is: bundled, generated, data root, cache, downloadable or missing."""
    from tabulate import tabulate

    from harness.data.access import DataAccess
    from harness.data.datasets import locate
    from harness.families import dataset_entries

    access = DataAccess.from_environment(data_root, offline=offline)
    rows = []
    for entry in dataset_entries().values():
        location = locate(entry.name, access)
        rows.append([entry.name, location.status, entry.title, entry.licence])
    click.echo(tabulate(rows, ["data set", "where", "title", "licence"], "simple"))


@command.command(short_help="Download data sets into the cache.")
@dataset_argument("names")
@data_root_option
def fetch(names: tuple[str, ...], data_root: Path | None) -> int:
    """Download data sets into the cache from their official source; all downloadable ones if none is named."""
    from harness.data.access import DataAccess
    from harness.data.datasets import fetch as fetch_dataset
    from harness.data.datasets import locate
    from harness.families import dataset_entries

    access = DataAccess.from_environment(data_root)
    chosen = _known(names) or [n for n in dataset_entries() if locate(n, access).status == "downloadable"]
    failed = 0
    for name in chosen:
        try:
            with click.progressbar(length=100, label=name, file=sys.stderr) as bar:
                fetch_dataset(name, access, partial(_advance, bar))
            message = f"{name}: ready ({locate(name, access).status})"
        except DataError as error:
            failed += 1
            message = f"{name}: {error}"
        click.echo(message)
    return EXIT_FAILED if failed else EXIT_OK


@command.command(short_help="Compare data sets with their raw files and checksums.")
@dataset_argument("names")
@data_root_option
def verify(names: tuple[str, ...], data_root: Path | None) -> int:
    """Read data sets again from their raw files and compare every checksum; all available ones if none is named."""
    from harness.data.access import DataAccess
    from harness.data.datasets import locate
    from harness.data.datasets import verify as verify_dataset
    from harness.families import dataset_entries

    access = DataAccess.from_environment(data_root)
    here = ("data root", "cache", "bundled", "generated")
    chosen = _known(names) or [n for n in dataset_entries() if locate(n, access).status in here]
    failed = 0
    for name in chosen:
        try:
            verify_dataset(name, access)
            click.echo(f"{name}: verified")
        except DataError as error:
            failed += 1
            click.echo(f"{name}: {error}")
    return EXIT_FAILED if failed else EXIT_OK


def _known(names: tuple[str, ...]) -> list[str]:
    from harness.families import dataset_entry

    return [dataset_entry(name).name for name in names]


def _advance(bar: Any, done: int, total: int | None) -> None:
    if total:
        bar.update(max(0, int(100 * done / total) - bar.pos))
