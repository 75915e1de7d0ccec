"""The fold lists that are distributed beside the raw files of TU sets."""

from pathlib import Path

import pytest

from harness.errors import DataCorrupted
from harness.protocols.graphs.readers.distributed_folds import distributed_folds


def write_lists(folder: Path, lists: list[list[int]]) -> Path:
    folder.mkdir(exist_ok=True)
    for fold, items in enumerate(lists, start=1):
        (folder / f"test_idx-{fold}.txt").write_text("".join(f"{item}\n" for item in items))
    return folder


def test_distributed_lists(tmp_path: Path) -> None:
    folder = write_lists(tmp_path, [[10 + f, f] for f in range(10)])
    splits = distributed_folds(folder, 22)
    assert splits[0].test.tolist() == [0, 10]
    assert splits[0].valid.tolist() == [9, 19]
    assert {20, 21} < set(splits[0].train.tolist())


def test_unusable_distributed_lists(tmp_path: Path) -> None:
    folder = write_lists(tmp_path, [[f] for f in range(9)])
    with pytest.raises(DataCorrupted, match=r"test_idx-10\.txt"):
        distributed_folds(folder, 10)
    write_lists(tmp_path, [[f] for f in range(9)] + [[0]])
    with pytest.raises(DataCorrupted, match="overlap"):
        distributed_folds(folder, 10)
    (folder / "test_idx-10.txt").write_text("nine\n")
    with pytest.raises(DataCorrupted, match=r"test_idx-10\.txt must be one item number a line"):
        distributed_folds(folder, 10)
