import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import StoreError, StoreVersion
from harness.store import Entry, RunStore, schema
from harness.store.entries import to_row
from harness.store.fields import FIELDS
from harness.trial import Resources
from tests.harness.store.sample_records import make, scores


def rename_contender(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE records SET contender = upper(contender)")


def broken(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM attachments")
    connection.execute("INSERT INTO nowhere VALUES (1)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "runs.sqlite"
    with RunStore.open(path) as store:
        store.add(make(), scores(1, 2))
    return path


def test_older_store_is_migrated_step_by_step(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def add_star(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE records SET contender = contender || '*'")

    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, rename_contender, add_star))
    for _ in range(2):  # the second time there is nothing to do
        with RunStore.open(path) as store:
            assert store.version == len(schema.STEPS)
            assert [r.trial.contender for r in store.find(make().key)] == ["SEP*"]


def test_records_of_version_1_do_not_know_of_first_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, old = tmp_path / "old.sqlite", replace(make(), facts={"parameters": 0})
    with monkeypatch.context() as past:
        past.setattr(schema, "STEPS", schema.STEPS[:1])
        with RunStore.open(path) as store:
            names = [field.name for field in FIELDS if field.since == 1]
            row = to_row(Entry(old)) | {"parameters": 0.0}
            values = [row[name] for name in names]
            store._connection.execute(
                f"INSERT INTO records ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", values
            )
    with RunStore.open(path, readonly=True) as store:
        assert store.find(old.key) == [old]
        assert store.columns().first_call.tolist() == ["unknown"]
        assert np.isnan(store.columns().parameters).all()  # 0 stood for unknown
    with RunStore.open(path) as store:
        new = replace(make(code="c2", minute=1), resources=Resources(first_call="excluded"))
        store.add(new)
        assert store.find(new.key) == [new]
        assert sorted(store.columns().first_call) == ["excluded"]  # the newest of the trial's records counts


def test_older_store_is_read_without_touching_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, rename_contender))
    with RunStore.open(path, readonly=True) as store:
        assert store.find(make().key)[0].trial.contender == "SEP"
        assert store.predictions(make().key)["scores"].tolist() == [1, 2]
    assert path.read_bytes() == before


def test_migration_that_fails_leaves_the_old_store(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(schema, "STEPS", (*schema.STEPS, rename_contender, broken))
        with pytest.raises(StoreError, match="nowhere"):
            RunStore.open(path)
    with RunStore.open(path) as store:
        assert store.version == len(schema.STEPS)
        assert store.find(make().key) == [make()]
        assert store.predictions(make().key)["scores"].tolist() == [1, 2]


@pytest.mark.parametrize("readonly", [False, True])
def test_newer_store_is_refused_untouched(path: Path, readonly: bool) -> None:
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 9")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(StoreVersion, match=r"schema version 9; this program knows versions up to \d\. Upgrade"):
        RunStore.open(path, readonly=readonly)
    assert path.read_bytes() == before


@pytest.mark.parametrize("readonly", [False, True])
def test_database_of_something_else_is_refused_untouched(tmp_path: Path, readonly: bool) -> None:
    path = tmp_path / "other.sqlite"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE songs (title TEXT)")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is an SQLite database, but not a run store"):
        RunStore.open(path, readonly=readonly)
    assert path.read_bytes() == before
