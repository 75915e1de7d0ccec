"""Cells of CSV files that a spreadsheet shows and does not evaluate."""

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Characters that begin a formula in a spreadsheet (OWASP, "CSV Injection")."""


def inert(value: Any) -> Any:
    """Return a cell's value; a text that begins as a formula gets an apostrophe before it. Numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
