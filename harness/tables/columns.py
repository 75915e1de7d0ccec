"""Columns of text, and rows of cells as aligned lines."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

ABSENT = "—"


PARTIAL_MARK = "†"


@dataclass(frozen=True)
class Column:
    """A column of text: its header and a cell a row."""

    name: str
    header: str
    align: Literal["left", "right"]
    cells: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether all cells are empty."""
        return all(cell in ("", ABSENT) for cell in self.cells)


def text_grid(rows: Sequence[Sequence[str]], left: Collection[int]) -> list[str]:
    """Return rows of cells as lines with aligned columns; those numbered in `left` are flush left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def listed(names: Sequence[str]) -> str:
    """Join names with commas."""
    return ", ".join(names)
