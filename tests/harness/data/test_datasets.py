"""The front door: names, places and messages."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.data.access import DataAccess
from harness.data.datasets import fetch, fingerprint, locate, open_dataset, verify
from harness.data.entry import DatasetEntry
from harness.errors import DataUnavailable, UnknownName
from harness.families import dataset_entries


@pytest.mark.parametrize("call", [open_dataset, locate, fetch, fingerprint, verify])
def test_unknown_names_get_near_ones(call: Callable[[str, DataAccess], object], access: DataAccess) -> None:
    with pytest.raises(UnknownName, match="did you mean 'tu/MUTAG'"):
        call("tu/MUTGA", access)


def test_locate_knows_every_kind(access: DataAccess, toy_file: Path) -> None:
    found = {name: locate(name, access).status for name in ("karate", "sbm", "toy/T", "tu/MUTAG")}
    assert found == {"karate": "bundled", "sbm": "generated", "toy/T": "data root", "tu/MUTAG": "missing"}
    online = DataAccess(None, access.cache)
    assert locate("tu/MUTAG", online).status == "downloadable"
    assert "chrsmrrs.com" in locate("tu/MUTAG", online).detail
    assert locate("tu/PTC", online).status == "missing"


def test_incomplete_set_is_located_as_such(access: DataAccess) -> None:
    assert access.root is not None
    raw = access.root / "tudataset" / "MUTAG" / "raw"
    raw.mkdir(parents=True)
    (raw / "MUTAG_A.txt").touch()
    found = locate("tu/MUTAG", access)
    assert found.status == "missing"
    assert "raw/MUTAG_graph_indicator.txt" in found.detail


@pytest.mark.parametrize("name", [name for name, entry in dataset_entries().items() if entry.kind == "real"])
def test_unavailable_sets_say_which_what_was_tried_and_what_to_do(name: str, access: DataAccess) -> None:
    with pytest.raises(DataUnavailable) as refusal:
        open_dataset(name, access)
    message = str(refusal.value)
    assert name in message
    assert str(access.root) in message
    assert str(access.cache) in message
    assert "--data-root" in message
    assert "\n" not in message
    assert not access.cache.exists()


def test_generated_sets_are_ready_and_verify(access: DataAccess) -> None:
    assert fetch("sbm", access).status == "generated"
    found = verify("sbm", access)
    assert found.fingerprint == fingerprint("sbm", access) == open_dataset("sbm", access).fingerprint


def test_locating_and_opening_leave_torch_alone(
    access: DataAccess, toy_file: Path, toy_entry: DatasetEntry
) -> None:
    script = """
import json, sys
from pathlib import Path
from harness import families
from harness.data.access import DataAccess
from harness.data.datasets import locate, open_dataset
from harness.data.entry import DatasetEntry
entry = DatasetEntry.from_dict(json.loads(sys.argv[1]))
known = {**families.dataset_entries(), entry.name: entry}
families.dataset_entries = lambda: known
access = DataAccess(Path(sys.argv[2]), Path(sys.argv[3]), offline=True)
for name in known:
    locate(name, access)
assert "numpy" not in sys.modules
for name in known:
    if name in ("toy/T", "sbm", "rings-of-cliques-200", "grid-30"):
        open_dataset(name, access)
print(sorted({"torch", "pandas", "scipy", "networkx", "numba"} & set(sys.modules)))
"""
    arguments = [json.dumps(toy_entry.as_dict()), str(access.root), str(access.cache)]
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
