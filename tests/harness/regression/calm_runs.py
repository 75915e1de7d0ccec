"""Simulated runs of the gate: all contenders retrained with other noise, with or without planted losses."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.regression.noninferiority import Comparison
from harness.statistics import TTest

FIELD = 0.005
"""Margin of the field for shares."""


@dataclass(frozen=True)
class Units:
    """A task's units as the committed reference has them.

    Attributes:
        count: folds, or seeds on one split.
        contenders: number of contenders.
        deviation: median standard deviation over seeds, a fraction; where only that over folds is known, 0.6 of it,
            the share measured on MUTAG.
        items: items of one test part, the grid of its accuracies.
    """

    count: int
    contenders: int
    deviation: float
    items: int
    folds: bool = False


STANDARD: Mapping[str, Units] = {
    "rings": Units(3, 14, 0.035, 20, folds=True),
    "mutag": Units(10, 14, 0.043, 18, folds=True),
    "ptc": Units(10, 14, 0.055, 34, folds=True),
    "proteins": Units(3, 14, 0.027, 111, folds=True),
    "imdb-b": Units(3, 14, 0.030, 100, folds=True),
    "karate": Units(10, 7, 0.032, 18),
    "cora": Units(10, 7, 0.007, 1000),
    "citeseer": Units(10, 7, 0.012, 1000),
    "attacks-digits": Units(5, 21, 0.029, 210),
    "attacks-mnist": Units(4, 21, 0.023, 150),
    "attacks-yale": Units(3, 21, 0.027, 114),
    "tickets-mlp": Units(3, 19, 0.002, 2000),
    "tickets-conv": Units(3, 19, 0.003, 2000),
    "ddp-variants": Units(3, 10, 0.010, 360),
    "ddp-w2": Units(3, 14, 0.009, 1000),
    "ddp-w2-sparse": Units(3, 14, 0.022, 1000),
    "ddp-w4": Units(3, 14, 0.030, 1000),
}
"""The standard profile. A trial of the smoke profile is a single unit, which is not tested."""


Loss = Mapping[tuple[str, int], float]
"""(task, number of the contender) -> planted loss, a fraction."""


def redrawn(
    rng: np.random.Generator,
    profile: Mapping[str, Units] = STANDARD,
    losses: Loss | None = None,
    *,
    constant: bool = False,
    spread: float = 0.5,
) -> dict[tuple[str, int], Comparison]:
    """Return the comparisons that moved.

    Args:
        constant: whether a planted loss is added to the reference's own values, not to redrawn ones.
        spread: standard deviation of the log variance among the contenders of a task.
    """
    found = {}
    for name, units in profile.items():
        shape = (units.contenders, units.count)
        mean = rng.uniform(0.6, 0.95, (units.contenders, 1)) + units.folds * rng.normal(0, 0.05, shape)
        noise = units.deviation * np.exp(rng.normal(0, spread / 2, (units.contenders, 1)))
        before, after = (_on_grid(rng.normal(mean, noise, shape), units.items) for _ in range(2))
        for (task, contender), loss in (losses or {}).items():
            if task == name:
                after[contender] = (before if constant else after)[contender] - loss
        found |= {
            (name, i): comparison
            for i, comparison in enumerate(_comparisons(name, units, before, after))
            if comparison
        }
    return found


def _on_grid(drawn: np.ndarray, items: int) -> np.ndarray:
    """Return accuracies over `items` test items, within 0 to 1."""
    return np.asarray(np.round(drawn.clip(0, 1) * items) / items)


def _comparisons(name: str, units: Units, before: np.ndarray, after: np.ndarray) -> list[Comparison | None]:
    """Return a comparison for each row of accuracies, None for identical rows; by the formulas of both t tests."""
    n = units.count
    differences = np.round(after - before, 9)
    inflation = 1 / n + (1 / max(10, n) if units.folds else 0)  # Nadeau and Bengio; tasks of three folds have ten
    errors = np.sqrt(inflation) * differences.std(axis=1, ddof=1) * (np.ptp(differences, axis=1) > 0)
    seeds = (0 if units.folds else 2) * before.std(axis=1, ddof=1) / np.sqrt(n)
    moved = differences.any(axis=1)
    return [
        Comparison(
            name,
            differences[i],
            TTest(float(differences[i].mean()), float(errors[i]), n - 1, n, "unit", f"{n} units", "t", 0.5**n),
            max(FIELD, float(seeds[i])),
            FIELD,
        )
        if moved[i]
        else None
        for i in range(units.contenders)
    ]
