"""The current records as columns, for leaderboards and claims.

Which record of a trial is current
    A trial (task, contender, fold, seed, profile) may have several records: under several keys, because data,
    settings or code have changed since, and several under one key, because it failed before it succeeded or was
    repeated on another machine. Exactly one of them is current:

    1. a failure does not count once its key has a `done` record: a result is not lost to another failure of the
       very same code;
    2. of the others the newest counts: after a change of the code its failure is the current result, not the
       success of the old code.

    "Newest" is by `created`, then by key, environment and metrics, so that the choice does not depend on the order
    in which stores were merged (a repeated result keeps the time of whichever came first). After going *back* to an
    older version of the code its records are reused and not newer; a caller who knows the keys of the present code
    passes them as `keys`.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from harness.errors import StoreError
from harness.store.fields import BY_NAME, Content

if TYPE_CHECKING:
    import numpy as np

TRIAL = ("task", "contender", "profile", "fold", "seed")
AGE = ("moment", "key", "environment", "metrics")
COUNTING = """
    SELECT {columns} FROM records r WHERE {conditions} AND (
        status = 'done' OR NOT EXISTS (
            SELECT 1 FROM records d WHERE d.key = r.key AND d.status = 'done' AND {also}
        )
    ) ORDER BY {order}"""


@dataclass(frozen=True)
class Columns:
    """One current record a trial, as arrays of one length, ordered by task, contender, profile, fold and seed.

    Texts are object arrays, `fold`, `seed`, `peak_bytes`, `jobs` and `threads` int64, `confined` boolean, the
    rest float64 with NaN where a value is absent.

    Attributes:
        failure: kind of the failure, empty for a `done` record.
        metrics: name to float64 array.
        superseded: how many matching records are not shown because another one is current.
    """

    key: "np.ndarray"
    task: "np.ndarray"
    contender: "np.ndarray"
    fold: "np.ndarray"
    seed: "np.ndarray"
    profile: "np.ndarray"
    status: "np.ndarray"
    failure: "np.ndarray"
    created: "np.ndarray"
    environment: "np.ndarray"
    data: "np.ndarray"
    settings: "np.ndarray"
    code: "np.ndarray"
    fit_seconds: "np.ndarray"
    predict_seconds: "np.ndarray"
    wall_seconds: "np.ndarray"
    cpu_seconds: "np.ndarray"
    peak_bytes: "np.ndarray"
    contention: "np.ndarray"
    jobs: "np.ndarray"
    threads: "np.ndarray"
    confined: "np.ndarray"
    first_call: "np.ndarray"
    parameters: "np.ndarray"
    configurations_tried: "np.ndarray"
    test_items: "np.ndarray"
    metrics: Mapping[str, "np.ndarray"]
    superseded: int

    def __len__(self) -> int:
        return len(self.key)

    def table(self) -> dict[str, "np.ndarray"]:
        """Return all columns by name, metrics as `metric.NAME`, ready for a data frame."""
        plain = [f.name for f in fields(self) if f.name not in ("metrics", "superseded")]
        named = {f"metric.{name}": column for name, column in self.metrics.items()}
        return {name: getattr(self, name) for name in plain} | named


ARRAYS = tuple(field.name for field in fields(Columns) if field.name not in ("failure", "metrics", "superseded"))
READ = tuple(dict.fromkeys((*TRIAL, *AGE, *ARRAYS, "failure")))
ARRAY_TYPES: Mapping[Content, str] = {"text": "object", "whole": "int64", "real": "float64", "truth": "bool"}


def read_columns(
    connection: sqlite3.Connection, filters: Mapping[str, Collection[str] | None], *, metrics: bool
) -> Columns:
    """Read the current records among those whose columns take one of the values in `filters` (None: any).

    Raises:
        StoreError: the metrics or the failure of a record are damaged.
    """
    import numpy as np

    conditions, values = conditions_for(filters)
    also, more = conditions_for({"d.environment": filters.get("environment")})
    (matching,) = connection.execute(f"SELECT count(*) FROM records WHERE {conditions}", values).fetchone()
    query = COUNTING.format(
        columns=", ".join(READ), conditions=conditions, also=also, order=", ".join((*TRIAL, *AGE))
    )
    counting = connection.execute(query, values + more)
    counting.row_factory = None
    # The rows of a trial come oldest first; the last one takes its place.
    rows = list({row[: len(TRIAL)]: row for row in counting}.values())
    read = dict(zip(READ, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(READ, ())
    for name, column in read.items():
        if wrong := set(map(type, column)) - BY_NAME[name].types:
            kinds = ", ".join(sorted(kind.__name__ for kind in wrong))
            raise StoreError(f"a record is damaged: its {name} is of type {kinds}; `bench doctor` names it")
    return Columns(
        **{name: np.array(read[name], dtype=ARRAY_TYPES[BY_NAME[name].content]) for name in ARRAYS},
        failure=np.array(
            [_kind(key, text) for key, text in zip(read["key"], read["failure"], strict=True)], object
        ),
        metrics=_metric_columns(read["key"], read["metrics"]) if metrics else {},
        superseded=matching - len(rows),
    )


def conditions_for(filters: Mapping[str, Collection[str] | None]) -> tuple[str, list[str]]:
    """Return conditions and their parameters; a list goes as one JSON text, so its length is not limited."""
    given = {column: values for column, values in filters.items() if values is not None}
    conditions = [f"{column} IN (SELECT value FROM json_each(?))" for column in given]
    return " AND ".join(conditions) or "true", [json.dumps(sorted(values)) for values in given.values()]


def _metric_columns(keys: Iterable[str], texts: Collection[str]) -> dict[str, "np.ndarray"]:
    import numpy as np

    try:
        rows: list[dict[str, float]] = json.loads(f"[{','.join(texts)}]")
        if len(rows) != len(texts):
            raise ValueError(f"{len(texts)} records hold {len(rows)} sets of metrics")
        columns: dict[str, list[float]] = {}
        for index, row in enumerate(rows):
            for name, value in row.items():
                column = columns.get(name)
                if column is None:
                    column = columns[name] = [float("nan")] * len(rows)
                column[index] = value
        return {name: np.array(columns[name], dtype=np.float64) for name in sorted(columns)}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        damaged = next((key for key, text in zip(keys, texts, strict=True) if not _is_metrics(text)), "unknown")
        raise StoreError(f"the metrics of record {damaged} are damaged: {error}") from error


def _is_metrics(text: str) -> bool:
    try:
        return all(isinstance(value, int | float) for value in json.loads(text).values())
    except (ValueError, AttributeError, RecursionError):
        return False


def _kind(key: str, failure: Any) -> str:
    if failure is None:
        return ""
    try:
        return str(json.loads(failure)["kind"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise StoreError(f"the failure of record {key} is damaged: {error!r}") from error
