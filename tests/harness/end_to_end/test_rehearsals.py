"""A run rehearses each new contender once: its first call is no part of the measured trials."""

from pathlib import Path

import pytest

from tests.toy_project import ToyProject

SOURCE = """
class LateImport(Toy):
    def fit(self, train, valid, context):
        import slow_to_import
        known = context.cache / "targets"  # a rehearsal must leave nothing for a trial
        model = Constant(train.num_classes)
        model.facts = {"found": int(known.exists())}
        known.write_text("seen")
        return model


class Fails(Toy):
    def fit(self, train, valid, context):
        raise ValueError("in trial and rehearsal")
"""
SECONDS = 1.5


@pytest.fixture
def project(tmp_path: Path) -> ToyProject:
    made = ToyProject(tmp_path / "toy", SOURCE)
    made.add("slow_to_import.py", f"import time\ntime.sleep({SECONDS})\n")
    return made


def test_a_slow_first_call_is_no_part_of_a_trial(project: ToyProject) -> None:
    command = ("run", "--suite", "toy", "--profile", "smoke", "-t", "toy-task", "--jobs", "1")
    first = project.bench(*command)
    assert "rehearsing 2 contender(s)" in first.stderr
    assert "1 trial(s) failed" in first.stderr  # one record each: a rehearsal leaves none
    record = project.record("late-import")
    assert record.resources.first_call == "excluded"
    assert record.resources.fit_seconds < SECONDS / 3
    assert record.facts["model"]["found"] == 0
    assert project.record("fails").resources.first_call == "unknown"
    again = project.bench(*command, "-c", "late-import", "--fresh")
    assert "rehearsing" not in again.stderr
    cold = project.run("-t", "toy-task", "-c", "late-import", "--store", "cold.sqlite")
    assert "rehearsing" not in cold.stderr
