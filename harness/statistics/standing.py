"""Where each contender of one table stands: pairwise decisions under Holm, intervals of ranks, cliques."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import CouldNotMeasure
from harness.statistics.compare import compare_grids
from harness.statistics.layout import Layout, Values, arrange
from harness.statistics.multiplicity import holm
from harness.statistics.ranks import rank_rows
from harness.statistics.results import Comparison
from harness.statistics.rounding import round_away_noise
from harness.statistics.signed_rank import SignedRank, wilcoxon
from harness.statistics.student import check_probability


@dataclass(frozen=True)
class Pair:
    """The decision on two contenders of a family.

    Attributes:
        p, adjusted: raw and Holm-adjusted p value; both 1 where a failure decided instead of a test.
        better: name of the better one, None where the two are not separated.
        test: what the p value comes from, None where a failure decided.
    """

    a: str
    b: str
    p: float
    adjusted: float
    better: str | None
    test: Comparison | SignedRank | None

    def __str__(self) -> str:
        verdict = f"{self.better} is better" if self.better else "not separated"
        if self.test is None:
            why = "both failed" if self.better is None else f"{self.b if self.better == self.a else self.a} failed"
        else:
            why = f"p = {self.p:.2g}, Holm {self.adjusted:.2g}"
        return f"{self.a} against {self.b}: {verdict} ({why})"


@dataclass(frozen=True)
class Family:
    """All pairs of one table, decided together.

    `scores` order the names (NaN for a failed contender); they are mean metrics, or mean ranks.
    """

    names: tuple[str, ...]
    scores: tuple[float, ...]
    higher_is_better: bool
    alpha: float
    pairs: tuple[Pair, ...]

    def better(self) -> np.ndarray:
        """Return the decisions, shape (k, k), bool: entry (i, j) where i is decidedly better than j."""
        position = {name: i for i, name in enumerate(self.names)}
        matrix = np.zeros((len(self.names),) * 2, dtype=bool)
        for pair in self.pairs:
            if pair.better is not None:
                worse = pair.b if pair.better == pair.a else pair.a
                matrix[position[pair.better], position[worse]] = True
        return matrix

    def find(self, a: str, b: str) -> Pair:
        """Return the pair of two names, in whichever order the family holds it.

        Raises:
            KeyError: the family has no such pair.
        """
        for pair in self.pairs:
            if {pair.a, pair.b} == {a, b}:
                return pair
        raise KeyError(f"no pair of {a!r} and {b!r} among {', '.join(self.names)}")


def pairwise(
    values: Mapping[str, Values],
    layout: Layout,
    *,
    higher_is_better: bool = True,
    alpha: float = 0.05,
    test_train_ratio: float | None = None,
) -> Family:
    """Decide every pair of contenders of one task, Holm over all k(k − 1)/2 pairs.

    A contender with a failed trial is decidedly worse than every one without; such pairs stay in the family with
    p = 1, so that its size is what was fixed beforehand. Two that failed are not separated.

    Raises:
        CouldNotMeasure: trials missing somewhere; says whose and which.
    """
    grids = {name: arrange(v, layout, repr(name)) for name, v in values.items()}
    tests: dict[tuple[str, str], Comparison | SignedRank | None] = {}
    for a, b in combinations(grids, 2):
        if grids[a].failures or grids[b].failures:
            tests[a, b] = None
            continue
        try:
            tests[a, b] = compare_grids(grids[a], grids[b], test_train_ratio=test_train_ratio)
        except CouldNotMeasure as error:
            raise CouldNotMeasure(f"A = {a!r}, B = {b!r}: {error}") from error
    scores = {name: float(grid.units().mean()) for name, grid in grids.items()}
    return _decide(scores, tests, higher_is_better, alpha)


def pairwise_wilcoxon(
    scores: ArrayLike, names: Sequence[str], *, higher_is_better: bool = True, alpha: float = 0.05
) -> Family:
    """Decide every pair of contenders over several data sets by exact Wilcoxon tests, Holm over all pairs.

    `scores` has shape (data sets, contenders), NaN for a failure, which is worse than any score. The family is
    ordered by mean rank.

    Raises:
        ValueError: a table that does not fit the names.
    """
    table = np.asarray(scores, dtype=np.float64)
    ranks = rank_rows(table, higher_is_better=higher_is_better).mean(axis=0)
    if len(names) != table.shape[1] or len(set(names)) != len(names):
        raise ValueError(f"names must be {table.shape[1]} different ones, one a column; got {list(names)}")
    columns = dict(zip(names, table.T, strict=True))
    tests: dict[tuple[str, str], Comparison | SignedRank | None] = {
        (a, b): wilcoxon(columns[a], columns[b], higher_is_better=higher_is_better)
        for a, b in combinations(names, 2)
    }
    return _decide(dict(zip(names, ranks.tolist(), strict=True)), tests, False, alpha)


def _decide(
    scores: Mapping[str, float],
    tests: Mapping[tuple[str, str], Comparison | SignedRank | None],
    higher_is_better: bool,
    alpha: float,
) -> Family:
    check_probability("alpha", alpha)
    raw = [1.0 if test is None else test.p for test in tests.values()]
    pairs = []
    for ((a, b), test), p, adjusted in zip(tests.items(), raw, holm(raw).tolist(), strict=True):
        better = None
        if test is None:
            ended = [name for name in (a, b) if not np.isnan(scores[name])]
            better = ended[0] if ended else None
        elif adjusted <= alpha:
            better = a if _favours_first(test, higher_is_better) else b
        pairs.append(Pair(a, b, p, adjusted, better, test))
    return Family(tuple(scores), tuple(scores.values()), higher_is_better, alpha, tuple(pairs))


def _favours_first(test: Comparison | SignedRank, higher_is_better: bool) -> bool:
    if isinstance(test, SignedRank):
        return test.r_plus > test.r_minus
    return (test.difference > 0) == higher_is_better


@dataclass(frozen=True)
class RankInterval:
    """A contender's rank, and the ranks that its decisions leave open; 1 is best.

    `tied` says that others have the same score, hence the same rank; `failed` that it ranks last for a failure.
    """

    name: str
    rank: int
    low: int
    high: int
    tied: bool
    failed: bool

    def __str__(self) -> str:
        rank = f"{'=' if self.tied else ''}{self.rank}"
        return rank if self.low == self.high else f"{rank} ({self.low}–{self.high})"


def rank_intervals(family: Family) -> tuple[RankInterval, ...]:
    """Return each contender's rank with its interval, in the order of the family's names.

    The interval reaches from 1 + (number decidedly better) to k − (number decidedly worse). Since Holm bounds the
    chance of any false decision by α, all intervals hold together with probability at least 1 − α
    (Al Mohamad, Goeman & van Zwet, 2022). Equal scores (to 12 digits) share the best of their ranks.
    """
    better = family.better()
    k = len(family.names)
    scores = np.array(family.scores)
    failed = np.isnan(scores)
    cost = np.where(failed, np.inf, -scores if family.higher_is_better else scores)
    cost = round_away_noise(cost, scores)
    rank = 1 + (cost[None, :] < cost[:, None]).sum(axis=1)
    tied = (cost[None, :] == cost[:, None]).sum(axis=1) > 1
    low, high = 1 + better.sum(axis=0), k - better.sum(axis=1)
    rows = zip(family.names, rank, low, high, tied, failed, strict=True)
    return tuple(RankInterval(n, int(r), int(lo), int(hi), bool(t), bool(f)) for n, r, lo, hi, t, f in rows)


def cliques(family: Family) -> tuple[tuple[str, ...], ...]:
    """Return the largest groups of contenders of which no two are separated, each in order of rank.

    They follow the pairwise decisions, not a critical difference, so a group need not be contiguous in rank; groups
    of one are left out (algorithm of Bron & Kerbosch, 1973, on bit sets).
    """
    better = family.better()
    k = len(family.names)
    ranks = [interval.rank for interval in rank_intervals(family)]
    order = sorted(range(k), key=lambda i: (ranks[i], i))
    joined = ~(better | better.T)[np.ix_(order, order)]
    neighbours = [sum(1 << j for j in range(k) if j != i and joined[i, j]) for i in range(k)]
    found: list[int] = []

    def extend(clique: int, candidates: int, excluded: int) -> None:
        if not candidates and not excluded:
            found.append(clique)
        pool = candidates | excluded
        pivot = max(_bits(pool), key=lambda i: (candidates & neighbours[i]).bit_count(), default=0)
        for i in _bits(candidates & ~neighbours[pivot]):
            extend(clique | 1 << i, candidates & neighbours[i], excluded & neighbours[i])
            candidates &= ~(1 << i)
            excluded |= 1 << i

    extend(0, (1 << k) - 1, 0)
    groups = sorted(tuple(_bits(clique)) for clique in found if clique.bit_count() > 1)
    return tuple(tuple(family.names[order[i]] for i in group) for group in groups)


def _bits(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]
