"""Mean ranks over the tasks of a protocol, with the groups that the pairwise tests do not separate."""

from harness.plots.board_charts import RankChart
from harness.statistics import cliques
from harness.tables.values import MINIMAL_TASKS, Standing


def rank_chart(standing: Standing) -> RankChart | None:
    """Return mean ranks with cliques from the pairwise Wilcoxon tests under Holm; None with fewer than two.

    A clique is a largest group without any separated pair. It follows the decisions themselves, not Nemenyi's
    critical difference, so it may skip a contender that lies between its members.
    """
    if standing.family is None or len(standing.mean_ranks) < 2:
        return None
    names, ranks = tuple(standing.mean_ranks), tuple(standing.mean_ranks.values())
    groups = cliques(standing.family)
    title = f"{standing.title}: mean ranks over {len(standing.tasks)} tasks; {_finding(standing, groups)}"
    shown = ", ".join(f"{name} {rank:.1f}" for name, rank in standing.mean_ranks.items())
    return RankChart(
        f"{standing.slug}-ranks",
        "",
        title,
        f"Over {', '.join(standing.tasks)}.",
        f"{title}. {shown}. {standing.why}.",
        "mean rank (1 is best)",
        names,
        ranks,
        tuple(tuple(names.index(name) for name in group) for group in groups),
    )


def _finding(standing: Standing, groups: tuple[tuple[str, ...], ...]) -> str:
    if len(groups) == 1 and len(groups[0]) == len(standing.mean_ranks):
        few = (
            f", and over fewer than {MINIMAL_TASKS} tasks never can" if len(standing.tasks) < MINIMAL_TASKS else ""
        )
        return f"the pairwise tests (Wilcoxon, Holm) separate no contenders{few}"
    return "bars join those whom the pairwise tests (Wilcoxon, Holm) do not separate"
