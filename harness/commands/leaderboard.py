"""`bench leaderboard`: the tables and figures of a suite."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands.options import contenders_option, profile_option, store_option, suite_option, tasks_option
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.leaderboard.papers import PaperFinding
    from harness.store import RunStore
    from harness.tables.values import Board

FORMATS = ("markdown", "csv", "json", "latex")
HUGGING_FACE = "huggingface"
EXAMPLES = """\b
Examples:
  bench leaderboard --suite graph --out results/leaderboards      pages, data files and figures
  bench leaderboard --update README.md                            refresh the marked blocks of a file
  bench leaderboard -c sep-g --format huggingface                 results as metadata of a model card

\b
A marked block lies between these lines; suite=, profile= and tasks= may be left out:
  <!-- bench:leaderboard suite=graph profile=standard tasks=mutag,cora -->
  <!-- /bench:leaderboard -->"""


@click.command("leaderboard", epilog=EXAMPLES)
@suite_option
@profile_option
@tasks_option
@contenders_option
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write files here instead of printing."
)
@click.option(
    "--format",
    "formats",
    type=click.Choice((*FORMATS, HUGGING_FACE)),
    multiple=True,
    help="Formats to write; huggingface only if named. [default: all others]",
)
@click.option(
    "--update",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Refresh the marked blocks of this markdown file.",
)
@click.option("--source-url", default="", help="Where the board is published, for --format huggingface.")
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
    update: Path | None,
    source_url: str,
    figures: bool,
    source: Path | None,
    store: Path,
) -> None:
    """Print the leaderboard of a suite, or write it as markdown, CSV, JSON and LaTeX with figures."""
    from harness import catalog
    from harness.leaderboard import build_board, render_terminal
    from harness.leaderboard.publish import write_leaderboard
    from harness.store import RunStore

    _check_combination(update, tasks, out, formats, source_url)
    known = catalog.suite(suite)
    if not known.tasks:
        raise UsageError(f"suite {suite!r} has kernels only; `bench kernels {' '.join(known.kernels)}` shows them")
    chosen_tasks = catalog.select("task", tasks, [t.name for t in catalog.suite_tasks(known)])
    chosen = catalog.select("contender", contenders, list(catalog.contenders()))
    opened = RunStore.from_jsonl(source) if source else RunStore.open(store, create=False, readonly=True)
    with opened as records:
        if update is not None:
            _update(update, records, suite, profile, chosen)
            return
        board = build_board(records, suite, profile, tasks=chosen_tasks, contenders=chosen)
        if HUGGING_FACE in formats:
            _hugging_face(board, contenders and chosen, out, source_url)
        others = [name for name in formats if name != HUGGING_FACE]
        if formats and not others:
            return
        if out is None:
            click.echo(render_terminal(board))
            return
        for path in write_leaderboard(board, out, others or FORMATS, figures=figures, store=records):
            click.echo(path)


def _check_combination(
    update: Path | None, tasks: Sequence[str], out: Path | None, formats: Sequence[str], source_url: str
) -> None:
    """Reject options that have no effect together; raises UsageError."""
    if update is not None and (tasks or out is not None or formats):
        raise UsageError("--update takes no --task, --out or --format; the marks name suite, profile and tasks")
    if source_url and HUGGING_FACE not in formats:
        raise UsageError("--source-url needs --format huggingface; no other format uses it")


def _update(path: Path, records: "RunStore", suite: str, profile: str, contenders: Sequence[str]) -> None:
    from harness.claims.judge import judge_suite
    from harness.claims.listing import methods_of_claims
    from harness.leaderboard import build_board
    from harness.leaderboard.marked_block import update_file
    from harness.leaderboard.papers import paper_findings

    def build(
        of_suite: str, of_profile: str, of_tasks: Sequence[str] | None
    ) -> tuple["Board", list["PaperFinding"]]:
        board = build_board(records, of_suite, of_profile, tasks=of_tasks, contenders=contenders)
        return board, paper_findings(board, judge_suite(records, of_suite, of_profile), methods_of_claims())

    changed = update_file(path, build, suite, profile)
    click.echo(f"{path}: {'refreshed' if changed else 'unchanged'}")


def _hugging_face(board: "Board", contenders: Sequence[str], out: Path | None, source_url: str) -> None:
    """Print or write a block of front matter for each of `contenders`, by default for each with a mean."""
    from harness.leaderboard.hugging_face import model_index, render_front_matter
    from harness.leaderboard.whole_file import write_whole

    ranked = dict.fromkeys(row.contender for table in board.tables for row in table.ranked)
    for name in contenders or ranked:
        metadata, left_out = model_index(board, name, source_url)
        if left_out:
            click.echo(f"{name}: left out of tasks where it failed or has no mean: {', '.join(left_out)}", err=True)
        if out is None:
            click.echo(render_front_matter(metadata), nl=False)
            continue
        path = out / f"{board.suite}-{name}.model-index.md"
        out.mkdir(parents=True, exist_ok=True)
        write_whole(path, render_front_matter(metadata).encode())
        click.echo(path)
