"""Exports, imports and merges."""

import io
import json
import math
import random
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import StoreError, StoreReadOnly, StoreVersion, UsageError
from harness.payload import Payload
from harness.store import Entry, MergeReport, RunStore, export, merge
from harness.store.connection import open_memory
from harness.trial import Record, Resources, Trial, TrialFailure
from tests.harness.store.sample_records import make, many, payloads, records, scores


def empty() -> RunStore:
    return RunStore(Path(":memory:"), open_memory(), readonly=False)


def as_lines(store: RunStore, **options: bool) -> bytes:
    stream = io.BytesIO()
    export(store, stream, "jsonl", **options)
    return stream.getvalue()


def stored(path: Path, *made: Record, payload: Payload | None = None) -> Path:
    with RunStore.open(path) as store:
        for record in made:
            store.add(record, payload)
    return path


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(records(), st.none() | payloads()), max_size=4, unique_by=lambda pair: pair[0].key),
    st.randoms(use_true_random=False),
)
def test_lines_lose_nothing_and_do_not_depend_on_order(pairs: list, chance: random.Random) -> None:
    first, second = empty(), empty()
    for record, payload in pairs:
        first.add(record, payload)
    chance.shuffle(pairs)
    for record, payload in pairs:
        second.add(record, payload)
    for store in (first, second):
        store.put_environment("e", {"cpu": "x", "memory": math.inf})
    content = as_lines(first, predictions=True)
    assert as_lines(second, predictions=True) == content
    assert content.isascii()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.jsonl"
        path.write_bytes(content)
        read = RunStore.from_jsonl(path)
        assert read.counts() == first.counts()
        assert as_lines(read, predictions=True) == content
        # All of it is here already, predictions or not.
        path.write_bytes(as_lines(first, curves=False, logs=False))
        assert merge(first, [path]) == MergeReport(identical=len(pairs))


def test_line_of_a_plain_record_is_short() -> None:
    store = empty()
    store.add(make(log="x" * 1000, curve=[{"step": 1, "loss": 0.5}]), scores(1, 2))
    _, line = as_lines(store, curves=False, logs=False).splitlines()
    content = json.loads(line)
    assert not {"log", "curve", "payload", "failure", "resources", "facts"} & set(content)
    assert content["predictions"] == scores(1, 2).digest()
    assert len(line) < 350
    assert json.loads(as_lines(store).splitlines()[1])["curve"] == [{"step": 1, "loss": 0.5}]


def test_folder_of_lines_is_a_store(tmp_path: Path) -> None:
    made = many(6)
    for number, part in enumerate((made[:3], made[2:])):
        store = empty()
        store.absorb(Entry(record) for record in part)
        store.put_environment("e", {"cpu": "x"})
        (tmp_path / f"part{number}.jsonl").write_bytes(as_lines(store))
    with RunStore.from_jsonl(tmp_path) as store:
        assert store.done_keys(r.key for r in made) == {r.key for r in made}
        assert store.counts().records == 6
        assert store.environment("e") == {"cpu": "x"}
        assert len(store.columns()) == 6
        with pytest.raises(StoreReadOnly):
            store.add(make(code="c9"))
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    with pytest.raises(StoreError, match=r"holds no .jsonl file"):
        RunStore.from_jsonl(nothing)


HEADER = '{"format": "bench-records", "version": 1}\n'
PLACE = {"task": "t", "contender": "c", "fold": 0, "seed": 0, "profile": "smoke"}
PRINTS = {"data": "d", "settings": "s", "code": "c"}
SAID = {"status": "done", "created": "2026-01-01T00:00:00Z", "metrics": {"accuracy": 1}}
GOOD = {"key": "k"} | PLACE | PRINTS | SAID


