"""Mean ranks over the tasks of a protocol; bars join contenders that the pairwise tests do not separate."""

from harness.plots.style import Drawn, heading, new_figure, png, styled
from harness.statistics import cliques
from harness.tables.values import MINIMAL_TASKS, Standing

ROW_HEIGHT = 0.24


def rank_diagram(standing: Standing) -> Drawn | None:
    """Draw mean ranks with cliques from the pairwise Wilcoxon tests under Holm; None with fewer than two.

    A clique is a largest group without any separated pair. It follows the decisions themselves, not Nemenyi's
    critical difference, so it may skip a contender that lies between its members: a dot marks every member.
    """
    if standing.family is None or len(standing.mean_ranks) < 2:
        return None
    names, ranks = list(standing.mean_ranks), list(standing.mean_ranks.values())
    groups = cliques(standing.family)
    title = f"{standing.title}: mean ranks over {len(standing.tasks)} tasks; {_finding(standing, groups)}"
    with styled():
        figure = new_figure(1.3 + ROW_HEIGHT * len(names))
        axes, bars = figure.subplots(1, 2, sharey=True, width_ratios=[4, max(1.0, 0.25 * len(groups))])
        axes.plot(ranks, range(len(names)), marker="o", linestyle="none", color="#0072B2", markersize=5.5)
        axes.hlines(range(len(names)), 1, ranks, color="#D9D9D9", linewidth=1.2, zorder=0)
        axes.set_yticks(range(len(names)), [f"{name}  {rank:.1f}" for name, rank in zip(names, ranks, strict=True)])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlim(0.8, len(names) + 0.2)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(f"mean rank over {', '.join(standing.tasks)} (1 is best)")
        for place, group in enumerate(groups):
            members = sorted(names.index(name) for name in group)
            bars.plot([place] * len(members), members, color="#333333", linewidth=2.2, marker="o", markersize=4)
        bars.set_xlim(-0.7, max(len(groups), 1) - 0.3)
        bars.set_axis_off()
        bars.set_title("not separated", fontsize=8, fontweight="normal", loc="left")
        heading(figure, title)
        shown = ", ".join(f"{name} {rank:.1f}" for name, rank in standing.mean_ranks.items())
        return Drawn(f"{standing.slug}-ranks", f"{title}. {shown}. {standing.why}.", png(figure))


def _finding(standing: Standing, groups: tuple[tuple[str, ...], ...]) -> str:
    if len(groups) == 1 and len(groups[0]) == len(standing.mean_ranks):
        few = (
            f", and over fewer than {MINIMAL_TASKS} tasks never can" if len(standing.tasks) < MINIMAL_TASKS else ""
        )
        return f"the pairwise tests (Wilcoxon, Holm) separate nobody{few}"
    return "bars join those whom the pairwise tests (Wilcoxon, Holm) do not separate"
