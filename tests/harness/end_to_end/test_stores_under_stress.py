"""Run stores that two runs share, that are full, that cannot be written."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.store import RunStore
from tests.toy_project import ToyProject

SOURCE = """
class Honest(Toy):
    def fit(self, train, valid, context):
        time.sleep(0.02)
        generator = context.stream("init")
        for step in range(1500):
            context.log(step, loss=float(generator.random()))
        return Constant(train.num_classes)
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ToyProject]:
    made = ToyProject(tmp_path / "toy", SOURCE)
    yield made
    made.stop()


def sound(path: Path) -> bool:
    with RunStore.open(path, readonly=True) as store:
        return store.check() == []


def test_two_runs_on_one_store(project: ToyProject) -> None:
    arguments = ("-q", "-t", "toy-task", "--seeds", "0-29", "--jobs", "1")
    processes = [project.start(*arguments) for _ in range(2)]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
    records = project.records()
    assert sorted(record.trial.seed for record in records) == list(range(30))
    assert all(record.done for record in records)
    assert sound(project.store_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that holds 320 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", "size=320k", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def one_line(errors: str) -> bool:
    return errors.startswith("bench: ") and errors.count("\n") == 1


def test_a_full_disk_keeps_what_was_stored(project: ToyProject, small_disk: Path) -> None:
    path = small_disk / "runs.sqlite"
    run = project.run("-q", "-t", "toy-task", "--seeds", "0-59", "--store", str(path))
    assert run.returncode == 1
    assert one_line(run.stderr)
    assert f"no space left for {path}" in run.stderr
    assert "finished trials are not repeated" in run.stderr
    with RunStore.open(path, readonly=True) as store:
        before = {entry.record.key: entry.record for entry in store.entries()}
        assert store.check() == []
    assert 0 < len(before) < 60
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    resumed = project.run("-q", "-t", "toy-task", "--seeds", "0-59", "--store", str(path))
    assert resumed.returncode == 0, resumed.stderr
    with RunStore.open(path, readonly=True) as store:
        after = {entry.record.key: entry.record for entry in store.entries()}
    assert len(after) == 60
    assert {key: after[key] for key in before} == before


def test_a_full_scratch_disk_is_one_clear_line(project: ToyProject, small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(300 << 10))
    environment = {**project.environment(), "TMPDIR": str(small_disk)}
    command = ["python", "-P", "-m", "harness", "run", "-s", "toy", "-p", "smoke", "-q", "-t", "toy-task"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert one_line(run.stderr)
    assert "TMPDIR" in run.stderr


def test_a_read_only_store(project: ToyProject) -> None:
    assert project.run("-q", "-t", "toy-task").returncode == 0
    before = project.store_path.read_bytes()
    folder = project.folder / "frozen"
    folder.mkdir()
    if os.geteuid() == 0:  # permissions do not bind root; a read-only mount does
        mounts = (["--bind", str(project.folder / "frozen")], ["-o", "remount,bind,ro"])
        shutil.copy(project.store_path, folder / "runs.sqlite")
        if subprocess.run(["mount", *mounts[0], str(folder)], capture_output=True, check=False).returncode:
            pytest.skip("mounting needs root")
        subprocess.run(["mount", *mounts[1], str(folder)], check=True)
    else:
        shutil.copy(project.store_path, folder / "runs.sqlite")
        (folder / "runs.sqlite").chmod(0o444)
        folder.chmod(0o555)
    try:
        path = folder / "runs.sqlite"
        run = project.run("-q", "-t", "toy-task", "--seeds", "0-3", "--store", str(path))
        assert run.returncode == 1
        assert one_line(run.stderr)
        assert "cannot be written" in run.stderr
        assert path.read_bytes() == before
        shown = project.bench("show", "--store", str(path))
        assert shown.returncode == 0, "reading needs no permission to write"
        assert "honest" in shown.stdout
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        else:
            folder.chmod(0o755)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"these are notes, not records\n" * 100, "not a run store"), (None, "not a run store")],
)
def test_a_file_that_is_no_run_store(project: ToyProject, content: bytes | None, message: str) -> None:
    path = project.folder / "other.sqlite"
    if content is None:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.commit()
        connection.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    for command in (("run", "-s", "toy", "-p", "smoke", "-q"), ("show",), ("doctor",)):
        result = project.bench(*command, "--store", str(path))
        assert result.returncode == 1
        assert message in (result.stdout if command == ("doctor",) else result.stderr)
        assert "Traceback" not in result.stderr
    assert path.read_bytes() == before
