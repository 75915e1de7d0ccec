"""Payloads: arrays and facts that travel as files."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.payload import FACTS_FILE, MAP_FROM_BYTES, Payload

DTYPES = arrays.boolean_dtypes() | arrays.integer_dtypes() | arrays.floating_dtypes(sizes=(32, 64))
ARRAYS = arrays.arrays(DTYPES, arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4))
NAMES = st.sampled_from(["targets", "train", "scores"])


@given(st.dictionaries(NAMES, ARRAYS), st.dictionaries(NAMES, st.integers() | st.text() | st.booleans()))
def test_what_is_saved_is_loaded(content: dict[str, np.ndarray], facts: dict[str, object]) -> None:
    with TemporaryDirectory() as folder:
        Payload(content, facts).save(Path(folder) / "deep" / "payload")
        loaded = Payload.load(Path(folder) / "deep" / "payload")
    assert loaded.facts == facts
    assert set(loaded.arrays) == set(content)
    for name, array in content.items():
        assert loaded[name].shape == array.shape
        assert loaded[name].astype(array.dtype).tobytes() == np.ascontiguousarray(array).tobytes()
    assert loaded.digest() == Payload(content, facts).digest()


def test_large_arrays_are_mapped_and_cannot_be_written(tmp_path: Path) -> None:
    Payload({"large": np.arange(MAP_FROM_BYTES // 8 + 1), "small": np.arange(3)}).save(tmp_path)
    loaded = Payload.load(tmp_path)
    assert isinstance(loaded["large"], np.memmap)
    assert not isinstance(loaded["small"], np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        loaded.arrays["large"][0] = 1


def test_an_incomplete_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Payload.load(tmp_path)
    Payload({"a": np.arange(3)}).save(tmp_path)
    (tmp_path / "a.npy").unlink()
    with pytest.raises(FileNotFoundError):
        Payload.load(tmp_path)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    Payload({"a": np.arange(300)}).save(tmp_path)
    content = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(content[:200])
    with pytest.raises(ValueError, match=r"cannot reshape|could not|Expected|read"):
        Payload.load(tmp_path)
    (tmp_path / FACTS_FILE).write_text("{")
    with pytest.raises(ValueError, match="Expecting"):
        Payload.load(tmp_path)


def test_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        Payload({"a": np.array([None, {}])}).save(tmp_path / "a")
    Payload({"b": np.arange(3)}).save(tmp_path / "b")
    np.save(tmp_path / "b" / "b.npy", np.array([None, {}]), allow_pickle=True)
    with pytest.raises(ValueError, match="Object arrays"):
        Payload.load(tmp_path / "b")


@pytest.mark.parametrize(
    "other",
    [
        Payload({"a": np.arange(4, dtype=np.int32)}, {"n": 1}),
        Payload({"b": np.arange(4)}, {"n": 1}),
        Payload({"a": np.arange(4).reshape(2, 2)}, {"n": 1}),
        Payload({"a": np.arange(4)[::-1]}, {"n": 1}),
        Payload({"a": np.arange(4)}, {"n": 2}),
        Payload({"a": np.arange(4), "b": np.empty(0)}, {"n": 1}),
    ],
)
def test_the_digest_covers_everything(other: Payload) -> None:
    assert Payload({"a": np.arange(4)}, {"n": 1}).digest() != other.digest()


def test_the_digest_does_not_depend_on_order_or_memory_layout() -> None:
    matrix = np.arange(6).reshape(2, 3)
    first = Payload({"a": matrix, "b": np.ones(2)}, {"x": 1, "y": 2})
    second = Payload({"b": np.ones(4)[::2], "a": np.asfortranarray(matrix)}, {"y": 2, "x": 1})
    assert first.digest() == second.digest()
