"""Standing of the contenders of one table: pairwise decisions under Holm, intervals of ranks, cliques."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.multiplicity import holm
from harness.statistics.ranks import SignedRankTest, rank_rows, wilcoxon
from harness.statistics.results import TTest
from harness.statistics.samples import round_away_noise
from harness.statistics.student import check_probability

PairTest = TTest | SignedRankTest | None


@dataclass(frozen=True)
class PairDecision:
    """The decision on two contenders of a table.

    Attributes:
        p, adjusted: raw and Holm-adjusted p value; both 1 without a test.
        better: name of the better one, None where the two are not separated.
        test: source of the p value; None where a failure decided, or the two have no trials in common.
    """

    a: str
    b: str
    p: float
    adjusted: float
    better: str | None
    test: PairTest


@dataclass(frozen=True)
class PairwiseDecisions:
    """All pairs of one table, decided together.

    `scores` order the names (NaN for a failed contender); they are mean metrics, or mean ranks.
    """

    names: tuple[str, ...]
    scores: tuple[float, ...]
    higher_is_better: bool
    alpha: float
    pairs: tuple[PairDecision, ...]

    def better(self) -> np.ndarray:
        """Return the decisions, shape (k, k), bool: entry (i, j) where i is decidedly better than j."""
        position = {name: i for i, name in enumerate(self.names)}
        matrix = np.zeros((len(self.names),) * 2, dtype=bool)
        for pair in self.pairs:
            if pair.better is not None:
                worse = pair.b if pair.better == pair.a else pair.a
                matrix[position[pair.better], position[worse]] = True
        return matrix

    def find(self, a: str, b: str) -> PairDecision:
        """Return the pair of two names, in whichever order the table holds it.

        Raises:
            KeyError: the table has no such pair.
        """
        for pair in self.pairs:
            if {pair.a, pair.b} == {a, b}:
                return pair
        raise KeyError(f"no pair of {a!r} and {b!r} among {', '.join(self.names)}")


def decide_pairs(
    scores: Mapping[str, float],
    tests: Mapping[tuple[str, str], PairTest],
    *,
    higher_is_better: bool = True,
    alpha: float = 0.05,
) -> PairwiseDecisions:
    """Decide every pair of contenders from its test, Holm over all k(k − 1)/2 pairs.

    A contender whose score is NaN has failed and is decidedly worse than every one that has not; two that failed
    are not separated. Pairs without a test count with p = 1, so that Holm corrects for as many pairs as were fixed
    before the run.

    Args:
        scores: name -> mean metric or mean rank.
        tests: pair of names -> its test of A − B; a t test is on the scale of the metric.
    """
    check_probability("alpha", alpha)
    raw = [1.0 if test is None else test.p for test in tests.values()]
    pairs = []
    for ((a, b), test), p, adjusted in zip(tests.items(), raw, holm(raw).tolist(), strict=True):
        better = None
        if test is None:
            ended = [name for name in (a, b) if not np.isnan(scores[name])]
            better = ended[0] if len(ended) == 1 else None
        elif adjusted <= alpha:
            better = a if _favours_first(test, higher_is_better) else b
        pairs.append(PairDecision(a, b, p, adjusted, better, test))
    return PairwiseDecisions(tuple(scores), tuple(scores.values()), higher_is_better, alpha, tuple(pairs))


def _favours_first(test: TTest | SignedRankTest, higher_is_better: bool) -> bool:
    if isinstance(test, SignedRankTest):
        return test.r_plus > test.r_minus
    return (test.difference > 0) == higher_is_better


def pairwise_wilcoxon(scores: ArrayLike, names: Sequence[str]) -> PairwiseDecisions:
    """Decide every pair of contenders over several data sets by exact Wilcoxon tests, Holm over all pairs.

    `scores` has shape (data sets, contenders), larger is better, NaN for a failure, which is worse than any score.
    The result is ordered by mean rank.

    Raises:
        ValueError: a table that does not fit the names.
    """
    table = np.asarray(scores, dtype=np.float64)
    ranks = rank_rows(table).mean(axis=0)
    if len(names) != table.shape[1] or len(set(names)) != len(names):
        raise ValueError(f"names must be {table.shape[1]} different ones, one a column; got {list(names)}")
    columns = dict(zip(names, table.T, strict=True))
    tests = {(a, b): wilcoxon(columns[a], columns[b]) for a, b in combinations(names, 2)}
    return decide_pairs(dict(zip(names, ranks.tolist(), strict=True)), tests, higher_is_better=False)


@dataclass(frozen=True)
class RankInterval:
    """A contender's rank by score, and the range of ranks that the decisions leave open; 1 is best."""

    name: str
    rank: int
    low: int
    high: int


def rank_intervals(decisions: PairwiseDecisions) -> tuple[RankInterval, ...]:
    """Return each contender's rank with its interval, in the order of the names.

    The interval reaches from 1 + (number decidedly better) to k − (number decidedly worse). Since Holm bounds the
    chance of any false decision by α, all intervals hold together with probability at least 1 − α
    (Al Mohamad, Goeman & van Zwet, 2022). Equal scores (to 12 digits) share the best of their ranks.
    """
    better = decisions.better()
    scores = np.array(decisions.scores)
    cost = np.where(np.isnan(scores), np.inf, -scores if decisions.higher_is_better else scores)
    cost = round_away_noise(cost, scores)
    rank = 1 + (cost[None, :] < cost[:, None]).sum(axis=1)
    low, high = 1 + better.sum(axis=0), len(scores) - better.sum(axis=1)
    rows = zip(decisions.names, rank.tolist(), low.tolist(), high.tolist(), strict=True)
    return tuple(RankInterval(*row) for row in rows)


def cliques(decisions: PairwiseDecisions) -> tuple[tuple[str, ...], ...]:
    """Return the largest groups of contenders of which no two are separated, each in order of rank.

    The groups follow the pairwise decisions, not a critical difference, so a group need not be contiguous in rank;
    groups of one are left out.
    """
    import networkx

    better = decisions.better()
    order = np.argsort([interval.rank for interval in rank_intervals(decisions)], kind="stable")
    joined = ~(better | better.T)[np.ix_(order, order)]
    np.fill_diagonal(joined, False)
    found = networkx.find_cliques(networkx.from_numpy_array(joined))
    groups = sorted(sorted(group) for group in found if len(group) > 1)
    return tuple(tuple(decisions.names[order[i]] for i in group) for group in groups)
