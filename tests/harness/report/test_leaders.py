"""The first page's table of leaders."""

from pathlib import Path

from harness.report.index_page import index_page
from harness.report.results import gather
from harness.store import RunStore
from tests.harness.leaderboard.synthetic import ENVIRONMENT, folds_of, make_record


def test_a_task_that_every_contender_failed_has_no_leader(tmp_path: Path) -> None:
    failed = [make_record("mutag", name, None, fold=0, failure="OutOfMemory") for name in ("gcn-sum", "sep-g")]
    finished = folds_of("proteins", "sep-g", [0.7, 0.8])
    with RunStore.open(tmp_path / "runs.sqlite") as store:
        store.put_environment("env1", ENVIRONMENT)
        for record in (*failed, *finished):
            store.add(record)
        leaders = index_page(gather(store, ["graph"], "standard"), ()).leaders
    assert leaders is not None
    lines = [[cell.text for cell in row.cells] for row in leaders.lines]
    rows = {task: (leader, mean) for task, leader, mean, *_ in lines}
    assert rows["mutag"] == ("—", "failed")
    assert rows["proteins"][0].startswith("sep-g")
