"""Every command on a small project, through the real command line."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import COMMANDS
from harness.store import RunStore
from tests.toy_project import BENCH, ToyProject

SOURCE = """
from harness.claims import Claim, MeanDifference


class Good(Toy):
    def fit(self, train, valid, context):
        for step in range(30):
            context.log(step, loss=1.0 / (step + 1))
        print("fitting", len(train), "graphs")
        model = Constant(train.num_classes)
        model.num_parameters = 17
        return model

class Bad(Toy):
    def fit(self, train, valid, context):
        raise ValueError("no good")
"""
ADDED = """

def claim(name, task, minimal):
    quantities = (MeanDifference(task, "good", "bad"),)
    return Claim(name, "good beats bad", "superiority", quantities, "toy", minimal, uncontrolled="a test")


CLAIMS = (claim("few", "toy-task", 2), claim("many", "toy-task", 9))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    made = ToyProject(tmp_path_factory.mktemp("commands") / "toy", SOURCE)
    module = made.packages / "toy_contenders.py"
    module.write_text(module.read_text() + ADDED)
    points = made.packages / "toy_contenders-1.0.dist-info" / "entry_points.txt"
    points.write_text(points.read_text() + "\n[bench.claims]\ntoy = toy_contenders:CLAIMS\n")
    run = made.run("-q", "-t", "toy-task", "--seeds", "0-1")
    assert run.returncode == 1, run.stderr
    return made


def lines(project: ToyProject, *arguments: str, code: int = 0) -> list[str]:
    result = project.bench(*arguments)
    assert result.returncode == code, result.stderr
    assert result.stderr == ""
    return result.stdout.splitlines()


def test_list_names_everything(project: ToyProject) -> None:
    listed = lines(project, "list")
    for kind in ("suites", "tasks", "contenders", "kernels", "datasets", "claims", "protocols"):
        assert kind in listed
    text = "\n".join(listed)
    for name in (
        "toy-task",
        "mutag",
        "sep-g",
        "gcn-sum",
        "coding-tree",
        "tu/MUTAG",
        "sep-u-beats-node-drop-ring",
        "many",
    ):
        assert re.search(rf"^  {re.escape(name)} ", text, re.MULTILINE), name
    assert "from toy_contenders; plug-in, graph-classification" in text


def test_list_of_one_kind_can_be_cut_by_column(project: ToyProject) -> None:
    listed = [line.split()[0] for line in lines(project, "list", "suites")]
    assert listed == ["graph", "labels", "robust", "sparse", "toy"]
    both = lines(project, "list", "suites", "kernels")
    assert both[0] == "suites"
    assert "kernels" in both


def plan(project: ToyProject, *arguments: str) -> tuple[dict[str, list[int]], dict[str, list[str]]]:
    """Return the numbers of each task, and the facts below the table."""
    text = lines(project, "plan", "-s", "toy", "-p", "smoke", *arguments)
    table = {
        m[1]: [int(n) for n in m[2].split()] for line in text if (m := re.match(r"(toy-\w+)((?: +\d+){4})$", line))
    }
    facts: dict[str, list[str]] = {}
    for line in text:
        if found := re.match(r"([a-z ]+): +(.*)", line):
            facts.setdefault(found[1].strip(), []).append(found[2])
    return table, facts


def test_plan_counts(project: ToyProject) -> None:
    table, facts = plan(project, "--seeds", "0-4")
    assert table == {"toy-task": [2, 10, 2, 8], "toy-other": [2, 10, 0, 10]}
    assert facts["to run"] == ["18 trials, 2 of 20 already in the store"]
    assert facts["download"] == ["nothing"]
    assert re.fullmatch(
        r"about [\d.]+ s with \d+ at a time \(\d+ trials have no past record; .*\)", facts["time"][0]
    )
    assert facts["undecided"] == ["many: needs 9 units, has 5"]
    assert "missing" not in facts
    assert "broken" not in facts


def test_plan_of_what_is_there(project: ToyProject) -> None:
    table, facts = plan(project, "--seeds", "0-1", "-t", "toy-task", "-c", "good")
    assert table == {"toy-task": [1, 2, 2, 0]}
    assert facts["time"] == ["none"]
    assert facts["undecided"] == ["2 of 2 claims: not among the selected trials"]


def test_plan_runs_nothing_and_makes_no_store(project: ToyProject) -> None:
    path = project.folder / "planned.sqlite"
    _, facts = plan(project, "--store", str(path))
    unknown = "unknown: no past record of these tasks in this profile; run one fold or seed first"
    assert facts["time"] == [unknown]
    assert not path.exists()


def test_plan_of_missing_data_says_what_to_do(project: ToyProject) -> None:
    text = "\n".join(lines(project, "plan", "-s", "graph", "-t", "mutag", "-c", "good"))
    assert "missing:   mutag: data set 'tu/MUTAG' is unavailable. Tried: no data root given" in text
    assert "download ruled out (offline)" in text
    assert "bench data fetch tu/MUTAG" in text


