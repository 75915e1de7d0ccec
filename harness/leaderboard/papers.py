"""Three lines for each paper: its main claim, the verdict on it, and the alternative that the board suggests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.claims import ClaimVerdict, KernelSpeed
from harness.leaderboard.reading import fastest
from harness.tables.values import Board, BoardRow, TaskTable
from harness.tables.words import seconds

FASTER = 0.9
"""Share of a fit time below which another counts as faster; medians vary by several percent from run to run."""
PLACES = {"worse": "is worse", "not separated": "is not among those that may be best"}


@dataclass(frozen=True)
class PaperFinding:
    """The main claim of a paper with its verdict; `use` names the simple alternative on the claim's task.

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
            "; ".join(_use(board, verdict)) or "no table of this claim's tasks has records yet",
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


def _use(board: Board, verdict: ClaimVerdict) -> Iterator[str]:
    """Yield the alternative on the first task of the claim with records."""
    tables = {table.task.name: table for table in board.tables}
    for quantity in verdict.claim.quantities:
        if isinstance(quantity, KernelSpeed):
            continue
        term = quantity.terms[0]
        table = tables.get(term.task)
        row = next((r for r in table.rows if r.contender == term.contender), None) if table else None
        if table is not None and row is not None and table.units > 1:
            yield alternative(table, row)
            return


def alternative(table: TaskTable, row: BoardRow) -> str:
    """Return a contender to use instead of `row`: a faster one that may be best as well, or a better one."""
    on, name = f"on `{table.task.name}`", f"`{row.contender}`"
    if not table.ranked:
        return f"nothing {on}: all contenders failed"
    others = tuple(r for r in table.best_set if r.contender != row.contender and r.kind != "control")
    if row.group == "may be best":
        if not others:
            return f"nothing {on}: no other method or baseline may be best"
        quick = fastest(others)
        if quick is None:
            return f"`{others[0].contender}` {on}: it may be best as well"
        if not quick.costs.fit_seconds < FASTER * row.costs.fit_seconds:
            return f"{name} itself {on}: `{quick.contender}` may be best as well, but is no faster"
        times = f"{seconds(quick.costs.fit_seconds)} instead of {seconds(row.costs.fit_seconds)}"
        return f"`{quick.contender}` {on}: it may be best as well, and fits in {times}"
    best = others[0] if others else table.rows[0]
    if row.state == "failed":
        return f"`{best.contender}` {on}: {name} failed there"
    gain = table.scale.difference(best.score - row.score)
    if table.scale.kind == "log10":
        return f"`{best.contender}` {on}: {gain} the {table.task.metric} of {name}, which {PLACES[row.group]}"
    unit = f" {table.scale.difference_unit}".rstrip()
    return f"`{best.contender}` {on}: {gain}{unit} against {name}, which {PLACES[row.group]}"


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
