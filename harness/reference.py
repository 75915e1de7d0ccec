"""The reference results: the records committed under ``results/reference``, one folder of JSON lines a suite."""

from functools import cache
from pathlib import Path

from harness.errors import StoreError

FOLDER = Path(__file__).parents[1] / "results" / "reference"


@cache
def reference_durations(suite: str) -> dict[tuple[str, str, str], float]:
    """Return mean wall seconds of the reference trials by (task, contender, profile); empty if there are none.

    They were measured on another machine: good enough to estimate the cost of a run that is new here.
    """
    from harness.store import RunStore

    folder = FOLDER / suite
    if not folder.is_dir():
        return {}
    try:
        with RunStore.from_jsonl(folder) as store:
            return store.durations()
    except StoreError:
        return {}
