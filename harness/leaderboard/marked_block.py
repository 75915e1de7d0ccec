"""Refreshing the marked blocks of a markdown file:

    <!-- bench:leaderboard suite=graph profile=standard -->
    ... replaced ...
    <!-- /bench:leaderboard -->

Without ``tasks=`` a block is three lines for each paper and a line a task; with ``tasks=mutag,cora`` it is the
ranking of each of these. Marks stand alone on their lines; inside fenced code they are text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import catalog
from harness.errors import UsageError, suggestion
from harness.leaderboard.fitted import page_ranking
from harness.leaderboard.notes import board_notes, notes
from harness.leaderboard.papers import PaperFinding, markdown_lines
from harness.leaderboard.reading import best_sentence, fastest
from harness.leaderboard.whole_file import write_whole
from harness.tables.columns import ABSENT, Column, fitting
from harness.tables.labels import headline, interval, mean, metric_header, name
from harness.tables.markdown import PAGE, PIPES, grid, plain
from harness.tables.values import Board, TaskTable
from harness.trial import PROFILES

OPEN, CLOSE = "bench:leaderboard", "/bench:leaderboard"
SETTINGS = ("suite", "profile", "tasks")
SUMMARY = ("task", "leader", "mean", "open", "interval", "failed", "metric", "fastest", "units")
"""Columns of the summary by descending importance."""

MARK = re.compile(r"<!--\s*(?P<name>/?bench:leaderboard)\b(?P<rest>.*?)-->")
LINE_ENDS = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
"""Between lines as markdown counts them; `str.splitlines` knows more separators."""

BuildBoard = Callable[[str, str, Sequence[str] | None], tuple[Board, Sequence[PaperFinding]]]
"""(suite, profile, tasks or None for all) -> board, and the findings on the suite's papers."""


@dataclass(frozen=True)
class Block:
    """A marked block: the numbers of its lines between the marks, from 0, and the board that it shows."""

    start: int
    end: int
    suite: str
    profile: str
    tasks: tuple[str, ...]


