"""The gate's report for a terminal or a pipe."""

from collections.abc import Sequence

from harness.regression.changes import WORDS, Change, ChangeWord, GateReport
from harness.tables.columns import text_grid
from harness.tables.terminal import terminal_width, wrapped

SHOWN: tuple[ChangeWord, ...] = ("regressed", "unsure", "changed", "improved")


def render_table(report: GateReport, *, everything: bool = False, width: int | None = None) -> str:
    """Return the report: changes with their figures, unmeasured quantities by reason, then the conclusion.

    Unchanged quantities are only counted, unless `everything` is true.
    """
    width = width or terminal_width()
    parts = [f"against {report.against}, profile {report.profile}"]
    for word in (*SHOWN, *(("same",) if everything else ())):
        found = report.ordered([word])
        if found:
            parts.append("\n".join([f"{word}: {WORDS[word]}", *_grid(found, width)]))
    unmeasured = report.ordered(["unmeasured"])
    if unmeasured:
        parts.append("\n".join([f"unmeasured: {WORDS['unmeasured']}", *_by_reason(unmeasured, width)]))
    hidden = 0 if everything else report.counts.get("same", 0)
    parts += [wrapped(note, width) for note in report.notes]
    parts.append(report.conclusion + (" (--all lists the unchanged)" if hidden else ""))
    return "\n\n".join(parts)


def values(change: Change) -> str:
    """Return "reference → new", or the only one of them."""
    return " → ".join(part for part in (change.reference, change.new) if part)


def grouped(changes: Sequence[Change]) -> dict[str, dict[str, list[Change]]]:
    """Return reason -> subject -> changes, in the order of their first appearance."""
    found: dict[str, dict[str, list[Change]]] = {}
    for change in changes:
        found.setdefault(change.reason, {}).setdefault(change.subject, []).append(change)
    return found


def _grid(changes: Sequence[Change], width: int) -> list[str]:
    rows = [[f"  {c.title}", c.subject, c.who, values(c), c.change, c.certainty] for c in changes]
    lines = []
    for change, line in zip(changes, text_grid(rows, left=range(6)), strict=True):
        lines.append(line)
        if change.reason:
            lines.append(_indented(change.reason, width))
    return lines


def _by_reason(changes: Sequence[Change], width: int) -> list[str]:
    lines = []
    for reason, subjects in grouped(changes).items():
        lines.append(f"  {wrapped(reason or 'no reason is recorded', width)}")
        for subject, listed in subjects.items():
            lines.append(_indented(f"{subject}: {described(listed)}", width))
    return lines


def described(changes: Sequence[Change]) -> str:
    """Return "accuracy of a, b; speed of c @1 (×1.08 [1.01, 1.16])"."""
    kinds: dict[str, list[str]] = {}
    for change in changes:
        figures = ", ".join(part for part in (change.change, change.certainty) if part)
        kinds.setdefault(change.title, []).append(change.who + (f" ({figures})" if figures else ""))
    return "; ".join(f"{kind} of {', '.join(dict.fromkeys(names))}" for kind, names in kinds.items())


def _indented(text: str, width: int) -> str:
    return "\n".join(f"    {line}" for line in wrapped(text, width - 4).splitlines())