def test_a_run_of_missing_data_fails_and_says_so(project: ToyProject) -> None:
    selection = ("-s", "graph", "-t", "mutag", "-c", "good", "--store", "none.sqlite")
    result = project.bench("run", *selection, "-q")
    assert result.returncode == 1
    assert result.stderr.startswith("not run: task mutag: data set 'tu/MUTAG' is unavailable.")


def test_show_lists_then_shows_one(project: ToyProject) -> None:
    listed = lines(project, "show")
    assert len(listed) == 2 + 4
    assert [row.split()[6] for row in listed[2:]] == ["failed", "failed", "done", "done"]
    key = listed[-1].split()[0]
    shown = lines(project, "show", key)
    text = "\n".join(shown)
    assert re.match(r"good on toy-task \(fold 0, seed [01], smoke\): done", shown[0])
    assert "metric      accuracy = 0.5" in text
    assert "fact        parameters = 17" in text
    assert "fact        settings = {'offset': 0.0}" in text
    assert "curve       30 steps, every 3 shown" in text
    assert "fitting 24 graphs" in text
    assert "environment python" in text
    assert "resource    peak_bytes = " in text
    assert (
        lines(project, "show", "-c", "good", "--seed", "1")[0] == "good on toy-task (fold 0, seed 1, smoke): done"
    )
    assert lines(project, "show", "-n", "1")[-1] == "... and 3 more (--limit)"
    nothing = project.bench("show", "-c", "nobody")
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert nothing.stderr.startswith("bench: unknown contender 'nobody'")
    other = project.bench("show", "-c", "good", "--seed", "77")
    assert (other.returncode, other.stderr.startswith("bench: no record matches in")) == (2, True)


def test_data_list_and_verify(project: ToyProject) -> None:
    listed = "\n".join(lines(project, "data", "list"))
    assert re.search(r"^karate +bundled ", listed, re.MULTILINE)
    assert re.search(r"^rings-of-cliques +generated ", listed, re.MULTILINE)
    assert re.search(r"^tu/MUTAG +missing ", listed, re.MULTILINE)
    assert lines(project, "data", "verify", "karate", "ring-40") == ["karate: verified", "ring-40: verified"]
    missing = project.bench("data", "verify", "tu/MUTAG")
    assert missing.returncode == 1
    assert "tu/MUTAG: data set 'tu/MUTAG' is unavailable" in missing.stdout


def test_export_in_every_format_and_merge_back(project: ToyProject) -> None:
    for suffix in ("csv", "parquet", "jsonl"):
        assert lines(project, "export", f"records.{suffix}") == [f"4 records written to records.{suffix}"]
    with (project.folder / "records.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert (
        sorted((row["contender"], row["status"]) for row in rows)
        == [("bad", "failed")] * 2 + [("good", "done")] * 2
    )
    assert "Traceback" not in project.bench("export", "records.xml").stderr
    assert project.bench("export", "records.xml").returncode == 2
    full = "everything.jsonl"
    lines(project, "export", full, "--predictions")
    other = ("--store", "merged.sqlite")
    assert lines(project, "merge", full, *other) == ["4 added, 0 identical, 0 conflicts kept side by side"]
    assert lines(project, "merge", full, str(project.store_path), *other) == [
        "0 added, 8 identical, 0 conflicts kept side by side"
    ]
    with RunStore.open(project.folder / "merged.sqlite", readonly=True) as merged:
        assert [entry.record for entry in merged.entries()] == project.records()
        assert merged.check() == []
    parsed = [json.loads(line) for line in (project.folder / full).read_text().splitlines()]
    assert len(parsed) >= 4


def test_a_conflict_is_kept_and_counted(project: ToyProject) -> None:
    text = project.folder / "altered.jsonl"
    lines(project, "export", "altered.jsonl")
    changed = (
        text.read_text().replace('"accuracy":0.5', '"accuracy":0.75').replace('"accuracy": 0.5', '"accuracy": 0.75')
    )
    text.write_text(changed)
    assert "0.75" in changed
    other = ("--store", "conflict.sqlite")
    lines(project, "merge", str(project.store_path), *other)
    merged = lines(project, "merge", "altered.jsonl", *other)
    assert re.fullmatch(r"0 added, 2 identical, 2 conflicts kept side by side", merged[0]), merged


def test_doctor(project: ToyProject) -> None:
    text = "\n".join(lines(project, "doctor"))
    assert re.search(r"^ +ok  Python 3\.", text, re.MULTILINE)
    assert "run store" in text
    assert "2 done" in text
    assert "FAILED" not in text


