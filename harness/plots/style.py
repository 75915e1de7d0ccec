"""The look of all charts: a palette for colour-blind readers, markers and dashes; imports no matplotlib."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.tables.values import BoardRow

PALETTE: Mapping[str, str] = {
    "paper": "#ffffff",
    "ink": "#1b1f24",
    "muted": "#57606a",
    "faint": "#dfe3e8",
    "method": "#b84a00",
    "baseline": "#0067a3",
    "control": "#00704f",
    "plug-in": "#9c4485",
    "c4": "#7a6000",
    "c5": "#5650c8",
    "c6": "#22707f",
    "c7": "#5f6368",
}
"""Role -> colour of a PNG. A page declares each role as a CSS variable, for light (the same colour) and for dark.

Darker forms of the palette of Okabe and Ito (2008); markers and dashes repeat the distinction of the colours."""

KINDS: Mapping[str, tuple[str, str]] = {
    "method": ("method", "D"),
    "ours": ("method", "D"),
    "baseline": ("baseline", "o"),
    "peer": ("baseline", "o"),
    "control": ("control", "s"),
    "reference": ("control", "s"),
    "plug-in": ("plug-in", "^"),
}
"""Kind of a contender, or role of an implementation -> colour and marker (matplotlib's letters)."""

SERIES = ("method", "baseline", "control", "plug-in", "c4", "c5", "c6", "c7")
MARKERS = ("D", "o", "s", "^", "v", "P", "X", "d")
DASHES: tuple[tuple[float, ...], ...] = ((), (6, 2.5), (1.6, 2), (7, 2, 1.6, 2))
"""Lines of many contenders: colour and marker go round, and each round has dashes of its own."""
PARTS = ("c7", "method", "baseline", "plug-in", "c4")
"""Colours of stacked parts: the first, which all have in common, is grey."""


@dataclass(frozen=True)
class Look:
    """A colour of the palette, a marker, and the dashes of a line in points; () for a solid one."""

    role: str
    marker: str
    dashes: tuple[float, ...] = ()

    @property
    def dot(self) -> "Look":
        """The look of points that no line joins."""
        return Look(self.role, self.marker)


def look(number: int) -> Look:
    """Return the look of the series with a number; no two of the first 32 are alike."""
    place, turn = number % len(SERIES), number // len(SERIES)
    return Look(SERIES[place], MARKERS[place], DASHES[turn % len(DASHES)])


def look_of(kind: str) -> Look:
    """Return the look of a kind of contender or implementation."""
    return Look(*KINDS.get(kind, ("c7", "o")))


def numbered(rows: "Sequence[BoardRow]") -> dict[str, int]:
    """Return a number for each contender, methods first; it chooses colour and dashes in all charts of a task."""
    methods = [row.contender for row in rows if row.kind == "method"]
    return {name: n for n, name in enumerate(dict.fromkeys([*methods, *(row.contender for row in rows)]))}


@dataclass(frozen=True)
class Key:
    """An entry of a legend.

    Attributes:
        series: the part of the drawing that it names; "" for an entry that only explains a sign.
        look: of its sample.
        line: whether the sample is a line, with the marker on it if there is one.
    """

    series: str
    label: str
    look: Look
    line: bool = False


def kind_keys(kinds: Sequence[str]) -> tuple[Key, ...]:
    """Return an entry for each kind that is shown, in a fixed order."""
    return tuple(Key(kind, kind, look_of(kind)) for kind in KINDS if kind in kinds)
