"""The columns of a record, declared once: the schema, rows, column reads and exports derive from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import index
from typing import Any, Literal

Content = Literal["text", "whole", "real", "truth"]

SQL_TYPES: Mapping[Content, str] = {"text": "TEXT", "whole": "INTEGER", "real": "REAL", "truth": "INTEGER"}
ARROW_TYPES: Mapping[Content, str] = {"text": "string", "whole": "int64", "real": "float64", "truth": "bool"}
TYPES: Mapping[Content, frozenset[type]] = {
    "text": frozenset({str}),
    "whole": frozenset({int}),
    "real": frozenset({float, int}),
    "truth": frozenset({int}),
}


@dataclass(frozen=True)
class RecordField:
    """A column of the table `records`.

    Attributes:
        optional: whether it may be empty; a real number may always be, since SQLite keeps NaN as NULL.
        exported: whether a flat export has it as it is.
        remark: what it holds, where the name does not say it.
        since: version of the schema that added it.
    """

    name: str
    content: Content
    optional: bool = False
    exported: bool = True
    remark: str = ""
    since: int = 1

    @property
    def sql(self) -> str:
        """Its definition in the schema."""
        empty = self.optional or self.content == "real"
        return f"{self.name} {SQL_TYPES[self.content]}{'' if empty else ' NOT NULL'}"

    @property
    def types(self) -> frozenset[type]:
        """The Python types that SQLite may return; it keeps any type in any column."""
        empty = self.optional or self.content == "real"
        return TYPES[self.content] | ({type(None)} if empty else frozenset())

    def stored(self, value: Any) -> Any:
        """Return a value as SQLite keeps it; it would keep a NumPy scalar as its bytes.

        Raises:
            TypeError, ValueError, OverflowError: it is no number where one is expected.
        """
        if value is None or self.content == "text":
            return value
        return float(value) if self.content == "real" else index(int(value) if self.content == "truth" else value)


FIELDS = (
    RecordField("key", "text"),
    RecordField("attempt", "whole"),
    RecordField("task", "text"),
    RecordField("contender", "text"),
    RecordField("fold", "whole"),
    RecordField("seed", "whole"),
    RecordField("profile", "text"),
    RecordField("data", "text"),
    RecordField("settings", "text"),
    RecordField("code", "text"),
    RecordField("status", "text"),
    RecordField("created", "text"),
    RecordField("moment", "whole", exported=False, remark="`created` in microseconds since 1970 (UTC), to sort by"),
    RecordField("metrics", "text", exported=False, remark="JSON; a column each in a flat export"),
    RecordField("facts", "text", remark="JSON"),
    RecordField("parameters", "real", exported=False, remark="copy from `facts` that tables need of every row"),
    RecordField("configurations_tried", "real", exported=False, remark="as `parameters`"),
    RecordField("wall_seconds", "real"),
    RecordField("cpu_seconds", "real"),
    RecordField("fit_seconds", "real"),
    RecordField("predict_seconds", "real"),
    RecordField("peak_bytes", "whole"),
    RecordField("contention", "real"),
    RecordField("jobs", "whole"),
    RecordField("threads", "whole"),
    RecordField("confined", "truth"),
    RecordField("environment", "text"),
    RecordField("failure", "text", optional=True, exported=False, remark="JSON; two columns in a flat export"),
    RecordField("predictions", "text", optional=True, remark="digest, known even where they were left out"),
    RecordField("first_call", "text", remark="see `harness.trial.Resources`", since=2),
    RecordField("test_items", "real", exported=False, remark="as `parameters`", since=2),
)
"""In the order of the table. A field of a later version is appended here and added by a step of the schema."""

BY_NAME: Mapping[str, RecordField] = {field.name: field for field in FIELDS}
ROW = tuple(BY_NAME)
"""The names of the columns."""
