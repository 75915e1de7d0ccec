"""Compressed text and predictions as bytes: zlib, JSON and raw arrays, never pickle.

A payload is ``b"BPL1"``, the length of the content (8 bytes) and the zlib-compressed content: the length of a JSON
header (4 bytes), the header with the facts and each array's name, type and shape, and the arrays' bytes in C order
one after another; all integers are little-endian. The header is held against the length before anything is
allocated, so that a damaged or hostile blob cannot ask for more memory than it holds.
"""

import json
import math
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.errors import StoreError

if TYPE_CHECKING:
    import numpy as np

    from harness.payload import Payload

MAGIC = b"BPL1"
LEVEL = 6
MAX_TEXT_BYTES = 1 << 28
MAX_PAYLOAD_BYTES = 1 << 31
PLAIN_KINDS = "biufcmMSU"
"""Types whose values are their bytes: booleans, numbers, dates and fixed-width text; no objects, no structures."""


def pack_text(text: str) -> bytes | None:
    """Compress a text; None for the empty one."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"), LEVEL) if text else None


def unpack_text(blob: bytes | None, what: str) -> str:
    """Undo :func:`pack_text`.

    Raises:
        StoreError: the bytes of `what` are damaged, or hold more than 256 MiB.
    """
    if blob is None:
        return ""
    try:
        return _inflate(blob, MAX_TEXT_BYTES).decode("utf-8", "surrogatepass")
    except (ValueError, zlib.error) as error:
        raise StoreError(f"the {what} is damaged: {error}") from error


def encode_payload(payload: "Payload", what: str) -> bytes:
    """Compress named arrays and facts.

    Raises:
        StoreError: an array of `what` holds objects or structures, the facts are not JSON, or all is above 2 GiB.
    """
    import numpy as np

    header: dict[str, Any] = {"facts": dict(payload.facts), "arrays": []}
    parts = []
    for name, array in payload.arrays.items():
        array = np.asarray(array)
        if array.dtype.kind not in PLAIN_KINDS or not array.dtype.itemsize:
            raise StoreError(
                f"the {what}: array {name!r} has type {array.dtype}, which is not plain numbers or text"
            )
        header["arrays"].append([name, array.dtype.str, array.shape])
        parts.append(array.tobytes())
    try:
        head = json.dumps(header).encode()
    except (TypeError, ValueError) as error:
        raise StoreError(f"the facts beside the {what} are not JSON: {error}") from error
    content = b"".join((len(head).to_bytes(4, "little"), head, *parts))
    if len(content) > MAX_PAYLOAD_BYTES:
        raise StoreError(f"the {what} takes {len(content):,} bytes; at most {MAX_PAYLOAD_BYTES:,} are kept")
    return MAGIC + len(content).to_bytes(8, "little") + zlib.compress(content, LEVEL)


def decode_payload(blob: bytes, what: str) -> "Payload":
    """Undo :func:`encode_payload`.

    Raises:
        StoreError: the bytes of `what` are damaged, of another kind or absurdly large.
    """
    from harness.payload import Payload

    try:
        if blob[:4] != MAGIC:
            raise ValueError("it does not begin as a payload does")
        length = int.from_bytes(blob[4:12], "little")
        if length > MAX_PAYLOAD_BYTES:
            raise ValueError(f"it claims {length:,} bytes; at most {MAX_PAYLOAD_BYTES:,} are read")
        content = _inflate(blob[12:], length)
        if len(content) != length:
            raise ValueError(f"it claims {length:,} bytes and holds {len(content):,}")
        start = 4 + int.from_bytes(content[:4], "little")
        header = json.loads(content[4:start])
        return Payload(_arrays(header["arrays"], content, start), header["facts"])
    except (ValueError, TypeError, KeyError, RecursionError, zlib.error) as error:
        raise StoreError(f"the {what} cannot be decoded: {error}") from error


def _arrays(
    listed: Sequence[tuple[str, str, Sequence[int]]], content: bytes, start: int
) -> dict[str, "np.ndarray"]:
    import numpy as np

    arrays = {}
    for name, kind, shape in listed:
        dtype = np.dtype(kind)
        if dtype.kind not in PLAIN_KINDS or not dtype.itemsize or any(size < 0 for size in shape):
            raise ValueError(f"array {name!r} has type {kind!r} and shape {shape}")
        count = math.prod(shape)
        stop = start + count * dtype.itemsize
        if stop > len(content):
            raise ValueError(f"array {name!r} reaches beyond the end")
        values = np.frombuffer(content, dtype, count, start) if count else np.empty(0, dtype)
        arrays[name] = values.reshape(shape).copy()
        start = stop
    if start != len(content):
        raise ValueError(f"{len(content) - start:,} bytes belong to no array")
    return arrays


def _inflate(blob: bytes, limit: int) -> bytes:
    stream = zlib.decompressobj()
    content = stream.decompress(blob, limit + 1)
    if len(content) > limit:
        raise ValueError(f"it holds more than {limit:,} bytes")
    if not stream.eof:
        raise ValueError("it is cut off")
    return content
