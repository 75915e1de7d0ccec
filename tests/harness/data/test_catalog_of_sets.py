"""The list of data sets: light, complete and consistent."""

import json
import subprocess
import sys
from importlib import import_module

import pytest

from harness.data.catalog import DATASETS
from harness.data.entry import DatasetEntry


def test_reading_the_catalog_imports_no_numerical_library() -> None:
    heavy = "{'numpy', 'torch', 'pandas', 'scipy', 'networkx', 'requests', 'pooch'}"
    script = f"import sys, harness.data.catalog; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("entry", DATASETS.values(), ids=str)
def test_every_loader_exists(entry: DatasetEntry) -> None:
    module, _, function = entry.loader.partition(":")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("entry", DATASETS.values(), ids=str)
def test_entries_survive_json(entry: DatasetEntry) -> None:
    rebuilt = DatasetEntry.from_dict(json.loads(json.dumps(entry.as_dict())))
    assert json.dumps(rebuilt.as_dict()) == json.dumps(entry.as_dict())
    assert rebuilt.raw == entry.raw


def test_real_sets_say_where_they_come_from() -> None:
    real = [entry for entry in DATASETS.values() if entry.kind == "real"]
    assert real
    for entry in real:
        assert entry.raw is not None
        assert entry.urls or entry.cure, entry.name
        assert bool(entry.urls) == bool(entry.download_bytes), entry.name
    content = [(entry.raw.folder, json.dumps(dict(entry.options))) for entry in real if entry.raw]
    assert len(set(content)) == len(content), "subsets share a folder, but no two sets are the same"


def test_ptc_is_not_replaced_by_another_set() -> None:
    ptc = DATASETS["tu/PTC"]
    assert not ptc.urls
    assert "DGCNN" in ptc.cure
    assert "tudataset/PTC/raw" in ptc.cure
