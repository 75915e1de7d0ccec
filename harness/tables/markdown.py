"""Tables and texts of markdown, safe for words of records."""

import re
from collections.abc import Sequence
from dataclasses import replace

from harness.tables.columns import Column, Rules, split

PAGE = 100
"""Width of a page's tables in characters."""

PIPES = Rules(between=3, ends=4, narrowest=2)
TAG = re.compile(r"<(?=[A-Za-z/!?])")
"""The character that begins a tag, a comment or an instruction; "<0.001" is text."""


def grid(columns: Sequence[Column]) -> str:
    """Return columns as a table of markdown."""
    lines = []
    for column in (replace(c, header=_cell(c.header), cells=tuple(map(_cell, c.cells))) for c in columns):
        width, left = max(column.width, PIPES.narrowest), column.align == "left"
        rule = f":{'-' * (width - 1)}" if left else f"{'-' * (width - 1)}:"
        texts = [column.header, rule, *column.cells]
        lines.append([text.ljust(width) if left else text.rjust(width) for text in texts])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in zip(*lines, strict=True))


def grids(columns: Sequence[Column], width: int = PAGE) -> str:
    """Return columns as tables of at most `width` characters, each with the first column."""
    return "\n\n".join(grid(part) for part in split(columns, width, PIPES))


def plain(text: str) -> str:
    """Return a text, which may hold words of a record, as one line of markdown without tags, links and images."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return TAG.sub("&lt;", line).replace("](", "]\\(")


def _cell(text: str) -> str:
    return plain(text).replace("|", "\\|")
