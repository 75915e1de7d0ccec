"""The columns of a record: one declaration, from which schema, rows, column reads and exports derive."""

import csv
import dataclasses
import sqlite3
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pytest

from harness.store import Columns, RunStore, export, schema
from harness.store.fields import BY_NAME, FIELDS, ROW
from harness.trial import Fingerprints, Resources, Trial
from tests.harness.store.sample_records import make

VERSION_1 = (
    *("id INTEGER", "key TEXT!", "attempt INTEGER!", "task TEXT!", "contender TEXT!", "fold INTEGER!"),
    *("seed INTEGER!", "profile TEXT!", "data TEXT!", "settings TEXT!", "code TEXT!", "status TEXT!"),
    *("created TEXT!", "moment INTEGER!", "metrics TEXT!", "facts TEXT!", "parameters REAL"),
    *("configurations_tried REAL", "wall_seconds REAL", "cpu_seconds REAL", "fit_seconds REAL"),
    *("predict_seconds REAL", "peak_bytes INTEGER!", "contention REAL", "jobs INTEGER!", "threads INTEGER!"),
    *("confined INTEGER!", "environment TEXT!", "failure TEXT", "predictions TEXT"),
)
"""The columns of the released version 1; ! is NOT NULL. A store with others is refused."""


def test_the_schema_of_version_1_is_that_of_stores_in_use() -> None:
    connection = sqlite3.connect(":memory:")
    schema.create_tables(connection)
    found = connection.execute("SELECT name, type, \"notnull\" FROM pragma_table_info('records')")
    assert tuple(f"{name} {kind}{'!' if needed else ''}" for name, kind, needed in found) == VERSION_1
    connection.close()


def test_every_part_of_a_record_has_a_column() -> None:
    parts = [field.name for kind in (Trial, Fingerprints, Resources) for field in dataclasses.fields(kind)]
    arrays = {field.name for field in dataclasses.fields(Columns)} - {"superseded"}
    assert set(parts) <= set(ROW)
    assert arrays <= set(ROW)
    assert len(BY_NAME) == len(FIELDS)


def test_rows_columns_and_exports_agree_on_every_field(tmp_path: Path) -> None:
    cost = Resources(4.0, 3.0, 2.0, 1.0, 1 << 40, 0.25, 2, 3, True)
    record = make(Trial("a", "b", 1, 2, "smoke"), resources=cost, environment="e", facts={"parameters": 17})
    with RunStore.open(tmp_path / "runs.sqlite") as store:
        store.add(record)
        (entry,) = store.entries()
        columns = store.columns().table()
        stream = BytesIO()
        export(store, stream, "csv")
    (row,) = csv.DictReader(StringIO(stream.getvalue().decode()))
    assert entry.record == record
    expected = {**vars(record.trial), **vars(record.fingerprints), **vars(cost), "environment": "e"}
    for name, value in expected.items():
        assert columns[name][0] == value
        assert row[name] == str(value)
    assert columns["parameters"][0] == 17
    assert set(row) - set(ROW) == {"failure_kind", "failure_message", "metric.accuracy"}


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("fold", np.int64(3), 3),
        ("contention", np.float32(0.5), 0.5),
        ("confined", np.bool_(True), 1),
        ("parameters", None, None),
    ],
)
def test_a_numpy_scalar_is_stored_as_a_plain_number(name: str, value: object, stored: object) -> None:
    found = BY_NAME[name].stored(value)
    assert found == stored
    assert type(found) is type(stored)


def test_a_fraction_is_no_whole_number() -> None:
    with pytest.raises(TypeError):
        BY_NAME["fold"].stored(1.5)
