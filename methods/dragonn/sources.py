"""Digest of the sources of all kernels of this folder, for numba's cache.

Numba's disk cache looks at the file of the cached function alone, so a cached function would keep using an old
version of its callees in other files. The values of its closure variables are part of the key; hence the
compiled entry points of this folder are made by functions with this digest as an argument.
"""

import hashlib
from pathlib import Path

KERNELS = ("lanes", "murmur", "entries", "one_pass", "table")


def fingerprint(parallel: bool = False) -> int:
    """Return 60 bits of the sources' SHA-256, and whether numba parallelises, which its key leaves out."""
    folder = Path(__file__).parent
    digest = hashlib.sha256(b"".join((folder / f"{name}.py").read_bytes() for name in KERNELS))
    return 2 * int(digest.hexdigest()[:15], 16) + parallel
