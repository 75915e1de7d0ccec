"""The official CIFAR-10 (Krizhevsky 2009): the binary archive, whose images are those of the Python one.

The Python archive holds pickles, which are programs; the binary one holds bytes.
"""

import tarfile
import zlib
from pathlib import Path

import numpy as np

from harness.data.entry import DatasetEntry
from harness.errors import DataCorrupted
from harness.payload import Payload
from harness.protocols.images.readers.splits import OfficialPart, official_parts
from harness.protocols.noisy_labels.human.catalogue import ARCHIVE

SIDE, CHANNELS = 32, 3
RECORD = 1 + SIDE * SIDE * CHANNELS
MOST_BYTES = 100_000_000
"""Largest file that is read; the official ones have 30,730,000 bytes."""

TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST = ("test_batch.bin",)


def read(folder: Path, entry: DatasetEntry) -> Payload:
    """Return the official parts; the last training images validate (see `official_parts`).

    Raises:
        DataCorrupted: no sound archive, or a file that is not in it or holds no records.
    """
    train, test = read_parts(folder / ARCHIVE)
    return official_parts(entry, train, test, "tarfile")


def read_parts(archive: Path) -> tuple[OfficialPart, OfficialPart]:
    """Return the official training and test part; raises as :func:`read`."""
    wanted = (*TRAIN, *TEST)
    found: dict[str, OfficialPart] = {}
    try:
        with tarfile.open(archive, "r|gz") as members:
            for member in members:
                name = member.name.rpartition("/")[2]
                if name in wanted and member.isfile() and name not in found:
                    if member.size > MOST_BYTES:
                        raise DataCorrupted(f"{archive.name}: {name} has {member.size:,} bytes, too many")
                    content = members.extractfile(member)
                    assert content is not None
                    found[name] = _records(content.read(), f"{archive.name}: {name}")
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise DataCorrupted(f"{archive.name} is not a sound tar.gz archive: {error}") from error
    if missing := [name for name in wanted if name not in found]:
        raise DataCorrupted(f"{archive.name} lacks {', '.join(missing)}")
    return _joined([found[name] for name in TRAIN]), _joined([found[name] for name in TEST])


def _records(content: bytes, what: str) -> OfficialPart:
    """Return the records of a file: a class, then red, green and blue pixels, row by row."""
    if not content or len(content) % RECORD:
        raise DataCorrupted(f"{what} must hold records of {RECORD} bytes, got {len(content):,} bytes")
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    images = records[:, 1:].reshape(-1, CHANNELS, SIDE, SIDE).transpose(0, 2, 3, 1)
    return OfficialPart(np.ascontiguousarray(images), records[:, 0].astype(np.int64))


def _joined(parts: list[OfficialPart]) -> OfficialPart:
    images, targets = ([getattr(part, name) for part in parts] for name in ("images", "targets"))
    return OfficialPart(np.concatenate(images), np.concatenate(targets))
