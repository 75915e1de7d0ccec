"""`bench export`: records as CSV, JSON lines or Parquet."""

from pathlib import Path

import click

from harness.commands.options import only_profile_option, store_option, tasks_option
from harness.errors import UsageError

SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


@click.command("export", epilog="Example: bench export records.parquet")
@click.argument("output", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "parquet"]),
    help="[default: by the file's ending]",
)
@only_profile_option
@tasks_option
@click.option("--no-curves", is_flag=True, help="Leave learning curves out (JSON lines).")
@click.option("--no-logs", is_flag=True, help="Leave out the output of trials; it may name paths of this machine.")
@click.option("--predictions", is_flag=True, help="Include predictions (JSON lines).")
@store_option
def command(
    output: Path,
    form: str | None,
    profile: str | None,
    tasks: tuple[str, ...],
    no_curves: bool,
    no_logs: bool,
    predictions: bool,
    store: Path,
) -> None:
    """Write records to OUTPUT; JSON lines can be merged back by `bench merge`."""
    from harness import catalog
    from harness.store import RunStore, export

    chosen = form or SUFFIXES.get(output.suffix)
    if chosen is None:
        raise UsageError(
            f"{output.name!r} ends with none of {', '.join(SUFFIXES)}; give --format csv, jsonl or parquet"
        )
    chosen_tasks = catalog.select("task", tasks, catalog.tasks()) if tasks else None
    with RunStore.open(store, create=False, readonly=True) as records:
        count = export(
            records,
            output,
            chosen,
            profile=profile,
            tasks=chosen_tasks,
            curves=not no_curves,
            logs=not no_logs,
            predictions=predictions,
        )
    click.echo(f"{count} records written to {output}")
