"""Statistics of comparisons: intervals, tests by layout, multiplicity, ranks, power and speed.

Two rules run through it: average down to the independent unit, then test over units; and write down the family
that is corrected for multiplicity before the run. Start at :func:`summary`, :func:`compare` and :func:`pairwise`.

Sources: Demšar (2006); Nadeau & Bengio (2003); Bouthillier et al. (2021); Dror et al. (2017); Benavoli et al.
(2017); Agarwal et al. (2021); Lakens (2017); Kalibera & Jones (2013).
"""

from harness.statistics.bayes import Posterior, bayesian_correlated_t, bayesian_signed_rank
from harness.statistics.bootstrap import bootstrap_interval, interquartile_mean, interquartile_mean_interval
from harness.statistics.compare import Spread, compare, spread, summary
from harness.statistics.contrast import independent_sum
from harness.statistics.intervals import median_interval, median_order_statistics, t_interval, wilson_interval
from harness.statistics.layout import Layout, Values, common_units
from harness.statistics.multiplicity import family_false_alarm, holm, partial_conjunction, rejections
from harness.statistics.paired import corrected_t, mcnemar_p, paired_t, sign_flip_p
from harness.statistics.power import (
    datasets_needed,
    equivalence_power,
    equivalence_runs,
    noether_runs,
    paired_t_power,
    paired_t_runs,
    runs_for_mann_whitney,
    runs_to_decide,
    sign_test_wins,
    smallest_p_mann_whitney,
    smallest_p_signs,
    t_half_width,
)
from harness.statistics.ranks import (
    ControlComparison,
    Friedman,
    against_control,
    critical_difference,
    friedman,
    nemenyi_q,
    rank_rows,
)
from harness.statistics.results import Comparison, Interval
from harness.statistics.signed_rank import SignedRank, wilcoxon
from harness.statistics.speed import (
    median_speed_ratio,
    process_log_ratios,
    processes_needed,
    relative_deviation,
    speed_ratio,
    threshold_false_alarm,
)
from harness.statistics.standing import (
    Family,
    Pair,
    RankInterval,
    cliques,
    pairwise,
    pairwise_wilcoxon,
    rank_intervals,
)
from harness.statistics.unpaired import (
    mann_whitney_p,
    mann_whitney_u,
    probability_better,
    probability_better_interval,
    probability_of_improvement,
    welch_t,
)

__all__ = [
    "Comparison",
    "ControlComparison",
    "Family",
    "Friedman",
    "Interval",
    "Layout",
    "Pair",
    "Posterior",
    "RankInterval",
    "SignedRank",
    "Spread",
    "Values",
    "against_control",
    "bayesian_correlated_t",
    "bayesian_signed_rank",
    "bootstrap_interval",
    "cliques",
    "common_units",
    "compare",
    "corrected_t",
    "critical_difference",
    "datasets_needed",
    "equivalence_power",
    "equivalence_runs",
    "family_false_alarm",
    "friedman",
    "holm",
    "independent_sum",
    "interquartile_mean",
    "interquartile_mean_interval",
    "mann_whitney_p",
    "mann_whitney_u",
    "mcnemar_p",
    "median_interval",
    "median_order_statistics",
    "median_speed_ratio",
    "nemenyi_q",
    "noether_runs",
    "paired_t",
    "paired_t_power",
    "paired_t_runs",
    "pairwise",
    "pairwise_wilcoxon",
    "partial_conjunction",
    "probability_better",
    "probability_better_interval",
    "probability_of_improvement",
    "process_log_ratios",
    "processes_needed",
    "rank_intervals",
    "rank_rows",
    "rejections",
    "relative_deviation",
    "runs_for_mann_whitney",
    "runs_to_decide",
    "sign_flip_p",
    "sign_test_wins",
    "smallest_p_mann_whitney",
    "smallest_p_signs",
    "speed_ratio",
    "spread",
    "summary",
    "t_half_width",
    "t_interval",
    "threshold_false_alarm",
    "welch_t",
    "wilcoxon",
    "wilson_interval",
]
