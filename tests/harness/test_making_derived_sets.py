"""Before the trials of a run derived data sets are made; what goes wrong is told by task."""

from collections.abc import Callable, Collection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness import catalog, runner
from harness.data.access import DataAccess
from harness.errors import DataError
from harness.runner import Interrupts, RunSummary, make_derived

DIGITS, MNIST = "attacks-digits", "attacks-mnist"


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[RunSummary, list[str]]]:
    """Make what two tasks need, a stand-in for the maker."""

    def run(
        opened: Callable[[str], Any], made: Collection[str] = (), interrupts: Interrupts | None = None
    ) -> tuple[RunSummary, list[str]]:
        monkeypatch.setattr(runner, "must_be_made", lambda name, access: name not in made)
        summary = RunSummary()
        notes: list[str] = []
        todo: Any = [SimpleNamespace(task=catalog.task(name)) for name in (DIGITS, MNIST, DIGITS)]
        progress: Any = SimpleNamespace(note=notes.append)
        access = DataAccess(None, tmp_path)
        views: Any = SimpleNamespace(access=access, data=lambda task: opened(task.dataset))
        make_derived(todo, views, summary, progress, interrupts or Interrupts())
        return summary, notes

    return run


def test_each_set_is_made_once_and_said(make: Callable[..., Any]) -> None:
    made: set[str] = set()
    summary, notes = make(made.add, made)
    assert not summary.unavailable
    assert made == {"attacked-digits", "attacked-mnist"}
    assert [note.split(":")[0] for note in notes] == [
        "computing data set attacked-digits",
        "computing data set attacked-mnist",
    ]


def test_a_set_that_cannot_be_made_costs_its_own_task_only(make: Callable[..., Any]) -> None:
    def fail(name: str) -> None:
        if name == "attacked-mnist":
            raise DataError("attacked-mnist cannot be made: No space left on device")

    summary, _ = make(fail)
    assert {task: str(error) for task, error in summary.unavailable.items()} == {
        MNIST: "attacked-mnist cannot be made: No space left on device"
    }


def test_an_interrupt_makes_no_more_and_is_no_fault_of_the_data(make: Callable[..., Any]) -> None:
    summary, notes = make(lambda name: None, interrupts=Interrupts(1))
    assert not summary.unavailable
    assert not notes


def test_a_maker_that_ctrl_c_ends_is_no_fault_of_the_data(make: Callable[..., Any]) -> None:
    interrupts = Interrupts()

    def end(name: str) -> None:
        interrupts.count = 1
        raise DataError(f"{name} cannot be made: the process was ended by signal 2")

    summary, notes = make(end, interrupts=interrupts)
    assert not summary.unavailable
    assert len(notes) == 1


def test_a_defect_of_the_maker_is_not_hidden(make: Callable[..., Any]) -> None:
    def fail(name: str) -> None:
        raise KeyError("labels")

    with pytest.raises(KeyError, match="labels"):
        make(fail)
