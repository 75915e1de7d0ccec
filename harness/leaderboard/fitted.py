"""The ranking of a task within a width: groups are rows, headers short, and less needed columns give way."""

from dataclasses import replace

from harness.leaderboard.cells import ranking_columns
from harness.tables.columns import TEXT, Column, Rules, fitting, unrepeated, with_headings
from harness.tables.markdown import PAGE, PIPES
from harness.tables.values import TaskTable

NEEDED = ("contender", "mean", "interval", "paper", "to_reference", "fit", "memory", "parameters")
"""Columns by descending importance."""

HEADERS = {"mean": "mean", "interval": "95 %", "fit": "fit", "parameters": "params"}
"""Short headers; the metric stands above the table."""


def page_ranking(table: TaskTable) -> tuple[list[Column], list[Column]]:
    """Return the columns for a page of markdown, and those that it has no room for."""
    return _ranking(table, PAGE, PIPES, "*{}*", "")


def terminal_ranking(table: TaskTable, width: int) -> list[Column]:
    """Return the columns that fit a terminal."""
    return _ranking(table, width, TEXT, "{}", "  ")[0]


def _ranking(
    table: TaskTable, width: int, rules: Rules, mark: str, indent: str
) -> tuple[list[Column], list[Column]]:
    columns = {column.name: column for column in ranking_columns(table)}
    groups = columns.pop("group", None)
    rows = [replace(column, header=HEADERS.get(name, column.header)) for name, column in columns.items()]
    found = unrepeated(groups.cells) if groups else [""] * len(table.rows)
    headings = [mark.format(group) if group else "" for group in found]
    shown, left_out = fitting(with_headings(rows, headings, indent), width, rules, NEEDED)
    return shown, [columns[column.name] for column in left_out]
