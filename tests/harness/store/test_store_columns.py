import dataclasses
import itertools
import math
import sqlite3
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import StoreError
from harness.store import Entry, RunStore
from harness.store.connection import open_memory
from harness.trial import Record, Resources, Trial
from tests.harness.store.sample_records import make, many


def held(made: list[Record]) -> RunStore:
    store = RunStore(Path(":memory:"), open_memory(), readonly=False)
    store.absorb(Entry(record) for record in made)
    return store


def test_values_arrive_in_their_columns() -> None:
    cost = Resources(4.0, 3.0, 2.0, 1.0, 1 << 40, 0.25, 2, 3, True)
    facts = {"parameters": 17, "configurations_tried": 5, "settings": {"lr": 0.1}}
    made = [
        make(Trial("b", "x"), metrics={"auc": 0.5, "inf": math.inf}, resources=cost, facts=facts, environment="e"),
        make(Trial("a", "y", 3, 4, "smoke"), metrics={"acc": 1}),
        make(Trial("a", "x"), status="memory"),
    ]
    columns = held(made).columns()
    assert len(columns) == 3
    assert columns.task.tolist() == ["a", "a", "b"]
    assert columns.contender.tolist() == ["x", "y", "x"]
    assert columns.profile.tolist() == ["standard", "smoke", "standard"]
    assert columns.fold.tolist() == [0, 3, 0]
    assert columns.seed.tolist() == [0, 4, 0]
    assert columns.status.tolist() == ["memory", "done", "done"]
    assert columns.failure.tolist() == ["RuntimeError", "", ""]
    assert columns.key.tolist() == [made[2].key, made[1].key, made[0].key]
    assert columns.created.tolist() == [made[0].created] * 3
    assert (columns.data[2], columns.settings[2], columns.code[2]) == ("d1", "s1", "c1")
    assert columns.environment.tolist() == ["", "", "e"]
    assert columns.wall_seconds.tolist() == [0, 0, 4]
    assert columns.cpu_seconds[2] == 3
    assert columns.fit_seconds[2] == 2
    assert columns.predict_seconds[2] == 1
    assert columns.peak_bytes[2] == 1 << 40
    assert columns.contention[2] == 0.25
    assert (columns.jobs[2], columns.threads[2]) == (2, 3)
    assert columns.confined.tolist() == [False, False, True]
    np.testing.assert_array_equal(columns.parameters, [np.nan, np.nan, 17])
    np.testing.assert_array_equal(columns.configurations_tried, [np.nan, np.nan, 5])
    assert sorted(columns.metrics) == ["acc", "auc", "inf"]
    np.testing.assert_array_equal(columns.metrics["acc"], [np.nan, 1, np.nan])
    np.testing.assert_array_equal(columns.metrics["inf"], [np.nan, np.nan, np.inf])
    assert columns.superseded == 0
    assert set(columns.table()) >= {"key", "metric.acc", "wall_seconds"}


def test_empty_store_has_empty_columns() -> None:
    columns = held([]).columns()
    assert len(columns) == 0
    assert columns.metrics == {}
    assert columns.fold.dtype == np.int64
    assert columns.fit_seconds.dtype == np.float64


def test_filters_are_combined() -> None:
    made = [
        make(Trial(task, who, profile=profile))
        for task, who, profile in itertools.product(["a", "b", "c'"], ["x", "y"], ["smoke", "paper"])
    ]
    store = held(made)
    columns = store.columns(tasks=["a", "c'"], contenders=["y"], profile="paper", metrics=False)
    assert columns.task.tolist() == ["a", "c'"]
    assert set(columns.contender) == {"y"}
    assert columns.metrics == {}
    assert len(store.columns(tasks=[])) == 0
    assert store.columns(keys=[made[3].key]).key.tolist() == [made[3].key]


def test_new_code_that_fails_displaces_the_old_success() -> None:
    old, new = make(code="old"), make(code="new", status="failed", minute=1)
    columns = held([old, new]).columns()
    assert columns.status.tolist() == ["failed"]
    assert columns.superseded == 1


def test_failure_of_the_same_code_does_not_displace_its_success() -> None:
    columns = held([make(), make(status="memory", minute=1)]).columns()
    assert columns.status.tolist() == ["done"]


def test_going_back_needs_the_present_keys() -> None:
    old, new = make(code="old"), make(code="new", minute=1, metrics={"accuracy": 0.1})
    store = held([old, new])
    assert store.columns().key.tolist() == [new.key]
    assert store.columns(keys={old.key}).metrics["accuracy"].tolist() == [0.75]


histories = st.lists(
    st.builds(
        make,
        st.builds(Trial, st.sampled_from("ab"), st.just("c"), seed=st.integers(0, 1)),
        code=st.sampled_from(["c1", "c2", "c3"]),
        status=st.sampled_from(["done", "failed"]),
        minute=st.integers(0, 5),
        metrics=st.fixed_dictionaries({"accuracy": st.sampled_from([0.1, 0.2])}),
        environment=st.sampled_from(["e1", "e2"]),
    ),
    max_size=12,
    # A repeated result is kept once, with the time of the one that came first.
    unique_by=lambda record: (record.key, record.environment, record.status, *record.metrics.values()),
)


@settings(deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_current_record_by_the_rule_in_any_order(made: list[Record], random: Random) -> None:
    columns = held(made).columns()
    random.shuffle(made)
    kept = [entry.record for entry in held(made).entries()]
    expected = {}
    for trial in {record.trial for record in kept}:
        mine = [record for record in kept if record.trial == trial]
        by_key = []
        for key in {record.key for record in mine}:
            versions = [record for record in mine if record.key == key]
            by_key.append(max([r for r in versions if r.done] or versions, key=_age))
        expected[trial] = max(by_key, key=_age)
    shown = zip(columns.task, columns.seed, columns.key, columns.created, columns.environment, strict=True)
    assert [tuple(row) for row in shown] == [
        (r.trial.task, r.trial.seed, r.key, r.created, r.environment) for _, r in sorted(expected.items())
    ]
    assert columns.superseded == len(kept) - len(expected)


def _age(record: Record) -> tuple[str, str, str, str]:
    return record.created, record.key, record.environment, str(record.metrics.get("accuracy", ""))


def test_created_is_compared_as_a_time_not_as_text() -> None:
    earlier = dataclasses.replace(make(code="a", metrics={"m": 1}), created="2026-01-01T12:00:00+02:00")
    later = dataclasses.replace(make(code="b", metrics={"m": 2}), created="2026-01-01T11:00:00Z")
    assert held([later, earlier]).columns().metrics["m"].tolist() == [2]


def test_damaged_metrics_name_the_record(tmp_path: Path) -> None:
    made = many(3)
    with RunStore.open(tmp_path / "runs.sqlite") as store:
        store.absorb(Entry(record) for record in made)
    with sqlite3.connect(tmp_path / "runs.sqlite") as raw:
        raw.execute('UPDATE records SET metrics = \'{"accuracy": "high"}\' WHERE key = ?', (made[1].key,))
    raw.close()
    with RunStore.open(tmp_path / "runs.sqlite") as store, pytest.raises(StoreError, match=made[1].key):
        store.columns()
