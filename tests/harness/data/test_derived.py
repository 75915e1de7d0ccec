"""Derived sets: computed once, by the code and the recipe that their identity names, never half."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.data.access import DataAccess
from harness.data.datasets import fetch, fingerprint, locate, must_be_made, open_dataset, verify
from harness.data.entry import DatasetEntry
from harness.errors import DataError
from tests.harness.data.conftest import Declare

MAKER = """
from dataclasses import dataclass
from typing import Any
import numpy as np
from harness.payload import Payload


@dataclass(frozen=True)
class Arrays:
    name: str
    arrays: Any
    facts: Any
    fingerprint: str
    provenance: str
    splits: Any = (None,)

    @classmethod
    def from_payload(cls, payload, name, fingerprint, provenance):
        return cls(name, payload.arrays, payload.facts, fingerprint, provenance)


def annotated(base, recipe):
    '''Labels that annotators give to a base set's items: (items, annotators).'''
    generator = np.random.default_rng(recipe["seed"])
    shape = (len(base.targets), recipe["annotators"])
    wrong = generator.random(shape) < recipe["error"]
    labels = np.where(wrong, generator.integers(base.num_classes, size=shape), base.targets[:, None])
    if recipe.get("fail"):
        raise OSError(28, "No space left on device")
    return Payload({"labels": labels})


def table(base, recipe):
    '''The largest eigenvalue of a path of n nodes, NaN for n = 0: numbers without a base and without targets.'''
    assert base is None
    sizes = np.arange(recipe["largest"])
    paths = [np.eye(n, k=1) + np.eye(n, k=-1) for n in sizes]
    truth = [np.linalg.eigvalsh(path).max() if len(path) else np.nan for path in paths]
    return Payload({"sizes": sizes, "truth": np.array(truth)}, {"unit": "none"})


def spread(base, recipe):
    '''How far the annotators of a derived set are apart.'''
    return Payload({"spread": base.arrays["labels"].std(axis=1)})
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declare: Declare) -> Callable[..., DatasetEntry]:
    """Declare a derived set whose loader and type are in a module of their own."""
    folder = tmp_path / "makers"
    folder.mkdir()
    module = f"maker_of_{tmp_path.name}"  # where modules are is remembered by name
    (folder / f"{module}.py").write_text(MAKER)
    monkeypatch.syspath_prepend(folder)

    def add(name: str = "toy-derived", loader: str = "annotated", base: str = "digits", **options: object) -> Any:
        recipe = options or {"annotators": 3, "error": 0.2, "seed": 0}
        entry = DatasetEntry(
            name, "toy", f"{module}:Arrays", "derived", f"{module}:{loader}", "none", base=base, options=recipe
        )
        declare(entry)
        return entry

    return add


def test_a_derived_set_is_computed_once_and_known_before(
    toy: Callable[..., DatasetEntry], access: DataAccess
) -> None:
    toy()
    before = fingerprint("toy-derived", access)
    assert locate("toy-derived", access).status == "to be computed"
    assert must_be_made("toy-derived", access)
    assert not (access.data / "derived").exists()  # asking computes nothing
    data: Any = open_dataset("toy-derived", access)
    digits: Any = open_dataset("digits", access)
    assert data.fingerprint == before
    assert data.arrays["labels"].shape == (len(digits.targets), 3)
    assert (data.arrays["labels"] == digits.targets[:, None]).mean() == pytest.approx(0.82, abs=0.02)
    assert data.provenance.startswith("computed from digits by maker_of_")
    assert '"annotators":3' in data.provenance
    assert locate("toy-derived", access).status == "cache"
    assert not must_be_made("toy-derived", access)
    seal = next((access.data / "derived").rglob("seal.json"))
    stamp = seal.stat().st_mtime_ns
    assert fetch("toy-derived", access).status == "cache"
    assert open_dataset("toy-derived", access).fingerprint == before
    assert seal.stat().st_mtime_ns == stamp
    assert verify("toy-derived", access).checks == ("generated twice, equal", "derived arrays equal to their seal")


def test_a_table_of_numbers_needs_no_base_and_no_targets(
    toy: Callable[..., DatasetEntry], access: DataAccess
) -> None:
    toy("table", "table", "", largest=5)
    assert locate("table", access).detail == "in minutes"
    assert must_be_made("table", access)
    assert fetch("table", access).status == "cache"
    data: Any = open_dataset("table", access)
    expected = [np.nan, *(2 * np.cos(np.pi / (n + 1)) for n in range(1, 5))]
    np.testing.assert_allclose(data.arrays["truth"], expected, atol=1e-12)
    assert data.facts == {"unit": "none"}
    assert data.provenance.startswith("computed from no data by maker_of_")
    assert verify("table", access).checks == ("derived arrays equal to their seal",)
    first = data.fingerprint
    toy("table", "table", "", largest=6)
    assert fingerprint("table", access) != first


def test_a_set_is_derived_from_a_derived_one(toy: Callable[..., DatasetEntry], access: DataAccess) -> None:
    toy()
    toy("spread", "spread", "toy-derived", unused=0)
    before = fingerprint("spread", access)
    assert locate("spread", access).status == "to be computed"
    assert fetch("spread", access).status == "cache"
    data, labels = open_dataset("spread", access), open_dataset("toy-derived", access)
    assert isinstance(data.arrays, dict)  # type: ignore[attr-defined]
    np.testing.assert_allclose(data.arrays["spread"], labels.arrays["labels"].std(axis=1))  # type: ignore[attr-defined]
    toy(annotators=4, error=0.2, seed=0)
    assert fingerprint("spread", access) != before


def test_recipe_and_code_make_the_identity(
    toy: Callable[..., DatasetEntry], access: DataAccess, tmp_path: Path
) -> None:
    toy()
    first = fingerprint("toy-derived", access)
    toy(annotators=4, error=0.2, seed=0)
    assert fingerprint("toy-derived", access) != first
    toy()
    assert fingerprint("toy-derived", access) == first
    maker = next((tmp_path / "makers").glob("*.py"))
    maker.write_text(maker.read_text() + "\n# a remark\n")
    assert fingerprint("toy-derived", access) == first
    maker.write_text(maker.read_text().replace("wrong, generator", "~wrong, generator"))
    assert fingerprint("toy-derived", access) != first


def test_a_failing_maker_leaves_nothing(toy: Callable[..., DatasetEntry], access: DataAccess) -> None:
    toy(annotators=3, error=0.2, seed=0, fail=True)
    with pytest.raises(DataError, match=r"toy-derived cannot be computed: .*No space left"):
        open_dataset("toy-derived", access)
    assert [p.name for p in (access.data / "derived" / "toy-derived").iterdir()] == [".lock"]


def test_a_damaged_copy_is_rebuilt(toy: Callable[..., DatasetEntry], access: DataAccess) -> None:
    toy()
    whole: Any = open_dataset("toy-derived", access)
    labels = whole.arrays["labels"].copy()
    np.save(next((access.data / "derived").rglob("labels.npy")), np.zeros_like(labels))
    with pytest.warns(RuntimeWarning, match="damaged .* it is rebuilt"):
        again: Any = open_dataset("toy-derived", access)
    assert np.array_equal(again.arrays["labels"], labels)


def test_missing_base_data_are_named(
    toy: Callable[..., DatasetEntry], access: DataAccess, declare: Declare
) -> None:
    declare(replace(toy(), base="yale-faces"))
    assert locate("toy-derived", access).status == "missing"
    with pytest.raises(DataError, match="yale-faces"):
        open_dataset("toy-derived", access)
