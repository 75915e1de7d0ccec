"""Image classification through the real command: run, record, blindness, a bad contender."""

from pathlib import Path

import pytest

from tests.toy_project import ToyProject

CONTENDERS = '''
"""Logistic regression on pixels, and contenders that go wrong."""
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from harness.contract.contender import Settings
from harness.protocols.images.held_out_images import ImageClassifier
from harness.task import Extent, Suite, Task


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


class Logistic(ImageClassifier):
    streams = ()

    @classmethod
    def configurations(cls, profile):
        return (Penalty(1e-5), Penalty(1.0))

    def fit(self, train, valid, context):
        regression = LogisticRegression(C=self.settings.inverse, max_iter=300)
        return Fitted(regression.fit(train.flattened(), train.targets))


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
    Task(name, name, "image-classification", name, "accuracy", "seeds", {"smoke": Extent(folds=1, seeds=1)})
    for name in ("digits", "gratings-rgb")
)
NAMES = ("logistic", "narrow", "boastful")
SUITE = Suite("images", "Toy images", TASKS, {"image-classification": NAMES}, {"image-classification": "logistic"})
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    made = ToyProject(tmp_path_factory.mktemp("images") / "toy", "class Unused(Toy):\n    pass\n")
    module = "image_contenders"
    groups = {
        "bench.contenders.image_classification": {
            name: f"{module}:{name.capitalize()}" for name in ("logistic", "narrow", "boastful")
        },
        "bench.suites": {"images": f"{module}:SUITE"},
    }
    made.install(module, CONTENDERS, {}, groups)
    run = made.bench("run", "--suite", "images", "--profile", "smoke", "-q", "--jobs", "1")
    assert run.returncode == 1, run.stderr + run.stdout
    return made


def test_a_trial_leaves_metrics_and_what_the_model_told(project: ToyProject) -> None:
    record = project.record("logistic", "digits")
    assert record.done
    assert 0.9 < record.metrics["accuracy"] < 1
    assert record.metrics["worst_recall"] <= record.metrics["balanced_accuracy"]
    assert {f"recall_{c}" for c in range(10)} < set(record.metrics)
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
