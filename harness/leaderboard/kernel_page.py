"""The page of kernels: markdown with figures, a flat CSV and the full JSON, written whole or not at all."""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.csv_cells import inert
from harness.errors import UsageError
from harness.kernels.results import CaseBoard, KernelBoard, KernelRow
from harness.kernels.verdicts import verdicts
from harness.leaderboard.kernel_cells import case_columns, limit_text, untimed, verdict_columns
from harness.leaderboard.kernel_provenance import kernel_command, kernel_facts, kernel_sentences
from harness.leaderboard.whole_file import write_whole
from harness.statistics import ConfidenceInterval, plural
from harness.tables.columns import Column, listed
from harness.tables.markdown import grid, grids, plain
from harness.tables.words import ratio_text

NAME = "kernels"
Environments = Mapping[str, Mapping[str, Any]]
READING = (
    "Every implementation's output is compared with the reference before it is timed. A time is the median over "
    "fresh processes of the median of their rounds; the rounds of all implementations are interleaved in turning "
    "order (ABBA). A ratio is a row's time divided by that of our headline implementation, above 1 where ours is "
    "faster: the median over common rounds in each process, then the geometric mean over processes with Student's "
    "95 % interval. The limit is what the machine's own read bandwidth and matrix-product rate, measured in the "
    "same processes, allow for the unavoidable work; it can exceed 100 % where data stay in a cache. "
    "Compilation is numba's compilation until the first call ended, in a process that found no compiled code. "
    "Extra memory is the growth of resident memory during the call; where it did not grow, the call reused freed "
    "memory, and the cell is empty."
)


def write_kernels(boards: Sequence[KernelBoard], out: Path, environments: Environments) -> list[Path]:
    """Write ``kernels.md``, ``kernels.csv``, ``kernels.json`` and the figures in ``kernels/``; return the paths.

    Raises:
        UsageError: the folder cannot be written.
    """
    from harness.plots.boards import kernel_figures

    try:
        out.mkdir(parents=True, exist_ok=True)
        drawn: dict[str, list[tuple[str, str]]] = {}
        paths = []
        for subject, figure in kernel_figures(boards):
            path = Path(NAME) / f"{figure.name}.png"
            (out / path).parent.mkdir(exist_ok=True)
            write_whole(out / path, figure.png)
            drawn.setdefault(subject, []).append((path.as_posix(), figure.alt))
            paths.append(out / path)
        for suffix, text in (
            ("md", render_page(boards, environments, drawn)),
            ("csv", render_rows(boards)),
            ("json", render_kernel_json(boards, environments)),
        ):
            write_whole(out / f"{NAME}.{suffix}", text.encode())
            paths.append(out / f"{NAME}.{suffix}")
        return paths
    except OSError as error:
        raise UsageError(f"--out: cannot write {error.filename or out}: {error.strerror}") from error


