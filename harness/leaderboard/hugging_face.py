"""A contender's results as the metadata of a model card: Hugging Face's ``model-index``, as YAML front matter.

The format is that of https://github.com/huggingface/hub-docs/blob/main/modelcard.md. Values are in the metric's own
unit (an accuracy of 0.85, not 85 %); the metric's name has the unit of replication and the interval.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from harness.errors import CouldNotMeasure, UsageError
from harness.families import protocol_entry
from harness.tables.values import Board, BoardRow, TaskTable


def model_index(board: Board, contender: str, source: str = "") -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the metadata of a contender, and the tasks that are left out, where it failed or has no mean.

    Args:
        source: address of the published board with these numbers; the hub requires it.

    Raises:
        UsageError: `source` is no address of the web.
        CouldNotMeasure: no task has a mean of it.
    """
    if source and (urlsplit(source).scheme not in ("http", "https") or not urlsplit(source).netloc):
        raise UsageError(f"--source-url: expected an address such as https://example.org/board, got {source!r}")
    rows = [(table, row) for table in board.tables for row in table.rows if row.contender == contender]
    results = [_result(table, row, source) for table, row in rows if row.estimate is not None]
    if not results:
        raise CouldNotMeasure(
            f"--format huggingface: {contender} has no mean on any task of suite {board.suite} in profile "
            f"{board.profile}; `bench leaderboard` lists the records"
        )
    left_out = tuple(table.task.name for table, row in rows if row.estimate is None)
    return {"model-index": [{"name": contender, "results": results}]}, left_out


def render_front_matter(metadata: Mapping[str, Any]) -> str:
    """Return metadata as the block between ``---`` that a model card begins with."""
    import yaml

    return f"---\n{yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True, width=100)}---\n"


def _result(table: TaskTable, row: BoardRow, source: str) -> dict[str, Any]:
    task, protocol = table.task, table.task.protocol
    result: dict[str, Any] = {
        "task": {"type": protocol_entry(protocol).hub_type, "name": protocol.replace("-", " ").capitalize()},
        "dataset": {"type": task.dataset, "name": task.title, "split": "test"},
        "metrics": [_metric(table, row)],
    }
    return result | ({"source": {"name": "bench leaderboard", "url": source}} if source else {})


def _metric(table: TaskTable, row: BoardRow) -> dict[str, Any]:
    estimate = row.estimate
    assert estimate is not None
    kind = "geometric mean" if table.scale.kind == "log10" else "mean"
    bounds = [table.scale.restored(bound) for bound in (estimate.low, estimate.high)]
    interval = f", 95 % interval [{bounds[0]:.4g}, {bounds[1]:.4g}]" if estimate.known else ""
    value = float(f"{table.scale.restored(estimate.estimate):.6g}")
    return {
        "type": table.task.metric,
        "value": value,
        "name": f"{table.task.metric}, {kind} over {estimate.over}{interval}",
    }
