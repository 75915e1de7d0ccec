"""Stores with synthetic records."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from harness.leaderboard import build_board
from harness.store import RunStore
from harness.tables.values import Board
from harness.trial import Record
from tests.harness.leaderboard.sparse_and_robust import SUITE, register, toy_records
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


@pytest.fixture
def sparse_and_robust(make_store: MakeStore, monkeypatch: pytest.MonkeyPatch) -> Board:
    """The board of the toy suite of pruned, compressed and attacked models, three units of each."""
    register(monkeypatch)
    return build_board(make_store(list(toy_records())), SUITE.name, "standard")
