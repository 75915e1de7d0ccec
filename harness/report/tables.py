"""Tables of a page: the columns of the board, with keys to sort and filter by, and links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from harness.claims.verdict import DECIDED, FAVOURABLE, UNTESTED, VerdictWord
from harness.report.order import order_of
from harness.tables.columns import PARTIAL_MARK, Column

CLAIM_WORDS = frozenset(get_args(VerdictWord)) - UNTESTED
FILTERED_FROM = 6
"""Smallest number of rows of a table with a filter field."""

TONES = {
    **dict.fromkeys(("may be best", "met", "done", "within"), "good"),
    **dict.fromkeys(("worse", "missed", "failed", "outside"), "bad"),
    **dict.fromkeys(("not separated", "could not measure"), "unsure"),
    **dict.fromkeys(("not run", "not measured", "for another profile", "not decidable"), "absent"),
    **{word: "good" if word in FAVOURABLE else "bad" if word in DECIDED else "unsure" for word in CLAIM_WORDS},
}
"""Text of a cell -> its tone; the text stays, so that no information is in the colour alone."""


@dataclass(frozen=True)
class Cell:
    """A cell.

    Attributes:
        order: number that it is sorted by; None for text, which is sorted as such, and for absent numbers.
        link: address of its target, "" for none.
        tone: style of the cell: ``good``, ``bad``, ``unsure``, ``absent`` or "".
    """

    text: str
    order: float | None = None
    link: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Header:
    """The head of a column; `names_row` for the one that names each row."""

    text: str
    align: str
    numeric: bool
    names_row: bool = False


@dataclass(frozen=True)
class Line:
    """A row: its cells, and a CSS class for the whole row."""

    cells: tuple[Cell, ...]
    css: str = ""


@dataclass(frozen=True)
class PageTable:
    """A table with its caption; `name` is its identifier on the page."""

    name: str
    caption: str
    headers: tuple[Header, ...]
    lines: tuple[Line, ...]

    @property
    def filtered(self) -> bool:
        """Whether it is long enough to be filtered."""
        return len(self.lines) >= FILTERED_FROM


@dataclass(frozen=True)
class Links:
    """Targets of a column's cells, by their text."""

    targets: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str) -> str:
        """Return the target of a cell, "" if it has none."""
        return self.targets.get(text.removesuffix(PARTIAL_MARK), "")


def table_of(
    name: str,
    caption: str,
    columns: Sequence[Column],
    *,
    heading: str = "contender",
    links: Mapping[str, Mapping[str, str]] | None = None,
    css: Sequence[str] = (),
) -> PageTable:
    """Return the table of columns.

    Args:
        heading: name of the column that names the rows; the first one if there is no such column.
        links: column name -> cell text -> address of its target.
        css: a CSS class for each row.
    """
    targets = {column: Links(given) for column, given in (links or {}).items()}
    names = [column.name for column in columns]
    naming = heading if heading in names else names[0]
    numeric = [column.align == "right" or column.name == "interval" for column in columns]
    headers = tuple(
        Header(column.header, column.align, number, column.name == naming)
        for column, number in zip(columns, numeric, strict=True)
    )
    nowhere = Links()
    rows = zip(*(column.cells for column in columns), strict=True)
    lines = tuple(
        Line(
            tuple(
                Cell(
                    text,
                    order_of(text) if number else None,
                    targets.get(column, nowhere)(text),
                    TONES.get(text.removesuffix(PARTIAL_MARK), ""),
                )
                for text, number, column in zip(row, numeric, names, strict=True)
            ),
            css[index] if index < len(css) else "",
        )
        for index, row in enumerate(rows)
    )
    return PageTable(name, caption, headers, lines)
