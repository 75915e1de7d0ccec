"""CIFAR-10 (Krizhevsky 2009), re-encoded as JPEG: lossy, in another order than the official files, other data.

It is named ``cifar10-jpeg`` everywhere, so that no record on it shares a row with the official set. The classes
of the images alternate, so the first n images are balanced.
"""

import io
from itertools import pairwise
from pathlib import Path

import numpy as np

from harness.data.entry import DatasetEntry
from harness.errors import DataCorrupted
from harness.payload import Payload
from harness.protocols.images.readers.npz_arrays import read_arrays
from harness.protocols.images.readers.splits import OfficialPart, official_parts

SIDE, CHANNELS = 32, 3


def read(folder: Path, entry: DatasetEntry) -> Payload:
    """Decode ``train.npz`` and ``test.npz`` with Pillow.

    Each holds ``jpeg``, the concatenated files; ``offset`` (n+1,), the start of each; ``label`` (n,).

    Raises:
        DataCorrupted: an array is missing or wrong, or an image is no JPEG of 32 x 32 pixels.
    """
    train, test = (_part(folder / f"{part}.npz") for part in ("train", "test"))
    return official_parts(entry, train, test, "Pillow")


def _part(path: Path) -> OfficialPart:
    content, offsets, targets = read_arrays(path, ("jpeg", "offset", "label"))
    _check_offsets(path, content, offsets, targets)
    images = np.empty((len(targets), SIDE, SIDE, CHANNELS), dtype=np.uint8)
    for number, (start, end) in enumerate(pairwise(offsets)):
        images[number] = decoded(content[start:end].tobytes(), f"{path.name}, image {number}")
    return OfficialPart(images, targets)


def _check_offsets(path: Path, content: np.ndarray, offsets: np.ndarray, targets: np.ndarray) -> None:
    sound = (
        content.dtype == np.uint8
        and content.ndim == targets.ndim == offsets.ndim == 1
        and offsets.dtype.kind in "iu"
        and len(offsets) == len(targets) + 1
        and bool((np.diff(offsets.astype(np.int64)) > 0).all())
        and int(offsets[0]) == 0
        and int(offsets[-1]) == len(content)
    )
    if not sound:
        raise DataCorrupted(
            f"{path.name}: offset must rise from 0 to the {content.size:,} bytes of jpeg with one entry more than "
            f"the {targets.size:,} of label"
        )


def decoded(content: bytes, what: str) -> np.ndarray:
    """Return the pixels (32, 32, 3) uint8 of one JPEG file.

    Raises:
        DataCorrupted: no JPEG, damaged, or of another size or mode; `what` names it.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            if image.size != (SIDE, SIDE) or image.mode != "RGB":  # before the pixels are decoded
                raise DataCorrupted(f"{what}: expected {SIDE} x {SIDE} RGB, got {image.size} {image.mode}")
            return np.asarray(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataCorrupted(f"{what} is not a sound JPEG: {error}") from error
