"""Hash of the sources that determine the tree of a graph."""

import hashlib
from functools import cache
from pathlib import Path

KERNELS = ("structures", "merging", "compression", "subgraphs", "growing", "fast")
BUILDER = (*KERNELS, "graph", "tree", "build", "controls")


@cache
def source_fingerprint(modules: tuple[str, ...]) -> str:
    """SHA-256 (hex) of the source files of these modules of the package: part of every cache key."""
    digest = hashlib.sha256()
    for name in modules:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()
