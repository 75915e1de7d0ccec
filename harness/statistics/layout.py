"""Layout of the repeated trials of a task, and the values of one contender arranged by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from harness.errors import CouldNotMeasure
from harness.statistics.intervals import plural

Values = Mapping[tuple[int, int], float | None]  # (fold, seed) -> metric; None or NaN is a failed trial


class TrialLayout(Enum):
    """How the trials of a task are repeated; it decides the independent unit and the test.

    FOLDS: K fixed folds, each with the same S >= 1 seeds. Unit: the fold, seeds averaged within it first, since
        seeds add no test data. Units share training data, so they are correlated. Corrected t.
    REPLICATIONS: K replications (in place of the fold) with one training part, each with random parts and test
        items of its own, seeds averaged within each. Unit: the replication. Paired t: given the training part,
        which the result is about, they are independent, and there is no overlap to correct for.
    SEEDS_FIXED_SPLIT: one split, seeds that mean the same for every contender. Unit: the seed. Paired t.
    """

    FOLDS = "folds"
    REPLICATIONS = "replications"
    SEEDS_FIXED_SPLIT = "seeds on a fixed split"

    @property
    def correlated(self) -> bool:
        """Whether units share training data, so that variances need the Nadeau–Bengio correction."""
        return self is TrialLayout.FOLDS

    @property
    def unit(self) -> str:
        """Name of the independent unit."""
        return {"FOLDS": "fold", "REPLICATIONS": "replication"}.get(self.name, "seed")


@dataclass(frozen=True, eq=False)
class TrialGrid:
    """Values of one contender as a complete table: `values` has shape (folds, seeds), NaN for a failed trial."""

    folds: tuple[int, ...]
    seeds: tuple[int, ...]
    values: np.ndarray
    layout: TrialLayout

    def units(self) -> np.ndarray:
        """Return one value an independent unit; a unit with a failed trial is NaN."""
        if self.layout is TrialLayout.SEEDS_FIXED_SPLIT:
            return self.values.ravel()
        return np.asarray(self.values.mean(axis=1))

    @property
    def over(self) -> str:
        """Description of the units, as in "10 folds (3 seeds averaged in each)"."""
        folds, seeds = len(self.folds), len(self.seeds)
        if self.layout is TrialLayout.SEEDS_FIXED_SPLIT:
            return plural(seeds, "seed")
        averaged = f" ({seeds} seeds averaged in each)" if seeds > 1 else ""
        return plural(folds, self.layout.unit) + averaged

    def test_train_ratio(self, declared: float | None) -> float | None:
        """Return n_test / n_train: as declared, else 1 / (K − 1) for K folds, else None (one fold only)."""
        if declared is not None:
            return declared
        return 1 / (len(self.folds) - 1) if len(self.folds) > 1 else None


def arrange(values: Values, layout: TrialLayout, name: str = "values") -> TrialGrid:
    """Arrange values by (fold, seed) as a complete table; failures (None, NaN, infinity) become NaN.

    Raises:
        CouldNotMeasure: no values, or a fold lacks a seed that another fold has; the message names them.
        ValueError: a layout with one split, but several folds.
    """
    if not values:
        raise CouldNotMeasure(f"{name} holds no trials: run them first")
    folds = tuple(sorted({fold for fold, _ in values}))
    seeds = tuple(sorted({seed for _, seed in values}))
    cells = [(fold, seed) for fold in folds for seed in seeds]
    if len(values) < len(cells):
        raise CouldNotMeasure(f"{name} lacks {describe_units([c for c in cells if c not in values])}")
    if layout is TrialLayout.SEEDS_FIXED_SPLIT and len(folds) > 1:
        raise ValueError(f"layout {layout.value!r} has one split, but {name} holds folds {folds[0]} to {folds[-1]}")
    flat = np.array([np.nan if (v := values[cell]) is None else v for cell in cells], dtype=np.float64)
    flat[np.isinf(flat)] = np.nan
    return TrialGrid(folds, seeds, flat.reshape(len(folds), len(seeds)), layout)


def describe_units(units: list[tuple[int, int]], limit: int = 6) -> str:
    """Return "fold 0 seed 1, fold 2 seed 0 and 4 more"."""
    named = ", ".join(f"fold {fold} seed {seed}" for fold, seed in sorted(units)[:limit])
    return named + (f" and {len(units) - limit} more" if len(units) > limit else "")


def common_units(a: Values, b: Values) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]]:
    """Return both sides on a complete table of trials that ended on both: for a sensitivity analysis only.

    Seeds that failed anywhere are dropped if a seed remains; otherwise folds with a failure are dropped. A verdict
    that differs between this subset and the full comparison, where a failure loses, is no verdict.

    Raises:
        CouldNotMeasure: no such table remains.
    """
    trials = a.keys() | b.keys()
    good = {c for c in trials if _ended(a.get(c)) and _ended(b.get(c))}
    bad = trials - good
    kept = {(fold, seed) for fold, seed in good if seed not in {s for _, s in bad}}
    kept = kept or {(fold, seed) for fold, seed in good if fold not in {f for f, _ in bad}}
    if not kept:
        raise CouldNotMeasure("A and B have no seed, and no fold, in which every trial of both ended")
    return {c: float(a[c] or 0.0) for c in kept}, {c: float(b[c] or 0.0) for c in kept}


def _ended(value: float | None) -> bool:
    return value is not None and bool(np.isfinite(value))
