"""Requests that cannot be met: one clear message, the right exit code, never a traceback."""

import re
from pathlib import Path

import pytest

from tests.toy_project import ToyProject

TOY = ("-s", "toy", "-p", "smoke", "-q")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    made = ToyProject(tmp_path_factory.mktemp("input") / "toy", "class Honest(Toy):\n    pass\n")
    (made.folder / "folder").mkdir()
    (made.folder / "notes.txt").write_text("not a database, only some notes\n" * 200)
    return made


def messages(errors: str) -> list[str]:
    """Return the messages on standard error; click puts a line of usage before its own."""
    return [line for line in errors.splitlines() if line and not re.match(r"(Usage:|Try )", line)]


def refused(project: ToyProject, *arguments: str, code: int = 2) -> str:
    """Run, and return the one message that it must end with."""
    result = project.bench(*arguments)
    assert result.returncode == code, (result.stdout, result.stderr)
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    found = messages(result.stderr)
    assert len(found) == 1, result.stderr
    assert found[0].startswith(("bench: ", "Error: "))
    return found[0]


NAMES = {
    "command": (("runn",), "unknown command 'runn'; did you mean 'run'?"),
    "suite": (("run", "-s", "grph"), "unknown suite 'grph'; did you mean 'graph'?"),
    "task": (("run", "-t", "mutagg"), "unknown task 'mutagg'; did you mean 'mutag'?"),
    "task glob": (("run", "-t", "zz*"), "unknown task 'zz*'. `bench list tasks` lists them all."),
    "contender": (("plan", "-c", "sep-gg"), "unknown contender 'sep-gg'; did you mean 'sep-g'"),
    "case": (("plan", "-t", "MUTAG"), "unknown task 'MUTAG'; did you mean 'mutag'?"),
    "data set": (("data", "fetch", "tu/MUTAGG"), "unknown data set 'tu/MUTAGG'; did you mean 'tu/MUTAG'"),
    "selected task": (("export", "x.csv", "-t", "mutagg"), "unknown task 'mutagg'; did you mean 'mutag'?"),
    "compared task": (("compare", "sep-g", "gmt", "-t", "mutagg"), "unknown task 'mutagg'; did you mean 'mutag'?"),
    "shown profile": (("show", "-p", "smok"), "'smok' is not one of 'smoke', 'standard', 'paper'"),
    "check": (("check", "sep-gg"), "unknown contender, task or protocol 'sep-gg'; did you mean 'sep-g'"),
    "compare": (("compare", "sep-gg", "gcn"), "unknown contender 'sep-gg'"),
    "listing": (("list", "taks"), "unknown listing 'taks'; did you mean 'tasks'?"),
    "profile": (("run", "-p", "smok"), "'smok' is not one of 'smoke', 'standard', 'paper'"),
    "option": (("run", "--sute", "graph"), "No such option"),
}


@pytest.mark.parametrize("case", NAMES)
def test_unknown_names_are_suggested(project: ToyProject, case: str) -> None:
    arguments, expected = NAMES[case]
    assert expected in refused(project, *arguments)


VALUES = {
    "no task in the profile": (("-s", "graph", "-p", "smoke", "-t", "mutag"), "run in: standard, paper"),
    "no contender left": (
        ("-s", "graph", "-p", "smoke", "-t", "karate", "-c", "sep-g"),
        "contender 'sep-g' is of suite 'graph', but in none of the selected tasks",
    ),
    "another suite's task": (
        ("-s", "graph", "-t", "attacks-digits"),
        "task 'attacks-digits' is not of suite 'graph' but of robust: use --suite robust",
    ),
    "fold out of range": ((*TOY, "--folds", "1"), "task 'toy-task' has folds 0 to 0, got 1"),
    "seed out of range": ((*TOY, "--seeds", "4294967296"), "allowed are 0 to 4294967295, got 4294967296"),
    "malformed seeds": ((*TOY, "--seeds", "0-"), "expected whole numbers such as 0-4 or 0,2,5, got '0-'"),
    "negative seed": ((*TOY, "--seeds", "-1"), "expected whole numbers"),
    "backward range": ((*TOY, "--seeds", "5-2"), "expected whole numbers"),
    "endless range": ((*TOY, "--seeds", "0-99999999999"), "at most 10,000 numbers"),
    "data root": ((*TOY, "--data-root", "/no/such/folder"), "/no/such/folder (from --data-root) does not exist"),
    "file as data root": ((*TOY, "--data-root", "notes.txt"), "is not a folder"),
    "too many jobs": ((*TOY, "--jobs", "5000"), "5000 jobs of 1 thread(s) exceed"),
    "no jobs": ((*TOY, "--jobs", "0"), "0 is not in the range x>=1"),
    "too many threads": ((*TOY, "--threads", "5000"), "--threads: this machine has"),
    "timeout": ((*TOY, "--timeout", "soon"), "expected a duration such as 90, 90s, 10m or 1h30m, got 'soon'"),
    "zero timeout": ((*TOY, "--timeout", "0s"), "expected a duration above 0"),
    "memory": ((*TOY, "--memory", "lots"), "expected a size such as 512M or 4G, got 'lots'"),
    "too much memory": ((*TOY, "--memory", "900T"), "--memory: this machine has"),
    "contradiction": ((*TOY, "--fresh", "--retry", "failed"), "give one of them"),
    "retry": ((*TOY, "--retry", "everything"), "'everything' is not 'failed'"),
    "folder as store": ((*TOY, "--store", "folder"), "is a directory"),
}


