"""The list of data sets: light, complete and consistent."""

import json
import subprocess
import sys

import pytest

from harness.data.entry import DatasetEntry
from harness.families import dataset_entries
from harness.targets import resolve

LISTING = """
import sys
from harness.families import dataset_entries
assert dataset_entries()
print(sorted({"numpy", "torch", "pandas", "scipy", "networkx", "requests", "pooch"} & set(sys.modules)))
"""


def test_listing_the_data_sets_imports_no_numerical_library() -> None:
    done = subprocess.run([sys.executable, "-c", LISTING], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("entry", dataset_entries().values(), ids=str)
def test_every_loader_and_type_exists(entry: DatasetEntry) -> None:
    assert callable(resolve(entry.loader))
    assert callable(resolve(entry.type).from_payload)


@pytest.mark.parametrize("entry", dataset_entries().values(), ids=str)
def test_entries_survive_json(entry: DatasetEntry) -> None:
    rebuilt = DatasetEntry.from_dict(json.loads(json.dumps(entry.as_dict())))
    assert json.dumps(rebuilt.as_dict()) == json.dumps(entry.as_dict())
    assert rebuilt.raw == entry.raw


def test_real_sets_say_where_they_come_from() -> None:
    real = [entry for entry in dataset_entries().values() if entry.kind == "real"]
    assert real
    for entry in real:
        assert entry.raw is not None
        assert entry.urls or entry.cure, entry.name
        assert bool(entry.urls) == bool(entry.download_bytes), entry.name
    content = [(entry.raw.folder, json.dumps(dict(entry.options))) for entry in real if entry.raw]
    assert len(set(content)) == len(content), "subsets share a folder, but no two sets are the same"


def test_only_derived_sets_have_a_base_and_it_is_declared() -> None:
    bases = {entry.name: entry.base for entry in dataset_entries().values() if entry.base}
    assert bases
    assert set(bases.values()) <= dataset_entries().keys()
    assert {dataset_entries()[name].kind for name in bases} == {"derived"}
