"""What was repeated, as a declared value, and the values of one contender arranged by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from harness.errors import CouldNotMeasure
from harness.statistics.intervals import plural

Values = Mapping[tuple[int, int], float | None]  # (fold, seed) -> metric; None or NaN is a failed trial


class Layout(Enum):
    """How the trials of a task were repeated; it decides the independent unit and the test.

    FOLDS: K fixed folds, each with the same S >= 1 seeds. Unit: the fold, seeds averaged within it first, since
        seeds add no test data. Corrected t.
    REPEATED_FOLDS: R repeats (in place of the seed) of K folds that are drawn anew each time. Unit: each of the
        R·K values, correlated. Corrected t with n_test / n_train = 1 / (K − 1).
    RESAMPLED_SPLITS: random splits (in place of the fold), seeds averaged within each. Unit: the split,
        correlated. Corrected t; n_test / n_train must be given.
    REPLICATIONS: K replications (in place of the fold) with one training part, each with random parts and test
        items of its own, seeds averaged within each. Unit: the replication. Paired t: given the training part,
        which the result is about, they are independent, and there is no overlap to correct for.
    SEEDS_FIXED_SPLIT: one split, seeds that mean the same for every contender. Unit: the seed. Paired t.
    SEEDS_INDEPENDENT: one split, seeds that mean nothing across contenders. Unit: the run. Welch's t.
    """

    FOLDS = "folds"
    REPEATED_FOLDS = "repeated folds"
    RESAMPLED_SPLITS = "resampled splits"
    REPLICATIONS = "replications"
    SEEDS_FIXED_SPLIT = "seeds on a fixed split"
    SEEDS_INDEPENDENT = "independent seeds on a fixed split"

    @property
    def correlated(self) -> bool:
        """Whether units share training data, so that variances need the Nadeau–Bengio correction."""
        return self in (Layout.FOLDS, Layout.REPEATED_FOLDS, Layout.RESAMPLED_SPLITS)

    @property
    def averages_seeds(self) -> bool:
        """Whether a unit is the mean over the seeds of one fold."""
        return self in (Layout.FOLDS, Layout.RESAMPLED_SPLITS, Layout.REPLICATIONS)


@dataclass(frozen=True, eq=False)
class Grid:
    """Values of one contender as a complete table: `values` has shape (folds, seeds), NaN for a failed trial."""

    folds: tuple[int, ...]
    seeds: tuple[int, ...]
    values: np.ndarray
    layout: Layout

    @property
    def failures(self) -> int:
        """Number of failed trials."""
        return int(np.isnan(self.values).sum())

    def units(self) -> np.ndarray:
        """Return one value an independent unit; a unit with a failed trial is NaN."""
        if self.layout.averages_seeds:
            return np.asarray(self.values.mean(axis=1))
        return self.values.ravel()

    @property
    def unit(self) -> str:
        """What a unit is called."""
        names = {
            Layout.FOLDS: "fold",
            Layout.REPEATED_FOLDS: "fold",
            Layout.RESAMPLED_SPLITS: "split",
            Layout.REPLICATIONS: "replication",
        }
        return names.get(self.layout, "seed")

    @property
    def over(self) -> str:
        """What the units are, as in "10 folds (3 seeds averaged in each)"."""
        folds, seeds = len(self.folds), len(self.seeds)
        if self.layout is Layout.REPEATED_FOLDS:
            return f"{plural(seeds, 'repeat')} of {plural(folds, 'fold')}"
        if self.layout.averages_seeds:
            averaged = f" ({seeds} seeds averaged in each)" if seeds > 1 else ""
            return plural(folds, self.unit) + averaged
        return plural(seeds, "seed")

    def test_train_ratio(self, declared: float | None) -> float | None:
        """Return n_test / n_train: as declared, else 1 / (K − 1) for K folds, else None (one fold only).

        Raises:
            ValueError: random splits, whose ratio cannot be known from their number.
        """
        if declared is not None:
            return declared
        if self.layout is Layout.RESAMPLED_SPLITS:
            raise ValueError("Layout.RESAMPLED_SPLITS needs test_train_ratio = n_test / n_train of one split")
        return 1 / (len(self.folds) - 1) if len(self.folds) > 1 else None


def arrange(values: Values, layout: Layout, name: str = "values") -> Grid:
    """Arrange values by (fold, seed) as a complete table; failures (None, NaN, infinity) become NaN.

    Raises:
        CouldNotMeasure: no values, or some fold lacks a seed that another has; says which.
        ValueError: a seeds layout with several folds.
    """
    if not isinstance(layout, Layout):
        raise ValueError(
            f"layout must be a Layout ({', '.join(f'Layout.{x.name}' for x in Layout)}), got {layout!r}"
        )
    if not values:
        raise CouldNotMeasure(f"{name} holds no trials: run them first")
    folds = tuple(sorted({fold for fold, _ in values}))
    seeds = tuple(sorted({seed for _, seed in values}))
    cells = [(fold, seed) for fold in folds for seed in seeds]
    if len(values) < len(cells):
        raise CouldNotMeasure(f"{name} lacks {describe_units([c for c in cells if c not in values])}")
    if layout in (Layout.SEEDS_FIXED_SPLIT, Layout.SEEDS_INDEPENDENT) and len(folds) > 1:
        raise ValueError(f"Layout.{layout.name} has one split, but {name} holds folds {folds[0]} to {folds[-1]}")
    flat = np.array([np.nan if (v := values[cell]) is None else v for cell in cells], dtype=np.float64)
    flat[np.isinf(flat)] = np.nan
    return Grid(folds, seeds, flat.reshape(len(folds), len(seeds)), layout)


def describe_units(units: list[tuple[int, int]], limit: int = 6) -> str:
    """Return "fold 0 seed 1, fold 2 seed 0 and 4 more"."""
    named = ", ".join(f"fold {fold} seed {seed}" for fold, seed in sorted(units)[:limit])
    return named + (f" and {len(units) - limit} more" if len(units) > limit else "")


def common_units(a: Values, b: Values) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]]:
    """Return both sides on a complete table of trials that ended on both: for a sensitivity analysis only.

    Seeds that failed anywhere are dropped if that leaves a seed; otherwise folds with a failure are dropped. A
    verdict that differs between this subset and the full comparison, where a failure loses, is inconclusive.

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
