"""Payloads: arrays and plain facts that pass between processes as files, without pickle."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import numpy as np

FACTS_FILE = "facts.json"
MAP_FROM_BYTES = 1 << 20
_NAME = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True)
class Payload:
    """Named arrays beside JSON-able facts.

    It is written as a folder with one ``.npy`` file an array, so that large arrays are memory-mapped by every
    worker that reads them and small ones are just read.
    """

    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    def save(self, folder: Path) -> None:
        """Write the folder; readers never see a half-written one, for the facts are put in place last."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in self.arrays.items():
            np.save(folder / f"{name}.npy", np.asarray(array, order="C"), allow_pickle=False)
        partial = folder / f".{FACTS_FILE}.{os.getpid()}"
        partial.write_text(json.dumps({"arrays": sorted(self.arrays), "facts": dict(self.facts)}))
        partial.replace(folder / FACTS_FILE)

    @classmethod
    def load(cls, folder: Path) -> "Payload":
        """Read a folder written by :meth:`save`; arrays above 1 MiB are mapped read-only.

        Raises:
            FileNotFoundError: the folder is not complete.
            ValueError: a file is damaged or holds objects, or a name or a link leads out of the folder.
        """
        try:
            content = json.loads((folder / FACTS_FILE).read_text())
            arrays = {name: _array(folder, name) for name in content["arrays"]}
            return cls(arrays, content["facts"])
        except (KeyError, TypeError, RecursionError, MemoryError) as error:
            raise ValueError(f"{folder} holds no payload: {type(error).__name__}: {error}") from error

    def digest(self) -> str:
        """Return a hash of names, types, shapes, values and facts (32 hex digits)."""
        digest = blake2b(digest_size=16)
        for name in sorted(self.arrays):
            array = np.asarray(self.arrays[name], order="C")
            digest.update(f"{name}:{array.dtype.str}:{array.shape}".encode())
            digest.update(array.reshape(-1).view(np.uint8).data if array.size else b"")
        digest.update(json.dumps(dict(self.facts), sort_keys=True).encode())
        return digest.hexdigest()


def _array(folder: Path, name: str) -> np.ndarray:
    """Read the file of an array; raises as :meth:`Payload.load` does."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"expected letters, digits, underscores and hyphens as the name of an array, got {name!r:.80}"
        )
    path = folder / f"{name}.npy"
    if path.is_symlink():
        raise ValueError(f"{path} is a link, expected a file: it may lead to what its writer cannot read")
    mode: Literal["r"] | None = "r" if path.stat().st_size > MAP_FROM_BYTES else None
    array = np.load(path, mmap_mode=mode, allow_pickle=False)
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path} holds no array")
    return array
