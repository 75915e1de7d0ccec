"""Coding forests on disk: one checksummed file a key, safe against crashes and concurrent writers."""

import hashlib
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from methods.sep.coding_tree.build import build_forest, check_options
from methods.sep.coding_tree.fingerprint import BUILDER, source_fingerprint
from methods.sep.coding_tree.graph import DisjointGraphs
from methods.sep.coding_tree.objective import Components, Mode, Priority
from methods.sep.coding_tree.tree import CodingForest

_DIGEST_BYTES = 32


def cached_forest(
    collection: DisjointGraphs,
    height: int,
    *,
    folder: str | os.PathLike[str],
    mode: Mode = "grow",
    priority: Priority = "flat",
    components: Components = "separate",
    threads: int = 1,
) -> CodingForest:
    """Return the result of `build_forest`, or that of an earlier call with equal arguments and code, from `folder`.

    Raises:
        ValueError: as `build_forest`.
    """
    check_options(height, mode, priority, components, "fast", threads)
    key = forest_key(collection, height=int(height), mode=mode, priority=priority, components=components)
    return load_or_build(
        folder,
        key,
        lambda: build_forest(
            collection, height, mode=mode, priority=priority, components=components, threads=threads
        ),
    )


def forest_key(collection: DisjointGraphs, **settings: object) -> str:
    """Return the SHA-256 (hex) of the graphs, the settings and the builder's sources."""
    digest = hashlib.sha256(source_fingerprint(BUILDER).encode())
    digest.update(repr(sorted(settings.items())).encode())
    for array, kind in (
        (collection.node_offsets, np.int64),
        (collection.edge_index, np.int64),
        (collection.edge_offsets, np.int64),
        (() if collection.weight is None else collection.weight, np.float64),
    ):
        values = np.ascontiguousarray(array, dtype=kind)
        digest.update(repr(values.shape).encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def load_or_build(folder: str | os.PathLike[str], key: str, build: Callable[[], CodingForest]) -> CodingForest:
    """Return the forest stored under `key`; build it if the file is missing, truncated or corrupt."""
    path = Path(folder) / f"coding-forest-{key}.npz"
    stored = _load(path)
    if stored is not None:
        return stored
    forest = build()
    _save(path, forest)
    return forest


def _save(path: Path, forest: CodingForest) -> None:
    """Write beside the target, then rename: a reader sees the old file, none, or the whole new one."""
    arrays = {f"parents_{level}": parent for level, parent in enumerate(forest.parents)}
    arrays["level_offsets"] = np.stack(forest.level_offsets)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    payload = buffer.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:24]}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(payload).digest() + payload)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _load(path: Path) -> CodingForest | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    payload = content[_DIGEST_BYTES:]
    if hashlib.sha256(payload).digest() != content[:_DIGEST_BYTES]:
        return None
    with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
        offsets = arrays["level_offsets"]
        parents = tuple(arrays[f"parents_{level}"] for level in range(len(offsets) - 1))
    return CodingForest(parents, tuple(offsets))