def test_doctor_finds_a_damaged_store(project: ToyProject) -> None:
    content = bytearray(project.store_path.read_bytes())
    content[4096:8192] = b"\xa5" * 4096
    (project.folder / "damaged.sqlite").write_bytes(content)
    result = project.bench("doctor", "--store", "damaged.sqlite")
    assert result.returncode == 1
    assert "FAILED" in result.stdout
    assert "Traceback" not in result.stderr


def test_check_prints_the_format_of_a_task(project: ToyProject) -> None:
    text = "\n".join(lines(project, "check", "toy-task"))
    assert "fit(train, valid, context): GraphSets of 24 and 8 graphs" in text
    assert "scores (8, 2), finite" in text


def test_a_configuration_file_and_the_command_line_over_it(project: ToyProject) -> None:
    (project.folder / "run.toml").write_text(
        'suite = "toy"\nprofile = "smoke"\ntasks = ["toy-*"]\ncontenders = "good"\nseeds = [0, 3]\nfolds = "0"\n'
        'jobs = 1\ntimeout = "2m"\nmemory = "1G"\nquiet = true\nstore = "configured.sqlite"\nmode = "fresh"\n'
    )

    def ran() -> list[tuple[str, int]]:
        with RunStore.open(project.folder / "configured.sqlite", readonly=True) as store:
            return sorted((e.record.trial.task, e.record.trial.seed) for e in store.entries())

    lines(project, "run", "--config", "run.toml")
    assert ran() == [("toy-other", 0), ("toy-other", 3), ("toy-task", 0), ("toy-task", 3)]
    lines(project, "run", "--config", "run.toml", "-t", "toy-task", "--seeds", "7", "--resume")
    assert ran()[-1] == ("toy-task", 7)
    assert len(ran()) == 5


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS), ("data", "list"), ("data", "fetch")])
def test_help_of_every_command(project: ToyProject, command: tuple[str, ...]) -> None:
    text = "\n".join(lines(project, *command, "--help"))
    assert text.startswith("Usage: ")
    assert "-h, --help" in text or "--help" in text
    if len(command) == 1 and command[0] not in ("doctor",):
        assert f"bench {command[0]}" in text.partition("Example")[2], "help shows an example"


COMPLETIONS = {
    "bench ru": {"run"},
    "bench run --sui": {"--suite"},
    "bench run -s gr": {"graph"},
    "bench run -s to": {"toy"},
    "bench run -t toy-": {"toy-task", "toy-other"},
    "bench run -c sep-g-": {"sep-g-random-tree", "sep-g-louvain"},
    "bench run -p sm": {"smoke"},
    "bench show -c goo": {"good"},
    "bench plan -t mut": {"mutag"},
    "bench data fetch tu/MU": {"tu/MUTAG"},
    "bench check goo": {"good"},
    "bench check toy-t": {"toy-task"},
    "bench list ta": {"tasks"},
    "bench leaderboard -t toy-t": {"toy-task"},
    "bench leaderboard -c goo": {"good"},
    "bench export x.csv -t toy-t": {"toy-task"},
    "bench compare good ba": {"bad"},
}


@pytest.mark.parametrize("typed", COMPLETIONS)
def test_shells_complete_names(project: ToyProject, typed: str) -> None:
    words = typed.split(" ")
    environment = {
        **project.environment(),
        "_BENCH_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
    }
    result = subprocess.run(
        [str(Path(sys.executable).with_name("bench"))], env=environment, capture_output=True, text=True, timeout=60
    )
    assert result.stderr == ""
    assert {line.partition(",")[2] for line in result.stdout.splitlines()} == COMPLETIONS[typed]


def test_a_pipe_gets_no_colours(project: ToyProject) -> None:
    environment = {**project.environment(), "TERM": "xterm-256color"}
    for arguments in (["list"], ["run", "-s", "toy", "-p", "smoke", "-q"], ["show"], ["nonsense"], ["--help"]):
        result = subprocess.run([*BENCH, *arguments], env=environment, capture_output=True, timeout=60, check=False)
        assert b"\x1b" not in result.stdout + result.stderr


def test_a_terminal_gets_a_live_display(project: ToyProject) -> None:
    leader, follower = os.openpty()
    environment = {**project.environment(), "TERM": "xterm-256color", "COLUMNS": "120"}
    arguments = ["run", "-s", "toy", "-p", "smoke", "-t", "toy-task", "-c", "bad", "--seeds", "5-6"]
    process = subprocess.Popen(
        [*BENCH, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=follower, close_fds=True
    )
    os.close(follower)
    shown = b""
    while chunk := _read(leader):
        shown += chunk
    process.wait(60)
    os.close(leader)
    assert b"\x1b[" in shown
    assert b"failed: bad on toy-task (fold 0, seed 5, smoke): ValueError: no good" in shown


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""


def test_the_version(project: ToyProject) -> None:
    assert re.fullmatch(r"bench, version \d+\.\d+\.\d+", lines(project, "--version")[0])
