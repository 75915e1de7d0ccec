"""Columns of text, and rows of cells as aligned lines."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
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

    @property
    def width(self) -> int:
        """Number of characters of the header or the longest cell."""
        return max(map(len, (self.header, *self.cells)))


@dataclass(frozen=True)
class Rules:
    """Number of characters around cells: `between` two columns, and at both `ends` of a line together.

    A column has at least `narrowest` characters.
    """

    between: int
    ends: int
    narrowest: int = 1

    def width(self, columns: Sequence[Column]) -> int:
        """Return the width of a table of these columns."""
        return (
            sum(max(column.width, self.narrowest) for column in columns)
            + self.between * (len(columns) - 1)
            + self.ends
        )


TEXT = Rules(between=2, ends=0)


def fitting(
    columns: Sequence[Column], width: int, rules: Rules, needed: Sequence[str]
) -> tuple[list[Column], list[Column]]:
    """Return the columns that fit into `width` characters, in their order, and those that give way.

    Args:
        needed: names of columns by descending importance; the first two always stay, others give way first.
    """
    shown = sorted(columns, key=lambda column: needed.index(column.name) if column.name in needed else len(needed))
    while len(shown) > 2 and rules.width(shown) > width:
        shown.pop()
    return [column for column in columns if column in shown], [column for column in columns if column not in shown]


def split(columns: Sequence[Column], width: int, rules: Rules) -> list[list[Column]]:
    """Return the columns in parts of at most `width` characters; each part begins with the first column."""
    first, *others = columns
    parts: list[list[Column]] = [[first]]
    for column in others:
        if len(parts[-1]) > 1 and rules.width([*parts[-1], column]) > width:
            parts.append([first])
        parts[-1].append(column)
    return parts


def unrepeated(texts: Sequence[str]) -> list[str]:
    """Return the texts, "" where one is that of the row above."""
    return ["" if i and texts[i - 1] == text else text for i, text in enumerate(texts)]


def with_headings(columns: Sequence[Column], headings: Sequence[str], indent: str = "") -> list[Column]:
    """Return the columns with a row before each that has a heading, which stands in the first column.

    Args:
        headings: one for each row, "" for none.
        indent: put before the first cell of other rows if there is any heading.
    """
    if not any(headings):
        return list(columns)

    def cells(column: Column, first: bool) -> tuple[str, ...]:
        found: list[str] = []
        for heading, cell in zip(headings, column.cells, strict=True):
            found += [heading if first else ""] if heading else []
            found.append(f"{indent}{cell}" if first else cell)
        return tuple(found)

    return [replace(column, cells=cells(column, i == 0)) for i, column in enumerate(columns)]


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
