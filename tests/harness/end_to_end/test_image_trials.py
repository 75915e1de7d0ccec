"""Trials on held-out images under a package's own protocol: run, record, blindness, a bad contender."""

import json
from pathlib import Path

import pytest

from tests.toy_project import ToyProject

FAMILY = '''
"""A family of a package, light to import: its protocol and the metrics that it scores."""
from harness.contract.class_metrics import CLASS_SCORES
from harness.contract.family import Family, ProtocolEntry
from harness.contract.metric import MetricSet

FAMILY = Family("toy-images", "Toy images", (
    ProtocolEntry("labelled-images", "Labelled images", "image_protocol:LabelledImages", MetricSet(CLASS_SCORES)),
))
'''

PROTOCOL = '''
"""The protocol: what the worker holds of the test images while a contender learns is written down."""
import json

from harness.contract.contender import Contender
from harness.contract.protocol import Capability
from harness.protocols.images.held_out_images import HeldOutImages


class ImageLearner(Contender):
    def fit(self, train, valid, context):
        raise NotImplementedError


class LabelledImages(HeldOutImages):
    name = "labelled-images"
    capabilities = (Capability("fit", "(train, valid, context) -> model", "learning from labelled images"),)

    def run(self, contender, inputs, view, reveal, context):
        names = {"view": sorted(view.arrays), "inputs": sorted(inputs.arrays)}
        events = []

        def watched():
            events.append("asked after fit" if getattr(contender, "fitted", 0) else "asked before fit")
            revealed = reveal()
            names["revealed"] = sorted(revealed.arrays)
            return revealed

        report = super().run(contender, inputs, view, watched, context)
        note = {**names, "events": events}
        (context.cache / f"shown-{context.trial.task}-{context.trial.contender}.json").write_text(json.dumps(note))
        return report

    def expected_format(self, data):
        return f"scores ({len(data.splits[0].test)}, {data.num_classes})"
'''

CONTENDERS = '''
"""Logistic regression on pixels, and contenders that go wrong."""
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from harness.contract.contender import Settings
from harness.task import Extent, Suite, Task
from image_protocol import ImageLearner


@dataclass(frozen=True)
class Penalty(Settings):
    """Inverse strength C of the squared penalty."""

    inverse: float


class Fitted:
    def __init__(self, regression):
        self.regression = regression
        self.num_parameters = regression.coef_.size + regression.intercept_.size
        self.facts = {"iterations": regression.n_iter_, "norm": float(np.linalg.norm(regression.coef_))}

    def predict(self, images):
        assert images.targets is None
        return self.regression.decision_function(images.flattened())


class Logistic(ImageLearner):
    streams = ()

    @classmethod
    def configurations(cls, profile):
        return (Penalty(1e-5), Penalty(1.0))

    def fit(self, train, valid, context):
        regression = LogisticRegression(C=self.settings.inverse, max_iter=300)
        model = Fitted(regression.fit(train.flattened(), train.targets))
        type(self).fitted = True
        return model


class Narrow(Logistic):
    def fit(self, train, valid, context):
        model = super().fit(train, valid, context)
        predict = model.predict
        model.predict = lambda images: predict(images)[:, :-1]
        return model


class Boastful(Logistic):
    def fit(self, train, valid, context):
        model = super().fit(train, valid, context)
        model.facts = {"network": object()}
        return model


TASKS = tuple(
    Task(name, name, "labelled-images", name, "accuracy", "seeds", {"smoke": Extent(folds=1, seeds=1)})
    for name in ("digits", "gratings-rgb")
)
NAMES = ("logistic", "narrow", "boastful")
SUITE = Suite("images", "Toy images", TASKS, {"labelled-images": NAMES}, {"labelled-images": "logistic"})
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    made = ToyProject(tmp_path_factory.mktemp("images") / "toy", "class Unused(Toy):\n    pass\n")
    module = "image_contenders"
    groups = {
        "bench.families": {"toy-images": "image_family:FAMILY"},
        "bench.contenders.labelled_images": {
            name: f"{module}:{name.capitalize()}" for name in ("logistic", "narrow", "boastful")
        },
        "bench.suites": {"images": f"{module}:SUITE"},
    }
    made.add("image_family.py", FAMILY)
    made.add("image_protocol.py", PROTOCOL)
    made.install(module, CONTENDERS, {}, groups)
    run = made.bench("run", "--suite", "images", "--profile", "smoke", "-q", "--jobs", "1")
    assert run.returncode == 1, run.stderr + run.stdout
    return made


@pytest.mark.parametrize("task", ["digits", "gratings-rgb"])
def test_test_images_arrive_after_fit_and_their_targets_never(project: ToyProject, task: str) -> None:
    (note,) = (project.folder / "cache").rglob(f"shown-{task}-logistic.json")
    assert json.loads(note.read_text()) == {
        "inputs": [],
        "view": ["train_images", "train_targets", "valid_images", "valid_targets"],
        "revealed": ["test_images"],
        "events": ["asked after fit"],
    }


def test_a_trial_leaves_metrics_and_what_the_model_reported(project: ToyProject) -> None:
    record = project.record("logistic", "digits")
    assert record.done
    assert 0.9 < record.metrics["accuracy"] < 1
    assert set(record.metrics) == {"accuracy", "nll"}
    assert 0 < record.metrics["nll"] < 1
    assert record.facts["settings"] == {"inverse": 1.0}, "the stronger penalty loses on validation"
    assert record.facts["configurations_tried"] == 2
    assert record.facts["parameters"] == 650
    assert record.facts["model"]["norm"] > 0


def test_colour_images_travel_and_a_linear_model_stays_near_chance(project: ToyProject) -> None:
    record = project.record("logistic", "gratings-rgb")
    assert record.done
    assert record.facts["parameters"] == 4 * (32 * 32 * 3 + 1)
    assert record.metrics["accuracy"] < 0.5


@pytest.mark.parametrize("task", ["digits", "gratings-rgb"])
@pytest.mark.parametrize(
    ("contender", "message"),
    [("narrow", "class scores must be a numeric array of shape"), ("boastful", "model.facts['network'] must be")],
)
def test_bad_contenders_fail_alone(project: ToyProject, task: str, contender: str, message: str) -> None:
    record = project.record(contender, task)
    assert record.failure is not None
    assert record.failure.kind == "BadPrediction"
    assert message in record.failure.message


def test_the_blind_check_works(project: ToyProject) -> None:
    result = project.bench("check", "logistic", "--blind", "-t", "digits")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "withheld targets permuted: identical predictions" in result.stdout


def test_its_table_is_made(project: ToyProject, tmp_path: Path) -> None:
    tables = project.bench("leaderboard", "--suite", "images", "--profile", "smoke", "--out", str(tmp_path))
    assert tables.returncode == 0, tables.stderr
    written = "".join(file.read_text() for file in tmp_path.rglob("*.md"))
    assert "logistic" in written
    assert "digits" in written