def render_page(
    boards: Sequence[KernelBoard],
    environments: Environments,
    drawn: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> str:
    """Return the markdown page."""
    figures = drawn or {}
    lines = ["# Kernels", "", READING, ""]
    lines += [f"- [{board.kernel.title}](#{board.name}): {_headline(board)}" for board in boards] + [""]
    lines += _images(figures.get("", ()))
    for board in boards:
        lines += _kernel(board, environments.get(board.environment, {}), figures.get(board.name, ()))
    return "\n".join(lines).rstrip("\n") + "\n"


def _kernel(board: KernelBoard, environment: Mapping[str, Any], figures: Sequence[tuple[str, str]]) -> list[str]:
    lines = [f'<a id="{board.name}"></a>', "", f"## {board.kernel.title}", ""]
    lines += [f"Kernel `{board.name}`, profile `{board.profile}`, headline `{board.kernel.headline}`.", ""]
    judged = list(verdicts(board))
    if judged:
        reasons = tuple(v.target.reason for v in judged)
        lines += [grid([*verdict_columns(judged), Column("reason", "whose target", "left", reasons)]), ""]
    lines += [f"- {note}" for note in board.kernel.notes] + [""] * bool(board.kernel.notes)
    lines += _images(figures)
    if board.growth:
        columns = [
            Column("who", "implementation", "left", tuple(g.implementation for g in board.growth)),
            Column("series", "series", "left", tuple(g.series for g in board.growth)),
            Column(
                "power", "time grows with the power", "right", tuple(ratio_text(g.exponent) for g in board.growth)
            ),
        ]
        lines += [grids(columns), ""]
    for case in board.cases:
        lines += _case(board, case)
    return [*lines, *_provenance(board, environment)]


def _case(board: KernelBoard, case: CaseBoard) -> list[str]:
    lines = [f"### `{case.case.name}`", "", grids(case_columns(board, case)), ""]
    lines += [f"- Limits of the machine meanwhile: {limit_text(case)}."]
    lines += [
        f"- {plural(case.processes, 'process')}; others kept {100 * case.contention:.0f} % of the cores busy."
    ]
    lines += [f"- Not timed: {plain(sentence)}." for sentence in untimed(case)]
    lines += [f"- Lost: {plain(failure)}." for failure in case.failures]
    return [*lines, ""]


def _provenance(board: KernelBoard, environment: Mapping[str, Any]) -> list[str]:
    lines = ["<details><summary>Where these numbers come from</summary>", ""]
    lines += [f"- {plain(sentence)}" for sentence in kernel_sentences(board, environment)]
    return [*lines, "", "```", kernel_command(board), "```", "", "</details>", ""]


def _headline(board: KernelBoard) -> str:
    words = [v.word for v in verdicts(board)]
    counted = [f"{words.count(word)} {word}" for word in dict.fromkeys(words)]
    return f"targets: {listed(counted)}" if counted else f"{len(board.cases)} cases"


def _images(figures: Sequence[tuple[str, str]]) -> list[str]:
    return [line for path, alt in figures for line in (f"![{alt}]({path})", "")]


FIELDS = (
    *("kernel", "profile", "case", "size", "implementation", "role", "reason", "threads", "seconds", "ratio"),
    *(
        "ratio_low",
        "ratio_high",
        "processes",
        "rounds",
        "of_limit",
        "share",
        "compile_seconds",
        "peak_bytes",
        "quality",
    ),
    *("records", "failed", "oldest", "newest", "environment", "command"),
)


def render_rows(boards: Sequence[KernelBoard]) -> str:
    """Return a flat CSV, a row for each implementation, case and number of threads."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, restval="", lineterminator="\n")
    writer.writeheader()
    for board in boards:
        origin = {"records": board.records, "failed": board.failed, "oldest": board.first, "newest": board.last}
        origin |= {"environment": board.environment, "command": kernel_command(board)}
        for case in board.cases:
            for row in case.rows:
                flat = [entry | origin for entry in _rows(board, case, row)]
                writer.writerows({key: inert(value) for key, value in cells.items()} for cells in flat)
    return text.getvalue()


def _rows(board: KernelBoard, case: CaseBoard, row: KernelRow) -> Iterator[dict[str, Any]]:
    entry = row.implementation
    common = {
        "kernel": board.name,
        "profile": board.profile,
        "case": case.case.name,
        "size": case.case.size,
        "implementation": entry.name,
        "role": entry.role,
    }
    if not row.timings:
        yield common | {"reason": row.reason}
    for threads, timing in row.timings.items():
        ratio = timing.ratio
        yield common | {
            "threads": threads,
            "seconds": timing.seconds,
            "ratio": ratio.estimate if ratio else "",
            "ratio_low": ratio.low if ratio and ratio.known else "",
            "ratio_high": ratio.high if ratio and ratio.known else "",
            "processes": len(timing.samples),
            "rounds": timing.rounds,
            "of_limit": timing.limit,
            "share": row.share,
            "compile_seconds": row.compile_seconds,
            "peak_bytes": row.peak_bytes if math.isfinite(row.peak_bytes) else "",
            "quality": row.quality.get(board.kernel.quality_name, ""),
        }


def render_kernel_json(boards: Sequence[KernelBoard], environments: Environments) -> str:
    """Return all boards with their provenance as JSON."""
    content = [
        board_json(board) | {"provenance": kernel_facts(board, environments.get(board.environment, {}))}
        for board in boards
    ]
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def board_json(board: KernelBoard) -> dict[str, Any]:
    """Return a board as plain values, with every quality figure, target and growth exponent."""
    return {
        "kernel": board.name,
        "profile": board.profile,
        "headline": board.kernel.headline,
        "environment": board.environment,
        "cases": [_case_json(board, case) for case in board.cases],
        "growth": [
            {"series": g.series, "implementation": g.implementation, **_interval(g.exponent)} for g in board.growth
        ],
        "targets": [
            {"case": v.case, "verdict": v.word, "figure": _finite(v.figure), **vars(v.target)}
            for v in verdicts(board)
        ],
    }


def _case_json(board: KernelBoard, case: CaseBoard) -> dict[str, Any]:
    return {
        "case": case.case.name,
        "contention": case.contention,
        "limits": {threads: rates.as_dict() for threads, rates in case.limits.items()},
        "cost": vars(case.cost),
        "rows": [
            {key: value for key, value in flat.items() if value != ""} | {"quality": dict(row.quality)}
            for row in case.rows
            for flat in _rows(board, case, row)
        ],
    }


def _interval(interval: ConfidenceInterval) -> dict[str, float | None]:
    return {"estimate": interval.estimate, "low": _finite(interval.low), "high": _finite(interval.high)}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
