"""MNIST (LeCun et al. 1998) and sets in its form: as one ``.npz`` file, or as four files in the IDX format.

IDX: two zero bytes, the type (8 = unsigned byte), the number of dimensions, each dimension as a big-endian 32-bit
number, then the values in C order. The files are compressed with gzip.
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from harness.data.entry import DatasetEntry
from harness.errors import DataCorrupted
from harness.payload import Payload
from harness.protocols.images.readers.npz_arrays import read_arrays
from harness.protocols.images.readers.splits import OfficialPart, official_parts

UNSIGNED_BYTE = 8
MAX_VALUES = 1 << 30


def read_npz(folder: Path, entry: DatasetEntry) -> Payload:
    """Read ``mnist.npz`` with ``x_train``, ``y_train``, ``x_test`` and ``y_test``, all uint8.

    Raises:
        DataCorrupted: no such file, not an archive of these four arrays, or other arrays than images and targets.
    """
    names = ("x_train", "y_train", "x_test", "y_test")
    images, targets, test_images, test_targets = read_arrays(folder / "mnist.npz", names)
    train, test = OfficialPart(images, targets), OfficialPart(test_images, test_targets)
    return official_parts(entry, train, test, "numpy")


def read_idx_files(folder: Path, entry: DatasetEntry) -> Payload:
    """Read ``raw/{train,t10k}-{images-idx3,labels-idx1}-ubyte.gz``.

    Raises:
        DataCorrupted: a file is missing or not in the IDX format, or they do not belong together.
    """
    parts = []
    for part in ("train", "t10k"):
        images = read_idx(folder / "raw" / f"{part}-images-idx3-ubyte.gz", dimensions=3)
        targets = read_idx(folder / "raw" / f"{part}-labels-idx1-ubyte.gz", dimensions=1)
        parts.append(OfficialPart(images, targets))
    train, test = parts
    return official_parts(entry, train, test, "the IDX reader of this program")


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """Return the array of a gzipped IDX file of unsigned bytes.

    Raises:
        DataCorrupted: the file cannot be read, has another type or rank, or another length than its header.
    """
    expected = bytes([0, 0, UNSIGNED_BYTE, dimensions])
    try:
        with gzip.open(path) as file:
            header = file.read(4 + 4 * dimensions)
            if len(header) < 4 + 4 * dimensions or header[:4] != expected:
                raise DataCorrupted(f"{path.name} must start with {expected.hex()}, got {header[:4].hex()}")
            shape = tuple(int(size) for size in np.frombuffer(header[4:], dtype=">u4"))
            count = math.prod(shape)
            if count > MAX_VALUES:
                raise DataCorrupted(f"{path.name} claims {count:,} values, more than {MAX_VALUES:,}")
            content = file.read(count + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataCorrupted(f"{path.name} is not a sound gzip file: {error}") from error
    if len(content) != count:
        raise DataCorrupted(f"{path.name} must hold {count:,} values {shape}, got {len(content):,} or more")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)
