"""Verdicts on a suite's claims for a page: the table of `bench claims`, and each claim in full."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.claims.tables import by_verdict, columns, notes, summary
from harness.claims.wording import shown_assertion
from harness.report.tables import PageTable, table_of
from harness.report.text import anchor
from harness.tables.words import p_value

if TYPE_CHECKING:
    from harness.claims import ClaimVerdict, ControlCheck


@dataclass(frozen=True)
class ClaimDetail:
    """A claim in full: its statement, its verdict, its margin and its controls."""

    anchor: str
    name: str
    statement: str
    word: str
    tone: str
    sentence: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class ClaimSection:
    """All claims of a suite: their count by verdict, a table with its notes, and each claim in full."""

    summary: str
    table: PageTable
    reading: tuple[str, ...]
    details: tuple[ClaimDetail, ...]


def claim_section(verdicts: Sequence["ClaimVerdict"], profile: str) -> ClaimSection:
    """Return the section; a claim without records stays in it as *not run*."""
    verdicts = by_verdict(verdicts)
    links = {verdict.claim.name: f"#{anchor('claim', verdict.claim.name)}" for verdict in verdicts}
    caption = f"Claims, judged by the records of profile {profile}"
    shown = [column for column in columns(verdicts) if not column.empty]
    table = table_of("claims-table", caption, shown, heading="claim", links={"claim": links})
    return ClaimSection(summary(verdicts), table, tuple(notes(verdicts)), tuple(_detail(v) for v in verdicts))


def _detail(verdict: "ClaimVerdict") -> ClaimDetail:
    claim = verdict.claim
    who = f" ({claim.quantities[0].title})" if len(claim.quantities) == 1 else ""
    return ClaimDetail(
        anchor("claim", claim.name),
        claim.name,
        claim.statement + who,
        verdict.word,
        tone_of(verdict),
        verdict.sentence[:1].upper() + verdict.sentence[1:],
        tuple(_facts(verdict)),
    )


def tone_of(verdict: "ClaimVerdict") -> str:
    """Return the tone of a verdict: good for a claim that holds, bad for one that does not, unsure, or absent."""
    if verdict.decided:
        return "good" if verdict.supports == "for" else "bad"
    return "unsure" if verdict.tested else "absent"


def _facts(verdict: "ClaimVerdict") -> Iterator[str]:
    """Yield the reason of the size, the parts of a claim over several quantities, and the controls."""
    yield f"Size: {shown_assertion(verdict.claim)}. Reason: {verdict.claim.reason}."
    if len(verdict.parts) > 1:
        for part in verdict.parts:
            seen = f"{part.figure} [{part.bounds}], p = {p_value(part.p)}" if part.figure else part.remark
            yield f"{part.quantity.title}: {seen or 'no records'}."
    for check in verdict.control:
        yield _control(check)
    if verdict.claim.uncontrolled:
        yield f"No positive control: {verdict.claim.uncontrolled}."


def _control(check: "ControlCheck") -> str:
    control = check.control
    state = {None: "no records", True: "within it", False: "outside it"}[check.within]
    measured = f", {check.shown}" if check.shown else ""
    return (
        f"Positive control: {control.contender} on {control.task}{measured}; published range {control.low:g} to "
        f"{control.high:g} ({control.source}; {control.provenance}): {state}."
    )
