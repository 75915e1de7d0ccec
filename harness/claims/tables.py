"""Verdicts as a table and sentences for a terminal or a pipe, as markdown, and as JSON."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace
from typing import Any, get_args

from harness.claims.verdict import ClaimVerdict, VerdictWord
from harness.claims.wording import shown_assertion, shown_reported
from harness.statistics.intervals import plural
from harness.tables.columns import ABSENT, Column, fitting, listed, text_grid, unrepeated, with_headings
from harness.tables.markdown import PAGE, PIPES, grid
from harness.tables.terminal import terminal_width, wrapped
from harness.tables.words import p_value

ORDER = get_args(VerdictWord)
NEEDED = ("claim", "estimate", "interval", "n", "paper", "Holm p", "needs ≈")
"""Columns of a page's table by descending importance."""


def by_verdict(verdicts: Sequence[ClaimVerdict]) -> list[ClaimVerdict]:
    """Return the verdicts as tables list them: the papers' claims before ours, headlines first, then by word."""
    return sorted(verdicts, key=lambda v: (v.claim.provenance == "ours", not v.claim.headline, ORDER.index(v.word)))


def columns(verdicts: Sequence[ClaimVerdict]) -> list[Column]:
    """Return the table of verdicts, a row a claim, in the given order."""
    makers = (
        ("claim", "left", lambda v: v.claim.name),
        ("verdict", "left", lambda v: v.word + ("†" if v.qualification and v.tested else "")),
        ("estimate", "right", _estimate),
        (_interval_header(verdicts), "right", lambda v: v.bounds or ABSENT),
        ("paper", "right", lambda v: shown_reported(v.claim).partition(" (")[0] or ABSENT),
        ("n", "right", lambda v: str(v.n) if v.n else ABSENT),
        ("Holm p", "right", lambda v: p_value(v.p_adjusted)),
        ("needs ≈", "right", lambda v: f"{v.needs:,}" if v.needs else ABSENT),
    )
    return [
        Column(header, header, "left" if align == "left" else "right", tuple(text(v) for v in verdicts))
        for header, align, text in makers
    ]


def _interval_header(verdicts: Sequence[ClaimVerdict]) -> str:
    levels = {100 * (1 - 2 * verdict.claim.alpha) for verdict in verdicts}
    return f"{levels.pop():g} % interval" if len(levels) == 1 else "interval at 1 − 2α"


def _estimate(verdict: ClaimVerdict) -> str:
    return verdict.figure.rpartition(" = ")[2].removesuffix(" points") if verdict.figure else ABSENT


def summary(verdicts: Sequence[ClaimVerdict]) -> str:
    """Return the number of decided claims, and of each word: "Decided: 12 of 15 claims … (3 reproduced, …)"."""
    counts = Counter(verdict.word for verdict in verdicts)
    tested = [verdict for verdict in verdicts if verdict.word != "for another profile"]
    decided = sum(verdict.decided for verdict in tested)
    words = listed([f"{counts[word]} {word}" for word in ORDER if counts[word]])
    return f"Decided: {decided} of {plural(len(tested), 'claim')} that this profile can test ({words})"


def verdict_grid(verdicts: Sequence[ClaimVerdict]) -> str:
    """Return the claims within a page's width, by verdict, the papers' before ours; verdicts are rows."""
    ordered = sorted(verdicts, key=lambda v: (v.claim.provenance == "ours", ORDER.index(v.word)))
    names = [("ours: " if v.claim.provenance == "ours" else "") + v.word for v in ordered]
    headings = [f"*{name}*" if name else "" for name in unrepeated(names)]
    shown = [_named(column, ordered) for column in columns(ordered) if column.name != "verdict"]
    return grid(fitting(with_headings(shown, headings), PAGE, PIPES, NEEDED)[0])


def _named(column: Column, verdicts: Sequence[ClaimVerdict]) -> Column:
    """Return a column with a name that does not depend on the level; marks of doubtful controls go to the claim."""
    if "interval" in column.name:
        return replace(column, name="interval", header=column.header.removesuffix(" interval"))
    if column.name == "claim":
        marks = ("†" if v.qualification and v.tested else "" for v in verdicts)
        return replace(column, cells=tuple(map("".join, zip(column.cells, marks, strict=True))))
    return column


