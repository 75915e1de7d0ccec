"""Three lines for each paper: its main claim, the verdict on it, and the alternative that the board suggests."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.claims import ClaimVerdict, KernelSpeed
from harness.leaderboard.alternatives import alternative_on
from harness.tables.values import Board, BoardRow, TaskTable


@dataclass(frozen=True)
class PaperFinding:
    """The main claim of a paper with its verdict; `use` names the simple alternative on the claim's tasks.

    `word` stands at the beginning of `verdict`; names in backticks are contenders and tasks.
    """

    method: str
    claim: str
    word: str
    verdict: str
    use: str


def paper_findings(board: Board, verdicts: Sequence[ClaimVerdict], places: dict[str, str]) -> list[PaperFinding]:
    """Return a finding for each headline claim of a suite, in the order of the claims.

    Args:
        places: name of a claim -> name of its method.
    """
    return [
        PaperFinding(
            places.get(verdict.claim.name, verdict.claim.name),
            verdict.claim.statement,
            verdict.word,
            verdict_text(verdict),
            _use(board, verdict),
        )
        for verdict in verdicts
        if verdict.claim.headline
    ]


def verdict_text(verdict: ClaimVerdict) -> str:
    """Return estimate, interval, n and the paper's figure; the reason where there was no test."""
    from harness.claims.wording import shown_reported

    if not verdict.tested:
        first, *others = verdict.why.split("; ")
        return f"{first}; {len(others)} more reasons" if len(others) > 1 else verdict.why
    bounds = f", 90 % interval {verdict.bounds}" if verdict.bounds else ""
    reported = shown_reported(verdict.claim)
    parts = [f"{verdict.figure}{bounds}, n = {verdict.whole.over}", verdict.beyond]
    parts += [f"paper {reported}" if reported else "", verdict.qualification]
    return "; ".join(filter(None, parts))


def _use(board: Board, verdict: ClaimVerdict) -> str:
    """Return the alternative on the tasks of the claim that have records."""
    tables = {table.task.name: table for table in board.tables}
    found: dict[str, tuple[TaskTable, BoardRow]] = {}
    for quantity in verdict.claim.quantities:
        if isinstance(quantity, KernelSpeed):
            continue
        term = quantity.terms[0]
        table = tables.get(term.task)
        row = next((r for r in table.rows if r.contender == term.contender), None) if table else None
        if table is not None and row is not None and table.units > 1:
            found.setdefault(term.task, (table, row))
    return alternative_on(list(found.values())) if found else "no table of this claim's tasks has records yet"


def markdown_lines(findings: Sequence[PaperFinding]) -> list[str]:
    """Return the findings as lines of markdown, three a paper."""
    lines: list[str] = []
    for found in findings:
        lines += [
            f"**{found.method}** claims: {found.claim}.  ",
            f"**{found.word[:1].upper()}{found.word[1:]}**: {found.verdict}.  ",
            f"Use instead: {found.use}.",
            "",
        ]
    return lines


def pieces(text: str) -> list[tuple[str, bool]]:
    """Return the pieces of a line, and whether each stands in backticks."""
    return [(piece, number % 2 == 1) for number, piece in enumerate(text.split("`")) if piece]
