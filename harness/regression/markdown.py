"""The gate's report as markdown: a comment on a pull request, or the summary of a job."""

import html
import re
from collections.abc import Sequence

from harness.regression.changes import WORDS, Change, ChangeWord, GateReport
from harness.regression.table import described, grouped, values

MARKS: dict[ChangeWord, str] = {
    "regressed": "🔴 regressed",
    "unmeasured": "⚪ unmeasured",
    "unsure": "🟡 unsure",
    "changed": "🔵 changed",
    "improved": "🟢 improved",
    "same": "same",
}
MARKUP = re.compile(r"([\\`*_\[\]|#])")
HEADER = "| | quantity | task or case | contender | reference → new | change | certainty | margin, remark |"
RULE = "| --- | --- | --- | --- | --- | --- | --- | --- |"


def render_markdown(report: GateReport) -> str:
    """Return the report; unchanged and unmeasured quantities are folded."""
    parts = [f"### bench check: {_text(report.conclusion)}"]
    shown = report.ordered(["regressed", "unsure", "changed", "improved"])
    if shown:
        parts.append(_table(shown))
    unmeasured = report.ordered(["unmeasured"])
    if unmeasured:
        parts.append(_folded(f"{len(unmeasured)} {WORDS['unmeasured']}", "\n".join(_reasons(unmeasured))))
    same = report.ordered(["same"])
    if same:
        parts.append(_folded(f"{len(same)} the same", _table(same)))
    parts += [_text(note) for note in report.notes]
    parts.append(f"Against `{_code(report.against)}`, profile {report.profile}.")
    return "\n\n".join(parts)


def _table(changes: Sequence[Change]) -> str:
    rows = (
        (
            MARKS[c.word],
            _text(c.title),
            _name(c.subject),
            _name(c.who),
            *map(_text, (values(c), c.change, c.certainty, c.reason)),
        )
        for c in changes
    )
    return "\n".join([HEADER, RULE, *(f"| {' | '.join(row)} |" for row in rows)])


def _reasons(changes: Sequence[Change]) -> list[str]:
    lines = []
    for reason, subjects in grouped(changes).items():
        lines.append(f"- {_text(reason) or 'no reason is recorded'}")
        lines += [f"  - {_name(subject)}: {_text(described(listed))}" for subject, listed in subjects.items()]
    return lines


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{_text(summary)}</summary>\n\n{body}\n\n</details>"


def _name(text: str) -> str:
    return f"`{_code(text)}`" if text else ""


def _code(text: str) -> str:
    """Make a text safe within backticks in a cell of a table."""
    return " ".join(text.replace("`", "'").replace("|", "\\|").split())


def _text(text: str) -> str:
    """Make a text safe in a cell: no markup, no mention of people, no line break."""
    escaped = MARKUP.sub(r"\\\1", html.escape(text, quote=False))
    return " ".join(escaped.replace("@", "@\u200b").split())