@pytest.mark.parametrize("case", VALUES)
def test_impossible_values(project: ToyProject, case: str) -> None:
    arguments, expected = VALUES[case]
    assert expected in refused(project, "run", *arguments)


TOML = {
    "no TOML": ("jobs = = 2", "is not valid TOML"),
    "bytes": (b"\xff\xfe = 1", "is not valid TOML"),
    "unknown key": ("sute = 'toy'", "has an unknown key 'sute'; did you mean 'suite'"),
    "table": ("[run]\njobs = 1", "has an unknown key 'run'"),
    "table as value": ("[suite]\nname = 'toy'", "'suite' must be a text, got {'name': 'toy'}"),
    "text as number": ("jobs = 'two'", "'jobs' must be a whole number, got 'two'"),
    "truth as number": ("jobs = true", "'jobs' must be a whole number, got True"),
    "fraction as number": ("jobs = 1.5", "'jobs' must be a whole number, got 1.5"),
    "truth as duration": ("timeout = true", "'timeout' must be seconds, or a text such as '10m', got True"),
    "number as text": ("suite = 3", "'suite' must be a text, got 3"),
    "text as flag": ("quiet = 'yes'", "'quiet' must be true or false, got 'yes'"),
    "numbers as tasks": ("tasks = [1]", "'tasks' must be a text or a list of texts, got [1]"),
    "fractions as seeds": ("seeds = [0.5]", "'seeds' must be whole numbers, such as [0, 1] or '0-4', got [0.5]"),
    "value out of range": ("jobs = 0", "0 is not in the range x>=1"),
    "unknown profile": ("profile = 'huge'", "'huge' is not one of"),
    "bad duration": ("timeout = 'soon'", "expected a duration"),
    "unknown suite": ("suite = 'toys'", "unknown suite 'toys'; did you mean 'toy'?"),
}


@pytest.mark.parametrize("case", TOML)
def test_configuration_files_with_faults(project: ToyProject, case: str) -> None:
    content, expected = TOML[case]
    file = project.folder / "faulty.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert expected in refused(project, "run", "--config", str(file), "-q")


def test_a_configuration_file_that_is_not_there(project: ToyProject) -> None:
    assert "cannot read absent.toml: No such file" in refused(project, "run", "--config", "absent.toml")
    assert "Is a directory" in refused(project, "run", "--config", "folder")


def test_stores_that_cannot_be_used(project: ToyProject) -> None:
    for command in (("run", *TOY), ("show",), ("export", "x.csv"), ("merge", "notes.txt")):
        store = ("--store", "notes.txt") if command[0] != "merge" else ()
        assert "notes.txt is damaged or not a run store" in refused(project, *command, *store, code=1)
    assert "there is no run store at absent.sqlite" in refused(project, "show", "--store", "absent.sqlite", code=1)
    assert "there is no run store" in refused(project, "export", "out.csv", "--store", "absent.sqlite", code=1)
    assert not (project.folder / "absent.sqlite").exists()
    assert not (project.folder / "out.csv").exists()


def test_a_data_root_in_the_environment_that_is_not_there(
    project: ToyProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = project.environment
    monkeypatch.setattr(project, "environment", lambda: {**real(), "BENCH_DATA": "/no/such/folder"})
    assert "/no/such/folder (from BENCH_DATA) does not exist" in refused(project, "run", *TOY)
    doctor = project.bench("doctor")
    assert doctor.returncode == 1
    assert "FAILED  the data root /no/such/folder (from BENCH_DATA) does not exist" in doctor.stdout


def test_a_broken_package_is_left_out(tmp_path: Path) -> None:
    project = ToyProject(tmp_path / "toy", "class Honest(Toy):\n    pass\n")
    points = {"bench.suites": {"bad": "bad_suite:SUITE"}, "bench.tasks": {"odd": "odd_task:TASK"}}
    project.install(
        "bad_suite", "raise RuntimeError('half installed')", {}, {"bench.suites": points["bench.suites"]}
    )
    project.install("odd_task", "TASK = 'a text'", {}, {"bench.tasks": points["bench.tasks"]})
    listed = project.bench("list", "tasks")
    assert listed.returncode == 0
    assert "toy-task" in listed.stdout
    assert listed.stderr.splitlines() == [
        "bench: bench.suites 'bad' of bad_suite left out: RuntimeError: half installed",
        "bench: bench.tasks 'odd' of odd_task left out: expected a Task, got str",
    ]
