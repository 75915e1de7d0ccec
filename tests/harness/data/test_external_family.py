"""A family of an installed package: series without targets and without classes, through the same front door."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import families, plugins
from harness.data.access import DataAccess
from harness.data.datasets import fetch, fingerprint, locate, open_dataset, verify
from harness.errors import DataCorrupted, DeclarationError, UnknownName
from tests.harness.data.conftest import Declare
from tests.toy_project import BENCH

FAMILY = """
from harness.contract.family import Family
from harness.data.entry import DatasetEntry, RawLayout

SERIES = "toy_forecasting.series:SeriesDataset"
FLOW = DatasetEntry(
    name="toy/flow", title="counts of 3 sensors", type=SERIES, kind="real", loader="toy_forecasting.loaders:read",
    licence="none", raw=RawLayout("flow", ("flow.csv",), ("*.csv",)), items=40, options={"train": 24, "valid": 8},
    cure="Put flow.csv into <data root>/flow and give --data-root.",
)
SMOOTHED = DatasetEntry(
    "toy/smoothed", "means over time", SERIES, "derived", "toy_forecasting.loaders:smoothed", "none",
    base="toy/flow", options={"width": 4},
)
WAVES = DatasetEntry(
    "toy/waves", "sines", SERIES, "derived", "toy_forecasting.loaders:waves", "none", options={"steps": 12},
)
FAMILY = Family("forecasting", "Forecasting", datasets=(FLOW, SMOOTHED, WAVES))
"""
SERIES = '''
from dataclasses import dataclass
from typing import Any
import numpy as np


@dataclass(frozen=True)
class SeriesDataset:
    """Values (steps, sensors), NaN where a sensor was silent; one chronological split by two bounds."""

    name: str
    values: np.ndarray
    splits: Any
    fingerprint: str
    provenance: str

    def __post_init__(self):
        if np.nanmin(self.values) < 0:
            raise ValueError(f"values must not be negative, got {np.nanmin(self.values)}")

    @classmethod
    def from_payload(cls, payload, name, fingerprint, provenance):
        return cls(name, payload["values"], (payload.facts.get("bounds"),), fingerprint, provenance)

    @property
    def counts(self):
        return {"items": len(self.values)}
'''
LOADERS = """
import numpy as np
from harness.payload import Payload


def read(folder, entry):
    values = np.genfromtxt(folder / "flow.csv", delimiter=",", invalid_raise=True)
    train, valid = entry.options["train"], entry.options["valid"]
    return Payload({"values": values}, {"reader": "numpy.genfromtxt", "bounds": [train, train + valid]})


def without_values(folder, entry):
    return Payload({"flow": np.zeros((40, 3))}, {})


def smoothed(base, recipe):
    windows = base.values.reshape(-1, recipe["width"], base.values.shape[1])
    return Payload({"values": np.nanmean(windows, axis=1)})


def waves(base, recipe):
    assert base is None
    return Payload({"values": 1 + np.sin(np.arange(recipe["steps"]))[:, None]})
