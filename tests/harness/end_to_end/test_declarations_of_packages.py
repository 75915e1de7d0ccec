"""Rosters, claims and narrowed tasks that an installed package adds."""

from pathlib import Path

import pytest

from tests.toy_project import ToyProject

SOURCE = """
class Plain(Toy):
    pass


class Rival(Toy):
    pass
"""
DECLARED = """

from dataclasses import replace

from harness.claims import Claim, MeanDifference
from harness.contract.roster import ContenderEntry, Roster

ROSTER = Roster(contenders=(
    ContenderEntry("ours", "graph-classification", "method", "a method of a package", "toy_contenders:Plain"),
    ContenderEntry("ours-again", "graph-classification", "control", "its control", "toy_contenders:Rival"),
    ContenderEntry("sep-g", "graph-classification", "method", "cannot replace ours", "toy_contenders:Rival"),
))
PAIR = {"contenders": ("ours", "ours-again"), "reference": "ours-again"}
NARROW = replace(TASK, name="toy-narrow", table="package", **PAIR)
SUITE = replace(SUITE, tasks=(TASK, NARROW))


def claim(name, task):
    quantity = MeanDifference(task, "ours", "ours-again")
    return Claim(name, "ours beats its control", "superiority", (quantity,), "toy", 2, uncontrolled="a test")


CLAIMS = (claim("of-the-suite", "toy-narrow"), claim("of-nothing", "toy-narow"), "no claim")
"""
GROUPS = """
[bench.rosters]
toy = toy_contenders:ROSTER
broken = toy_contenders:CLAIMS

[bench.claims]
toy = toy_contenders:CLAIMS
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    made = ToyProject(tmp_path_factory.mktemp("declarations") / "toy", SOURCE)
    for path, text in (("toy_contenders.py", DECLARED), ("toy_contenders-1.0.dist-info/entry_points.txt", GROUPS)):
        file: Path = made.packages / path
        file.write_text(file.read_text() + text)
    return made


def test_a_roster_of_a_package_is_listed_with_its_kinds_and_tasks(project: ToyProject) -> None:
    result = project.bench("list", "contenders")
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in result.stdout.splitlines()}
    assert rows["ours"] == "a method of a package; method, graph-classification; toy (toy-narrow)"
    assert rows["ours-again"] == "its control; control, graph-classification; toy (toy-narrow)"
    assert "SEP-G" in rows["sep-g"], "a package cannot replace one of ours"
    assert rows["plain"].endswith("plug-in, graph-classification; graph, toy")
    assert sorted(result.stderr.splitlines()) == [
        "bench: bench.rosters 'broken' of toy_contenders left out: expected a Roster, got tuple",
        "bench: contender 'sep-g' of bench.rosters 'toy' left out: another contender has this name",
    ]


def test_claims_of_a_package_are_of_the_suite_with_their_tasks(project: ToyProject) -> None:
    result = project.bench("list", "claims")
    assert "of-the-suite" in result.stdout
    assert "ours beats its control (toy)" in result.stdout
    assert "of-nothing" not in result.stdout
    assert "is about task 'toy-narow', which is in no suite; did you mean 'toy-narrow'" in result.stderr
    assert "left out: expected a Claim, got str" in result.stderr


def test_a_narrowed_task_runs_the_contenders_that_it_names(project: ToyProject) -> None:
    assert project.run("-q").returncode == 0
    ran = {(record.trial.task, record.trial.contender) for record in project.records()}
    assert ran == {
        *(("toy-task", name) for name in ("plain", "rival")),
        *(("toy-narrow", name) for name in ("ours", "ours-again")),
    }
    board = project.bench("leaderboard", "--suite", "toy", "--profile", "smoke").stdout
    assert "ours-again" in board


def test_a_pattern_that_no_selected_task_has_is_refused(project: ToyProject) -> None:
    result = project.bench("plan", "--suite", "toy", "--profile", "smoke", "-t", "toy-task", "-c", "ours")
    assert result.returncode == 2
    assert "contender 'ours' is of suite 'toy', but in none of the selected tasks" in result.stderr
