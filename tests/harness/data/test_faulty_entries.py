"""Faulty data sets of packages: each is named, costs its own tasks only, and breaks no command."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import families
from harness.contract.family import Family, ProtocolEntry
from harness.contract.metric import MetricSet
from harness.data.access import DataAccess
from harness.data.datasets import fingerprint, locate, open_dataset
from harness.data.entry import DatasetEntry
from harness.data.generated import generate
from harness.errors import DataError, DeclarationError
from tests.harness.data.conftest import Declare

LOADERS = """
import numpy as np
from dataclasses import dataclass
from harness.payload import Payload
from harness.protocols.graphs.arrays import NodeDataset


def numbers(entry):
    return Payload({"values": np.arange(3)}, {"scale": entry.options.get("scale", 1), "provenance": "counted"})


def plain(entry):
    return Payload({"values": np.arange(3)})


def fails(entry):
    raise RuntimeError("no luck")


def a_dict(entry):
    return {"values": np.arange(3)}


def shifted(base, recipe):
    return Payload({"values": np.arange(3) + 1})


def wild(base, recipe):
    return Payload({"values": np.arange(3) ** 2})


def nothing(base, recipe):
    return Payload({"other": np.arange(3)})


@dataclass(frozen=True)
class Numbers:
    name: str
    values: np.ndarray
    fingerprint: str
    provenance: str
    splits: tuple = (None,)

    @classmethod
    def from_payload(cls, payload, name, fingerprint, provenance):
        return cls(name, payload["values"], fingerprint, provenance)
