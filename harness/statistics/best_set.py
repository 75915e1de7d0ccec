"""Decisions on the contenders of one table: who may be best, who is worse, and the ranks that remain possible.

Each contender has a variance of its own, shrunken towards the table's mean variance with four prior degrees of
freedom; an estimated prior (limma, Smyth 2004) is all or nothing at three to ten units. A contender leaves the
*best set* if another one beats it by Dunnett's one-sided test (multiple comparisons with the best, Hsu, 1984); it
is *worse* than another by the studentised range (Tukey), whose family-wise error holds with unequal variances, too.

An *erratic* contender (`samples.erratic`) keeps its own variance and degrees of freedom. The block effects and the
mean variance are those of the other contenders.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from harness.statistics.max_t import dunnett_p, range_p
from harness.statistics.samples import erratic, round_away_noise

PRIOR_DF = 4.0
SMALLEST_T = 1.6
"""A smaller t separates nothing at 5 %, whatever the degrees of freedom and the number of means."""

Group = Literal["may be best", "not separated", "worse", "failed"]


@dataclass(frozen=True, eq=False)
class ModeratedMeans:
    """Means of k contenders over n units, with shrunken variances.

    Attributes:
        means, variances: shape (k,); a variance is that of one unit.
        df: degrees of freedom of each variance, the prior's included, shape (k,).
        most_df: upper limit of the degrees of freedom of a difference.
        inflation: variance of a mean / variance of a unit: 1/n, or 1/n + n_test/n_train for overlapping folds.
        n: number of units.
    """

    means: np.ndarray
    variances: np.ndarray
    df: np.ndarray
    most_df: float
    inflation: float
    n: int

    def errors(self) -> np.ndarray:
        """Return the standard errors of all differences, shape (k, k)."""
        return np.sqrt((self.variances[:, None] + self.variances[None, :]) * self.inflation)

    def degrees(self) -> np.ndarray:
        """Return the degrees of freedom of all differences (Satterthwaite), shape (k, k)."""
        v = self.variances
        squares = v**2 / self.df
        squares = squares[:, None] + squares[None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (v[:, None] + v[None, :]) ** 2 / squares
        return np.fmin(np.where(squares > 0, found, np.inf), self.most_df)

    def statistics(self) -> np.ndarray:
        """Return t of all differences, row minus column, shape (k, k); infinite where nothing varies."""
        difference = self.means[:, None] - self.means[None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(difference == 0, 0.0, difference / self.errors())


def moderate(units: np.ndarray, *, paired: bool = True, inflation: float | None = None) -> ModeratedMeans:
    """Return the means of `units`, shape (k contenders, n >= 2 units), with shrunken variances.

    Paired units share an effect (a fold's difficulty): the variance of a contender is that of its residuals from
    contender and unit, times k/(k − 1), so that two contenders get the paired t test. Effects of the units are
    means over the k contenders that are not erratic; these are found with medians, which erratic ones cannot move.

    Raises:
        ValueError: not two-dimensional, fewer than two units, or values that are not finite.
    """
    table = np.asarray(units, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2 or not len(table) or not np.isfinite(table).all():
        raise ValueError(f"units must be finite, (contenders >= 1, units >= 2), got shape {table.shape}")
    n = table.shape[1]
    means = table.mean(axis=1)
    residuals = table - means[:, None]
    unit_effects = np.median(residuals, axis=0) if paired else 0.0
    calm = ~erratic(round_away_noise(residuals - unit_effects, table).std(axis=1))
    k = int(calm.sum())
    paired = paired and k > 1
    if paired:
        residuals = residuals - residuals[calm].mean(axis=0)
    residuals = round_away_noise(residuals, table)
    variances = (residuals**2).sum(axis=1) / (n - 1)
    if paired:
        variances[calm] *= k / (k - 1)
    shrunken = ((n - 1) * variances + PRIOR_DF * variances[calm].mean()) / (n - 1 + PRIOR_DF)
    df = np.where(calm, n - 1 + PRIOR_DF, n - 1.0)
    most = (k - 1 if paired else k) * (n - 1)
    inflation = 1 / n if inflation is None else inflation
    return ModeratedMeans(means, np.where(calm, shrunken, variances), df, most, inflation, n)


@dataclass(frozen=True)
class ReferenceDifference:
    """A contender minus the reference, with the two-sided p value of Dunnett's test against the reference."""

    difference: float
    error: float
    df: float
    p: float


@dataclass(frozen=True)
class Placement:
    """The place of one contender of a table.

    Attributes:
        rank: by the score; equal scores share the best of their ranks.
        low, high: ranks that remain possible: 1 + number decidedly better … k − number decidedly worse.
        p_best: smallest adjusted p of "another one is better"; NaN for a failure, or without a test.
        reference: difference to the reference; None for itself, a failure, or without a test.
    """

    name: str
    group: Group
    rank: int
    low: int
    high: int
    p_best: float
    reference: ReferenceDifference | None


@dataclass(frozen=True, eq=False)
class TableDecisions:
    """The contenders of one table, best first, decided together.

    Attributes:
        scores: values that order them; NaN for a failure.
        better: shape (k, k), bool: entry (i, j) where i is decidedly better than j.
    """

    places: tuple[Placement, ...]
    scores: tuple[float, ...]
    better: np.ndarray
    alpha: float

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the contenders, best first."""
        return tuple(place.name for place in self.places)

    @property
    def best_set(self) -> tuple[str, ...]:
        """Names of the contenders that may be best."""
        return tuple(place.name for place in self.places if place.group == "may be best")


def decide_table(
    scores: Mapping[str, float],
    units: Mapping[str, np.ndarray],
    *,
    reference: str = "",
    higher_is_better: bool = True,
    paired: bool = True,
    inflation: float | None = None,
    alpha: float = 0.05,
) -> TableDecisions:
    """Decide all contenders of a table.

    A failure is worse than every contender that finished. One that lacks units is compared with the complete ones
    on the units that it has, and not with another that lacks some.

    Args:
        scores: name -> value that orders the table; NaN for a failure.
        units: name -> values of the units, (n,), NaN where it lacks one; failures are left out.
        inflation: variance of a mean / variance of a unit; by default 1/n.
    """
    names = sorted(scores, key=lambda name: _cost(scores[name], higher_is_better))
    standing = [name for name in names if not math.isnan(scores[name])]
    sign = 1.0 if higher_is_better else -1.0
    tests = _Tests(standing, reference, paired, inflation)
    complete = {name: sign * units[name] for name in standing if np.isfinite(units[name]).all()}
    tests.add(complete, list(complete))
    for name in standing:
        if name not in complete:
            have = np.isfinite(units[name])
            tests.add({**{n: u[have] for n, u in complete.items()}, name: sign * units[name][have]}, [name])
    count = len(standing)
    better = np.zeros((len(names),) * 2, dtype=bool)
    better[:count, :count] = tests.worse <= alpha
    better[:count, count:] = True
    cost = np.array([_cost(scores[name], higher_is_better) for name in names])
    cost = round_away_noise(cost, cost[:count])
    places = []
    for i, name in enumerate(names):
        p_best = float(tests.best[:, i].min()) if i < count else math.nan
        low, high = 1 + int(better[:, i].sum()), len(names) - int(better[i].sum())
        rank, against = 1 + int((cost < cost[i]).sum()), tests.against.get(name)
        if against is not None:
            against = replace(against, difference=sign * against.difference)
        places.append(Placement(name, _group(p_best, low, alpha), rank, low, high, p_best, against))
    return TableDecisions(tuple(places), tuple(scores[name] for name in names), better, alpha)


def _group(p_best: float, low: int, alpha: float) -> Group:
    if math.isnan(p_best):
        return "failed"
    if low > 1:
        return "worse"
    return "not separated" if p_best <= alpha else "may be best"


class _Tests:
    """Adjusted p values of a table, row better than column, gathered from its parts; 1 without a test."""

    def __init__(self, names: list[str], reference: str, paired: bool, inflation: float | None) -> None:
        self.names, self.reference, self.paired, self.inflation = names, reference, paired, inflation
        self.best, self.worse = np.ones((2, len(names), len(names)))
        self.against: dict[str, ReferenceDifference] = {}

    def add(self, units: Mapping[str, np.ndarray], wanted: list[str]) -> None:
        """Test contenders on their common units, and keep the pairs of which one is in `wanted`."""
        members = list(units)
        if len(members) < 2 or len(units[members[0]]) < 2:
            return
        found = moderate(np.stack(list(units.values())), paired=self.paired, inflation=self.inflation)
        t, df, k = found.statistics(), found.degrees(), len(self.names)
        floor = np.where(np.isinf(t), 0.5**found.n, 0.0)  # where nothing varies, two units would be certain
        mine = np.isin(members, wanted)
        large = (t > SMALLEST_T) & (mine[:, None] | mine[None, :])
        places = np.array([self.names.index(name) for name in members])
        rows, columns = places[np.nonzero(large)[0]], places[np.nonzero(large)[1]]
        self.best[rows, columns] = np.maximum(dunnett_p(t[large], k - 1, df[large]), floor[large])
        self.worse[rows, columns] = np.maximum(range_p(t[large], k, df[large]), floor[large])
        if self.reference in units:
            self._refer(found, members, floor, [m in wanted or self.reference in wanted for m in members])

    def _refer(self, found: ModeratedMeans, members: list[str], floor: np.ndarray, keep: list[bool]) -> None:
        r = members.index(self.reference)
        t, df, errors = found.statistics()[:, r], found.degrees()[:, r], found.errors()[:, r]
        p = np.maximum(dunnett_p(t, len(self.names) - 1, df, two_sided=True), floor[:, r])
        for i, name in enumerate(members):
            if keep[i] and i != r:
                difference = float(found.means[i] - found.means[r])
                self.against[name] = ReferenceDifference(difference, float(errors[i]), float(df[i]), float(p[i]))


def _cost(score: float, higher_is_better: bool) -> float:
    if math.isnan(score):
        return math.inf
    return -score if higher_is_better else score
