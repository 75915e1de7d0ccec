"""Derived sets: made once, by the code and the recipe that their identity names, never half."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.data.access import DataAccess
from harness.data.catalog import DATASETS
from harness.data.datasets import fetch, fingerprint, locate, must_be_made, open_dataset, verify
from harness.data.entry import DatasetEntry
from harness.errors import DataError
from harness.payload import Payload
from harness.protocols.attacks.arrays import AttackedDataset

MAKER = """
import numpy as np
from harness.payload import Payload

def made(base, recipe):
    arrays, folds = {}, []
    for fold in range(recipe["folds"]):
        for part in ("dictionary", "train", "valid", "test"):
            rows = base.splits[fold].test[: recipe["rows"]]
            arrays[f"f{fold}_{part}_images"] = base.images[rows].reshape(len(rows), -1)
            arrays[f"f{fold}_{part}_labels"] = base.targets[rows]
        folds.append({"number": fold})
    if recipe.get("fail"):
        raise OSError(28, "No space left on device")
    return Payload(arrays, {"recipe": "the first rows", "num_classes": 10, "folds": folds})
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., DatasetEntry]:
    """Add a derived set whose maker is a module of its own to the catalog."""
    folder = tmp_path / "makers"
    folder.mkdir()
    module = f"maker_of_{tmp_path.name}"  # where modules are is remembered by name
    (folder / f"{module}.py").write_text(MAKER)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.syspath_prepend(folder)

    def add(**options: object) -> DatasetEntry:
        entry = DatasetEntry(
            "toy-derived", "rows", "attack-identification", "derived", f"{module}:made", "none",
            options={"base": "digits", "folds": 2, "rows": 5, **options},
        )  # fmt: skip
        monkeypatch.setitem(DATASETS, entry.name, entry)  # type: ignore[arg-type]
        return entry

    return add


def test_a_derived_set_is_made_once_and_known_before(toy: Callable[..., DatasetEntry], access: DataAccess) -> None:
    toy()
    before = fingerprint("toy-derived", access)
    assert locate("toy-derived", access).status == "to be made"
    assert must_be_made("toy-derived", access)
    assert not (access.data / "derived").exists()  # asking makes nothing
    data = open_dataset("toy-derived", access)
    assert isinstance(data, AttackedDataset)
    assert data.fingerprint == before
    assert [fold.facts for fold in data.folds] == [{"number": 0}, {"number": 1}]
    assert [len(split.test) for split in data.splits] == [5, 5]
    assert locate("toy-derived", access).status == "cache"
    assert not must_be_made("toy-derived", access)
    seal = next((access.data / "derived").rglob("seal.json"))
    stamp = seal.stat().st_mtime_ns
    assert fetch("toy-derived", access).status == "cache"
    assert open_dataset("toy-derived", access).fingerprint == before
    assert seal.stat().st_mtime_ns == stamp
    assert "seal" in verify("toy-derived", access).checks[-1]


def test_recipe_and_code_make_the_identity(
    toy: Callable[..., DatasetEntry], access: DataAccess, tmp_path: Path
) -> None:
    toy()
    first = fingerprint("toy-derived", access)
    toy(rows=6)
    assert fingerprint("toy-derived", access) != first
    toy()
    assert fingerprint("toy-derived", access) == first
    maker = next((tmp_path / "makers").glob("*.py"))
    maker.write_text(maker.read_text() + "\n# a remark\n")
    assert fingerprint("toy-derived", access) == first
    maker.write_text(maker.read_text().replace("the first rows", "other rows"))
    assert fingerprint("toy-derived", access) != first


def test_a_failing_maker_leaves_nothing(toy: Callable[..., DatasetEntry], access: DataAccess) -> None:
    toy(fail=True)
    with pytest.raises(DataError, match=r"toy-derived cannot be made: .*No space left"):
        open_dataset("toy-derived", access)
    assert [p.name for p in (access.data / "derived" / "toy-derived").iterdir()] == [".lock"]


def test_a_damaged_copy_is_made_again(toy: Callable[..., DatasetEntry], access: DataAccess) -> None:
    toy()
    whole = open_dataset("toy-derived", access)
    file = next((access.data / "derived").rglob("f1_test_labels.npy"))
    np.save(file, np.zeros(5, np.int64))
    with pytest.warns(RuntimeWarning, match="damaged"):
        again = open_dataset("toy-derived", access)
    assert isinstance(whole, AttackedDataset)
    assert isinstance(again, AttackedDataset)
    assert np.array_equal(again.folds[1]["test_labels"], whole.folds[1]["test_labels"])


def test_missing_base_data_are_named(
    toy: Callable[..., DatasetEntry], access: DataAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = toy()
    orphan = replace(entry, options={**entry.options, "base": "yale-faces"})
    monkeypatch.setitem(DATASETS, entry.name, orphan)  # type: ignore[arg-type]
    assert locate(entry.name, access).status == "missing"
    with pytest.raises(DataError, match="yale-faces"):
        open_dataset(entry.name, access)


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
