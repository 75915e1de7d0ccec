"""Before the trials of a run: derived data sets are made beside each other, and what goes wrong is told by task."""

from collections.abc import Callable
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest

from harness import runner
from harness.data.access import DataAccess
from harness.errors import DataError
from harness.runner import Interrupts, RunSummary, make_derived

DIGITS, MNIST = "attacks-digits", "attacks-mnist"


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[RunSummary, list[str]]]:
    """Make what two tasks need, a stand-in for the maker."""

    def run(opened: Callable[[str, DataAccess], Any], interrupts: int = 0) -> tuple[RunSummary, list[str]]:
        monkeypatch.setattr(runner, "must_be_made", lambda name, access: True)
        monkeypatch.setattr(runner, "usable_cores", lambda: 2)
        monkeypatch.setattr(runner, "open_dataset", opened)
        summary, notes = RunSummary(), []
        todo: Any = [SimpleNamespace(trial=SimpleNamespace(task=task)) for task in (DIGITS, MNIST, DIGITS)]
        progress: Any = SimpleNamespace(note=notes.append)
        make_derived(todo, DataAccess(None, tmp_path), summary, progress, Interrupts(interrupts))
        return summary, notes

    return run


def test_sets_are_made_at_the_same_time(make: Callable[..., Any]) -> None:
    both = Barrier(2, timeout=20)  # passed only by two at once
    summary, notes = make(lambda name, access: both.wait())
    assert not summary.unavailable
    assert [note.split(":")[0] for note in notes] == [
        "making data set attacked-digits",
        "making data set attacked-mnist",
    ]


def test_a_set_that_cannot_be_made_costs_its_own_task_only(make: Callable[..., Any]) -> None:
    def fail(name: str, access: DataAccess) -> None:
        if name == "attacked-mnist":
            raise DataError("attacked-mnist cannot be made: No space left on device")

    summary, _ = make(fail)
    assert {task: str(error) for task, error in summary.unavailable.items()} == {
        MNIST: "attacked-mnist cannot be made: No space left on device"
    }


def test_an_interrupted_maker_is_no_fault_of_the_data(make: Callable[..., Any]) -> None:
    def fail(name: str, access: DataAccess) -> None:
        raise DataError(f"{name} cannot be made: the process was ended by signal 2")

    assert not make(fail, interrupts=1)[0].unavailable


def test_a_defect_of_the_maker_is_not_hidden(make: Callable[..., Any]) -> None:
    def fail(name: str, access: DataAccess) -> None:
        raise KeyError("labels")

    with pytest.raises(KeyError, match="labels"):
        make(fail)
