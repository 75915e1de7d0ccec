"""Views: what the parent cuts for workers, and scoring against what only it holds."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness import catalog
from harness.contract.options import build_options
from harness.contract.protocol import Protocol
from harness.data.access import DataAccess
from harness.errors import BadPrediction, BenchError, MissingFold
from harness.executors.job import TrialLimits
from harness.payload import Payload
from harness.protocols.pruning.options import PruningOptions
from harness.trial import Trial
from harness.views import Views
from tests.reports import report_of

TASKS = {"rings-small": "scores", "karate": "scores", "ring-small": "coordinates"}


@pytest.fixture
def views(tmp_path: Path) -> Views:
    return Views(DataAccess(None, tmp_path / "cache", offline=True), tmp_path / "views")


def truth(views: Views, name: str) -> np.ndarray:
    data = views.data(catalog.task(name))
    if name == "ring-small":
        return data.coordinates
    return np.eye(data.num_classes)[data.targets[data.splits[0].test]]


@pytest.mark.parametrize("name", TASKS)
def test_perfect_predictions_score_perfectly(views: Views, name: str) -> None:
    task = catalog.task(name)
    metrics = views.score(task, Trial(name, "c"), report_of({TASKS[name]: truth(views, name)}))
    assert next(iter(metrics)) == task.metric
    assert metrics[task.metric] == (0.0 if name == "ring-small" else 1.0)
    assert all(type(value) is float for value in metrics.values())


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("fault", ["missing", "shape", "nan", "type"])
def test_faulty_predictions_are_named(views: Views, name: str, fault: str) -> None:
    right = truth(views, name)
    faulty = {
        "missing": {},
        "shape": {TASKS[name]: right[1:]},
        "nan": {TASKS[name]: np.full(right.shape, np.nan)},
        "type": {TASKS[name]: right.astype(str)},
    }[fault]
    with pytest.raises(BadPrediction, match="finite" if fault == "nan" else "expected|must be a numeric array"):
        views.score(catalog.task(name), Trial(name, "c"), report_of(faulty))


def test_errors_are_mean_squares(views: Views) -> None:
    moved = truth(views, "ring-small") + np.array([3.0, 0.0], dtype=np.float32)
    metrics = views.score(catalog.task("ring-small"), Trial("ring-small", "c"), report_of({"coordinates": moved}))
    assert metrics["mse"] == pytest.approx(4.5, rel=1e-6)


def test_the_peek_at_the_test_set_is_the_best_epoch(views: Views) -> None:
    right = truth(views, "karate")
    classes = right.argmax(axis=1)
    wrong = (classes + 1) % right.shape[1]
    report = report_of({"scores": np.roll(right, 1, axis=1), "epoch_classes": np.stack([wrong, classes, wrong])})
    metrics = views.score(catalog.task("karate"), Trial("karate", "c"), report)
    assert metrics["accuracy"] == 0.0
    assert metrics["test_peek_max"] == 1.0


def test_a_view_is_written_once_and_holds_its_fold_only(views: Views) -> None:
    task, trials = catalog.task("rings"), [Trial("rings", "c", fold) for fold in (0, 1)]
    folders = [views.view(task, trial) for trial in trials]
    assert folders[0] != folders[1]
    stamps = [folder.stat().st_mtime_ns for folder in folders]
    assert [views.view(task, trial) for trial in trials] == folders
    assert [folder.stat().st_mtime_ns for folder in folders] == stamps
    assert views.inputs(task) == views.inputs(task)
    data = views.data(task)
    for trial, folder in zip(trials, folders, strict=True):
        view, split = Payload.load(folder), data.splits[trial.fold]
        assert set(view.arrays) == {"train_index", "valid_index", "train_targets", "valid_targets"}
        assert np.array_equal(view["train_targets"], data.targets[split.train])
        assert np.array_equal(view["valid_targets"], data.targets[split.valid])
        assert not set(split.test) & {*view["train_index"], *view["valid_index"]}
        assert views.reveal(task, trial).arrays.keys() == {"test_index"}


def test_a_fold_that_the_data_set_lacks(views: Views) -> None:
    with pytest.raises(MissingFold, match=r"'rings' asks for 11 folds, and data set 'rings-of-cliques-200' has 10"):
        views.view(catalog.task("rings"), Trial("rings", "c", 10))


def test_a_folder_that_cannot_be_written(views: Views, tmp_path: Path) -> None:
    (tmp_path / "views").write_text("in the way")
    with pytest.raises(BenchError, match=r"cannot write .*TMPDIR"):
        views.inputs(catalog.task("karate"))


@pytest.mark.parametrize("name", TASKS)
def test_the_expected_format_names_shapes_and_sight(views: Views, name: str) -> None:
    protocol: Protocol = views.protocol(catalog.task(name))
    text = protocol.expected_format(views.data(catalog.task(name)))
    assert f"seen while fitting: {protocol.sees}" in text
    assert str(truth(views, name).shape[0]) in text
    assert "->" in text


def test_options_reach_the_worker_and_make_another_identity(views: Views) -> None:
    trial = Trial("karate", "sep-n")
    assert views.job(0, catalog.task("karate"), trial, TrialLimits(1.0, 1)).options == {}
    given = {"hidden": (8, 8), "rate": 0.1, "rounds": [1, 2]}
    tuned = replace(catalog.task("tickets-digits"), options=given)
    options = views.job(0, tuned, Trial(tuned.name, "imp"), TrialLimits(1.0, 1)).options
    assert options == {"rounds": (1, 2), "hidden": (8, 8), "rate": 0.1}
    built = build_options(PruningOptions, json.loads(json.dumps(options)), "a worker")
    assert (built.hidden, built.rate, built.rounds) == ((8, 8), 0.1, (1, 2)), "after the way to the worker"
    plain = replace(tuned, options={})
    assert plain.fingerprint("data") == "data"
    reordered = replace(tuned, options={"rounds": (1, 2), "rate": 0.1, "hidden": [8, 8]})
    assert reordered.fingerprint("data") == tuned.fingerprint("data") != plain.fingerprint("data")
    assert tuned.fingerprint("data") != tuned.fingerprint("other")
    assert replace(tuned, options={**given, "hidden": (8, 9)}).fingerprint("data") != tuned.fingerprint("data")
    default = replace(tuned, options={**given, "momentum": 0.9})
    assert default.fingerprint("data") == tuned.fingerprint("data"), "a default that is written out changes nothing"
