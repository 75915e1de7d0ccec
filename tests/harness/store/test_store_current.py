"""Current records: one a trial, whole, the same that the columns of a table are read from."""

from pathlib import Path

from harness.store import RunStore
from harness.store.current import current_records
from tests.harness.leaderboard.synthetic import ENVIRONMENT, folds_of, make_record

CURVE = [{"step": 1.0, "valid_loss": 0.5}]


def test_each_trial_has_its_newest_record_with_its_curve(tmp_path: Path):
    old, failed = make_record("mutag", "gmt", 0.5, fold=0), make_record("mutag", "gmt", None, fold=1, failure="x")
    later = "2026-02-01T00:00:00.000+00:00"
    new = make_record("mutag", "gmt", 0.6, fold=0, code="c2", created=later, curve=CURVE)
    with RunStore.open(tmp_path / "runs.sqlite") as store:
        store.put_environment("env1", ENVIRONMENT)
        for record in (old, new, failed, *folds_of("ptc", "gmt", [0.9])):
            store.add(record)
        found = current_records(store, "mutag", "standard", ["gmt", "asap"])
        columns = store.columns(tasks=["mutag"], contenders=["gmt"], profile="standard", metrics=False)
    by_fold = sorted(found["gmt"], key=lambda record: record.trial.fold)
    assert found["asap"] == []
    assert [(record.trial.fold, record.done) for record in by_fold] == [(0, True), (1, False)]
    assert sorted(record.created for record in found["gmt"]) == sorted(columns.created)
    assert by_fold[0].key == new.key
    assert [dict(row) for row in by_fold[0].curve] == CURVE
