"""What models told of themselves, such as a fallback that was taken: short texts in the facts of their records."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from harness.store import Columns, RunStore

LONGEST = 300
"""Characters of a text that are shown."""


def flags_of(
    store: "RunStore", columns: "Columns", task: str, profile: str, members: Mapping[str, "np.ndarray"]
) -> dict[str, dict[str, int]]:
    """Return, for each contender of a task (name -> rows of `columns`), text -> in how many trials it was told.

    Only the records that the columns show count. A text that a trial told twice counts once.

    Raises:
        StoreError: a record is damaged.
    """
    shown = {columns.key[i]: columns.created[i] for rows in members.values() for i in rows.tolist()}
    told: dict[str, Counter[str]] = {}
    for entry in store.entries(tasks=[task], profile=profile):
        record = entry.record
        if record.done and shown.get(record.key) == record.created:
            texts = dict.fromkeys(model_flags(record.facts))
            told.setdefault(record.trial.contender, Counter()).update(texts.keys())
    return {name: dict(texts) for name, texts in told.items() if texts}


def model_flags(facts: Mapping[str, Any]) -> list[str]:
    """Return the texts in ``facts["model"]["flags"]``, each as one printable line; none where there is no list."""
    model = facts.get("model")
    flags = model.get("flags") if isinstance(model, Mapping) else None
    texts = [flag for flag in flags if isinstance(flag, str)] if isinstance(flags, list | tuple) else []
    return [_line(text[:LONGEST]) for text in texts if text.strip()]


def _line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
