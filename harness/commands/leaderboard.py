"""`bench leaderboard`: the tables and figures of a suite."""

from pathlib import Path

import click

from harness.commands.options import contenders_option, profile_option, store_option, suite_option, tasks_option

FORMATS = ("markdown", "csv", "json", "latex")


@click.command("leaderboard", epilog="Example: bench leaderboard --suite graph --out results/leaderboards")
@suite_option
@profile_option
@tasks_option
@contenders_option
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write files here instead of printing."
)
@click.option(
    "--format", "formats", type=click.Choice(FORMATS), multiple=True, help="Formats to write. [default: all]"
)
@click.option("--figures/--no-figures", default=True, show_default=True, help="Draw figures beside the files.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True),
    help="Read exported records (a file or folder) instead of the run store.",
)
@store_option
def command(
    suite: str,
    profile: str,
    tasks: tuple[str, ...],
    contenders: tuple[str, ...],
    out: Path | None,
    formats: tuple[str, ...],
    figures: bool,
    source: Path | None,
    store: Path,
) -> None:
    """Print the leaderboard of a suite, or write it as markdown, CSV, JSON and LaTeX with figures."""
    from harness import catalog
    from harness.leaderboard import build_board, render_terminal, write_leaderboard
    from harness.store import RunStore

    known = catalog.suite(suite)
    chosen_tasks = catalog.select("task", tasks, [t.name for t in catalog.suite_tasks(known)])
    chosen = catalog.select("contender", contenders, list(catalog.contenders()))
    opened = RunStore.from_jsonl(source) if source else RunStore.open(store, create=False, readonly=True)
    with opened as records:
        board = build_board(records, suite, profile, tasks=chosen_tasks, contenders=chosen)
        if out is None:
            click.echo(render_terminal(board))
            return
        for path in write_leaderboard(board, out, formats or FORMATS, figures=figures, store=records):
            click.echo(path)
