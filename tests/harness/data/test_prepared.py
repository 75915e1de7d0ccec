"""Prepared copies: made once, checked always, safe against kills, rivals and damage."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import harness
from harness.data import prepared
from harness.data.access import DataAccess
from harness.data.datasets import fingerprint, open_dataset, verify
from harness.data.entry import DatasetEntry
from harness.data.installation import obtain
from harness.data.prepared import prepared_copy
from harness.errors import DataCorrupted, DataError
from harness.payload import Payload
from harness.protocols.graphs.arrays import NodeDataset
from tests.harness.data.conftest import Declare

OPEN_IN_OWN_PROCESS = """
import json, sys
from pathlib import Path
from harness import families
from harness.data.access import DataAccess
from harness.data.datasets import open_dataset
from harness.data.entry import DatasetEntry
entry = DatasetEntry.from_dict(json.loads(sys.argv[1]))
families.dataset_entries = lambda: {entry.name: entry}
print(open_dataset(entry.name, DataAccess(Path(sys.argv[2]), Path(sys.argv[3]), offline=True)).fingerprint)
"""


def shelf(access: DataAccess) -> Path:
    return access.data / "prepared" / "toy" / "T"


def the_copy(access: DataAccess) -> Path:
    (folder,) = (path for path in shelf(access).iterdir() if path.is_dir())
    return folder


def start(entry: DatasetEntry, access: DataAccess) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", OPEN_IN_OWN_PROCESS, json.dumps(entry.as_dict()), str(access.root)]
    paths = os.pathsep.join([str(Path(harness.__file__).parents[1]), os.environ["PYTHONPATH"]])
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.Popen([*command, str(access.cache)], stdout=subprocess.PIPE, text=True, env=environment)


def slow(entry: DatasetEntry, access: DataAccess, seconds: float) -> DatasetEntry:
    options = {"started": str(access.cache.parent / "started"), "seconds": seconds}
    return replace(entry, loader="slow_reader:read", options=options)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never appeared"
        time.sleep(0.01)


def test_reads_once_then_from_the_copy(toy_file: Path, access: DataAccess, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_dataset("toy/T", access)
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("read again"))
    again = open_dataset("toy/T", access)
    assert isinstance(again, NodeDataset)
    assert again.targets.tolist() == [0, 1] * 4
    assert again.fingerprint == first.fingerprint == fingerprint("toy/T", access)
    assert "toy from the data root" in again.provenance
    assert str(access.root) not in again.provenance


@pytest.mark.parametrize("change", [{"loader": "slow_reader:nothing"}, {"options": {"width": 2}}, {"version": 2}])
def test_a_copy_belongs_to_its_loader_and_options(
    change: dict[str, Any],
    toy_file: Path,
    toy_entry: DatasetEntry,
    access: DataAccess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed = prepared_copy(obtain(toy_entry, access), access)
    assert prepared_copy(obtain(toy_entry, access), access) == sealed
    monkeypatch.setattr(prepared, "_prepare", _fail)
    changed = obtain(replace(toy_entry, **change), access)
    with pytest.raises(DataError, match="read again"):
        prepared_copy(changed, access)


def _fail(*_: object) -> None:
    raise DataError("read again")


def test_nothing_is_written_to_the_data_root(toy_file: Path, access: DataAccess) -> None:
    assert access.root is not None
    before = {path: path.stat().st_mtime_ns for path in access.root.rglob("*")}
    open_dataset("toy/T", access)
    verify("toy/T", access)
    assert {path: path.stat().st_mtime_ns for path in access.root.rglob("*")} == before


def test_another_place_with_the_same_content_has_the_same_fingerprint(
    toy_file: Path, access: DataAccess, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere" / "toy" / "T" / "raw"
    elsewhere.mkdir(parents=True)
    (elsewhere / "targets.txt").write_text(toy_file.read_text())
    moved = DataAccess(tmp_path / "elsewhere", tmp_path / "cache-2", offline=True)
    assert fingerprint("toy/T", moved) == fingerprint("toy/T", access)


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda copy: flip_a_byte(copy / "targets.npy"),
        lambda copy: (copy / "targets.npy").write_bytes((copy / "targets.npy").read_bytes()[:-5]),
        lambda copy: (copy / "edge_index.npy").unlink(),
        lambda copy: (copy / "facts.json").write_text("{"),
        lambda copy: (copy / "seal.json").write_text("[]"),
    ],
    ids=["altered", "truncated", "missing", "facts", "seal"],
)
def test_damaged_copy_of_sound_raw_files_is_rebuilt(
    damage: Callable[[Path], object], toy_file: Path, access: DataAccess
) -> None:
    before = fingerprint("toy/T", access)
    damage(the_copy(access))
    with pytest.raises(DataCorrupted, match="is damaged"):
        verify("toy/T", access)
    with pytest.warns(RuntimeWarning, match="rebuilt"):
        repaired = open_dataset("toy/T", access)
    assert repaired.fingerprint == before
    assert verify("toy/T", access).fingerprint == before


def test_sealed_copy_of_other_content_does_not_verify(toy_file: Path, access: DataAccess) -> None:
    """Both arrays and seal were forged: only reading the raw files again can tell."""
    open_dataset("toy/T", access)
    copy = the_copy(access)
    targets = np.load(copy / "targets.npy")
    np.save(copy / "targets.npy", 1 - targets)
    forged = json.loads((copy / "seal.json").read_text())
    (copy / "seal.json").write_text(json.dumps({**forged, "fingerprint": Payload.load(copy).digest()}))
    with pytest.raises(DataCorrupted, match="prepared copy and raw files differ"):
        verify("toy/T", access)


def test_reader_that_fails_is_reported_with_its_reason(toy_file: Path, access: DataAccess) -> None:
    toy_file.write_text("stop")
    with pytest.raises(DataCorrupted, match="the file says stop"):
        open_dataset("toy/T", access)
    toy_file.write_text("0\nx\n")
    next(access.data.glob("stamps/*")).unlink()
    with pytest.raises(DataCorrupted, match="invalid literal"):
        open_dataset("toy/T", access)
    assert not list(shelf(access).glob("*-v*"))


def test_what_is_not_the_files_fault_is_not_blamed_on_them(
    toy_file: Path, toy_entry: DatasetEntry, access: DataAccess, declare: Declare, tmp_path: Path
) -> None:
    (tmp_path / "modules" / "absent_library.py").write_text("import no_such_library\n")
    declare(replace(toy_entry, loader="absent_library:read"))
    with pytest.raises(DataError, match="not installed: No module named 'no_such_library'") as refusal:
        open_dataset("toy/T", access)
    assert not isinstance(refusal.value, DataCorrupted)
    (tmp_path / "modules" / "killed.py").write_text(
        "import os, signal\ndef read(folder, entry): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    declare(replace(toy_entry, loader="killed:read"))
    with pytest.raises(DataError, match="ended by signal 9") as refusal:
        open_dataset("toy/T", access)
    assert not isinstance(refusal.value, DataCorrupted)


def test_counts_other_than_published_are_refused(
    toy_file: Path, toy_entry: DatasetEntry, access: DataAccess, declare: Declare
) -> None:
    declare(replace(toy_entry, items=9))
    with pytest.raises(DataCorrupted, match="hold 8 items, published are 9"):
        open_dataset("toy/T", access)


def test_unwritable_cache_is_one_clear_error(toy_file: Path, access: DataAccess, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="BENCH_CACHE"):
        open_dataset("toy/T", replace(access, cache=tmp_path / "file" / "cache"))


def test_two_at_once_agree_and_read_once(toy_file: Path, toy_entry: DatasetEntry, access: DataAccess) -> None:
    rivals = [start(slow(toy_entry, access, 0.5), access) for _ in range(2)]
    said = [rival.communicate(timeout=60)[0].strip() for rival in rivals]
    assert [rival.returncode for rival in rivals] == [0, 0]
    assert said == [fingerprint("toy/T", access)] * 2
    assert [path.name for path in shelf(access).glob(".partial*")] == []


def test_killed_in_the_middle_leaves_nothing_half_made(
    toy_file: Path, toy_entry: DatasetEntry, access: DataAccess
) -> None:
    started = access.cache.parent / "started"
    victim = start(slow(toy_entry, access, 1.0), access)
    wait_for(started)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert list(shelf(access).glob(".partial-*"))
    assert not list(shelf(access).glob("*-v*"))
    assert isinstance(open_dataset("toy/T", access), NodeDataset)
    assert not list(shelf(access).glob(".partial-*"))
