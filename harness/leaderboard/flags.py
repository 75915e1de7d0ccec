"""Flags that models report, such as a fallback that was taken: short texts in the facts of their records."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from harness.store import Columns, RunStore

LONGEST = 300
"""Number of characters of a flag that are shown."""


def flags_of(
    store: "RunStore", columns: "Columns", task: str, profile: str, members: Mapping[str, "np.ndarray"]
) -> dict[str, dict[str, int]]:
    """Return, for each contender of a task (name -> rows of `columns`), flag -> number of its trials.

    Only records that the columns show count. A flag that a trial reports twice counts once.

    Raises:
        StoreError: a record is damaged.
    """
    shown = {columns.key[i]: columns.created[i] for rows in members.values() for i in rows.tolist()}
    counts: dict[str, Counter[str]] = {}
    for entry in store.entries(tasks=[task], profile=profile):
        record = entry.record
        if record.done and shown.get(record.key) == record.created:
            texts = dict.fromkeys(model_flags(record.facts))
            counts.setdefault(record.trial.contender, Counter()).update(texts.keys())
    return {name: dict(texts) for name, texts in counts.items() if texts}


def model_flags(facts: Mapping[str, Any]) -> list[str]:
    """Return the flags in ``facts["model"]["flags"]``, each as one printable line; none where there is no list."""
    model = facts.get("model")
    flags = model.get("flags") if isinstance(model, Mapping) else None
    texts = [flag for flag in flags if isinstance(flag, str)] if isinstance(flags, list | tuple) else []
    return [_line(text[:LONGEST]) for text in texts if text.strip()]


def _line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