def update_file(path: Path, build: BuildBoard, suite: str, profile: str) -> bool:
    """Refresh every block of a file, in one step and only if something changes; return whether it did.

    Args:
        suite, profile: for marks that name none.

    Raises:
        UsageError: the file cannot be read or written, or its marks are missing, nested, unclosed or misspelt.
        UnknownName: no such suite or task.
    """
    try:
        path = path.resolve(strict=True)  # a link stays a link
        text = path.read_bytes().decode("utf-8")
        fresh = updated(text, build, suite, profile, str(path))
        if fresh == text:
            return False
        mode = path.stat().st_mode
        write_whole(path, fresh.encode())
        path.chmod(mode)
        return True
    except UnicodeDecodeError as error:
        raise UsageError(f"--update: {path} is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise UsageError(f"--update: cannot rewrite {path}: {error.strerror}") from error


def updated(text: str, build: BuildBoard, suite: str, profile: str, where: str) -> str:
    """Return the text with its blocks refreshed; everything else stays to the byte. Raises as `update_file`."""
    lines = LINE_ENDS.split(text)
    for block in reversed(find_blocks(text, suite, profile, where)):
        board, papers = build(block.suite, block.profile, block.tasks or None)
        body = render_block(board, () if block.tasks else papers, rankings=bool(block.tasks))
        mark = lines[block.start - 1]
        end = mark[len(mark.rstrip("\r\n")) :]  # that of the mark: a mixture would merge into other line ends
        lines[block.start : block.end] = [line + end for line in body.split("\n")]
    return "".join(lines)


def find_blocks(text: str, suite: str, profile: str, where: str) -> list[Block]:
    """Return the marked blocks of a text in order.

    Raises:
        UsageError: there is none, or the marks do not pair; the message has the line and what to write.
    """
    blocks: list[Block] = []
    opened: tuple[int, str] | None = None
    for line, rest, opens in _marks(text):
        if opens and opened is not None:
            raise UsageError(
                f"--update: {where}, line {line + 1}: a block begins inside the one of line {opened[0] + 1}; "
                f"close that one first: <!-- {CLOSE} -->"
            )
        if opens:
            opened = (line, rest)
        elif opened is None:
            raise UsageError(f"--update: {where}, line {line + 1}: <!-- {CLOSE} --> closes nothing")
        else:
            settings = _settings(opened[1], f"{where}, line {opened[0] + 1}")
            wanted = settings.get("tasks", "")
            tasks = tuple(task.strip() for task in wanted.split(",") if task.strip())
            names = settings.get("suite", suite), settings.get("profile", profile)
            blocks.append(_checked(Block(opened[0] + 1, line, *names, tasks), f"{where}, line {opened[0] + 1}"))
            opened = None
    if opened is not None:
        raise UsageError(
            f"--update: {where}, line {opened[0] + 1}: the block is never closed; add <!-- {CLOSE} -->"
        )
    if not blocks:
        raise UsageError(
            f"--update: {where} has no marked block. Paste these lines where the leaderboard is to stand:\n\n"
            f"<!-- {OPEN} suite={suite} profile={profile} -->\n<!-- {CLOSE} -->\n"
        )
    return blocks


def _marks(text: str) -> list[tuple[int, str, bool]]:
    """Return (line, settings, whether it opens) of each mark, by the grammar of markdown."""
    from markdown_it import MarkdownIt

    found = []
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "html_block" and token.map is not None:
            for number, line in enumerate(token.content.split("\n"), token.map[0]):
                mark = MARK.fullmatch(line.strip())
                if mark is not None:
                    found.append((number, mark["rest"], mark["name"] == OPEN))
    return found


def _settings(rest: str, where: str) -> Mapping[str, str]:
    settings: dict[str, str] = {}
    for word in rest.split():
        key, equals, value = word.partition("=")
        if key not in SETTINGS or not equals or not value:
            near = suggestion(key, SETTINGS)
            raise UsageError(
                f"--update: {where}: got {word!r}{near} A mark takes {', '.join(f'{s}=…' for s in SETTINGS)}."
            )
        if key in settings:
            raise UsageError(f"--update: {where}: {key}= is given twice")
        settings[key] = value
    return settings


def _checked(block: Block, where: str) -> Block:
    if block.profile not in PROFILES:
        near = suggestion(block.profile, PROFILES)
        raise UsageError(
            f"--update: {where}: unknown profile {block.profile!r}{near} One of {', '.join(PROFILES)}."
        )
    known = [task.name for task in catalog.suite_tasks(catalog.suite(block.suite))]
    return replace(block, tasks=tuple(catalog.select("task", block.tasks, known)) if block.tasks else ())


def render_block(board: Board, papers: Sequence[PaperFinding] = (), *, rankings: bool) -> str:
    """Return the text between the marks: papers and a line a task, or the ranking of each task with its notes."""
    if not board.tables:
        return f"\nNo records of suite {board.suite} in profile {board.profile}.\n"
    parts = [part for table in board.tables for part in _ranking(table)] if rankings else [_summary(board)]
    found = ["\n".join(markdown_lines(papers)).strip()] if papers else []
    return "\n" + "\n\n".join([*found, *parts, *map(plain, board_notes(board)), _origin(board)]) + "\n"


def _ranking(table: TaskTable) -> list[str]:
    remarks = "\n".join(f"- {plain(note)}" for note in notes(table))
    return [
        f"**{table.task.title}**: {metric_header(table)}, {headline(table)}. {best_sentence(table, '`')}",
        grid(page_ranking(table)[0]),
        remarks,
    ]


def _summary(board: Board) -> str:
    tables = board.tables
    columns = [
        Column("task", "task", "left", tuple(table.task.name for table in tables)),
        Column("metric", "metric", "left", tuple(metric_header(table) for table in tables)),
        Column("units", "n", "right", tuple(str(table.units) for table in tables)),
        Column("leader", "best mean", "left", tuple(name(table.rows[0]) for table in tables)),
        Column("mean", "mean", "right", tuple(mean(table, table.rows[0]) for table in tables)),
        Column("interval", "95 %", "left", tuple(interval(table, table.rows[0]) for table in tables)),
        Column("open", "may be best", "right", tuple(_may_be_best(table) for table in tables)),
        Column("fastest", "fastest", "left", tuple(_fastest(table) for table in tables)),
        Column("failed", "failed", "right", tuple(_failed(table) for table in tables)),
    ]
    return grid(fitting([column for column in columns if not column.empty], PAGE, PIPES, SUMMARY)[0])


def _may_be_best(table: TaskTable) -> str:
    """Return the size of the best set; absent where there is no test."""
    return f"{len(table.best_set)} of {len(table.rows)}" if table.units > 1 and table.ranked else ABSENT


def _fastest(table: TaskTable) -> str:
    row = fastest(table.best_set) if table.units > 1 else None
    return ABSENT if row is None else row.contender


def _failed(table: TaskTable) -> str:
    failed = sum(row.state == "failed" for row in table.rows)
    return str(failed) if failed else ABSENT


def _origin(board: Board) -> str:
    sources = [table.provenance for table in board.tables]
    records, failed = (sum(getattr(source, count) for source in sources) for count in ("records", "failed"))
    oldest, newest = min(s.oldest for s in sources)[:10], max(s.newest for s in sources)[:10]
    period = oldest if oldest == newest else f"{oldest} to {newest}"
    return (
        f"{records} trials, {failed} failed; {period}; profile {board.profile}. "
        f"`bench run --suite {board.suite} --profile {board.profile}` reproduces them."
    )
