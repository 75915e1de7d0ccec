"""Attacked images as arrays: what fits together, other test labels, the way from stored arrays."""

import json

import numpy as np
import pytest

from harness.payload import Payload
from harness.protocols.attacks.arrays import AttackedDataset


def _fold(**changed: np.ndarray) -> Payload:
    arrays = {}
    for part in ("dictionary", "train", "valid", "test"):
        arrays[f"{part}_images"], arrays[f"{part}_labels"] = np.zeros((3, 4)), np.arange(3)
    return Payload({**arrays, **changed})


@pytest.mark.parametrize(
    ("folds", "fault"),
    [
        ((), "at least one fold"),
        ((_fold(test_labels=np.arange(2)),), "fold 0: test_labels must be one for each"),
        ((_fold(), _fold(valid_labels=np.arange(3) + 1)), "fold 1: valid_labels must lie in 0..2, got 1..3"),
        ((_fold(train_images=np.zeros((0, 4)), train_labels=np.zeros(0, int)),), "train_labels"),
    ],
)
def test_folds_that_do_not_fit_are_refused(folds: tuple[Payload, ...], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        AttackedDataset("x", folds, 3, "f", "p")


def test_other_test_labels_change_one_fold_only() -> None:
    data = AttackedDataset("x", (_fold(), _fold()), 3, "f", "p")
    changed = data.with_test_labels(1, np.array([2, 2, 2]))
    assert changed.folds[1]["test_labels"].tolist() == [2, 2, 2]
    assert changed.folds[0] is data.folds[0]
    assert data.folds[1]["test_labels"].tolist() == [0, 1, 2]
    assert json.dumps([split.number for split in changed.splits]) == "[0, 1]"


def test_stored_arrays_are_parted_by_fold() -> None:
    folds = (_fold(), _fold(test_labels=np.array([2, 1, 0])))
    arrays = {f"f{n}_{name}": array for n, fold in enumerate(folds) for name, array in fold.arrays.items()}
    facts = {"num_classes": 3, "folds": [{"seed": 4}, {"seed": 5}], "recipe": {}}
    data = AttackedDataset.from_payload(Payload(arrays, facts), "x", "f", "p")
    assert (data.name, data.num_classes, data.fingerprint, data.provenance) == ("x", 3, "f", "p")
    assert [fold.facts for fold in data.folds] == [{"seed": 4}, {"seed": 5}]
    assert [len(split.test) for split in data.splits] == [3, 3]
    for found, made in zip(data.folds, folds, strict=True):
        assert found.arrays.keys() == made.arrays.keys()
        assert all(np.array_equal(found[name], made[name]) for name in made.arrays)