def notes(verdicts: Sequence[ClaimVerdict]) -> list[str]:
    """Return the notes below a table of verdicts."""
    families = {v.claim.provenance == "ours": v.family for v in verdicts if v.family}
    names = {False: "of the papers", True: "of ours"}
    sizes = [f"{families[ours]} {name}" for ours, name in names.items() if ours in families]
    found = [
        "Differences are positive, and factors above 1, if A is better. A verdict gives direction and size apart, "
        "each from one-sided tests at α = 0.05; a claim over several levels or tasks is about their mean. Holm's "
        f"correction is over the claims that this profile can test, fixed before the run: {listed(sizes)}.",
        "A lean is not corrected and errs in one of five cases. Only the paper profile speaks of the paper.",
    ]
    if any(v.qualification and v.tested for v in verdicts):
        found.append("†: a positive control is outside its published range, so the pipeline may be at fault.")
    sources = dict.fromkeys(v.claim.reported.provenance for v in verdicts if v.claim.reported)
    return [*found, f"Provenance of the papers' figures: {listed(list(sources))}."] if sources else found


def render_terminal(verdicts: Sequence[ClaimVerdict], suite: str, profile: str, width: int | None = None) -> str:
    """Return a table with a line a claim, then a sentence a claim."""
    width, verdicts = width or terminal_width(), by_verdict(verdicts)
    shown = columns(verdicts)
    rows = [[column.header for column in shown], *zip(*(column.cells for column in shown), strict=True)]
    while len(shown) > 2 and max(map(len, text_grid(rows, left=(0, 1)))) > width:
        shown.pop()
        rows = [row[:-1] for row in rows]
    lines = [wrapped(f"Claims of suite {suite}, profile {profile}: {summary(verdicts)}.", width), ""]
    lines += text_grid(rows, left=(0, 1))
    for verdict in verdicts:
        lines += ["", verdict.claim.name, *(wrapped(f"  {text}", width) for text in _paragraph(verdict))]
    return "\n".join([*lines, "", *(wrapped(note, width) for note in notes(verdicts))])


def _paragraph(verdict: ClaimVerdict) -> list[str]:
    """Return the statement with its quantity, and the sentence."""
    claim = verdict.claim
    only = f" [{claim.quantities[0].title}]" if len(claim.quantities) == 1 else ""
    return [f"“{claim.statement}”{only}", verdict.sentence]


def markdown_lines(verdicts: Sequence[ClaimVerdict]) -> list[str]:
    """Return table, sentences and notes as lines of markdown, without a heading."""
    verdicts = by_verdict(verdicts)
    lines = [f"{summary(verdicts)}.", "", verdict_grid(verdicts), ""]
    lines += ["<details><summary>Each claim in full</summary>", ""]
    for verdict in verdicts:
        claim = verdict.claim
        who = f" ({claim.quantities[0].title})" if len(claim.quantities) == 1 else ""
        lines.append(f"- **{claim.name}**: {claim.statement}{who}. *{_capital(verdict.sentence)}*")
        lines.append(f"  {_capital(shown_assertion(claim))}: {claim.reason}.")
    return [*lines, "", "</details>", "", *(line for note in notes(verdicts) for line in (note, ""))]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def render_markdown(verdicts: Sequence[ClaimVerdict], suite: str, profile: str) -> str:
    """Return the verdicts as a page of markdown."""
    lines = [f"# Claims of suite `{suite}`", "", f"Profile `{profile}`.", ""]
    return "\n".join([*lines, *markdown_lines(verdicts)]).rstrip("\n") + "\n"


def facts(verdict: ClaimVerdict) -> dict[str, Any]:
    """Return the content of a verdict as plain values; absent and non-finite ones are None."""
    content = asdict(verdict)
    quantities = [{"of": type(q).__name__, "title": q.title, **asdict(q)} for q in verdict.claim.quantities]
    content["claim"]["quantities"] = quantities
    for part, held in zip([content["whole"], *content["parts"]], [verdict.whole, *verdict.parts], strict=True):
        part["quantity"] = held.quantity.title
    plain = _plain(content | {"decided": verdict.decided, "supports": verdict.supports})
    if not isinstance(plain, dict):
        raise TypeError(f"a verdict is a mapping, got {type(plain).__name__}")
    return plain


def render_json(verdicts: Sequence[ClaimVerdict], suite: str, profile: str) -> str:
    """Return the verdicts with all figures behind them as JSON."""
    content = {"suite": suite, "profile": profile, "claims": [facts(verdict) for verdict in verdicts]}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        raise TypeError(f"expected plain values, got {type(value).__name__}")
    return None if isinstance(value, float) and not math.isfinite(value) else value
