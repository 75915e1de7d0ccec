"""Run stores and exports from strangers: foreign SQL does not run, and nothing of a refused file is kept."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import StoreError
from harness.store import RunStore, merge
from tests.harness.fuzz.sound import sound_store, sound_text


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.sqlite"
    path.write_bytes(sound_store())
    return path


@pytest.fixture
def unchanged(tmp_path: Path) -> Callable[[Path], str]:
    """Merge a file into a store of records; return the refusal, after a look that the store is as it was."""
    path = tmp_path / "runs.sqlite"
    path.write_bytes(sound_store())

    def refused(hostile: Path) -> str:
        with RunStore.open(path) as store:
            before = list(store.contents(predictions=True))
            with pytest.raises(StoreError) as error:
                merge(store, [hostile])
            assert list(store.contents(predictions=True)) == before
        return str(error.value)

    return refused


SQL = {
    "trigger": "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM records; END",
    "view": "ALTER TABLE records RENAME TO r; CREATE VIEW records AS SELECT * FROM r",
    "endless view": (
        "DROP TABLE environments; CREATE VIEW environments AS WITH RECURSIVE n(x) AS "
        "(SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS fingerprint, '{}' AS content FROM n"
    ),
    "other table": "CREATE TABLE more (x)",
    "virtual table": "CREATE VIRTUAL TABLE more USING fts5(x)",
    "missing column": "ALTER TABLE records DROP COLUMN facts",
    "computed column": "ALTER TABLE records ADD COLUMN x AS (zeroblob(1000000000))",
    "missing table": "DROP TABLE attachments",
}


@pytest.mark.parametrize("name", SQL)
@pytest.mark.parametrize("readonly", [True, False], ids=["read", "write"])
def test_stores_with_foreign_sql_are_not_opened(name: str, readonly: bool, source: Path) -> None:
    connection = sqlite3.connect(source)
    connection.executescript(SQL[name])
    connection.close()
    with pytest.raises(StoreError, match=r"but not its tables"):
        RunStore.open(source, create=False, readonly=readonly)


def test_an_index_of_ones_own_is_no_harm(source: Path) -> None:
    with sqlite3.connect(source) as connection:
        connection.execute("CREATE INDEX by_task ON records (task)")
    with RunStore.open(source) as store:
        assert store.counts().records == 4


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("fold", "three"),
        ("seed", b"\0"),
        ("metrics", "{}, {}"),
        ("metrics", "[1]"),
        ("metrics", '{"accuracy": "high"}'),
        ("metrics", '{"accuracy": ' + "9" * 400 + "}"),
        ("facts", "[" * 100_000),
        ("status", "excellent"),
        ("task", b"mutag"),
        ("peak_bytes", "much"),
        ("failure", '{"kind": 3, "message": ""}'),
    ],
)
def test_values_of_other_types_are_refused(
    column: str, value: object, source: Path, unchanged: Callable[[Path], str]
) -> None:
    with sqlite3.connect(source) as connection:
        connection.execute(f"UPDATE records SET {column} = ? WHERE id = 1", (value,))
    assert "damaged" in unchanged(source)


def test_predictions_that_are_not_those_of_the_record(source: Path, unchanged: Callable[[Path], str]) -> None:
    with sqlite3.connect(source) as connection:
        connection.execute("UPDATE records SET predictions = 'another digest' WHERE id = 1")
    assert "do not match their digest" in unchanged(source)


def test_a_blob_that_claims_too_much_memory(source: Path, unchanged: Callable[[Path], str]) -> None:
    with sqlite3.connect(source) as connection:
        connection.execute("UPDATE attachments SET predictions = ?", (b"BPL1" + b"\xff" * 8 + b"x\x9c",))
    assert "claims 18,446,744,073,709,551,615 bytes" in unchanged(source)


def line(**fields: object) -> str:
    """Return the first record as a line with other fields."""
    header, *others = sound_text().splitlines()
    record = json.loads(next(text for text in others if '"key"' in text))
    return "\n".join((header, json.dumps({**record, **fields})))


LINES = {
    "deep": lambda: line().replace('"metrics": {', '"metrics": {"x": ' + "[" * 100_000 + "]" * 100_000 + ", "),
    "large number": lambda: line(metrics={"accuracy": 10**400}),
    "larger number": lambda: line().replace('"fold": 0', f'"fold": {"9" * 5000}'),
    "number beyond SQLite": lambda: line(fold=2**63, metrics={"accuracy": 0.1}),
    "surrogate": lambda: line(key="\ud800"),
    "surrogate in the task": lambda: line(task="\ud800", metrics={"accuracy": 0.1}),
    "list of records": lambda: f"{sound_text().splitlines()[0]}\n[]",
    "no such day": lambda: line(created="2026-02-30"),
}


@pytest.mark.parametrize("name", LINES)
def test_hostile_lines_are_refused(name: str, tmp_path: Path, unchanged: Callable[[Path], str]) -> None:
    path = tmp_path / "hostile.jsonl"
    path.write_text(LINES[name]())
    assert unchanged(path)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"\0" * 100, b"{}", b"", b'{"format": "bench-records", "version": 1}\n\xff']
)
def test_bytes_that_are_no_lines(content: bytes, tmp_path: Path, unchanged: Callable[[Path], str]) -> None:
    path = tmp_path / "hostile.jsonl"
    path.write_bytes(content)
    assert unchanged(path)


def test_of_a_doubled_key_the_last_counts_and_nan_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(line(metrics={"accuracy": float("nan")})[:-1] + ', "seed": 7}')
    with RunStore.from_jsonl(path) as store:
        (entry,) = store.entries()
        assert entry.record.trial.seed == 7
        assert entry.record.metrics["accuracy"] != entry.record.metrics["accuracy"]
