"""Cells of CSV files that a spreadsheet shows and does not run."""

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection")."""


def inert(value: Any) -> Any:
    """Return a cell's value; a text that begins as a formula gets an apostrophe before it. Numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
