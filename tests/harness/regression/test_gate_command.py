"""`bench check --against` as a user runs it: on a kernel with simulated time, and on trials that get worse."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from harness import catalog
from harness.regression.changes import GateReport
from harness.regression.gate import trial_changes
from harness.regression.records import read_side
from harness.store import RunStore, export
from tests.harness.regression.samples import MACHINE, trial_entry
from tests.harness.regression.toy_work import WorkProject

CLASSIFIER = '''
def by_triangles(graphs):
    """Return the share of closed pairs of neighbours of each graph: near 0 for a random one."""
    every, shares = graphs.collection, []
    for g in graphs.index:
        first, last = every.edge_offsets[g], every.edge_offsets[g + 1]
        nodes = every.node_offsets[g + 1] - every.node_offsets[g]
        a = np.zeros((nodes, nodes))
        source, target = every.edge_index[:, first:last] - every.node_offsets[g]
        a[source, target] = 1
        shares.append(np.trace(a @ a @ a) / max(1.0, (a @ a).sum()))
    return np.array(shares)


class Cut:
    """Class 1 where there are enough triangles; a share `error` of the graphs gets the other class."""

    num_parameters = 1

    def __init__(self, threshold, random, error):
        self.threshold, self.random, self.error = threshold, random, error

    def predict(self, graphs):
        chosen = by_triangles(graphs) > self.threshold
        wrong = self.random.permutation(len(graphs))[: round(self.error * len(graphs))]
        chosen[wrong] = ~chosen[wrong]
        return np.stack([~chosen, chosen], axis=1).astype(np.float64)


class Counts(Toy):
    streams = ("errors",)

    def fit(self, train, valid, context):
        shares, labels = by_triangles(train), train.targets
        threshold = (np.median(shares[labels == 0]) + np.median(shares[labels == 1])) / 2
        {crash}
        return Cut(threshold, context.stream("errors"), {error})
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkProject]:
    """A project whose kernel and contender were measured once, into ``base.sqlite``."""
    made = WorkProject(tmp_path_factory.mktemp("gate") / "project", "class Unused(Toy):\n    pass\n")
    made.measure(made.folder / "base.sqlite")
    yield made
    made.stop()


def gate(project: WorkProject, store: str, *arguments: str) -> tuple[int, str]:
    done = project.bench("check", "--against", "base.sqlite", "-q", "--store", store, *arguments)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_unchanged_code_passes_and_a_ten_per_cent_slower_kernel_does_not(project: WorkProject) -> None:
    code, text = gate(project, "calm.sqlite")
    assert code == 0, text
    assert "no regression: 6 same" in text
    project.work(milliseconds=5.5, bytes=64 << 20, digits=8.0)
    code, text = gate(project, "slow.sqlite", "--out", "gate.md", "--out", "report/gate.xml")
    assert code == 3, text
    speeds = [line for line in text.splitlines() if line.startswith("  speed")]
    assert len(speeds) == 1
    assert "toy-work:n=100" in speeds[0]
    assert "twice: p" in speeds[0]
    assert sum(line.startswith("  memory") for line in text.splitlines()) == 2
    assert sum(line.startswith("  quality") for line in text.splitlines()) == 2
    assert "🔴 regressed" in (project.folder / "gate.md").read_text()
    root = ElementTree.parse(project.folder / "report" / "gate.xml").getroot()
    assert root.get("failures") == "5"


def test_a_kernel_that_is_wrong_is_caught_from_two_stores_alone(project: WorkProject) -> None:
    project.work(offset=1.0)
    arguments = ("--profile", "smoke", "--threads", "1", "--processes", "2", "-q", "--store", "wrong.sqlite")
    project.bench("kernels", "toy-work", *arguments)
    code, text = gate(project, "unused.sqlite", "--from", "wrong.sqlite", "-t", "toy-work:n=100")
    assert code == 3
    assert "timed → failed  now fails" in text
    assert "n=200" not in text
    assert not (project.folder / "unused.sqlite").exists()


def cora(path: Path, loss: float, seed: int) -> None:
    """Export ten seeds of three contenders on Cora as real ones vary with `seed`; one of them loses `loss`."""
    rng = np.random.default_rng(seed)
    with RunStore.open(path.with_suffix(".sqlite")) as store:
        store.put_environment("here", MACHINE)
        for name in ("gcn", "gat", "sep-n"):
            for number, value in enumerate(rng.normal(0.81, 0.007, 10)):
                lost = loss if name == "gat" else 0.0
                store.add(trial_entry("cora", name, seed=number, metrics={"accuracy": float(value) - lost}).record)
        export(store, path, "jsonl")


def test_planted_losses_are_exit_code_three(project: WorkProject, tmp_path: Path) -> None:
    cora(tmp_path / "reference.jsonl", 0.0, 1)
    cora(tmp_path / "calm.jsonl", 0.0, 2)
    cora(tmp_path / "worse.jsonl", 0.03, 3)
    for points in (40, 20, 3):
        cora(tmp_path / f"constant-{points}.jsonl", points / 100, 1)

    def compared(name: str) -> tuple[int, str]:
        against = ("--against", str(tmp_path / "reference.jsonl"), "--from", str(tmp_path / name))
        done = project.bench("check", *against, "-t", "cora", "-c", "gat", "-c", "gcn", "-c", "sep-n")
        return done.returncode, done.stdout

    code, text = compared("calm.jsonl")
    assert code == 0, text
    code, text = compared("worse.jsonl")
    assert code == 3, text
    (lost,) = [line for line in text.splitlines() if "p (Holm)" in line]
    assert lost.split()[:3] == ["accuracy", "cora", "gat"]
    for points in (40, 20, 3):
        code, text = compared(f"constant-{points}.jsonl")
        assert code == 3, text
        assert f"−{points}.0 points" in text
        assert "the same loss in 10 paired seeds" in text


def test_twenty_calm_runs_pass(tmp_path: Path) -> None:
    """All values redrawn each time, through the whole gate but the command line."""
    cora(tmp_path / "reference.jsonl", 0.0, 1)
    reference = read_side(tmp_path / "reference.jsonl")
    members = [(catalog.task("cora"), name) for name in ("gcn", "gat", "sep-n")]
    codes = []
    for seed in range(20):
        cora(tmp_path / f"calm-{seed}.jsonl", 0.0, 100 + seed)
        changes = trial_changes(reference, read_side(tmp_path / f"calm-{seed}.jsonl"), members)
        codes.append(GateReport("reference", "standard", changes).exit_code)
    assert codes == [0] * 20


def test_trials_are_run_where_the_store_lacks_them(project: WorkProject) -> None:
    project.write(CLASSIFIER.format(error=0.0, crash=""))
    seeds = ("--seeds", "0-4", "-t", "toy-task", "--quiet")
    assert project.run(*seeds, "--store", "trials.sqlite").returncode == 0
    same = project.bench(
        "check", "--against", "trials.sqlite", "-q", "--store", "again.sqlite", "--suite", "toy", "-c", "counts"
    )
    assert "identical" not in same.stdout
    assert same.returncode == 4  # toy-other has no baseline
    assert "no baseline" in same.stdout
    project.write(CLASSIFIER.format(error=0.75, crash=""))
    worse = project.bench("check", "--against", "trials.sqlite", "-q", "--store", "again.sqlite", "-t", "toy-task")
    assert worse.returncode == 3, worse.stdout + worse.stderr
    assert "accuracy  toy-task  counts" in worse.stdout
    project.write(CLASSIFIER.format(error=0.0, crash="raise RuntimeError('broken')"))
    broken = project.bench("check", "--against", "trials.sqlite", "-q", "--store", "again.sqlite", "-t", "toy-task")
    assert broken.returncode == 3
    assert "RuntimeError: broken in 5 trials that the reference finished" in broken.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "give the NAME of a contender, task or protocol to check, or --against"),
        (("gcn", "--against", "base.sqlite"), 2, "give one of them"),
        (("gcn", "--format", "junit"), 2, "--format belongs to the gate: it needs --against"),
        (("--against", "nowhere"), 2, "does not exist"),
        (("--against", "base.sqlite", "--slowdown", "200%"), 2, "expected 1% to 100%"),
        (("--against", "base.sqlite", "--store", "base.sqlite"), 2, "compared with themselves"),
        (("--against", "base.sqlite", "--out", "gate.pdf"), 2, "ends with none of .txt, .md, .xml"),
        (("--against", "base.sqlite", "--suite", "grph"), 2, "did you mean 'graph'"),
        (("--against", "base.sqlite", "-t", "toy-wrok*"), 2, "unknown task 'toy-wrok*'"),
        (("--against", "base.sqlite", "--profile", "paper"), 4, "no baseline: base.sqlite has no records"),
    ],
)
def test_mistakes_are_explained(project: WorkProject, arguments: tuple[str, ...], code: int, message: str) -> None:
    done = project.bench("check", *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert message in " ".join(done.stderr.split())


FIRST_RUN_COMPILES = """
        compiled = context.cache / "compiled"
        if not compiled.exists():
            np.ones(200 << 17)
            compiled.touch()
"""


def test_memory_that_only_a_first_run_needs_is_no_growth(project: WorkProject) -> None:
    project.write(CLASSIFIER.format(error=0.0, crash=FIRST_RUN_COMPILES.strip()))
    run = ("-t", "toy-task", "--quiet", "--store")
    for store in ("first.sqlite", "second.sqlite"):
        assert project.run(*run, store).returncode == 0
    (compiled,) = project.folder.parent.rglob("compiled")
    compiled.unlink()
    check = ("check", "--against", "second.sqlite", "--store", "cold.sqlite", "-t", "toy-task")
    done = project.bench(*check)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 contender may need more memory: running a second time" in done.stderr
    compiled.unlink()
    project.write(CLASSIFIER.format(error=0.0, crash="np.ones(200 << 17)"))
    done = project.bench(*check)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "memory" in done.stdout
