"""Stores with synthetic records."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from harness.store import RunStore
from harness.trial import Record
from tests.harness.leaderboard.synthetic import ENVIRONMENT

MakeStore = Callable[..., RunStore]


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[MakeStore]:
    """A function that opens a store with given lists of records."""
    stores = []

    def make(*parts: Sequence[Record]) -> RunStore:
        store = RunStore.open(tmp_path / f"runs{len(stores)}.sqlite")
        stores.append(store)
        with store.transaction():
            store.put_environment("env1", ENVIRONMENT)
            for record in (record for part in parts for record in part):
                store.add(record)
        return store

    yield make
    for store in stores:
        store.close()
