"""Named arrays out of an untrusted ``.npz`` archive: no objects are built, damage has one error."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile

from harness.errors import DataCorrupted

UNSOUND = (OSError, KeyError, ValueError, EOFError, MemoryError, RuntimeError, BadZipFile, zlib.error)
"""Errors of numpy for archives that are absent, damaged or encrypted, or claim arrays beyond any memory."""


def read_arrays(path: Path, names: Sequence[str]) -> list[np.ndarray]:
    """Return the arrays of these names.

    Raises:
        DataCorrupted: no such archive, an array is not in it, damaged or made of Python objects.
    """
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, NpzFile):
                raise ValueError("it is a single array")
            return [archive[name] for name in names]
    except UNSOUND as error:
        raise DataCorrupted(f"{path.name} must hold the arrays {', '.join(names)}: {error}") from error
