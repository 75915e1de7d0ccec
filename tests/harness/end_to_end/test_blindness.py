"""No contender can see a test target, and a check that can fail says so."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from harness import catalog
from harness.contract.roster import ContenderEntry
from harness.contract_check import agree, try_trial
from harness.data.access import DataAccess
from harness.data.datasets import open_dataset
from harness.executors.confinement import available
from harness.executors.job import Outcome
from harness.families import protocol_entries, protocol_entry
from harness.protocols.graphs.node_classification import MASKED, NodeClassification
from harness.seeds import stream
from harness.store import RunStore
from harness.views import Views
from tests.small_graphs import view_of
from tests.toy_project import ToyProject

SPY = '''
import gc, io, json
from pathlib import Path


def arrays_within_reach():
    """Every array that frames, modules or the garbage collector lead to."""
    found, seen, pending = {}, set(), list(gc.get_objects())
    for frame in sys._current_frames().values():
        while frame is not None:
            pending += [frame.f_locals, frame.f_globals]
            frame = frame.f_back
    while pending:
        item = pending.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, np.ndarray):
            if item.dtype.kind in "iub" and 1 < item.size < 1000:
                found[item.astype(np.int64).tobytes()] = item.reshape(-1).tolist()
        else:
            pending += gc.get_referents(item)
    return list(found.values())


def attempt(action):
    try:
        return repr(action())[:300]
    except Exception as error:
        return type(error).__name__


def read(path):
    """Any file below `path`, or the content of it."""
    if os.path.isdir(path):
        return [read(os.path.join(path, name)) for name in os.listdir(path)]
    with open(path, "rb") as file:
        return file.read(100)


def memory(pid):
    """The first bytes of another process's memory, through its map."""
    start = int(open(f"/proc/{pid}/maps").readline().partition("-")[0], 16)
    with open(f"/proc/{pid}/mem", "rb") as file:
        file.seek(start)
        return file.read(16)


def parent(pid):
    return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])


def caller(name):
    frame = sys._getframe()
    while name not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals[name]


def search(context, when):
    order = caller("order")
    view = Path(order.view)
    other = view.with_name(f"view-mutag-{1 - context.trial.fold}")
    server, harness = os.getppid(), parent(os.getppid())
    hidden = json.loads((context.cache / "hidden.json").read_text())
    report = {
        "arrays": arrays_within_reach(),
        "environment": dict(os.environ),
        "hidden": {path: attempt(lambda: read(path)) for path in [*hidden, *order.hidden]},
        "write": {path: attempt(lambda: open(os.path.join(path, "x"), "w")) for path in hidden},
        "views": attempt(lambda: os.listdir(view.parent)),
        "other fold": attempt(lambda: np.load(other / "train_targets.npy")),
        "memory": [attempt(lambda: memory(pid)) for pid in (server, harness)],
        "descriptors": [
            attempt(lambda: open(f"/proc/{pid}/fd/{descriptor}", "rb").read(10))
            for pid in (server, harness)
            for descriptor in os.listdir(f"/proc/{pid}/fd")
        ],
        "own view": attempt(lambda: np.load(view / "train_targets.npy")),
    }
    (context.cache / f"{when}-{context.trial.fold}.json").write_text(json.dumps(report))


class Spy(Toy):
    def fit(self, train, valid, context):
        search(context, "fit")
        model = Constant(train.num_classes)
        calls = []

        def predict(graphs):
            calls.append(graphs)
            if len(calls) == 2:
                search(context, "predict")
            return Constant.predict(model, graphs)

        model.predict = predict
        return model


class Honest(Toy):
    def fit(self, train, valid, context):
        weights = context.stream("init").normal(size=2)
        model = Constant(train.num_classes)
        model.predict = lambda graphs: np.outer(graphs.index % 7, weights)
        return model


class Forgetful(Toy):
    def fit(self, train, valid, context):
        model = Constant(train.num_classes)
        model.predict = lambda graphs: np.random.default_rng().normal(size=(len(graphs), 2))
        return model
