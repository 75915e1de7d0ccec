"""The papers' reported figures, read from ``results/paper/*.toml``: shown beside ours, never computed with."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.errors import ConfigError, suggestion

FOLDER = Path(__file__).parents[1] / "results" / "paper"
"""Beside the package in a checkout and in an installed wheel alike."""

PROVENANCES = ("verified", "from memory")
UNITS = ("percent", "fraction")
_PAPER_KEYS = ("slug", "title", "authors", "venue", "arxiv")
_TABLE_REQUIRED = ("name", "metric", "unit", "provenance", "figures")
_TABLE_OPTIONAL = ("spread", "note", "notes")


@dataclass(frozen=True)
class PaperFigure:
    """A number that a paper reports.

    Attributes:
        value, spread: in `unit`; `spread` is the paper's number after ±, None where it has none.
        provenance: ``verified`` against the paper's text or ``from memory``.
        table: paper and table, e.g. "sep: graph classification".
        metric, unit: name of the reported metric; ``percent`` or ``fraction``.
        spread_meaning: meaning of `spread`, e.g. a standard deviation.
        note, table_note: where the paper's contender, or the whole table's protocol, differs from ours.
    """

    value: float
    spread: float | None
    provenance: str
    table: str
    metric: str = "accuracy"
    unit: str = "percent"
    spread_meaning: str = ""
    note: str = ""
    table_note: str = ""

    def __str__(self) -> str:
        return f"{self.value:.2f} ± {self.spread:.2f}" if self.spread is not None else f"{self.value:.1f}"


Figures = Mapping[tuple[str, str], PaperFigure]


@cache
def paper_figures(folder: Path = FOLDER) -> Figures:
    """Return every reported figure by (task, contender).

    Raises:
        ConfigError: a file cannot be read, has an unknown or missing key or a wrong value, or two figures are for
            the same task and contender.
    """
    figures: dict[tuple[str, str], PaperFigure] = {}
    for path in sorted(folder.glob("*.toml")):
        for key, figure in read_figures(path):
            if key in figures:
                raise ConfigError(f"{path}: task {key[0]!r} and contender {key[1]!r} already have a figure")
            figures[key] = figure
    return MappingProxyType(figures)


def read_figures(path: Path) -> Iterator[tuple[tuple[str, str], PaperFigure]]:
    """Iterate over the figures of one file as ((task, contender), figure); raises ConfigError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    _check_keys(path, "the file", content, ("paper", "table"))
    paper = _mapping(path, "[paper]", content["paper"])
    _check_keys(path, "[paper]", paper, _PAPER_KEYS)
    tables = content["table"]
    if not isinstance(tables, list) or not tables:
        raise ConfigError(f"{path}: expected one or more [[table]], got {tables!r}")
    for table in tables:
        yield from _table_figures(path, str(paper["slug"]), _mapping(path, "[[table]]", table))


def _table_figures(
    path: Path, slug: str, table: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, str], PaperFigure]]:
    where = f"[[table]] {table.get('name', '')!r}"
    _check_keys(path, where, table, _TABLE_REQUIRED, _TABLE_OPTIONAL)
    _one_of(path, f"{where}: provenance", table["provenance"], PROVENANCES)
    _one_of(path, f"{where}: unit", table["unit"], UNITS)
    rows = _mapping(path, f"{where}: figures", table["figures"])
    notes = _mapping(path, f"{where}: notes", table.get("notes", {}))
    for name in notes:
        if name not in rows:
            raise ConfigError(f"{path}: {where}: notes name {name!r}, which has no figures{suggestion(name, rows)}")
    for contender, row in rows.items():
        for task, numbers in _mapping(path, f"{where}: {contender}", row).items():
            value, spread = _numbers(path, f"{where}: {contender} on {task}", numbers)
            if table["unit"] == "percent" and not 0 <= value <= 100:
                raise ConfigError(f"{path}: {where}: {contender} on {task}: expected 0 to 100 percent, got {value}")
            yield (
                (task, contender),
                PaperFigure(
                    value,
                    spread,
                    table["provenance"],
                    f"{slug}: {table['name']}",
                    table["metric"],
                    table["unit"],
                    table.get("spread", ""),
                    notes.get(contender, ""),
                    table.get("note", ""),
                ),
            )


def _numbers(path: Path, where: str, given: Any) -> tuple[float, float | None]:
    numeric = isinstance(given, list) and all(
        isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in given
    )
    if not numeric or len(given) not in (1, 2) or (len(given) == 2 and given[1] < 0):
        raise ConfigError(f"{path}: {where}: expected [value] or [value, spread >= 0], got {given!r}")
    return float(given[0]), float(given[1]) if len(given) == 2 else None


def _mapping(path: Path, where: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: {where}: expected a table of keys and values, got {given!r}")
    return given


def _one_of(path: Path, where: str, given: Any, allowed: tuple[str, ...]) -> None:
    if given not in allowed:
        raise ConfigError(f"{path}: {where}: expected {' or '.join(map(repr, allowed))}, got {given!r}")


def _check_keys(
    path: Path, where: str, given: Mapping[str, Any], required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> None:
    for key in given:
        if key not in (*required, *optional):
            raise ConfigError(f"{path}: {where}: unknown key {key!r}{suggestion(key, (*required, *optional))}")
    missing = [key for key in required if key not in given]
    if missing:
        raise ConfigError(f"{path}: {where}: missing {', '.join(map(repr, missing))}")
