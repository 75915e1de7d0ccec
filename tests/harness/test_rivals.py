"""Declarations of packages that repeat a name: ours stay, the other is left out and named."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from harness import catalog, rosters
from harness.contract.roster import ContenderEntry, KernelEntry, Roster
from harness.errors import DeclarationError
from harness.families import protocol_entries
from harness.task import Suite

KARATE = catalog.task("karate")
THEIRS = replace(KARATE, title="another karate")
OWN = replace(KARATE, name="own")
Plant = Callable[..., None]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A function that installs suites and single tasks of a package."""
    rooms = (catalog.suites, catalog.tasks, catalog.plugin_tasks)

    def planted(*declared: Any) -> None:
        def plugins(group: str, kind: type) -> Iterator[tuple[str, Any]]:
            groups = {"bench.suites": Suite, "bench.tasks": type(KARATE)}
            yield from (("toy", one) for one in declared if isinstance(one, kind) and groups[group] is kind)

        monkeypatch.setattr(catalog, "plugins", plugins)

    for room in rooms:
        room.cache_clear()
    yield planted
    for room in rooms:
        room.cache_clear()


def toy(*tasks: Any, name: str = "toy") -> Suite:
    return Suite(name, "a toy", tasks, {KARATE.protocol: ("gcn",)}, {})


def test_a_task_of_a_package_does_not_replace_ours(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    plant(toy(THEIRS, OWN))
    assert catalog.task("karate") == KARATE
    assert catalog.suite("toy").tasks == (OWN,)
    assert catalog.task("own") == OWN
    assert capsys.readouterr().err == ("bench: task 'karate' of suite 'toy' left out: another task has this name\n")


def test_a_suite_may_reuse_our_tasks_unchanged(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    ours = catalog.our_suites()["graph"].tasks
    plant(toy(*ours, OWN), KARATE)
    assert catalog.suite("toy").tasks == (*ours, OWN)
    assert catalog.suite_tasks(catalog.suite("graph")) == list(ours)
    assert capsys.readouterr().err == ""


def test_a_suite_has_no_two_tasks_of_one_name(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    plant(toy(OWN, OWN, replace(OWN, title="again")))
    assert catalog.suite("toy").tasks == (OWN,)
    assert capsys.readouterr().err.count("task 'own' of suite 'toy' left out") == 2


def test_the_first_of_two_packages_keeps_the_name(plant: Plant) -> None:
    plant(toy(OWN), toy(replace(OWN, title="another"), name="twin"))
    assert catalog.task("own") == OWN
    assert catalog.suite("twin").tasks == ()


def test_a_single_task_does_not_replace_ours(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    plant(THEIRS, OWN)
    assert catalog.task("karate") == KARATE
    assert [task.name for task in catalog.suite_tasks(catalog.suite("graph"))].count("karate") == 1
    assert OWN in catalog.suite_tasks(catalog.suite("graph"))
    assert "task 'karate' of bench.tasks 'toy' left out: another task has this name" in capsys.readouterr().err


def test_a_suite_does_not_replace_ours(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    plant(toy(OWN, name="graph"))
    assert len(catalog.suite("graph").tasks) > 1
    assert "suite 'graph' of bench.suites 'toy' left out: another suite has this name" in capsys.readouterr().err


def test_two_tasks_of_ours_with_one_name_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.suites import sparse

    again = (*sparse.SUITE.tasks, THEIRS)
    monkeypatch.setattr(sparse, "SUITE", replace(sparse.SUITE, tasks=again))
    with pytest.raises(DeclarationError, match="task 'karate' is declared twice, in suite 'graph' and suite"):
        catalog.our_suites.__wrapped__()


def test_contenders_and_kernels_do_not_replace_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = Roster(
        (ContenderEntry("gcn", KARATE.protocol, "method", "not ours", "toy:Gcn"),),
        (KernelEntry("coding-tree", "not ours", "toy:KERNEL"),),
    )
    monkeypatch.setattr(rosters, "plugins", lambda group, kind: iter([("toy", roster)]))
    assert rosters.contenders(protocol_entries())["gcn"] == catalog.contender("gcn")
    assert rosters.kernels()["coding-tree"].title != "not ours"
    assert capsys.readouterr().err.splitlines() == [
        "bench: contender 'gcn' of bench.rosters 'toy' left out: another contender has this name",
        "bench: kernel 'coding-tree' of bench.rosters 'toy' left out: another kernel has this name",
    ]