'''


def write_molecules(root: Path, targets: np.ndarray) -> None:
    """Write a data set in the TU format that has MUTAG's name and size, and classes that nobody can guess."""
    folder = root / "tudataset" / "MUTAG" / "raw"
    folder.mkdir(parents=True)
    nodes = 3 * np.arange(len(targets))[:, None] + 1
    path = np.concatenate([nodes + np.array(edge) for edge in ((0, 1), (1, 0), (1, 2), (2, 1))])
    (folder / "MUTAG_A.txt").write_text("".join(f"{a}, {b}\n" for a, b in path[np.lexsort(path.T[::-1])]))
    (folder / "MUTAG_graph_indicator.txt").write_text("".join(f"{g + 1}\n" * 3 for g in range(len(targets))))
    (folder / "MUTAG_graph_labels.txt").write_text("".join(f"{2 * t - 1}\n" for t in targets))


class Espionage:
    """Two folds of a real data set's task, run by a contender that searches everywhere."""

    def __init__(self, folder: Path) -> None:
        root = folder / "raw data"
        write_molecules(root, stream("secret").permutation(np.repeat([0, 1], [63, 125])))
        self.project = ToyProject(folder / "toy", SPY)
        cache = self.project.folder / "cache"
        store = folder / "store" / "runs.sqlite"
        (cache / "derived").mkdir(parents=True)
        (cache / "data").mkdir()
        store.parent.mkdir()
        self.hidden = [str(root), str(cache / "data"), str(store.parent)]
        (cache / "derived" / "hidden.json").write_text(json.dumps(self.hidden))
        selection = ("-s", "graph", "-t", "mutag", "-c", "spy", "--folds", "0-1", "--jobs", "1")
        run = self.project.bench("run", *selection, "-q", "--data-root", str(root), "--store", str(store))
        assert run.returncode == 0, run.stderr
        self.data = open_dataset("tu/MUTAG", DataAccess(root, cache, offline=True))
        with RunStore.open(store, readonly=True) as opened:
            self.records = [entry.record for entry in opened.entries()]
        self.reports = {
            (when, fold): json.loads((cache / "derived" / f"{when}-{fold}.json").read_text())
            for when in ("fit", "predict")
            for fold in (0, 1)
        }


@pytest.fixture(scope="module")
def espionage(tmp_path_factory: pytest.TempPathFactory) -> Espionage:
    return Espionage(tmp_path_factory.mktemp("espionage"))


WHEN = [(when, fold) for when in ("fit", "predict") for fold in (0, 1)]
needs_landlock = pytest.mark.skipif(not available(), reason="this kernel has no Landlock")


@pytest.mark.parametrize("when", WHEN)
def test_no_array_in_reach_holds_test_targets(espionage: Espionage, when: tuple[str, int]) -> None:
    targets, split = espionage.data.targets, espionage.data.splits[when[1]]
    arrays = espionage.reports[when]["arrays"]
    assert targets[split.train].tolist() in arrays, "the search must find what is there"
    assert targets[split.valid].tolist() in arrays
    secret = targets[split.test]
    for found in arrays:
        values = np.array(found)
        assert not np.array_equal(values, secret)
        if len(values) == len(targets):
            assert not np.array_equal(values[split.test], secret)


@pytest.mark.parametrize("when", WHEN)
def test_the_environment_names_no_hidden_folder(espionage: Espionage, when: tuple[str, int]) -> None:
    environment = espionage.reports[when]["environment"]
    assert not [name for name in environment if name.startswith("BENCH_")]
    assert not [n for n, v in environment.items() for path in espionage.hidden if path in v]


@needs_landlock
@pytest.mark.parametrize("when", WHEN)
def test_hidden_folders_and_processes_are_out_of_reach(espionage: Espionage, when: tuple[str, int]) -> None:
    report = espionage.reports[when]
    assert set(report["hidden"]) >= set(espionage.hidden)
    assert set(report["hidden"].values()) == {"PermissionError"}
    assert set(report["write"].values()) == {"PermissionError"}
    assert len(report["write"]) == 3
    assert report["views"] == "PermissionError"
    assert report["other fold"] == "PermissionError", "another fold trains on this fold's test graphs"
    assert set(report["memory"]) == {"PermissionError"}
    assert len(report["descriptors"]) > 6
    assert set(report["descriptors"]) == {"PermissionError"}
    assert report["own view"].startswith("array(")


@needs_landlock
def test_records_say_that_the_kernel_confined_the_worker(espionage: Espionage) -> None:
    assert espionage.records
    assert all(record.resources.confined for record in espionage.records)


def test_a_data_root_inside_a_readable_folder_is_not_called_confined(tmp_path: Path) -> None:
    project = ToyProject(tmp_path / "toy", "class Honest(Toy):\n    pass\n")
    run = project.run("-q", "-t", "toy-task", "--store", str(project.packages / "runs.sqlite"))
    assert run.returncode == 0, run.stderr
    with RunStore.open(project.packages / "runs.sqlite", readonly=True) as store:
        assert [entry.record.resources.confined for entry in store.entries()] == [False]


def test_targets_of_test_nodes_are_masked_in_the_view_itself() -> None:
    data = open_dataset("karate", DataAccess(None, Path("unused")))
    for split in data.splits:
        protocol = NodeClassification()
        view = protocol.view(data, split)
        hidden = np.ones(data.graph.num_nodes, dtype=bool)
        hidden[np.concatenate([split.train, split.valid])] = False
        assert hidden[split.test].all()
        parts = ("train", "valid")
        assert set(view.arrays) == {f"{part}_{name}" for part in parts for name in ("nodes", "targets")}
        for part in parts:
            assert np.array_equal(view[f"{part}_nodes"], getattr(split, part))
            assert np.array_equal(view[f"{part}_targets"], data.targets[getattr(split, part)])
        assert set(protocol.reveal(data, split).arrays) == {"test_nodes"}
        assert not [name for name in protocol.inputs(data).arrays if "target" in name]
        seen = view_of(data, split)
        assert (seen.targets[hidden] == MASKED).all()
        assert (seen.targets[~hidden] == data.targets[~hidden]).all()


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    return ToyProject(tmp_path_factory.mktemp("check") / "toy", SPY)


def test_an_honest_contender_passes_every_check(checked: ToyProject) -> None:
    result = checked.bench("check", "honest", "-t", "toy-task")
    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["ok"] * 4
    assert "meets graph-classification; 1 configuration(s)" in lines[0]
    assert "same seeds: identical predictions" in lines[2]
    assert "withheld targets permuted: identical predictions" in lines[3]
    blind = checked.bench("check", "honest", "--blind")
    assert blind.returncode == 0
    assert blind.stdout.count("\n") == 1
    assert "withheld targets permuted: identical predictions" in blind.stdout


def test_a_contender_that_does_not_repeat_fails(checked: ToyProject) -> None:
    result = checked.bench("check", "forgetful", "-t", "toy-task")
    assert result.returncode == 1
    assert "FAILED: toy-task: repeated with the same seeds: predictions differ in scores" in result.stdout


LEAK = """
import numpy as np
from harness.payload import Payload
from harness.protocols.graphs.graph_classification import GraphClassification, GraphClassifier

TARGETS = []


class Leaky(GraphClassification):
    def view(self, data, split):
        return Payload({**super().view(data, split).arrays, "everything": data.targets})

    def run(self, contender, inputs, view, reveal, context):
        TARGETS.append(view["everything"])
        return super().run(contender, inputs, view, reveal, context)


class Model:
    def __init__(self, targets):
        self.targets = targets

    def predict(self, graphs):
        return np.eye(2)[self.targets[graphs.index]]


class Cheat(GraphClassifier):
    @classmethod
    def configurations(cls, profile):
        return ({},)

    def fit(self, train, valid, context):
        return Model(TARGETS[-1])


class Blind(Cheat):
    def fit(self, train, valid, context):
        return Model(np.zeros(len(train.collection), dtype=int))
"""


@pytest.fixture
def leaky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataAccess:
    """A protocol that hands out all targets, planted in this process and its workers."""
    (tmp_path / "leaky_protocol.py").write_text(LEAK)
    monkeypatch.syspath_prepend(str(tmp_path))
    ours, known = protocol_entry("graph-classification"), protocol_entries()
    assert isinstance(known, dict)
    monkeypatch.setitem(known, ours.name, replace(ours, target="leaky_protocol:Leaky"))
    for name in ("Cheat", "Blind"):
        entry = ContenderEntry(name.lower(), "graph-classification", "plug-in", "", f"leaky_protocol:{name}")
        monkeypatch.setitem(catalog.contenders(), name.lower(), entry)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BENCH_DATA", raising=False)
    return DataAccess(None, tmp_path / "cache", offline=True)


def test_a_cheat_on_a_leak_fails_the_check(leaky: DataAccess) -> None:
    from harness.commands.check import command

    result = CliRunner().invoke(command, ["cheat", "--blind", "-t", "rings-small"], standalone_mode=False)
    assert result.exception is None
    assert result.return_value == 1
    assert "FAILED: rings-small: repeated with the withheld targets permuted: predictions differ in scores" in (
        result.output
    )
    result = CliRunner().invoke(command, ["blind", "--blind", "-t", "rings-small"], standalone_mode=False)
    assert result.return_value == 0, result.output


def test_a_cheat_is_perfect_until_the_targets_are_permuted(leaky: DataAccess, tmp_path: Path) -> None:
    task = catalog.task("rings-small")
    outcomes = [try_trial("cheat", task, "smoke", leaky, permute_withheld=permute) for permute in (False, True)]
    truth = Views(leaky, tmp_path / "views")
    accuracies = []
    for outcome in outcomes:
        assert outcome.report is not None, outcome.failure
        accuracies.append(truth.score(task, outcome.job.trial, outcome.report)["accuracy"])
    assert accuracies[0] == 1.0
    assert accuracies[1] < 1.0
    assert agree(*outcomes) == (False, "predictions differ in scores")
    assert agree(outcomes[0], outcomes[0]) == (True, "identical predictions")


def test_permuting_changes_withheld_targets_and_nothing_else(tmp_path: Path) -> None:
    access = DataAccess(None, tmp_path, offline=True)
    for name in ("rings-of-cliques", "karate"):
        data = open_dataset(name, access)
        protocol = catalog.protocol("graph-classification" if name.startswith("rings") else "node-classification")
        split = data.splits[0]
        changed = protocol.permute_withheld(data, split, stream("blind", "a task", 0))
        differs = np.flatnonzero(changed.targets != data.targets)
        assert len(differs) > 0
        assert set(differs) <= set(split.test)
        assert sorted(changed.targets[split.test]) == sorted(data.targets[split.test])
        assert protocol.view(changed, split).digest() == protocol.view(data, split).digest()
        assert protocol.inputs(changed).digest() == protocol.inputs(data).digest()
        assert protocol.reveal(changed, split).digest() == protocol.reveal(data, split).digest()


def test_agreement_covers_names_types_and_shapes(leaky: DataAccess) -> None:
    base: Outcome = try_trial("blind", catalog.task("rings-small"), "smoke", leaky)
    assert base.report is not None
    report, scores = base.report, base.report["scores"]

    def with_arrays(**arrays: np.ndarray) -> Outcome:
        return replace(base, report=replace(report, predictions=arrays))

    assert agree(base, with_arrays(scores=scores.copy()))[0]
    assert not agree(base, with_arrays(scores=scores.reshape(-1)))[0]
    assert not agree(base, with_arrays(scores=scores.view(np.int64)))[0]
    assert not agree(base, with_arrays(scores=scores, more=scores))[0]
    assert not agree(base, with_arrays())[0]
