"""Payloads as bytes: the same arrays and facts to the bit, and nothing that is not a payload's."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.executors.parcel import pack, pack_folder, unpack, unpack_folder
from harness.payload import Payload

DTYPES = st.sampled_from([np.int8, np.int64, np.float32, np.float64, np.bool_, np.uint16])
CONTENT = arrays.arrays(DTYPES, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
FACTS = st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=5), st.none()), max_size=3)


@settings(max_examples=50)
@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), CONTENT, max_size=3), FACTS)
def test_there_and_back(content: dict[str, np.ndarray], facts: dict[str, object]) -> None:
    payload = Payload(content, facts)
    back = unpack(pack(payload))
    assert back.digest() == payload.digest()
    assert {n: (a.dtype, a.shape) for n, a in back.arrays.items()} == {
        n: (a.dtype, a.shape) for n, a in content.items()
    }


def test_a_large_array_outlives_its_folder() -> None:
    values = np.arange(1 << 18, dtype=np.int64)
    assert np.array_equal(unpack(pack(Payload({"x": values})))["x"], values)


def test_a_folder_and_its_parcel(tmp_path: Path) -> None:
    Payload({"x": np.arange(3)}, {"a": 1}).save(tmp_path / "one")
    unpack_folder(pack_folder(tmp_path / "one"), tmp_path / "two")
    assert Payload.load(tmp_path / "two").digest() == Payload.load(tmp_path / "one").digest()


@pytest.mark.parametrize(
    "name", ["../x.npy", "/x.npy", "x.txt", ".facts.json.7", "a/b.npy", "", "x.npy\n", "facts_json"]
)
def test_strange_names_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no payload has a file named"):
        unpack_folder({"facts.json": b"{}", name: b""}, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    parcel = {"x.npy": (tmp_path / "x.npy").read_bytes(), "facts.json": b'{"arrays": ["x"], "facts": {}}'}
    with pytest.raises(ValueError, match="allow_pickle"):
        unpack(parcel)


@pytest.mark.parametrize("parcel", [{}, {"facts.json": b""}, {"facts.json": b"{}"}])
def test_damaged_parcels(parcel: dict[str, bytes]) -> None:
    with pytest.raises((ValueError, KeyError, OSError)):
        unpack(parcel)