def test_fields_with_a_default_may_lack(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text(HEADER + json.dumps(GOOD) + "\n")
    (record,) = RunStore.from_jsonl(path).find("k")
    assert record.metrics == {"accuracy": 1}
    assert record.resources == Resources()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": None}, "line 2: key is None, expected str"),
        ({"fold": "0"}, "fold is '0', expected int"),
        ({"fold": True}, "fold is True, expected int"),
        ({"seed": 1 << 70}, "cannot be kept"),
        ({"status": "fine"}, "status is 'fine', expected one of done, failed"),
        ({"created": "noon"}, "created is 'noon'"),
        ({"metrics": [1]}, "metrics is .*, expected dict"),
        ({"metrics": {"accuracy": "high"}}, "accuracy is 'high', expected float"),
        ({"resources": {"peak_bytes": 0.5}}, "peak_bytes is 0.5, expected int"),
        ({"failure": {"kind": 1}}, "kind is 1, expected str"),
        ({"failure": "x"}, "failure is str, expected an object"),
        ({"curve": [3]}, "a step of the curve is int"),
        ({"curve": [{"loss": None}]}, "loss is None, expected float"),
        ({"payload": "%"}, "payload is not base64"),
        ({"payload": "AAAA"}, "payload of .*line 2 cannot be decoded"),
    ],
)
def test_wrong_line_is_named(tmp_path: Path, change: dict, message: str) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text(HEADER + json.dumps(GOOD | change) + "\n")
    with pytest.raises(StoreError, match=message):
        RunStore.from_jsonl(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n", "line 1: not a line of JSON"),
        ("[]\n", "line 1: expected an object, got list"),
        (json.dumps(GOOD), "not a file of run records"),
        (HEADER + "{", "line 2: not a line of JSON"),
        (HEADER + "[" * 100_000, "line 2: not a line of JSON"),
        (HEADER + json.dumps({k: v for k, v in GOOD.items() if k != "task"}), "task is nothing, expected str"),
        (HEADER + '{"content": {}}', "environment is nothing"),
        (HEADER + "\udcff", "line 2: not a line of JSON"),
    ],
)
def test_file_that_is_not_of_records(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(StoreError, match=message):
        RunStore.from_jsonl(path)


def test_altered_predictions_are_refused(tmp_path: Path) -> None:
    store = empty()
    store.add(make(), scores(1, 2))
    path = tmp_path / "runs.jsonl"
    path.write_bytes(as_lines(store, predictions=True).replace(scores(1, 2).digest().encode(), b"0" * 32))
    with pytest.raises(StoreError, match="predictions do not match their digest"):
        RunStore.from_jsonl(path)


def test_newer_format_and_overlong_lines_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text(HEADER.replace("1", "2"))
    with pytest.raises(StoreVersion, match="format version 2; this program reads up to 1"):
        RunStore.from_jsonl(path)
    path.write_text(HEADER + json.dumps(GOOD | {"log": "x" * 2000}))
    monkeypatch.setattr("harness.store.lines.MAX_LINE_BYTES", 1000)
    with pytest.raises(StoreError, match="line 2: longer than 1,000 bytes, refused"):
        RunStore.from_jsonl(path)
    store = empty()
    store.add(make(log="x" * 2000))
    with pytest.raises(StoreError, match="at most 1,000 are read"):
        as_lines(store)


@pytest.fixture
def varied() -> RunStore:
    store = empty()
    cost = Resources(1.5, 1.25, 1.0, 0.5, 1 << 33, math.nan, 2, 1, True)
    store.add(make(Trial("t", "a"), metrics={"acc": 0.1 + 0.2, 'odd, "name"': math.inf}, resources=cost), scores(1))
    store.add(make(Trial("t", "b,\n"), metrics={"acc": math.nan}, facts={"parameters": 3}))
    crash = TrialFailure("Error", "line one\r\nline \u20ac \udcff")
    store.absorb([Entry(Record(**{**vars(make(Trial("t", "c"), status="timeout")), "failure": crash}))])
    return store


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_tables_are_read_by_pandas(varied: RunStore, tmp_path: Path, file_format: str) -> None:
    path = tmp_path / f"runs.{file_format}"
    assert export(varied, path, file_format) == 3
    table = pd.read_csv(path) if file_format == "csv" else pd.read_parquet(path)
    assert table["contender"].tolist() == ["a", "b,\n", "c"]
    assert table["status"].tolist() == ["done", "done", "timeout"]
    np.testing.assert_allclose(table["metric.acc"], [0.1 + 0.2, np.nan, np.nan], rtol=1e-15)
    assert table['metric.odd, "name"'][0] == math.inf
    assert table["peak_bytes"].tolist() == [1 << 33, 0, 0]
    assert table["confined"].tolist() == [True, False, False]
    np.testing.assert_array_equal(table["contention"], [np.nan, 0, 0])
    assert table["failure_message"][2] == "line one\r\nline \u20ac \\udcff"
    assert json.loads(table["facts"][1]) == {"parameters": 3}
    assert table["predictions"][0] == scores(1).digest()
    assert pd.isna(table["predictions"][1])


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet"])
def test_empty_store_exports_a_readable_file(tmp_path: Path, file_format: str) -> None:
    path = tmp_path / "none"
    assert export(empty(), path, file_format) == 0
    if file_format == "jsonl":
        assert RunStore.from_jsonl(path).counts().records == 0
    else:
        table = pd.read_csv(path) if file_format == "csv" else pd.read_parquet(path)
        assert len(table) == 0
        assert "wall_seconds" in table


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet"])
def test_export_of_a_selection(tmp_path: Path, file_format: str) -> None:
    store, path = empty(), tmp_path / "some"
    for task in "abc":
        for profile in ("smoke", "paper"):
            store.add(make(Trial(task, "x", profile=profile)))
    assert export(store, path, file_format, tasks=["a", "c"], profile="paper") == 2
    if file_format == "jsonl":
        found = RunStore.from_jsonl(path).columns().task.tolist()
    else:
        found = (pd.read_csv(path) if file_format == "csv" else pd.read_parquet(path))["task"].tolist()
    assert found == ["a", "c"]


def test_export_that_fails_leaves_the_old_file(varied: RunStore, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text("old")
    varied._connection.execute("UPDATE records SET facts = '{' WHERE contender = 'c'")
    for file_format in ("csv", "jsonl", "parquet"):
        with pytest.raises(StoreError, match="is damaged"):
            export(varied, path, file_format)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_unknown_format_and_place(varied: RunStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown format 'parket'; did you mean 'parquet'"):
        export(varied, tmp_path / "x", "parket")
    with pytest.raises(StoreError, match=r"absent.*No such file or directory"):
        export(varied, tmp_path / "absent" / "x.csv", "csv")


def test_merge_adds_skips_and_keeps_contradictions(tmp_path: Path) -> None:
    first, second, third = many(3)
    mine = stored(tmp_path / "mine.sqlite", first, second, payload=scores(1))
    contradiction = make(second.trial, metrics={"accuracy": 0.25}, minute=3)
    other = stored(tmp_path / "other.sqlite", first, contradiction, third, payload=scores(1))
    with RunStore.open(mine) as store:
        expected = MergeReport(added=1, identical=1, conflicts=1, conflicting=(second.key,))
        assert merge(store, [other]) == expected
        assert [r.metrics["accuracy"] for r in store.find(second.key)] == [0.75, 0.25]
        assert store.predictions(third.key)["scores"].tolist() == [1]
        assert merge(store, [other]) == MergeReport(identical=3)
        assert store.check() == []
    with RunStore.open(other, readonly=True) as untouched:
        assert untouched.counts().records == 3


def test_merge_in_either_order_gives_the_same_records(tmp_path: Path) -> None:
    made = many(4)
    paths = [
        stored(tmp_path / "a.sqlite", made[0], make(made[1].trial, status="failed"), make(made[2].trial, minute=4)),
        stored(tmp_path / "b.sqlite", made[1], make(made[2].trial, metrics={"accuracy": 0.1}), made[3]),
    ]
    results = []
    for order in (paths, paths[::-1]):
        store = empty()
        merge(store, order)
        results.append(as_lines(store))
    assert results[0] == results[1]


def test_merge_completes_a_record_that_came_without_predictions(tmp_path: Path) -> None:
    record = make(log="output", curve=[{"loss": 1.0}])
    full = stored(tmp_path / "full.sqlite", record, payload=scores(1, 2))
    with RunStore.open(full) as store:
        export(store, tmp_path / "thin.jsonl", "jsonl", curves=False, logs=False)
    target = empty()
    merge(target, [tmp_path / "thin.jsonl"])
    with pytest.raises(StoreError, match="left out when it was exported"):
        target.predictions(record.key)
    assert merge(target, [full]) == MergeReport(identical=1)
    assert target.predictions(record.key)["scores"].tolist() == [1, 2]
    assert target.find(record.key)[0].log == "output"
    assert [dict(row) for row in target.find(record.key)[0].curve] == [{"loss": 1.0}]


def test_merge_is_all_or_nothing(tmp_path: Path) -> None:
    good = stored(tmp_path / "good.sqlite", *many(3))
    bad = tmp_path / "bad.jsonl"
    bad.write_text(HEADER + json.dumps(GOOD) + "\n{")
    with RunStore.open(tmp_path / "mine.sqlite") as store:
        with pytest.raises(StoreError, match=r"bad.jsonl, line 3"):
            merge(store, [good, bad])
        assert store.counts().records == 0
        with pytest.raises(StoreError, match="is the store that is merged into"):
            merge(store, [tmp_path / "mine.sqlite"])
        with pytest.raises(StoreError, match="there is no run store at"):
            merge(store, [tmp_path / "absent.sqlite"])
