"""The same trial gives the same metrics and predictions, to the bit, alone or beside others."""

from pathlib import Path

import pytest

from harness.store import RunStore
from tests.toy_project import ToyProject

SOURCE = """
class Random(Toy):
    def fit(self, train, valid, context):
        model = Constant(train.num_classes)
        weights = context.stream("init").normal(size=(40, 2))
        context.log(0, loss=float(context.stream("batches").random()))
        model.predict = lambda graphs: weights[graphs.index] * context.stream("dropout").random()
        return model


class HashOrder(Toy):
    def fit(self, train, valid, context):
        model = Constant(train.num_classes)
        order = [int(name) for name in {str(number) for number in range(40)}]
        model.predict = lambda graphs: np.stack([np.array(order)[graphs.index], graphs.index], axis=1) / 40
        return model

"""


def results(path: Path) -> dict[str, tuple[object, bytes, object]]:
    """Return metrics, bytes of the predictions and curve of every record by key."""
    with RunStore.open(path, readonly=True) as store:
        return {
            e.record.key: (
                dict(e.record.metrics),
                store.predictions(e.record.key)["scores"].tobytes(),
                e.record.curve,
            )
            for e in store.entries()
        }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    return ToyProject(tmp_path_factory.mktemp("determinism") / "toy", SOURCE)


def run_twice(project: ToyProject, name: str, *selection: str) -> list[dict[str, tuple[object, bytes, object]]]:
    found = []
    for jobs in ("1", "2"):
        path = project.folder / f"{name}-{jobs}.sqlite"
        run = project.bench("run", "-p", "smoke", "-q", *selection, "--jobs", jobs, "--store", str(path))
        assert run.returncode == 0, run.stderr
        found.append(results(path))
    return found


def test_serial_and_parallel_runs_agree_to_the_bit(project: ToyProject) -> None:
    serial, parallel = run_twice(project, "toy", "-s", "toy", "--seeds", "0-3")
    assert len(serial) == 2 * 2 * 4
    assert serial == parallel


def test_seeds_and_tasks_draw_different_numbers(project: ToyProject) -> None:
    path = project.folder / "toy-1.sqlite"
    assert path.exists(), "made by the test before"
    with RunStore.open(path, readonly=True) as store:
        keys = [e.record.key for e in store.entries() if e.record.trial.contender == "random"]
        assert len({store.predictions(key)["scores"].tobytes() for key in keys}) == len(keys) == 8


def test_training_with_torch_agrees_to_the_bit(project: ToyProject) -> None:
    serial, parallel = run_twice(
        project, "torch", "-s", "graph", "-t", "rings-small", "-c", "gcn-sum", "--seeds", "0-1"
    )
    assert len(serial) == 2
    assert serial == parallel
    assert len({predictions for _, predictions, _ in serial.values()}) == 2, "another seed, another training"
