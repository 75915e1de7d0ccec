"""Pickles from strangers: arrays are read, anything else is refused before it is called."""

import collections
import io
import pickle
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from harness.data.restricted_pickle import load_arrays
from harness.errors import DataCorrupted, StoreError
from harness.families import dataset_entry
from harness.payload import Payload
from harness.protocols.graphs.readers.planetoid import read
from harness.store import RunStore
from tests.harness.fuzz.sound import sound_store


class Evil:
    """Calls a function when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.mark,)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """A file that appears if hostile code runs."""
    return tmp_path / "ran"


def test_arrays_matrices_and_containers_are_read() -> None:
    graph = collections.defaultdict(list, {0: [1, 2], 1: [0]})
    matrix = csr_matrix(np.eye(3, dtype=np.float32))
    for value in (np.arange(6).reshape(2, 3), graph, [1, "a"], np.float64(0.5)):
        assert repr(load_arrays(io.BytesIO(pickle.dumps(value)))) == repr(value)
    assert (load_arrays(io.BytesIO(pickle.dumps(matrix))) != matrix).nnz == 0


@pytest.mark.parametrize(
    "program",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"cposix\nsystem\n(S'true'\ntR.",
        b"c__builtin__\neval\n(S'1'\ntR.",
        b"cbuiltins\ngetattr\n(cnumpy\nndarray\nS'__class__'\ntR.",
        b"\x80\x04\x8c\x05numpy\x8c\x16core.multiarray.scalar\x93.",
        b"cnumpy.core.multiarray\n_reconstruct.__globals__\n.",
        b"cnumpy.testing._private.utils\nruncmd\n.",
        b"cscipy.sparse\nload_npz\n.",
    ],
)
def test_names_that_no_array_needs_are_refused(program: bytes) -> None:
    with pytest.raises(DataCorrupted, match="a pickle names"):
        load_arrays(io.BytesIO(program))


def test_objects_hidden_in_allowed_ones_are_refused(mark: Path) -> None:
    for value in (
        np.array([Evil(mark)], dtype=object),
        collections.defaultdict(list, {0: Evil(mark)}),
        [Evil(mark)],
    ):
        with pytest.raises(DataCorrupted, match="a pickle names"):
            load_arrays(io.BytesIO(pickle.dumps(value)))
    assert not mark.exists()


@pytest.mark.parametrize(
    "program", [b"", b"\x80", b"garbage", b"I9\n", b"\x80\x05\x95\xff\xff\xff\xff\xff\xff\xff\xff"]
)
def test_damaged_pickles_are_one_clear_error(program: bytes) -> None:
    with pytest.raises(DataCorrupted, match="a pickle cannot be read"):
        load_arrays(io.BytesIO(program))


@pytest.mark.filterwarnings("ignore")
def test_a_hostile_planetoid_file_runs_nothing(tmp_path: Path, mark: Path) -> None:
    raw = tmp_path / "Cora" / "raw"
    raw.mkdir(parents=True)
    for part in ("x", "tx", "allx", "y", "ty", "ally", "graph"):
        (raw / f"ind.cora.{part}").write_bytes(pickle.dumps(Evil(mark)))
    (raw / "ind.cora.test.index").write_text("0\n")
    with pytest.raises(DataCorrupted, match="a pickle names"):
        read(tmp_path / "Cora", dataset_entry("planetoid/Cora"))
    assert not mark.exists()


def test_a_processed_file_that_ogb_did_not_write_is_not_loaded(tmp_path: Path, mark: Path) -> None:
    from harness.protocols.graphs.readers.ogb_guards import guarded_ogb

    own = tmp_path / "processed" / "geometric_data_processed.pt"
    own.parent.mkdir()
    own.write_bytes(pickle.dumps(Evil(mark)))
    with pytest.raises(DataCorrupted, match="existed before ogb wrote it"), guarded_ogb(tmp_path):
        pass
    assert not mark.exists()


def test_payload_folders_hold_no_objects(tmp_path: Path, mark: Path) -> None:
    Payload({"a": np.arange(3)}).save(tmp_path / "payload")
    np.save(tmp_path / "payload" / "a.npy", np.array([Evil(mark)], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        Payload.load(tmp_path / "payload")
    assert not mark.exists()


def test_blobs_of_a_record_are_never_unpickled(tmp_path: Path, mark: Path) -> None:
    path = tmp_path / "runs.sqlite"
    path.write_bytes(sound_store())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE attachments SET predictions = ?", (pickle.dumps(Evil(mark)),))
    with RunStore.open(path, readonly=True) as store:
        (key, *_) = store.columns().key
        with pytest.raises(StoreError, match="does not begin as a payload"):
            store.predictions(key)
    assert not mark.exists()
