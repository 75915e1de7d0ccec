"""The leaderboard as CSV, a line for each contender of each task, and as JSON with all that a board holds."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from harness.claims import ClaimVerdict
from harness.csv_cells import inert
from harness.leaderboard.claims_table import json_list
from harness.leaderboard.notes import notes
from harness.leaderboard.provenance import ranges
from harness.tables.related import grouped, related_tables
from harness.tables.values import Board, BoardRow, Provenance, Standing, TaskTable


def render_csv(board: Board) -> str:
    """Return one line for each contender of each task; numbers in full, empty cells where there is none.

    `mean`, `low` and `high` are in the metric's own unit (a fraction for accuracy). `scale` is the scale of
    the analysis; spreads and differences are on it, so those of a ``log10`` metric are in decades. `p_best` is
    adjusted over the table ("another one is better"), `p_reference` over all comparisons with the reference. Means
    of other metrics are ``diagnostic.<metric>``; those with tables of their own have standard deviations over folds
    or seeds, ``sd.<metric>``, in the metric's own unit too.
    """
    rows = [_flat(board, table, row) for table in board.tables for row in table.rows]
    further = sorted({key for row in rows for key in row if key not in _COLUMNS})
    header = [*_COLUMNS, *further]
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


_COLUMNS = (
    *("suite", "profile", "task", "protocol", "metric", "higher_is_better", "scale", "contender", "kind", "state"),
    *("group", "rank_low", "rank_high", "mean", "low", "high", "level", "units", "over", "interval"),
    *("fold_std", "seed_std", "best", "minus_best", "p_best", "reference", "minus_reference", "p_reference"),
    *("trials", "failed", "failures", "missing", "fit_seconds", "predict_seconds"),
    *("peak_bytes", "parameters", "configurations_tried", "paper", "paper_spread", "paper_provenance"),
    *("folds", "seeds", "oldest", "newest", "environments", "data", "command"),
)


def _flat(board: Board, table: TaskTable, row: BoardRow) -> dict[str, Any]:
    estimate, paper, restored = row.estimate, row.paper, table.scale.restored
    flat: dict[str, Any] = {
        "suite": board.suite,
        "profile": board.profile,
        "task": table.task.name,
        "protocol": table.task.protocol,
        "metric": table.task.metric,
        "higher_is_better": table.task.higher_is_better,
        "scale": table.scale.kind,
        "contender": row.contender,
        "kind": row.kind,
        "state": row.state,
        "group": row.group if table.units > 1 or row.group == "failed" else "",
        "rank_low": row.best_rank,
        "rank_high": row.worst_rank,
        "fold_std": row.fold_std,
        "seed_std": row.seed_std,
        "best": table.rows[0].contender,
        "reference": table.reference,
        "trials": row.trials,
        "failed": row.failed_trials,
        "failures": "; ".join(f"{kind}: {number}" for kind, number in row.failures.items()),
        "missing": row.missing,
        "fit_seconds": row.costs.fit_seconds,
        "predict_seconds": row.costs.predict_seconds,
        "peak_bytes": row.costs.peak_bytes,
        "parameters": row.costs.parameters,
        "configurations_tried": row.costs.configurations_tried,
        "minus_best": row.to_best,
        "p_best": row.p_best,
        "minus_reference": row.to_reference.difference if row.to_reference else math.nan,
        "p_reference": row.to_reference.p if row.to_reference else math.nan,
        **_origin(table.provenance),
        **{f"diagnostic.{name}": value for name, value in row.diagnostics.items()},
        **{f"sd.{name}": measure.std for name, measure in row.measures.items() if table.task.metrics[name].table},
        **({"flags": "; ".join(f"{text}: {number}" for text, number in row.flags.items())} if row.flags else {}),
    }
    if estimate is not None:
        flat |= {"mean": restored(estimate.estimate), "level": estimate.level, "units": estimate.n}
        flat |= {"over": estimate.over, "interval": estimate.method}
        if estimate.known:
            flat |= {"low": restored(estimate.low), "high": restored(estimate.high)}
    if paper is not None:
        # In the metric's own unit, like the mean beside it.
        share = 0.01 if paper.unit == "percent" else 1.0
        spread = None if paper.spread is None else round(paper.spread * share, 12)
        flat |= {
            "paper": round(paper.value * share, 12),
            "paper_spread": spread,
            "paper_provenance": paper.provenance,
        }
    return flat


def _origin(p: Provenance) -> dict[str, str]:
    """Return the origin of the numbers; the JSON file has more."""
    return {
        "folds": ranges(p.folds),
        "seeds": ranges(p.seeds),
        "oldest": p.oldest,
        "newest": p.newest,
        "environments": " ".join(p.environments),
        "data": " ".join(p.data),
        "command": p.command,
    }


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return str(value).lower() if isinstance(value, bool) else inert(value)


def render_json(board: Board, verdicts: Sequence[ClaimVerdict] = ()) -> str:
    """Return everything that the board holds, with the verdicts on its suite's claims; null is not finite."""
    content = {
        "suite": board.suite,
        "title": board.title,
        "profile": board.profile,
        "level": board.level,
        "superseded_records": board.superseded,
        "tasks_without_records": list(board.empty),
        "tasks": [_table(board, table) for table in board.tables],
        "mean_ranks": [_standing(standing) for standing in board.standings],
        "claims": json_list(verdicts),
    }
    return json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _table(board: Board, table: TaskTable) -> dict[str, Any]:
    p = table.provenance
    return {
        "task": table.task.name,
        "title": table.task.title,
        "dataset": table.task.dataset,
        "layout": table.task.layout,
        "units": table.units,
        "planned_units": table.planned,
        "rows": [_flat(board, table, row) for row in table.rows],
        "better": _better(table),
        "not_run": list(table.not_run),
        "notes": notes(table),
        **_related(table),
        "provenance": {name: getattr(p, name) for name in p.__dataclass_fields__},
    }


def _better(table: TaskTable) -> dict[str, list[str]]:
    """Return contender -> the contenders that it is decidedly better than."""
    names, better = table.decisions.names, table.decisions.better
    return {name: [names[j] for j in better[i].nonzero()[0]] for i, name in enumerate(names) if better[i].any()}


def _related(table: TaskTable) -> dict[str, Any]:
    """Return the tables of related metrics with the names of their metrics; the values are in the rows."""
    groups = grouped(table)
    tables = [
        {"group": one.group, "title": one.title, "notes": one.notes, "metrics": [m.name for m in groups[one.group]]}
        for one in related_tables(table)
    ]
    return {"related_metrics": tables} if tables else {}


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "protocol": standing.protocol,
        "table": standing.table,
        "tasks": standing.tasks,
        "mean_ranks": standing.mean_ranks,
        "left_out": standing.left_out,
        "p": standing.p,
        "statement": standing.why,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