"""
Toy = Callable[..., DatasetEntry]


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declare: Declare) -> Toy:
    """Declare a data set whose loader and type are in a module of their own."""
    folder = tmp_path / "loaders"
    folder.mkdir()
    module = f"loaders_of_{tmp_path.name}"
    (folder / f"{module}.py").write_text(LOADERS)
    monkeypatch.syspath_prepend(folder)

    def add(loader: str, kind: Any = "generated", name: str = "toy", made: str = "Numbers", **options: Any) -> Any:
        entry = DatasetEntry(name, "t", f"{module}:{made}", kind, f"{module}:{loader}", "none", options=options)
        declare(entry)
        return entry

    return add


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """A function that installs a family of a package with data sets."""

    def installed(*datasets: Any, protocols: Any = ()) -> None:
        family = Family("toys", "Toys", protocols, datasets)
        monkeypatch.setattr(families, "plugins", lambda group, kind: iter([("toys", family)]))

    known = (families.families, families.protocol_entries, families.dataset_entries)
    for room in known:
        room.cache_clear()
    yield installed
    for room in known:
        room.cache_clear()


def entry(name: str, kind: Any = "derived", base: str = "", **other: Any) -> DatasetEntry:
    return DatasetEntry(name, name, "toys.sets:Toy", kind, "toys.sets:load", "none", base=base, **other)


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        (entry("bad", base="bad"), "it is computed from itself: bad from bad"),
        (entry("bad", base="digitz"), "its base 'digitz' is unknown; did you mean 'digits'"),
        (
            entry("bad", "dervied"),
            "its kind is 'dervied'; expected one of bundled, generated, real, derived",
        ),
        (entry("bad", "generated", base="digits"), "it is generated and has the base 'digits'"),
        (entry("bad", "real"), "it is real and names no raw files"),
        (
            entry("bad", options={"levels": {1, 2}}),
            "its options are {'levels': {1, 2}}; expected a mapping of plain",
        ),
        (entry("bad", options=["mode"]), "its options are ['mode']; expected a mapping of plain values"),
        (replace(entry("bad"), loader="toys.sets.load"), "its loader is 'toys.sets.load'; expected 'module:name'"),
        (replace(entry("bad"), type=""), "its type is ''; expected 'module:name'"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_faulty_entry_is_left_out_and_named(
    faulty: DatasetEntry, message: str, package: Any, access: DataAccess, capsys: pytest.CaptureFixture[str]
) -> None:
    package(entry("good", base="digits"), faulty)
    assert "bad" not in families.dataset_entries()
    assert {name: locate(name, access).status for name in ("good", "digits")} == {
        "good": "to be computed",
        "digits": "bundled",
    }
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"bench: data set 'bad' of family 'toys' left out: {message}")


def test_sets_computed_from_a_faulty_one_are_left_out_too(package: Any, capsys: pytest.CaptureFixture[str]) -> None:
    package(entry("third", base="second"), entry("second", base="first"), entry("first", base="nowhere"))
    assert not {"first", "second", "third"} & families.dataset_entries().keys()
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_a_circle_of_bases_is_named(package: Any, capsys: pytest.CaptureFixture[str]) -> None:
    package(entry("one", base="two"), entry("two", base="one"))
    assert families.dataset_entries()
    assert "it is computed from itself: one from two from one" in capsys.readouterr().err


def test_a_family_that_declares_a_name_twice_or_a_stranger_is_left_out(
    package: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    package(entry("one"), entry("one"))
    assert "toys" not in families.families()
    assert "family 'toys' left out: it declares the data set 'one' twice" in capsys.readouterr().err
    families.families.cache_clear()
    twice = ProtocolEntry("p", "P", "toys:P", MetricSet(()))
    package(protocols=(twice, twice))
    assert "toys" not in families.families()
    assert "it declares the protocol 'p' twice" in capsys.readouterr().err
    families.families.cache_clear()
    package("one")
    assert "toys" not in families.families()
    assert "it declares what is no protocol or data set" in capsys.readouterr().err


def test_a_fault_of_ours_is_an_error(package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.protocols.graphs import family

    faulty = replace(family.FAMILY, datasets=(*family.FAMILY.datasets, entry("bad", base="bad")))
    monkeypatch.setattr(family, "FAMILY", faulty)
    monkeypatch.setattr(families, "plugins", lambda group, kind: iter(()))
    with pytest.raises(DeclarationError, match="data set 'bad' of family 'graphs': it is computed from itself"):
        families.families()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loader": "numbrs"}, r"toy: its loader 'loaders_of_.*:numbrs' cannot be imported: AttributeError"),
        ({"loader": "numbers", "made": "Numbres"}, r"toy: its type 'loaders_of_.*:Numbres' cannot be imported"),
        ({"loader": "fails"}, "toy cannot be generated: RuntimeError: no luck"),
        ({"loader": "a_dict"}, "toy cannot be generated: AttributeError"),
        (
            {"loader": "nothing", "kind": "derived"},
            r"toy: the arrays of .*:nothing are no Numbers: no 'values' among",
        ),
        ({"loader": "wield", "kind": "derived"}, "toy cannot be computed: AttributeError"),
    ],
)
def test_a_faulty_loader_or_type_is_an_error_of_the_data(
    change: dict[str, Any], message: str, toy: Toy, access: DataAccess
) -> None:
    toy(**change)
    with pytest.raises(DataError, match=message):
        open_dataset("toy", access)
    assert not list((access.data / "derived").rglob("seal.json"))


def test_another_loader_of_the_same_module_computes_another_set(toy: Toy, access: DataAccess) -> None:
    toy("shifted", "derived")
    first: Any = open_dataset("toy", access)
    toy("wild", "derived")
    second: Any = open_dataset("toy", access)
    assert first.fingerprint != second.fingerprint == fingerprint("toy", access)
    np.testing.assert_array_equal(second.values, [0, 1, 4])
    assert ":wild, {}" in second.provenance
    toy("wield", "derived")
    with pytest.raises(DataError, match="wield"):
        open_dataset("toy", access)


def test_facts_are_part_of_a_generated_set(toy: Toy, access: DataAccess) -> None:
    first = fingerprint("toy", access) if toy("numbers") else ""
    toy("numbers", scale=2)
    assert fingerprint("toy", access) != first
    assert open_dataset("toy", access).provenance == "counted"


def test_the_provenance_is_no_part_of_a_generated_set(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.payload import Payload

    one = toy("plain")
    plain = generate(one).fingerprint
    assert plain == Payload({"values": np.arange(3)}, {"name": "toy", "version": 1}).digest()
    made = Payload({"values": np.arange(3)}, {"provenance": "elsewhere"})
    monkeypatch.setattr(f"{one.loader.partition(':')[0]}.plain", lambda entry: made)
    assert generate(one).fingerprint == plain
