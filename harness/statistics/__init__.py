"""Statistics of comparisons: confidence intervals, tests by layout, multiplicity, ranks and speed ratios.

Two rules hold: average down to the independent unit, then test over units; and write down before the run which
hypotheses are corrected for multiplicity together. Start at :func:`summary`, :func:`compare` and
:func:`decide_table`.

Sources: Demšar (2006); Nadeau & Bengio (2003); Bouthillier et al. (2021); Dror et al. (2017); Lakens (2017);
Kalibera & Jones (2013).
"""

from harness.statistics.best_set import (
    Group,
    Placement,
    ReferenceDifference,
    TableDecisions,
    decide_table,
    moderate,
)
from harness.statistics.compare import compare, compare_grids, deviations, summary
from harness.statistics.intervals import plural, t_interval, wilson_interval
from harness.statistics.layout import TrialGrid, TrialLayout, Values, arrange, common_units, describe_units
from harness.statistics.multiplicity import holm, partial_conjunction
from harness.statistics.ranks import friedman, rank_rows
from harness.statistics.results import ConfidenceInterval, TTest, format_value
from harness.statistics.samples import round_away_noise
from harness.statistics.speed import speed_ratio
from harness.statistics.standing import (
    PairDecision,
    PairwiseDecisions,
    cliques,
    decide_pairs,
    pairwise_wilcoxon,
    rank_intervals,
)
from harness.statistics.student import normal_quantile, t_quantile
from harness.statistics.t_tests import corrected_t, independent_sum, paired_t, runs_to_decide, welch_t

__all__ = [
    "ConfidenceInterval",
    "Group",
    "PairDecision",
    "PairwiseDecisions",
    "Placement",
    "ReferenceDifference",
    "TTest",
    "TableDecisions",
    "TrialGrid",
    "TrialLayout",
    "Values",
    "arrange",
    "cliques",
    "common_units",
    "compare",
    "compare_grids",
    "corrected_t",
    "decide_pairs",
    "decide_table",
    "describe_units",
    "deviations",
    "format_value",
    "friedman",
    "holm",
    "independent_sum",
    "moderate",
    "normal_quantile",
    "paired_t",
    "pairwise_wilcoxon",
    "partial_conjunction",
    "plural",
    "rank_intervals",
    "rank_rows",
    "round_away_noise",
    "runs_to_decide",
    "speed_ratio",
    "summary",
    "t_interval",
    "t_quantile",
    "welch_t",
    "wilson_interval",
]
