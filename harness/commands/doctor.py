"""`bench doctor`: check the installation, the machine, the data and the run store."""

from collections.abc import Iterator
from pathlib import Path

import click

from harness.commands.options import data_root_option, store_option
from harness.errors import EXIT_FAILED, EXIT_OK, BenchError


@click.command("doctor")
@store_option
@data_root_option
def command(store: Path, data_root: Path | None) -> int:
    """Check versions, machine, confinement, data sets and the run store; report each fault with its remedy."""
    failed = False
    for state, text in _findings(store, data_root):
        failed = failed or state == "FAILED"
        click.echo(f"{state:>6}  {text}")
    return EXIT_FAILED if failed else EXIT_OK


def _findings(store: Path, data_root: Path | None) -> Iterator[tuple[str, str]]:
    yield from _environment()
    yield from _data(data_root)
    yield from _store(store)


def _environment() -> Iterator[tuple[str, str]]:
    import os

    from harness.environment import capture, total_memory
    from harness.executors.confinement import available

    found = capture()
    yield "ok", f"Python {found['python']} on {found['system']} {found['kernel']}, {found['machine']}"
    yield "ok", f"{found['cpu']}, {found['cores']} cores, {total_memory() / 2**30:.1f} GiB for this process"
    for name, version in found["packages"].items():
        yield "ok", f"{name} {version}"
    if not available():
        yield "note", "this kernel cannot confine workers (Landlock): records will have confined = False"
    else:
        yield "ok", "workers are confined by the kernel (Landlock)"
    load = os.getloadavg()[0]
    state = "note" if load > 0.5 * found["cores"] else "ok"
    yield state, f"load average {load:.1f}" + ("; times measured now are contended" if state == "note" else "")


def _data(data_root: Path | None) -> Iterator[tuple[str, str]]:
    from collections import Counter

    from harness.data.access import DataAccess
    from harness.data.datasets import locate
    from harness.families import dataset_entries
    from harness.rehearsal import Rehearsed

    try:
        access = DataAccess.from_environment(data_root)
    except BenchError as error:
        yield "FAILED", str(error)
        return
    yield "ok", f"data root: {access.root or 'none (BENCH_DATA is not set)'}"
    yield "ok", f"cache: {access.cache}"
    yield "ok", f"rehearsed contenders: {len(Rehearsed.load(access).modules)}; a run rehearses the others it needs"
    where = Counter(locate(name, access).status for name in dataset_entries())
    yield "ok", "data sets: " + ", ".join(f"{n} {status}" for status, n in where.items())


def _store(store: Path) -> Iterator[tuple[str, str]]:
    from harness.store import RunStore

    if not store.exists():
        yield "note", f"no run store at {store} yet; `bench run` creates it"
        return
    try:
        with RunStore.open(store, create=False, readonly=True) as records:
            problems = records.check()
            counts = records.counts()
    except BenchError as error:
        yield "FAILED", str(error)
        return
    held = ", ".join(f"{n} {status}" for status, n in counts.by_status.items())
    yield "ok", f"run store {store}: {held or 'no records'}"
    for problem in problems:
        yield "FAILED", f"run store {store}: {problem}"
