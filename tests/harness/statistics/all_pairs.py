"""All pairs of contenders of one task, each with its t test: the table that decisions start from."""

import math
from collections.abc import Mapping
from itertools import combinations

from harness.statistics import PairwiseDecisions, TrialLayout, Values, compare, decide_pairs, summary


def pairwise(
    values: Mapping[str, Values], layout: TrialLayout, *, higher_is_better: bool = True
) -> PairwiseDecisions:
    """Decide all pairs from their values by (fold, seed); a contender with a failed trial is not tested."""
    scores = {name: summary(trials, layout).estimate for name, trials in values.items()}
    tests = {
        (a, b): None if math.isnan(scores[a]) or math.isnan(scores[b]) else compare(values[a], values[b], layout)
        for a, b in combinations(values, 2)
    }
    return decide_pairs(scores, tests, higher_is_better=higher_is_better)
