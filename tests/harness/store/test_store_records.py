import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import StoreError, StoreReadOnly
from harness.payload import Payload
from harness.store import Entry, RunStore
from harness.trial import Record, Resources, Trial
from tests.harness.store.sample_records import make, many, payloads, records, scores


@pytest.fixture
def store(tmp_path: Path):
    with RunStore.open(tmp_path / "runs.sqlite") as opened:
        yield opened


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(records(), st.none() | payloads()), max_size=3, unique_by=lambda pair: pair[0].key))
def test_records_survive_closing(pairs: list[tuple[Record, Payload | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.sqlite"
        with RunStore.open(path) as store:
            for record, payload in pairs:
                assert store.add(record, payload) == "added"
        with RunStore.open(path, readonly=True) as store:
            for record, payload in pairs:
                # `repr` compares as equality does, but NaN equals itself and the order of names counts for nothing.
                assert [_text(found) for found in store.find(record.key)] == [_text(record)]
                if payload is not None:
                    assert store.predictions(record.key).digest() == payload.digest()
            problems = [line for line in store.check() if "environment" not in line]
            assert problems == []
            assert store.counts().records == len(pairs)


def _text(record: Record) -> str:
    def ordered(value: object) -> object:
        if isinstance(value, dict):
            return sorted((name, ordered(inner)) for name, inner in value.items())
        return [ordered(inner) for inner in value] if isinstance(value, list | tuple) else value

    return repr(ordered(dataclasses.asdict(record)))


def test_same_result_twice_is_kept_once(store: RunStore) -> None:
    record = make()
    assert store.add(record, scores(1, 2)) == "added"
    assert store.add(record, scores(1, 2)) == "identical"
    later = make(minute=5, resources=dataclasses.replace(record.resources, wall_seconds=9.0))
    assert store.add(later, scores(1, 2)) == "identical"
    assert store.find(record.key) == [record]


def test_contradiction_is_kept_beside_the_first(store: RunStore) -> None:
    key = make().key
    assert store.add(make(), scores(1, 2)) == "added"
    assert store.add(make(minute=1, metrics={"accuracy": 0.5}), scores(1, 2)) == "conflict"
    assert store.add(make(minute=2), scores(1, 3)) == "conflict"
    assert [entry.attempt for entry in store.entries(key)] == [1, 2, 3]
    assert store.predictions(key)["scores"].tolist() == [1, 3]
    assert store.predictions(key, attempt=1)["scores"].tolist() == [1, 2]


def test_same_result_of_another_machine_is_kept_without_conflict(store: RunStore) -> None:
    assert store.add(make(environment="here")) == "added"
    assert store.add(make(environment="there", minute=1)) == "added"
    assert store.counts().records == 2
    assert len(store.columns(environments=["here"])) == 1


def test_failure_stays_when_a_later_record_succeeds(store: RunStore) -> None:
    failed, done = make(status="timeout"), make(minute=1)
    store.add(failed)
    assert store.failed_keys([failed.key, "unknown"]) == {failed.key}
    assert store.done_keys([failed.key]) == set()
    assert store.add(failed) == "identical"
    assert store.add(done) == "added"
    assert store.failed_keys([failed.key]) == set()
    assert store.done_keys([failed.key]) == {failed.key}
    assert store.find(failed.key) == [failed, done]
    assert store.counts().by_status == {"done": 1, "timeout": 1}
    assert store.counts().trials == 1


def test_done_keys_of_more_keys_than_one_query_takes(store: RunStore) -> None:
    made = many(1300)
    store.absorb(_entries(made))
    asked = [record.key for record in made[::2]] + [f"absent{i}" for i in range(700)]
    assert store.done_keys(asked) == {record.key for record in made[::2]}
    assert store.done_keys([]) == set()


def _entries(made: list[Record]) -> list[Entry]:
    return [Entry(record) for record in made]


def test_find_by_prefix(store: RunStore) -> None:
    made = many(40)
    store.absorb(_entries(made))
    prefix = made[0].key[:1]
    assert {r.key for r in store.find(prefix)} == {r.key for r in made if r.key.startswith(prefix)}
    assert store.find("%") == store.find("zz") == []
    with pytest.raises(StoreError, match="expected the first digits of a key"):
        store.find("")


def test_predictions_that_are_not_there(store: RunStore) -> None:
    store.add(make())
    with pytest.raises(StoreError, match="never made"):
        store.predictions(make().key)
    with pytest.raises(StoreError, match="has no record beef"):
        store.predictions("beef")
    with pytest.raises(StoreError, match="attempt 2"):
        store.predictions(make().key, attempt=2)


def test_environment_is_kept_once(store: RunStore) -> None:
    store.put_environment("e1", {"cpu": "x", "versions": {"torch": "2.4"}})
    store.put_environment("e1", {"cpu": "other"})
    assert store.environment("e1") == {"cpu": "x", "versions": {"torch": "2.4"}}
    assert store.environment("e2") is None


def test_durations_are_means_over_finished_trials(store: RunStore) -> None:
    cost = make().resources
    for seed, seconds in enumerate([2.0, 4.0]):
        trial = Trial("t", "c", seed=seed)
        store.add(make(trial, resources=dataclasses.replace(cost, wall_seconds=seconds)))
    store.add(make(Trial("t", "c", seed=9), status="timeout", resources=dataclasses.replace(cost, wall_seconds=99)))
    assert store.durations() == {("t", "c", "standard"): 3.0}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"facts": {"x": {1}}}, "facts: not JSON"),
        ({"metrics": {"x": np.float32(1)}}, "metrics: not JSON"),
        ({"created": "yesterday"}, "created is 'yesterday', expected an ISO 8601 time"),
        ({"trial": Trial("t", "c", seed=2**63)}, "cannot be kept"),
        ({"trial": Trial("\ud800", "c")}, "cannot be kept"),
        ({"trial": Trial("t", "c", fold=2.5)}, "cannot be kept"),
        ({"resources": Resources(peak_bytes=1.5)}, "cannot be kept"),
        ({"resources": Resources(wall_seconds="long")}, "cannot be kept"),
    ],
)
def test_record_that_cannot_be_kept_leaves_nothing(store: RunStore, wrong: dict, message: str) -> None:
    record = dataclasses.replace(make(), **wrong)
    with pytest.raises(StoreError, match=message):
        store.add(record, scores(1))
    assert store.counts().records == 0
    assert store.check() == []


def test_numpy_scalars_become_plain_numbers(store: RunStore) -> None:
    cost = Resources(wall_seconds=np.float32(0.5), peak_bytes=np.int64(7), confined=np.True_)
    store.add(dataclasses.replace(make(), trial=Trial("t", "c", fold=np.int64(3)), resources=cost))
    (found,) = store.find(make().key)
    assert found.trial.fold == 3
    assert found.resources == Resources(wall_seconds=0.5, peak_bytes=7, confined=True)
    assert type(found.resources.wall_seconds) is float


def test_transaction_is_all_or_nothing(store: RunStore) -> None:
    first, second = many(2)

    def interrupted() -> None:
        with store.transaction():
            store.add(first)
            store.add(second)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.counts().records == 0
    with store.transaction():
        store.add(first)
        store.add(second)
    assert store.done_keys([first.key, second.key]) == {first.key, second.key}


def test_read_only_instance_refuses_to_write(store: RunStore) -> None:
    store.add(make())
    with RunStore.open(store.path, readonly=True) as reader:
        for write in (lambda: reader.add(make()), lambda: reader.put_environment("e", {})):
            with pytest.raises(StoreReadOnly, match="opened for reading"):
                write()
        assert reader.find(make().key) == [make()]
