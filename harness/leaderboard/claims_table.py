"""The claims of a suite on its leaderboard: a section of the markdown page, a list in the JSON file."""

from collections.abc import Sequence
from typing import Any

from harness.claims import ClaimVerdict

HEADING = "## Claims"


def markdown_section(verdicts: Sequence[ClaimVerdict]) -> str:
    """Return the section with its heading; "" for a suite without claims."""
    if not verdicts:
        return ""
    from harness.claims import tables

    return "\n".join([HEADING, "", *tables.markdown_lines(verdicts)]).rstrip("\n") + "\n"


def json_list(verdicts: Sequence[ClaimVerdict]) -> list[dict[str, Any]]:
    """Return each verdict with its evidence, as plain values."""
    from harness.claims import tables

    return [tables.facts(verdict) for verdict in verdicts]
