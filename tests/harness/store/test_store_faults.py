"""Disks that are full, places that cannot be written, files that are damaged."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import harness
from harness.errors import StoreError, StoreFull, StoreReadOnly
from harness.store import Entry, RunStore, connection, faults
from tests.harness.store.sample_records import make, many, scores

ROOT = Path(harness.__file__).parents[1]


def in_own_mount(size: str, script: str, folder: Path) -> dict:
    """Run a script with a small file system of its own mounted on `folder`; return the JSON it prints.

    A mount name space needs no privilege where user name spaces are allowed; it works for root too, whom permission
    bits do not stop.
    """
    if shutil.which("unshare") is None:
        pytest.skip("no unshare(1): cannot mount a file system for the test")
    mount = f'mount -t tmpfs -o size={size} none "$1"'
    probe = ["unshare", "-rm", "sh", "-c", mount, "sh", str(folder)]
    if (tried := subprocess.run(probe, capture_output=True, text=True, check=False)).returncode:
        pytest.skip(f"cannot mount a file system for the test: {tried.stderr.strip()}")
    program = textwrap.dedent(script)
    shell = f'{mount} && exec "$2" -c "$3" "$1"'
    command = ["unshare", "-rm", "sh", "-c", shell, "sh", str(folder), sys.executable]
    environ = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, program], capture_output=True, text=True, env=environ, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_full_disk_loses_only_the_record_that_did_not_fit(tmp_path: Path) -> None:
    said = in_own_mount(
        "1m",
        """
        import json, sys
        from pathlib import Path
        from harness.errors import StoreFull
        from harness.store import RunStore, export
        from tests.harness.store.sample_records import many
        folder, made, kept, said = Path(sys.argv[1]), many(500), [], {}
        ballast = folder / "ballast"
        ballast.write_bytes(bytes(300_000))
        noise = lambda i: "".join(map(chr, __import__("random").Random(i).choices(range(32, 1000), k=4000)))
        store = RunStore.open(folder / "runs.sqlite")
        for i, record in enumerate(made):
            try:
                store.add(type(record)(**{**vars(record), "log": noise(i)}))
            except StoreFull as error:
                said["full"] = str(error)
                break
            kept.append(record.key)
        said["kept"] = len(kept)
        said["lost"] = len(set(kept) - store.done_keys(kept))
        said["check"] = store.check()
        try:
            export(store, folder / "all.jsonl", "jsonl")
        except StoreFull as error:
            said["export"] = str(error)
        said["left"] = sorted(path.name for path in folder.iterdir())
        try:
            RunStore.open(folder / "second.sqlite")
        except StoreFull as error:
            said["second"] = str(error)
        ballast.unlink()
        said["after"] = store.add(made[len(kept)])
        store.close()
        with RunStore.open(folder / "runs.sqlite") as store:
            said["records"], said["check_after"] = store.counts().records, store.check()
        print(json.dumps(said))
        """,
        tmp_path,
    )
    assert "no space left for" in said["full"]
    assert "no space left for" in said["export"]
    assert "no space left for" in said["second"]
    assert said["kept"] > 5
    assert (said["lost"], said["check"], said["check_after"]) == (0, [], [])
    assert not [name for name in said["left"] if "jsonl" in name]
    assert said["after"] == "added"
    assert said["records"] == said["kept"] + 1


def test_store_at_its_size_limit(tmp_path: Path) -> None:
    with RunStore.open(tmp_path / "runs.sqlite") as store:
        store.add(make(code="first"))
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StoreFull, match="Nothing of this write was kept"):
            store.absorb(Entry(record) for record in many(100, log=random.Random(0).randbytes(3000).hex()))
        assert store.counts().records == 1
        assert store.check() == []
        store._connection.execute("PRAGMA max_page_count = 100000")
        assert store.absorb(Entry(record) for record in many(100)).added == 100


def test_read_only_file_system(tmp_path: Path) -> None:
    said = in_own_mount(
        "8m",
        """
        import json, os, subprocess, sys
        from pathlib import Path
        from harness.errors import StoreError, StoreReadOnly
        from harness.store import RunStore, export
        from tests.harness.store.sample_records import make
        folder, said = Path(sys.argv[1]), {}
        with RunStore.open(folder / "closed.sqlite") as store:
            store.add(make())
        for name in ("killed", "torn"):
            if os.fork() == 0:
                RunStore.open(folder / f"{name}.sqlite").add(make())
                os._exit(0)
            os.wait()
        (folder / "torn.sqlite-shm").unlink()
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        for name in ("closed", "killed"):
            with RunStore.open(folder / f"{name}.sqlite", readonly=True) as store:
                said[name] = [record == make() for record in store.find(make().key)] + store.check()
        def attempt(label, action):
            try:
                action()
            except StoreReadOnly as error:
                said[label] = str(error)
        attempt("torn", lambda: RunStore.open(folder / "torn.sqlite", readonly=True))
        for name in ("closed", "killed", "new", "folder/new"):
            attempt(f"write {name}", lambda: RunStore.open(folder / f"{name}.sqlite"))
        with RunStore.open(folder / "closed.sqlite", readonly=True) as store:
            attempt("export", lambda: export(store, folder / "all.csv", "csv"))
        print(json.dumps(said))
        """,
        tmp_path,
    )
    assert said["closed"] == said["killed"] == [True]
    assert "Copy both files to a writable folder" in said["torn"]
    for label in ("write closed", "write killed", "write new", "write folder/new", "export"):
        assert "cannot be written" in said[label], label
        assert str(tmp_path) in said[label]


def test_read_only_permissions(tmp_path: Path) -> None:
    path = tmp_path / "store" / "runs.sqlite"
    with RunStore.open(path) as store:
        store.add(make())
    path.chmod(0o444)
    path.parent.chmod(0o555)
    if os.access(path, os.W_OK):
        pytest.skip("permission bits do not stop this user; the read-only file system above does")
    try:
        with pytest.raises(StoreReadOnly, match="cannot be written"):
            RunStore.open(path)
        with pytest.raises(StoreReadOnly, match="cannot be written"):
            RunStore.open(path.parent / "new.sqlite")
        with RunStore.open(path, readonly=True) as store:
            assert store.find(make().key) == [make()]
    finally:
        path.parent.chmod(0o755)


@pytest.mark.parametrize("readonly", [False, True])
def test_file_that_is_no_database(tmp_path: Path, readonly: bool) -> None:
    path = tmp_path / "runs.sqlite"
    path.write_text("key,accuracy\n" * 100)
    with pytest.raises(StoreError, match=r"runs.sqlite is damaged or not a run store .* move the file away"):
        RunStore.open(path, readonly=readonly)
    assert path.read_text() == "key,accuracy\n" * 100


def test_absent_store(tmp_path: Path) -> None:
    for options in ({"readonly": True}, {"create": False}):
        with pytest.raises(StoreError, match="there is no run store at"):
            RunStore.open(tmp_path / "absent.sqlite", **options)
    with pytest.raises(StoreError, match="is a folder; a run store is a file"):
        RunStore.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_folder_is_made_and_odd_names_work(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "what? 100% #1.sqlite"
    with RunStore.open(path) as store:
        store.add(make())
    with RunStore.open(path, readonly=True) as store:
        assert store.find(make().key) == [make()]
    assert [found.name for found in path.parent.iterdir() if found.suffix == ".sqlite"] == [path.name]


@pytest.mark.parametrize("seed", range(8))
def test_damaged_pages_give_clear_errors_only(tmp_path: Path, seed: int) -> None:
    path, chance = tmp_path / "runs.sqlite", random.Random(seed)
    with RunStore.open(path) as store:
        for record in many(80, log="some output " * 200):
            store.add(record, scores(*(chance.random() for _ in range(500))))
    content = bytearray(path.read_bytes())
    if seed % 4 == 0:
        del content[len(content) // 2 :]
    else:
        for start in chance.sample(range(4096, len(content) - 4096), 25):
            content[start : start + 200] = chance.randbytes(200)
    path.write_bytes(content)
    try:
        with RunStore.open(path) as store:
            found = store.check()
    except StoreError as error:
        found = [str(error)]
    assert found
    assert all(isinstance(line, str) and line for line in found)


def test_check_names_what_is_wrong(tmp_path: Path) -> None:
    path, made = tmp_path / "runs.sqlite", many(5, log="output", environment="e1")
    with RunStore.open(path) as store:
        for record in made:
            store.add(record, scores(1, 2))
    raw = sqlite3.connect(path)
    raw.execute("INSERT INTO attachments (record_id, log) VALUES (99, x'00')")
    raw.execute("UPDATE attachments SET predictions = x'00' WHERE record_id = 1")
    raw.execute("UPDATE attachments SET log = x'00' WHERE record_id = 2")
    raw.execute("UPDATE records SET predictions = 'other' WHERE id = 3")
    raw.execute("UPDATE records SET code = 'edited' WHERE id = 4")
    raw.execute("UPDATE records SET facts = '{' WHERE id = 5")
    raw.commit()
    raw.close()
    with RunStore.open(path, readonly=True) as store:
        found = store.check()
        assert len(found) == 7
        for line, part in zip(
            found,
            [
                "attachment 99 belongs to no record",
                "5 records name the environment 'e1', which is not kept",
                f"predictions of record {made[0].key}, attempt 1 cannot be decoded",
                f"log of record {made[1].key} is damaged",
                f"record {made[2].key}, attempt 1: its predictions do not match their digest",
                f"record {made[3].key}, attempt 1: its key is not that of its trial",
                f"record {made[4].key} of the run store is damaged",
            ],
            strict=True,
        ):
            assert part in line
        with pytest.raises(StoreError, match=f"log of record {made[1].key}"):
            store.find(made[1].key)
        with pytest.raises(StoreError, match=f"predictions of record {made[0].key}"):
            store.predictions(made[0].key)


def test_lock_held_too_long_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "BUSY_SECONDS", 0.05)
    path = tmp_path / "runs.sqlite"
    with RunStore.open(path) as store, RunStore.open(path) as other, store.transaction():
        with pytest.raises(StoreError, match=r"locked by another process for 0.05 s; nothing was written"):
            other.add(make())
        store.add(make())
    with RunStore.open(path) as store:
        assert store.find(make().key) == [make()]


MOUNTS = """\
/dev/sda / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb /home/local\\040disk ext4 rw 0 0
tmpfs /over tmpfs rw 0 0
//box/share /over cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "remote"),
    [
        ("/data/runs.sqlite", False),
        ("/home/me/runs.sqlite", True),
        ("/homework/runs.sqlite", False),
        ("/home/local disk/runs.sqlite", False),
        ("/over/runs.sqlite", True),
    ],
)
def test_network_file_systems_are_told_by_the_mount_table(tmp_path: Path, place: str, remote: bool) -> None:
    table = tmp_path / "mounts"
    table.write_text(MOUNTS)
    assert connection.on_network(Path(place), table) is remote
    assert connection.on_network(Path(place), tmp_path / "absent") is False


def test_no_shared_memory_on_a_network_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "runs.sqlite"
    with RunStore.open(path) as store:
        store.add(make())
        assert path.with_name("runs.sqlite-shm").exists()
    table = tmp_path / "mounts"
    table.write_text(f"server:/x {tmp_path} nfs rw 0 0\n")
    monkeypatch.setattr(connection, "MOUNT_TABLE", table)
    with RunStore.open(path) as store, RunStore.open(path, readonly=True) as reader:
        store.add(make(code="c2"))
        assert not path.with_name("runs.sqlite-shm").exists()
        assert reader.counts().records == 2
