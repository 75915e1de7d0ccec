"""Sort key of a table's cell: a number, read from the text that the cell shows.

The tables hold text: the same text as on the markdown board. Reading it back makes sure that
rows are sorted by the values that are shown.
"""

import re

FACTORS = {
    "": 1.0,
    "%": 1.0,
    "×": 1.0,
    "ns": 1e-9,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "B": 1.0,
    "KiB": 2.0**10,
    "MiB": 2.0**20,
    "GiB": 2.0**30,
}
NUMBER = r"[+\-−]?(?:\d[\d,]*)(?:\.\d+)?(?:e[+\-]?\d+)?"
LEADING = re.compile(rf"\s*(?P<sign>[<\[×(≥≤]?)\s*(?P<number>{NUMBER})\s*(?P<rest>.*)", re.DOTALL)
SECOND = re.compile(rf"(?:–|, )\s*(?P<number>{NUMBER})")
UNIT = re.compile(
    r"(?P<unit>ns|µs|ms|min|B|KiB|MiB|GiB|s|h|%|×)(?:\s+(?P<minor>\d+)\s+(?P<minor_unit>s|min))?(?=\W|$)"
)
TINY = 1e-6
"""A second number decides between equal first ones: rank 1–3 comes before 1–14."""


def order_of(text: str) -> float | None:
    """Return the number by which a cell is sorted; None for a cell without one, which comes last.

    >>> order_of("2 min 05 s"), order_of("−1.7"), order_of("<0.001"), order_of("failed")
    (125.0, -1.7, 0.000999, None)
    """
    found = LEADING.match(text)
    if found is None:
        return None
    value = _number(found["number"])
    rest = found["rest"]
    if found["sign"] == "<":
        return value * (1 - 1e-3)
    unit = UNIT.match(rest)
    if unit is not None:
        minor = float(unit["minor"]) * FACTORS[unit["minor_unit"]] if unit["minor"] else 0.0
        return value * FACTORS[unit["unit"]] + minor
    second = SECOND.match(rest)
    return value + TINY * _number(second["number"]) if second else value


def _number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))
