import pickle
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import StoreError
from harness.payload import Payload
from harness.store import codec
from tests.harness.store.sample_records import anything, payloads, scores


@given(payloads())
def test_payload_returns_to_the_bit(payload: Payload) -> None:
    back = codec.decode_payload(codec.encode_payload(payload, "p"), "p")
    assert back.facts == payload.facts
    assert list(back.arrays) == list(payload.arrays)
    for name, array in payload.arrays.items():
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
        assert back[name].tobytes() == array.tobytes()
    assert back.digest() == payload.digest()


def test_layout_in_memory_does_not_matter() -> None:
    matrix = np.arange(12.0).reshape(3, 4)
    for view in (matrix.T, matrix[::2, ::-1], np.asfortranarray(matrix)):
        back = codec.decode_payload(codec.encode_payload(Payload({"m": view}), "p"), "p")
        np.testing.assert_array_equal(back["m"], view)


def test_decoded_arrays_own_their_memory() -> None:
    back = codec.decode_payload(codec.encode_payload(scores(1, 2), "p"), "p")
    back["scores"][0] = 7
    assert back["scores"].tolist() == [7, 2]


@pytest.mark.parametrize(
    "array",
    [np.array([object()]), np.zeros(2, dtype=[("a", "i4")]), np.zeros(2, dtype="V0")],
)
def test_objects_and_structures_are_refused(array: np.ndarray) -> None:
    with pytest.raises(StoreError, match="predictions of r: array 'x' has type"):
        codec.encode_payload(Payload({"x": array}), "predictions of r")


def test_facts_must_be_json() -> None:
    with pytest.raises(StoreError, match="facts beside the p are not JSON"):
        codec.encode_payload(Payload({}, {"x": {1, 2}}), "p")


@given(st.data())
def test_damaged_payload_is_named_never_misread(data: st.DataObject) -> None:
    payload = Payload({"scores": np.linspace(0, 1, 40)}, {"classes": 2})
    blob = bytearray(codec.encode_payload(payload, "p"))
    if data.draw(st.booleans()):
        blob = blob[: data.draw(st.integers(0, len(blob) - 1))]
    else:
        place = data.draw(st.integers(0, len(blob) - 1))
        blob[place] ^= data.draw(st.integers(1, 255))
    message, digest = "predictions of record abc", payload.digest()
    try:
        digest = codec.decode_payload(bytes(blob), "predictions of record abc").digest()
    except StoreError as error:
        message = str(error)
    assert "predictions of record abc" in message
    # A bit of zlib's header may mean nothing; then what is read must be what was written.
    assert digest == payload.digest()


def _claiming(header: bytes, body: bytes = b"") -> bytes:
    content = len(header).to_bytes(4, "little") + header + body
    return codec.MAGIC + len(content).to_bytes(8, "little") + zlib.compress(content)


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (b"", "does not begin"),
        (pickle.dumps({"scores": [1]}), "does not begin"),
        (codec.MAGIC + (1 << 60).to_bytes(8, "little"), "claims 1,152,921,504,606,846,976 bytes"),
        (_claiming(b'{"facts":{},"arrays":[["x","<f8",[1000000000000]]]}'), "reaches beyond the end"),
        (_claiming(b'{"facts":{},"arrays":[["x","<f8",[-1]]]}'), "shape"),
        (_claiming(b'{"facts":{},"arrays":[["x","|O",[1]]]}', b"12345678"), "type"),
        (_claiming(b'{"facts":{},"arrays":[]}', b"left over"), "belong to no array"),
        (_claiming(b'{"facts":{}}'), "arrays"),
        (_claiming(b"[]"), "decoded"),
        (_claiming(b"[" * 100_000), "decoded"),
    ],
)
def test_hostile_payload_is_refused(blob: bytes, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        codec.decode_payload(blob, "p")


def test_content_beyond_the_claimed_length_is_not_expanded() -> None:
    bomb = codec.MAGIC + (100).to_bytes(8, "little") + zlib.compress(bytes(10_000_000))
    with pytest.raises(StoreError, match="more than 100 bytes"):
        codec.decode_payload(bomb, "p")


@given(anything)
def test_text_returns(text: str) -> None:
    assert codec.unpack_text(codec.pack_text(text), "log") == text


def test_absurd_or_damaged_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = codec.pack_text("x" * 5000)
    assert blob is not None
    with pytest.raises(StoreError, match="log of r is damaged: it is cut off"):
        codec.unpack_text(blob[:-5], "log of r")
    monkeypatch.setattr(codec, "MAX_TEXT_BYTES", 1000)
    with pytest.raises(StoreError, match="more than 1,000 bytes"):
        codec.unpack_text(blob, "log")
