"""Tolerance between two runs of one trial where bits cannot agree: on another machine, or with other versions.

Rounding differs there, training amplifies it, and the rerun is one more draw from the distribution over seeds. Two
independent draws differ by √2 standard deviations; the deviation is estimated from the published table.
"""

import math
from dataclasses import dataclass

import numpy as np

from harness.statistics import t_quantile

ERROR = 0.01
"""Probability that any of the trials of a sample is called different although all are draws of one distribution."""

FEWEST = 5
"""Degrees of freedom below which the quantile is so large that nearly everything would agree."""

ROUNDING = 1e-6
"""Relative difference that is attributed to rounding even where the published values do not vary at all."""


@dataclass(frozen=True)
class PublishedTable:
    """The finished trials of a published table, in its ranked metric on the analysed scale; arrays (n,)."""

    contenders: np.ndarray
    folds: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class SeedDeviation:
    """The standard deviation of a trial's value over seeds, its degrees of freedom, and its source."""

    deviation: float
    freedom: int
    origin: str


def seed_deviation(table: PublishedTable) -> SeedDeviation | None:
    """Return the deviation over seeds within a contender's fold, pooled over the table.

    Where every contender has one seed a fold it is the deviation of the residuals of contenders and folds, which
    includes their interaction and is larger. None below `FEWEST` degrees of freedom.
    """
    finite = np.isfinite(table.values)
    who, folds, values = (column[finite] for column in (table.contenders, table.folds, table.values))
    cells = np.unique([f"{name}\0{fold}" for name, fold in zip(who, folds, strict=True)], return_inverse=True)[1]
    freedom, origin = len(values) - len(np.unique(cells)), "over seeds"
    if freedom:
        residuals = values - _means(values, cells)
    else:
        contenders, units = (np.unique(column.astype(str), return_inverse=True)[1] for column in (who, folds))
        residuals, freedom = _two_way(values, contenders, units)
        origin = "of the residuals of contenders and folds"
    if freedom < FEWEST:
        return None
    deviation = math.sqrt(float((residuals**2).sum()) / freedom)
    return SeedDeviation(deviation, freedom, f"{origin}, {len(values)} published trials")


def _means(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return for each value the mean of its group."""
    return (np.bincount(groups, values) / np.bincount(groups))[groups]


def _two_way(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the residuals of an additive model of rows and columns, by least squares, and their freedom."""
    if not len(values):
        return values, 0
    design = np.hstack([np.eye(rows.max() + 1)[rows], np.eye(columns.max() + 1)[columns]])
    solution, _, rank, _ = np.linalg.lstsq(design, values, rcond=None)
    return values - design @ solution, len(values) - int(rank)


@dataclass(frozen=True)
class Tolerance:
    """The largest difference on the analysed scale, and the formula behind it."""

    largest: float
    origin: str


def tolerance(table: PublishedTable, value: float, comparisons: int) -> Tolerance | None:
    """Return the tolerance for a rerun of a trial that gave `value`, or None where the table is too small for one.

    Args:
        comparisons: number of compared trials; `ERROR` is divided among them (Bonferroni).
    """
    known = seed_deviation(table)
    if known is None:
        return None
    quantile = t_quantile(known.freedom, 1 - ERROR / (2 * comparisons))
    largest = max(quantile * math.sqrt(2) * known.deviation, ROUNDING * abs(value))
    return Tolerance(largest, f"{quantile:.2f}·√2·sd {known.deviation:.3g} {known.origin}")
