"""Reference records estimate what was never run here, and work folders of killed runs are swept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import reference
from harness.data.access import DataAccess
from harness.executors.workspace import WORK_PREFIX, sweep_left_behind
from harness.identity import Identities
from harness.plan import TrialSelection, expected_durations, make_plan
from harness.store import RunStore, export
from harness.trial import Fingerprints, Record, Resources, Trial


@pytest.fixture(autouse=True)
def _look_once(monkeypatch: pytest.MonkeyPatch, inspect_once: object) -> None:
    monkeypatch.setattr("harness.inspection.inspect", inspect_once)


def record(contender: str, seconds: float) -> Record:
    trial = Trial("karate", contender, profile="smoke")
    resources = Resources(wall_seconds=seconds)
    return Record(f"{contender}-key", trial, Fingerprints("d", "s", "c"), "done", "2026-01-01", {"accuracy": 1.0},
                  resources=resources)  # fmt: skip


def test_own_records_come_before_those_of_the_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "reference" / "graph"
    folder.mkdir(parents=True)
    with RunStore.open(tmp_path / "other.sqlite") as other:
        for contender, seconds in (("gcn", 3.0), ("gat", 5.0)):
            other.add(record(contender, seconds))
        export(other, folder / "standard.jsonl", "jsonl")
    monkeypatch.setattr(reference, "FOLDER", folder.parent)
    reference.reference_durations.cache_clear()
    plan = make_plan(
        TrialSelection("graph", "smoke", ("karate",), ("gcn", "gat")),
        DataAccess(None, tmp_path, True),
        Identities(),
    )
    with RunStore.open(tmp_path / "own.sqlite") as own:
        own.add(record("gcn", 1.0))
        expected = expected_durations(plan, own)
    reference.reference_durations.cache_clear()
    assert expected == {("karate", "gcn", "smoke"): 1.0, ("karate", "gat", "smoke"): 5.0}


def test_no_reference_means_no_estimate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    reference.reference_durations.cache_clear()
    assert reference.reference_durations("graph") == {}
    reference.reference_durations.cache_clear()


def test_only_folders_of_dead_runs_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    names = (f"{WORK_PREFIX}{dead.pid}-a", f"{WORK_PREFIX}{os.getpid()}-b", "bench-check-c", f"{WORK_PREFIX}x-d")
    for name in names:
        (tmp_path / name).mkdir()
    sweep_left_behind()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names[1:])
