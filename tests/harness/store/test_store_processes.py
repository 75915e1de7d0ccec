"""Kills and concurrency: writers run in forked processes, so that a kill is a real one."""

import os
import random
import select
import signal
import sqlite3
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from harness.payload import Payload
from harness.store import RunStore, schema
from harness.trial import Record
from tests.harness.store.sample_records import make, many

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def bulky(record: Record) -> Payload:
    """Return predictions of some 20 pages, so that a kill can fall into the middle of a write."""
    seed = int(record.key[:8], 16)
    return Payload({"scores": np.random.default_rng(seed).random(10_000)})


def write_all(path: Path, made: Sequence[Record], acknowledge: Callable[[str], object]) -> None:
    """Do what a run does: skip what is done, add the rest, and say of each record that it is kept."""
    with RunStore.open(path) as store:
        done = store.done_keys(record.key for record in made)
        for record in made:
            if record.key not in done:
                store.add(record, bulky(record))
                acknowledge(record.key)


class Writer:
    """A forked process that calls `work`, which reports lines through its argument."""

    def __init__(self, work: Callable[[Callable[[str], object]], None]) -> None:
        self._read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                work(lambda line: os.write(write, f"{line}\n".encode()))
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        os.close(write)

    def wait_for_line(self) -> None:
        """Wait until the process has reported something."""
        assert select.select([self._read], [], [], 60)[0]

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def finish(self) -> tuple[int, list[str]]:
        """Wait for the end; return the exit status (negative: the signal) and the complete lines."""
        with os.fdopen(self._read, "rb") as stream:
            lines = stream.read().decode().split("\n")[:-1]
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), lines


def test_killed_twenty_times_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    path, made, moments = tmp_path / "runs.sqlite", many(4000), random.Random(7)
    acknowledged: set[str] = set()
    kills = 0
    for turn in range(20):
        writer = Writer(partial(write_all, path, made))
        if turn % 2:  # else it may die while it opens or makes the file
            writer.wait_for_line()
        time.sleep(moments.uniform(0, 0.04))
        writer.kill()
        status, lines = writer.finish()
        kills += status == -signal.SIGKILL
        acknowledged |= set(lines)
        if path.exists():
            with RunStore.open(path) as store:
                assert store.done_keys(acknowledged) == acknowledged
                assert store.check() == []
    assert kills == 20, "the writer ended before it was killed: give it more records"
    assert len(acknowledged) >= 10
    made = made[: len(acknowledged) + 20]
    write_all(path, made, acknowledged.add)
    with RunStore.open(path, readonly=True) as store:
        assert store.counts().records == store.counts().trials == len(made)
        assert store.check() == []
        for record in made[::37]:
            assert store.find(record.key) == [record]
            assert store.predictions(record.key).digest() == bulky(record).digest()


def test_several_writers_at_once_make_one_store(tmp_path: Path) -> None:
    made = many(30)
    for attempt in range(3):
        path = tmp_path / f"runs{attempt}.sqlite"
        orders = [made, made[::-1], made[15:] + made[:15]]
        writers = [Writer(partial(write_all, path, order)) for order in orders]
        assert [writer.finish()[0] for writer in writers] == [0, 0, 0]
        with RunStore.open(path, readonly=True) as store:
            assert store.done_keys(record.key for record in made) == {record.key for record in made}
            assert store.counts().records == len(made)
            assert store.check() == []


def test_many_processes_may_make_the_same_store(tmp_path: Path) -> None:
    def make_or_find(path: Path, _: object) -> None:
        RunStore.open(path).close()

    for attempt in range(20):
        path = tmp_path / f"runs{attempt}.sqlite"
        writers = [Writer(partial(make_or_find, path)) for _ in range(4)]
        assert [writer.finish()[0] for writer in writers] == [0, 0, 0, 0]


def test_reader_sees_whole_records_while_another_writes(tmp_path: Path) -> None:
    path, made = tmp_path / "runs.sqlite", many(150)
    RunStore.open(path).close()
    writer = Writer(partial(write_all, path, made))
    seen = 0
    with RunStore.open(path, readonly=True) as store:
        deadline = time.monotonic() + 60
        while seen < len(made) and time.monotonic() < deadline:
            entries = list(store.entries(predictions=True))
            assert all(entry.predictions is not None for entry in entries)
            assert len(entries) >= seen
            seen = len(entries)
    assert writer.finish()[0] == 0
    assert seen == len(made)


def test_migration_killed_halfway_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "runs.sqlite"
    with RunStore.open(path) as store:
        store.add(make())

    def add_host(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE records ADD COLUMN host TEXT NOT NULL DEFAULT 'unknown'")

    def killed(connection: sqlite3.Connection) -> None:
        add_host(connection)
        connection.execute("UPDATE records SET status = 'lost'")
        os.kill(os.getpid(), signal.SIGKILL)

    def migrate(_: object) -> None:
        schema.STEPS = (*schema.STEPS, killed)
        RunStore.open(path).close()

    assert Writer(migrate).finish()[0] == -signal.SIGKILL
    with RunStore.open(path) as store:
        assert store.version == len(schema.STEPS)
        assert store.find(make().key) == [make()]
        assert store.check() == []
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, add_host))
    with RunStore.open(path) as store:
        assert store.version == len(schema.STEPS)
        assert store.find(make().key) == [make()]
        assert store.check() == []
