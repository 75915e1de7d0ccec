"""Verdicts as a table and sentences for a terminal or a pipe, as markdown, and as JSON."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from harness.claims.verdict import WORDS, ClaimVerdict
from harness.claims.wording import shown_margin, shown_reported
from harness.statistics.intervals import plural
from harness.tables.columns import ABSENT, Column, listed, text_grid
from harness.tables.markdown import grid
from harness.tables.terminal import terminal_width, wrapped
from harness.tables.words import p_value


def columns(verdicts: Sequence[ClaimVerdict]) -> list[Column]:
    """Return the table of verdicts, a row a claim."""
    makers = (
        ("claim", "left", lambda v: v.claim.name),
        ("verdict", "left", lambda v: v.word),
        ("estimate", "right", _estimate),
        (_interval_header(verdicts), "right", lambda v: v.bounds or ABSENT),
        ("n", "right", lambda v: str(v.n) if v.n else ABSENT),
        ("p", "right", lambda v: p_value(v.p)),
        ("Holm", "right", lambda v: p_value(v.p_adjusted)),
        ("paper", "right", lambda v: shown_reported(v.claim).partition(" (")[0] or ABSENT),
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
    if verdict.figure:
        return verdict.figure.partition(" = ")[2].removesuffix(" points")
    estimated = [part for part in verdict.parts if part.figure]
    held = sum(part.p <= verdict.claim.alpha for part in estimated)
    return f"{held} of {len(verdict.parts)}" if estimated else ABSENT


def summary(verdicts: Sequence[ClaimVerdict]) -> str:
    """Return the number of claims with each word: "2 reproduced, 18 inconclusive, 1 not run"."""
    counts = Counter(verdict.word for verdict in verdicts)
    return listed([f"{counts[word]} {word}" for word in WORDS if counts[word]])


def notes(verdicts: Sequence[ClaimVerdict], family: int) -> list[str]:
    """Return the notes below a table of verdicts."""
    found = [
        "Differences are positive, and factors above 1, if A is better. An interval at level 1 − 2α is two "
        "one-sided tests at α. The column p has the one-sided t test at the claim's threshold, which decides; "
        "sentences give the two-sided p of an exact test if there is one. Holm's correction is over the suite's "
        f"{plural(family, 'claim')}, fixed before the run, also those that could not be tested.",
        "“Not reproduced” needs the paper profile and a positive control within its published range; in a smaller "
        "profile the word is “not seen at this scale”. A failed contender ranks last: its claims are inconclusive.",
    ]
    sources = dict.fromkeys(v.claim.reported.provenance for v in verdicts if v.claim.reported)
    return [*found, f"Provenance of the papers' figures: {listed(list(sources))}."] if sources else found


def render_terminal(
    verdicts: Sequence[ClaimVerdict], suite: str, profile: str, family: int, width: int | None = None
) -> str:
    """Return a table with a line a claim, then a sentence a claim; `family` is the suite's number of claims."""
    width = width or terminal_width()
    shown = columns(verdicts)
    rows = [[column.header for column in shown], *zip(*(column.cells for column in shown), strict=True)]
    while len(shown) > 2 and max(map(len, text_grid(rows, left=(0, 1)))) > width:
        shown.pop()
        rows = [row[:-1] for row in rows]
    lines = [f"Claims of suite {suite}, profile {profile}: {summary(verdicts)}", ""]
    lines += text_grid(rows, left=(0, 1))
    for verdict in verdicts:
        lines += ["", verdict.claim.name, *(wrapped(f"  {text}", width) for text in _paragraph(verdict))]
    return "\n".join([*lines, "", *(wrapped(note, width) for note in notes(verdicts, family))])


def _paragraph(verdict: ClaimVerdict) -> list[str]:
    """Return the statement with its quantity, and the sentence."""
    claim = verdict.claim
    only = f" [{claim.quantities[0].title}]" if len(claim.quantities) == 1 else ""
    return [f"“{claim.statement}”{only}", verdict.sentence]


def markdown_lines(verdicts: Sequence[ClaimVerdict], family: int) -> list[str]:
    """Return table, sentences and notes as lines of markdown, without a heading."""
    lines = [f"{summary(verdicts)}.", "", grid(columns(verdicts)), ""]
    for verdict in verdicts:
        claim = verdict.claim
        who = f" ({claim.quantities[0].title})" if len(claim.quantities) == 1 else ""
        lines.append(f"- **{claim.name}**: {claim.statement}{who}. *{_capital(verdict.sentence)}*")
        lines.append(f"  Reason for {shown_margin(claim)}: {claim.reason}.")
    return [*lines, "", *(line for note in notes(verdicts, family) for line in (note, ""))]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def render_markdown(verdicts: Sequence[ClaimVerdict], suite: str, profile: str, family: int) -> str:
    """Return the verdicts as a page of markdown."""
    lines = [f"# Claims of suite `{suite}`", "", f"Profile `{profile}`.", ""]
    return "\n".join([*lines, *markdown_lines(verdicts, family)]).rstrip("\n") + "\n"


def facts(verdict: ClaimVerdict) -> dict[str, Any]:
    """Return the content of a verdict as plain values; absent and non-finite ones are None."""
    content = asdict(verdict)
    quantities = [{"of": type(q).__name__, "title": q.title, **asdict(q)} for q in verdict.claim.quantities]
    content["claim"]["quantities"] = quantities
    for part, held in zip(content["parts"], verdict.parts, strict=True):
        part["quantity"] = held.quantity.title
    plain = _plain(content)
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
