"""Writing a leaderboard: pages, data files and figures, each written whole; equal records give equal bytes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.claims import ClaimVerdict
from harness.errors import UsageError
from harness.leaderboard.latex import render_latex
from harness.leaderboard.machine_readable import render_csv, render_json
from harness.leaderboard.markdown import Figures, render_markdown
from harness.leaderboard.papers import PaperFinding, paper_findings
from harness.leaderboard.whole_file import write_whole
from harness.tables.values import Board

if TYPE_CHECKING:
    from harness.store import RunStore

FORMATS: Mapping[str, str] = {"markdown": "md", "csv": "csv", "json": "json", "latex": "tex"}


def write_leaderboard(
    board: Board,
    out_folder: Path,
    formats: Sequence[str] = tuple(FORMATS),
    figures: bool = True,
    store: "RunStore | None" = None,
) -> list[Path]:
    """Write ``<suite>.md`` and the other formats into a folder, figures into its ``<suite>/``; return the paths.

    Each file replaces its predecessor in one step. Learning curves are drawn and the suite's claims judged if the
    `store` is given: a board holds neither curves nor claims.

    Raises:
        UsageError: an unknown format, or the folder cannot be written.
    """
    from harness.claims.judge import judge_suite  # which reads boards in turn
    from harness.claims.listing import methods_of_claims

    for name in formats:
        if name not in FORMATS:
            raise UsageError(f"--format: expected {', '.join(FORMATS)}, got {name!r}")
    try:
        out_folder.mkdir(parents=True, exist_ok=True)
        drawn = _draw(board, out_folder, store) if figures and board.tables else {}
        written = [out_folder / path for figures_of_one in drawn.values() for path, _ in figures_of_one]
        verdicts = judge_suite(store, board.suite, board.profile) if store is not None else ()
        papers = paper_findings(board, verdicts, methods_of_claims())
        return [_write_format(board, out_folder, name, drawn, verdicts, papers) for name in formats] + written
    except OSError as error:
        raise UsageError(f"--out: cannot write {error.filename or out_folder}: {error.strerror}") from error


def _write_format(
    board: Board,
    folder: Path,
    name: str,
    drawn: Figures,
    verdicts: Sequence[ClaimVerdict],
    papers: Sequence[PaperFinding],
) -> Path:
    renderers: Mapping[str, Callable[[], str]] = {
        "markdown": lambda: render_markdown(board, drawn, verdicts, papers),
        "csv": lambda: render_csv(board),
        "json": lambda: render_json(board, verdicts),
        "latex": lambda: render_latex(board),
    }
    path = folder / f"{board.suite}.{FORMATS[name]}"
    write_whole(path, renderers[name]().encode())
    return path


def _draw(board: Board, folder: Path, store: "RunStore | None") -> Figures:
    from harness.plots.boards import board_figures

    drawn: dict[str, list[tuple[str, str]]] = {}
    for subject, figure in board_figures(board, store):
        path = Path(board.suite) / f"{figure.name}.png"
        (folder / path).parent.mkdir(exist_ok=True)
        write_whole(folder / path, figure.png)
        drawn.setdefault(subject, []).append((path.as_posix(), figure.alt))
    return drawn
