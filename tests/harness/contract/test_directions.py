"""The direction of a ranking is that of its declared metric: a task has no flag that could be forgotten."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import catalog
from harness.contract.metric import Metric
from harness.leaderboard import build_board, render_terminal
from harness.leaderboard.comparison import compare, render
from harness.leaderboard.machine_readable import render_csv
from harness.leaderboard.markdown import render_markdown
from harness.store import RunStore
from harness.tables.labels import metric_header
from harness.tables.scales import scale_of
from harness.tables.values import Board
from harness.task import Extent, Task
from tests.harness.leaderboard.synthetic import ENVIRONMENT, seeds_of

ERRORS = {"sep-u": [1e-4, 2e-4, 3e-4], "mincut-ae": [0.011, 0.012, 0.010], "topk-ae": [0.4, 0.5, 0.45]}


def board_of(path: Path, task: str, metric: str, values: dict[str, list[float]]) -> tuple[Board, str]:
    """Return the board of records of these values by contender, and the text of a comparison of the first two."""
    with RunStore.open(path) as store:
        with store.transaction():
            store.put_environment("env1", ENVIRONMENT)
            for contender, own in values.items():
                for record in seeds_of(task, contender, own, metric=metric):
                    store.add(record)
        first, second, *_ = values
        return build_board(store, "graph", "standard"), render(compare(store, first, second, "graph", "standard"))


def test_a_task_has_no_direction_of_its_own() -> None:
    assert "higher_is_better" not in {one.name for one in fields(Task)}
    with pytest.raises(TypeError, match="higher_is_better"):
        Task("t", "T", "graph-reconstruction", "ring-40", "mse", "seeds", {}, higher_is_better=True)  # type: ignore[call-arg]


@pytest.mark.parametrize("order", [list(ERRORS), list(reversed(ERRORS))], ids=["best first", "best last"])
def test_the_smallest_error_is_first_and_the_header_shows_it(tmp_path: Path, order: Sequence[str]) -> None:
    board, comparison = board_of(tmp_path / "r.sqlite", "ring", "mse", {name: ERRORS[name] for name in order})
    (table,) = board.tables
    assert metric_header(table) == "mse ↓"
    assert [row.contender for row in table.rows] == ["sep-u", "mincut-ae", "topk-ae"]
    assert "mse ↓" in render_markdown(board)
    assert "mse ↓" in render_terminal(board, 120)
    assert "mse ↓" in comparison
    lines = list(csv.DictReader(io.StringIO(render_csv(board))))
    assert {(line["metric"], line["higher_is_better"]) for line in lines} == {("mse", "false")}


def test_a_reconstruction_needs_no_flag() -> None:
    task = Task("toy", "Toy", "graph-reconstruction", "ring-40", "mse", "seeds", {"smoke": Extent()})
    assert task.higher_is_better is False
    assert (task.ranked.title, task.ranked.better) == ("mean squared error", "lower")
    assert scale_of(task.ranked).arrow == "↓"


@pytest.mark.parametrize(
    ("task", "metric", "better"), [("karate", "accuracy", max), ("ring", "mse", min)], ids=["accuracy", "mse"]
)
@given(
    values=st.lists(st.floats(0.001, 0.999), min_size=2, max_size=4, unique_by=lambda value: round(value, 9))
)  # values that rounding of a logarithm makes equal have no order
def test_rows_stand_in_the_order_of_their_means(
    task: str, metric: str, better: object, values: list[float]
) -> None:
    names = catalog.suite("graph").contenders[catalog.task(task).protocol][: len(values)]
    means = {name: [value] for name, value in zip(names, values, strict=True)}
    with TemporaryDirectory() as folder:
        board, _ = board_of(Path(folder) / "r.sqlite", task, metric, means)
    (table,) = board.tables
    shown = [means[row.contender][0] for row in table.rows]
    assert shown == sorted(values, reverse=better is max)


@given(st.sampled_from(["share", "error", "number", "time", "score"]), st.sampled_from(["higher", "lower"]))
def test_the_arrow_points_to_the_better_side(kind, better) -> None:  # type: ignore[no-untyped-def]
    metric = Metric("m", "a metric", kind, better)
    assert metric.higher_is_better is (better == "higher")
    assert scale_of(metric).arrow == ("↑" if better == "higher" else "↓")
    assert scale_of(metric).higher_is_better is metric.higher_is_better