"""
METADATA = "Metadata-Version: 2.1\nName: toy-forecasting\nVersion: 1.0\n"
ENTRY_POINTS = "[bench.families]\nforecasting = toy_forecasting.family:FAMILY\n"
CACHES = (
    *(families.families, families.protocol_entries, families.dataset_entries),
    *(plugins._installed, plugins._sound_entry_points),
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the package in it, as pip leaves one."""
    folder = tmp_path / "site"
    package, metadata = folder / "toy_forecasting", folder / "toy_forecasting-1.0.dist-info"
    package.mkdir(parents=True)
    metadata.mkdir()
    for name, text in (("__init__", ""), ("family", FAMILY), ("series", SERIES), ("loaders", LOADERS)):
        (package / f"{name}.py").write_text(textwrap.dedent(text))
    (metadata / "METADATA").write_text(METADATA)
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package on the path of this process alone: its children must find it by themselves."""
    monkeypatch.syspath_prepend(site)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    for known in CACHES:
        known.cache_clear()
    yield
    for known in CACHES:
        known.cache_clear()
    for module in [name for name in sys.modules if name.partition(".")[0] == "toy_forecasting"]:
        del sys.modules[module]


@pytest.fixture
def flow(access: DataAccess) -> np.ndarray:
    """Values of 40 steps and 3 sensors, one of them silent for a while, in the data root."""
    values = np.random.default_rng(0).poisson(30, size=(40, 3)).astype(float)
    values[5:9, 1] = np.nan
    assert access.root is not None
    (access.root / "flow").mkdir()
    np.savetxt(access.root / "flow" / "flow.csv", values, delimiter=",", fmt="%g")
    return values


@pytest.mark.usefixtures("installed")
def test_a_series_without_targets_is_read_once(access: DataAccess, flow: np.ndarray) -> None:
    assert locate("toy/flow", access).status == "data root"
    data: Any = open_dataset("toy/flow", access)
    np.testing.assert_array_equal(data.values, flow)
    assert data.splits == ([24, 32],)
    assert data.provenance == "read by numpy.genfromtxt from the data root"
    assert verify("toy/flow", access).fingerprint == data.fingerprint == fingerprint("toy/flow", access)
    np.save(next((access.data / "prepared").rglob("values.npy")), flow + 1)
    with pytest.warns(RuntimeWarning, match="toy/flow: the copy .* is damaged .* it is rebuilt"):
        assert open_dataset("toy/flow", access).fingerprint == data.fingerprint


@pytest.mark.usefixtures("installed", "flow")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1,2,3\n4,5\n", "the raw files in .*flow cannot be read: .*columns.*truncated or altered"),
        ("1,2,3\n" * 39, "the raw files hold 39 items, published are 40"),
        (
            "1,2,3\n" * 39 + "1,2,-3\n",
            r"the raw files are no SeriesDataset: values must not be negative, got -3\.0",
        ),
    ],
    ids=["truncated line", "truncated file", "what the type refuses"],
)
def test_damaged_files_are_refused(content: str, message: str, access: DataAccess) -> None:
    assert access.root is not None
    (access.root / "flow" / "flow.csv").write_text(content)
    with pytest.raises(DataCorrupted, match=f"toy/flow: {message}"):
        open_dataset("toy/flow", access)
    assert not list((access.data / "prepared").rglob("seal.json"))


@pytest.mark.usefixtures("installed", "flow")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"loader": "toy_forecasting.loaders:without_values"},
            "are no SeriesDataset: no 'values' among the arrays",
        ),
        ({"classes": 2}, "hold no classes, published are 2"),
    ],
)
def test_readers_and_types_that_do_not_fit_are_named(
    change: dict[str, Any], message: str, access: DataAccess, declare: Declare
) -> None:
    declare(replace(families.dataset_entry("toy/flow"), **change))
    with pytest.raises(DataCorrupted, match=message):
        open_dataset("toy/flow", access)


@pytest.mark.usefixtures("installed")
def test_its_sets_are_derived_with_and_without_a_base(access: DataAccess, flow: np.ndarray) -> None:
    assert fetch("toy/smoothed", access).status == fetch("toy/waves", access).status == "cache"
    smoothed: Any = open_dataset("toy/smoothed", access)
    np.testing.assert_allclose(smoothed.values, np.nanmean(flow.reshape(10, 4, 3), axis=1))
    waves: Any = open_dataset("toy/waves", access)
    np.testing.assert_allclose(waves.values[:, 0], 1 + np.sin(np.arange(12)))


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("taken", ["digits", "toy/waves"])
def test_a_name_that_two_families_declare_is_an_error(
    taken: str, access: DataAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = families.families()["forecasting"]
    rival = replace(family, name="rival", datasets=(replace(family.datasets[-1], name=taken),))
    known = {**families.families(), "rival": rival}
    monkeypatch.setattr(families, "families", lambda: known)
    with pytest.raises(DeclarationError, match=f"data set '{taken}' is declared twice, again in family 'rival'"):
        open_dataset("karate", access)


def test_a_package_that_takes_a_name_is_left_out_and_named(
    site: Path, request: pytest.FixtureRequest, access: DataAccess, capsys: pytest.CaptureFixture[str]
) -> None:
    declarations = site / "toy_forecasting" / "family.py"
    declarations.write_text(declarations.read_text().replace("toy/waves", "digits"))
    request.getfixturevalue("installed")
    assert locate("digits", access).status == "bundled"
    assert "family 'forecasting' left out: another family has the data set 'digits'" in capsys.readouterr().err
    with pytest.raises(UnknownName, match="unknown data set 'toy/flow'"):
        open_dataset("toy/flow", access)


def test_without_the_package_its_sets_are_unknown(access: DataAccess) -> None:
    with pytest.raises(UnknownName, match="unknown data set 'toy/flow'"):
        open_dataset("toy/flow", access)


def test_the_commands_know_its_sets(site: Path, access: DataAccess, flow: np.ndarray) -> None:
    paths = os.pathsep.join([str(site), str(Path(families.__file__).parents[1])])
    places = {"BENCH_DATA": str(access.root), "BENCH_CACHE": str(access.cache), "BENCH_OFFLINE": "1"}

    def bench(*arguments: str) -> str:
        environment = {**os.environ, **places, "PYTHONPATH": paths}
        done = subprocess.run([*BENCH, *arguments], env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    listed = [" ".join(line.split()) for line in bench("list", "datasets").splitlines()]
    assert "toy/flow counts of 3 sensors; forecasting, data root" in listed
    assert bench("data", "verify", "toy/flow", "toy/waves") == "toy/flow: verified\ntoy/waves: verified\n"
