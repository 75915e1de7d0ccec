"""The records that a table's rows are made of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.store.database import RunStore
    from harness.trial import Record


def current_records(
    store: "RunStore", task: str, profile: str, contenders: Sequence[str]
) -> dict[str, list["Record"]]:
    """Return the current records of a task, complete with curve and log, by contender."""
    columns = store.columns(tasks=[task], contenders=contenders, profile=profile, metrics=False)
    found: dict[str, list[Record]] = {name: [] for name in contenders}
    shown = zip(columns.key, columns.contender, columns.status, columns.created, strict=True)
    for key, name, status, created in shown:
        matching = [r for r in store.find(key) if r.status == status and r.created == created]
        found[name] += matching[-1:]
    return found
