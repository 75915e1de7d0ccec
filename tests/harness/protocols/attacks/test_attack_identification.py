"""The protocol of attack identification: what is seen, how it is scored, and every contender of suite `robust`."""

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from harness import catalog
from harness.contract.context import Context
from harness.contract.report import Report
from harness.errors import BadPrediction
from harness.payload import Payload
from harness.protocols.attacks.arrays import AttackedDataset
from harness.protocols.attacks.attack_identification import AttackIdentification
from harness.protocols.attacks.metrics import METRICS
from harness.protocols.attacks.signals import TestGroups as Groups
from harness.protocols.attacks.signals import shuffled_signals, validation_of
from harness.trial import Trial
from tests.harness.protocols.attacks.striped_images import attacked_stripes
from tests.reports import report_of

PROTOCOL = AttackIdentification()
NAMES = catalog.suite("robust").contenders["attack-identification"]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """As in a worker: tiny products on several threads mostly wait."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data() -> AttackedDataset:
    return attacked_stripes()


def score(data: AttackedDataset, fold: int, report: Report) -> dict[str, float]:
    """Score a report; every metric is declared."""
    metrics = PROTOCOL.score(data, data.splits[fold], "accuracy", report)
    METRICS.check(metrics, PROTOCOL.name)
    return metrics


def truth(data: AttackedDataset, fold: int) -> tuple[np.ndarray, np.ndarray]:
    """Return class and family of each shuffled signal; 0 for what no family made."""
    groups = Groups.of(data, fold)
    labels = data.folds[fold]["test_labels"][groups.images]
    families = np.array([0, 0, 1, 2, 0, 1, 2, 0])[groups.groups]
    return labels, families


def test_a_model_that_knows_all_is_right_everywhere(data: AttackedDataset) -> None:
    labels, families = truth(data, 1)
    secondary = Groups.of(data, 1).secondary(3)
    assert len(secondary) == 3 * 5
    perfectly = {"labels": labels, "attacks": families}
    elsewhere = {f"other_{name}": array[secondary] for name, array in perfectly.items()}
    metrics = score(data, 1, report_of(perfectly | elsewhere))
    assert next(iter(metrics)) == "accuracy"
    perfect = [name for name in metrics if name.startswith(("accuracy", "attack_accuracy", "attack_recall"))]
    assert len(perfect) == 17
    assert {metrics[name] for name in perfect} == {1.0}
    assert metrics["attacks_l1_as_l1"] == 1
    assert metrics["attacks_l1_as_l2"] == 0
    assert metrics["ms_per_signal"] == pytest.approx(1e3 * 0.5 / (4 * 9 + 4 * 5))


def test_each_group_has_its_own_metric(data: AttackedDataset) -> None:
    labels, families = truth(data, 0)
    groups = Groups.of(data, 0)
    wrong = labels.copy()
    wrong[groups.groups == 2] = (labels[groups.groups == 2] + 1) % 3  # every l2 signal
    names = families.copy()
    names[groups.groups == 1] = 2  # every l1 attack predicted as linf
    energy = np.where(groups.groups == 0, 0.25, 0.5)
    gap = np.where(groups.groups == 3, 1e-4, np.nan)
    metrics = score(data, 0, report_of({"labels": wrong, "attacks": names, "attack_energy": energy, "gap": gap}))
    assert metrics["accuracy"] == pytest.approx(2 / 3)
    assert (metrics["accuracy_l1"], metrics["accuracy_l2"], metrics["accuracy_clean"]) == (1, 0, 1)
    assert metrics["accuracy_held_out_eps"] == 1
    assert metrics["attack_accuracy"] == pytest.approx(2 / 3)
    assert (metrics["attacks_l1_as_linf"], metrics["attack_recall_l1"]) == (1, 0)
    assert (metrics["clean_attack_energy"], metrics["attack_energy"], metrics["gap"]) == (0.25, 0.5, 1e-4)
    assert "accuracy_other_network" not in metrics
    assert "white_box_accuracy" not in metrics


def test_signals_are_shuffled_clean_ones_among_them(data: AttackedDataset) -> None:
    groups, fold = Groups.of(data, 0), data.folds[0]
    signals = shuffled_signals(data, 0, groups)
    assert (np.diff(groups.groups) < 0).any()
    back = groups.by_name(signals)
    np.testing.assert_array_equal(back["clean"], fold["test_images"])
    np.testing.assert_allclose(back["linf"], fold["test_images"] + fold["test_changes"][2])
    np.testing.assert_allclose(back["held_out_l1"], fold["test_images"][:5] + fold["test_changes_held_out"][0])
    assert not np.array_equal(groups.order, Groups.of(data, 1).order)


def test_fit_sees_nothing_of_the_test_part(data: AttackedDataset) -> None:
    view, inputs = PROTOCOL.view(data, data.splits[0]), PROTOCOL.inputs(data)
    assert not [name for name in {**view.arrays, **inputs.arrays} if name.startswith("test")]
    seen = {row.tobytes() for name in ("valid_images", "dictionary_images") for row in view[name]}
    assert not seen & {row.tobytes() for row in data.folds[0]["test_images"]}
    assert "success" not in view.facts
    assert json.loads(json.dumps(dict(view.facts))) == view.facts
    valid = validation_of(view)
    assert valid.attacked.sum() == 18
    assert set(valid.attacks.tolist()) == {-1, 0, 1, 2}


def test_the_order_of_signals_does_not_depend_on_labels(data: AttackedDataset) -> None:
    permuted = PROTOCOL.permute_withheld(data, data.splits[0], np.random.default_rng(0))
    assert not np.array_equal(permuted.folds[0]["test_labels"], data.folds[0]["test_labels"])
    before, after = (PROTOCOL.reveal(d, d.splits[0]) for d in (data, permuted))
    np.testing.assert_array_equal(before["signals"], after["signals"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": np.zeros(3, int)}, "labels must be 56 whole numbers"),
        ({"labels": np.zeros(56)}, "labels must be 56 whole numbers, got float64"),
        ({"labels": np.full(56, 3)}, r"labels must lie in 0\.\.2"),
        ({"attacks": np.full(56, -1)}, r"attacks must lie in 0\.\.2"),
        ({"attack_energy": np.full(56, np.nan)}, "attack_energy must be finite"),
        ({"gap": np.full(56, -1.0)}, "gap must be finite"),
        ({"other_labels": np.zeros(2, int)}, "other_labels must be 15"),
    ],
)
def test_bad_predictions_are_named(data: AttackedDataset, change: dict, message: str) -> None:  # type: ignore[type-arg]
    arrays = {"labels": np.zeros(56, int), **change}
    with pytest.raises(BadPrediction, match=message):
        score(data, 0, report_of(arrays))
    with pytest.raises(BadPrediction, match="labels must be"):
        score(data, 0, report_of())


def test_a_cost_cannot_take_the_place_of_the_score(data: AttackedDataset) -> None:
    labels, _ = truth(data, 0)
    measured = {"white_box_accuracy_l1": 0.25, "white_box_accuracy_l2": 0.75}
    honest = report_of({"labels": labels}, measured=measured)
    assert score(data, 0, honest)["white_box_accuracy"] == 0.5
    for name in ("accuracy", "white_box_accuracy", "accuracy_l1"):
        message = f"expected measured costs named white_box_accuracy_\\*, got '{name}'"
        with pytest.raises(BadPrediction, match=message):
            score(data, 0, replace(honest, measured={**measured, name: 1.0}))


def run(data: AttackedDataset, name: str, fold: int = 0) -> Report:
    contender = catalog.contender_class(name)
    trial = Trial("attacks-stripes", name, fold, profile="smoke")
    context = Context(trial, streams=contender.streams)
    split = data.splits[fold]
    return PROTOCOL.run(
        contender, PROTOCOL.inputs(data), PROTOCOL.view(data, split), lambda: PROTOCOL.reveal(data, split), context
    )


@pytest.fixture(scope="module")
def few() -> AttackedDataset:
    return attacked_stripes(folds=1, valid=3, test=4, secondary=1)


@pytest.mark.parametrize("name", NAMES)
def test_every_contender_runs(few: AttackedDataset, name: str) -> None:
    data = few
    first = run(data, name)
    metrics = score(data, 0, first)
    assert all(np.isfinite(value) for value in metrics.values())
    assert (
        name.startswith("adversarial") or metrics["accuracy_clean"] >= 0.5
    )  # trained for seconds within wide balls
    returned = Report.from_payload(Payload(first.predictions, json.loads(json.dumps(first.payload().facts))))
    assert score(data, 0, returned) == metrics
    tells = name.startswith("sbsc") or name == "norm-ratio-detector"
    assert ("attack_accuracy" in metrics) == tells
    assert ("accuracy_other_network" in metrics) == name.startswith("sbsc")
    networks = name == "undefended" or name.startswith("adversarial")
    assert ("white_box_accuracy" in metrics) == networks
    if networks:
        assert metrics["white_box_accuracy"] <= metrics["accuracy_clean"]
        assert first.measured.keys() == {f"white_box_accuracy_{family}" for family in ("l1", "l2", "linf")}


@pytest.mark.parametrize("name", ["sbsc", "sbsc-irls3", "norm-ratio-detector", "undefended", "adversarial-msd"])
def test_contenders_repeat_to_the_bit_and_are_blind(few: AttackedDataset, name: str) -> None:
    first = run(few, name)
    blind = run(PROTOCOL.permute_withheld(few, few.splits[0], np.random.default_rng(1)), name)
    assert first.predictions.keys() == blind.predictions.keys()
    for array in first.predictions:
        np.testing.assert_array_equal(first[array], blind[array])


def test_the_dictionary_of_another_network_is_used_for_its_column(data: AttackedDataset) -> None:
    swapped = Payload(
        {**data.folds[0].arrays, "other_changes": data.folds[0]["dictionary_changes"]}, data.folds[0].facts
    )
    same = replace(data, folds=(swapped, data.folds[1]))
    out = run(same, "sbsc")
    secondary = Groups.of(same, 0).secondary(3)
    np.testing.assert_array_equal(out["other_labels"], out["labels"][secondary])
    np.testing.assert_array_equal(out["other_attacks"], out["attacks"][secondary])
