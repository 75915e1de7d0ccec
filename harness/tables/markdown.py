"""Tables and texts of markdown, safe for words of records."""

from collections.abc import Sequence

from harness.tables.columns import Column


def grid(columns: Sequence[Column]) -> str:
    """Return columns as a table of markdown."""
    from tabulate import tabulate

    return tabulate(
        list(zip(*([_cell(cell) for cell in column.cells] for column in columns), strict=True)),
        headers=[_cell(column.header) for column in columns],
        tablefmt="pipe",
        colalign=[column.align for column in columns],
        disable_numparse=True,
    )


def plain(text: str) -> str:
    """Return a text, which may hold words of a record, as one line of markdown without tags, links and images."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line.replace("<", "&lt;").replace("](", "]\\(")


def _cell(text: str) -> str:
    return plain(text).replace("|", "\\|")
