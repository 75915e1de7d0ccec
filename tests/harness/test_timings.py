"""Times are ranked together only where they were measured alike."""

from pathlib import Path

import numpy as np

from harness.store import RunStore
from harness.tables.timings import comparable_times
from harness.trial import Fingerprints, Record, Resources, Trial


def record(seed: int, environment: str, jobs: int, first_call: str = "excluded", threads: int = 1) -> Record:
    return Record(
        key=f"{seed:032x}",
        trial=Trial("task", "someone", seed=seed),
        fingerprints=Fingerprints("d", "s", "c"),
        status="done",
        created=f"2026-01-01T00:00:{seed:02d}+00:00",
        metrics={"accuracy": 0.5},
        resources=Resources(jobs=jobs, threads=threads, first_call=first_call),
        environment=environment,
    )


def test_groups_are_disjoint_cover_all_and_mix_nothing(tmp_path: Path) -> None:
    kinds = [
        ("here", 1, "excluded", 1),
        ("here", 1, "excluded", 1),
        ("here", 2, "excluded", 1),
        ("there", 1, "excluded", 1),
        ("here", 1, "unknown", 1),
        ("here", 1, "included", 1),
        ("here", 1, "excluded", 2),
        ("here", 1, "excluded", 1),
    ]
    with RunStore.open(tmp_path / "runs.sqlite") as store:
        for seed, (environment, jobs, first_call, threads) in enumerate(kinds):
            store.add(record(seed, environment, jobs, first_call, threads))
        columns = store.columns()
    groups = comparable_times(columns, np.arange(len(kinds)))
    assert groups[0].index.tolist() == [0, 1, 7]
    assert sorted(row for group in groups for row in group.index.tolist()) == list(range(len(kinds)))
    for group in groups:
        assert len({kinds[row] for row in group.index.tolist()}) == 1
    assert [group.ranked for group in groups] == [group.first_call == "excluded" for group in groups]
    assert [group.alone for group in groups] == [group.jobs == 1 for group in groups]
    assert [group.index.tolist() for group in groups[1:]] == [[6], [5], [4], [3], [2]]  # the newest first
    part = comparable_times(columns, np.array([7, 4, 0]))
    assert [group.index.tolist() for group in part] == [[0, 7], [4]]
    assert comparable_times(columns, np.array([], dtype=int)) == ()
    assert str(groups[0]) == "alone, 1 thread each, machine here"
    assert str(part[1]) == "alone, 1 thread each, machine here, first calls may be included"
    assert str(comparable_times(columns, np.array([2]))[0]).startswith("2 at a time, ")
