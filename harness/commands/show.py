"""`bench show`: all facts of one trial."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from harness.commands.options import complete, contender_names, only_profile_option, store_option, task_names
from harness.errors import UnknownName, UsageError

EXAMPLES = """\b
Examples:
  bench show                        the newest failures, then the newest records
  bench show 3fa9c1                 the trial whose key starts with 3fa9c1
  bench show -t mutag -c sep-g --fold 3"""


@click.command("show", epilog=EXAMPLES)
@click.argument("key", required=False)
@click.option("-t", "--task", help="Task of the trial.", shell_complete=complete(task_names))
@click.option("-c", "--contender", help="Contender of the trial.", shell_complete=complete(contender_names))
@click.option("--fold", type=click.IntRange(0), help="Fold of the trial.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the trial.")
@only_profile_option
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="Rows to list.")
@store_option
def command(
    key: str | None,
    task: str | None,
    contender: str | None,
    fold: int | None,
    seed: int | None,
    profile: str | None,
    limit: int,
    store: Path,
) -> None:
    """Show one trial: settings, metrics, curve, resources, environment, log. Several matches are listed."""
    from harness.store import RunStore

    with RunStore.open(store, create=False, readonly=True) as records:
        keys = _matching(records, key, task, contender, fold, seed, profile)
        if len(keys) != 1:
            _list(records, keys, limit)
            return
        for record in records.find(keys[0]):
            for line in describe(record, records.environment(record.environment)):
                click.echo(line)


def _matching(
    records: Any,
    key: str | None,
    task: str | None,
    contender: str | None,
    fold: int | None,
    seed: int | None,
    profile: str | None,
) -> list[str]:
    columns = records.columns(
        tasks=[task] if task else None, contenders=[contender] if contender else None, profile=profile
    )
    rows = zip(columns.key, columns.fold, columns.seed, columns.status, columns.created, strict=True)
    chosen = [
        (status == "done", created, k)
        for k, f, s, status, created in rows
        if (key is None or k.startswith(key)) and (fold is None or f == fold) and (seed is None or s == seed)
    ]
    if not chosen:
        raise _nothing(records, task, contender)
    chosen.sort(key=lambda row: row[1], reverse=True)
    chosen.sort(key=lambda row: row[0])
    return [k for _, _, k in chosen]


def _nothing(records: Any, task: str | None, contender: str | None) -> UsageError:
    """Return the reason why no record matches: an empty store, an unknown name, or a trial without a record."""
    from harness import catalog

    if not records.counts().records:
        return UsageError(f"run store {records.path} has no records yet; `bench run` creates them")
    if task and task not in catalog.tasks():
        return UnknownName("task", task, catalog.tasks(), listing="bench list tasks")
    if contender and contender not in catalog.contenders():
        return UnknownName("contender", contender, catalog.contenders(), listing="bench list contenders")
    return UsageError(f"no record matches in {records.path}; `bench show` without arguments lists the newest")


def _list(records: Any, keys: Sequence[str], limit: int) -> None:
    from tabulate import tabulate

    rows = []
    for key in keys[:limit]:
        r = records.find(key)[-1]
        first = next(iter(r.metrics.items()), ("", float("nan")))
        result = f"{first[0]} {first[1]:.4g}" if r.done else f"{r.failure.kind}: {r.failure.message[:50]}"
        t = r.trial
        rows.append([key[:10], t.task, t.contender, t.fold, t.seed, t.profile, r.status, result])
    headers = ["key", "task", "contender", "fold", "seed", "profile", "status", "result"]
    click.echo(tabulate(rows, headers, "simple", disable_numparse=True))
    if len(keys) > limit:
        click.echo(f"... and {len(keys) - limit} more (--limit)")


def describe(record: Any, environment: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield a record as lines."""
    from dataclasses import asdict

    yield f"{record.trial}: {record.status}"
    yield f"key         {record.key}"
    yield f"created     {record.created}"
    for name, value in record.metrics.items():
        yield f"metric      {name} = {value:.6g}"
    for name, value in record.facts.items():
        yield f"fact        {name} = {value}"
    for name, value in asdict(record.resources).items():
        yield f"resource    {name} = {value:.4g}" if isinstance(value, float) else f"resource    {name} = {value}"
    for name, value in asdict(record.fingerprints).items():
        yield f"fingerprint {name} = {value}"
    for name, value in (environment or {}).items():
        yield f"environment {name} = {value}"
    if record.failure is not None:
        yield f"failure     {record.failure.kind}: {record.failure.message}"
        if record.failure.traceback:
            yield record.failure.traceback.rstrip()
    yield from _curve(record.curve)
    if record.log:
        yield "log"
        yield record.log.rstrip()


def _curve(curve: Sequence[Mapping[str, float]], rows: int = 12) -> Iterator[str]:
    if not curve:
        return
    from tabulate import tabulate

    step = max(1, -(-len(curve) // rows))
    shown = [*curve[::step], *([curve[-1]] if (len(curve) - 1) % step else [])]
    names = list(dict.fromkeys(name for row in shown for name in row))
    yield f"curve       {len(curve)} steps, every {step} shown" if step > 1 else f"curve       {len(curve)} steps"
    yield tabulate([[row.get(name) for name in names] for row in shown], names, "simple", floatfmt=".4g")
