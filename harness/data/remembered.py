"""Fingerprints of generated sets, remembered: an unchanged set need not be generated to know its fingerprint."""

import os
import re
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.data.entry import DatasetEntry
from harness.fingerprint import CodeIndex
from harness.trial import canonical

LIBRARIES = ("numpy", "networkx", "scikit-learn", "scipy")
"""Libraries whose version may change a generated or bundled set."""


def remembered_fingerprint(entry: DatasetEntry, folder: Path) -> str:
    """Return the fingerprint of a generated or bundled set.

    The set is generated only if its entry, its loader's code or a library has changed since `folder` remembers it.
    A folder that cannot be written is no error.
    """
    code = _code_index(folder)
    module = entry.loader.partition(":")[0]
    modules = [module, "harness.data.generated"]  # which parts of a set its fingerprint covers is code, too
    content = canonical([entry.as_dict(), code.fingerprint(modules), [_version(name) for name in LIBRARIES]])
    code.save()
    memo = folder / blake2b(content.encode(), digest_size=16).hexdigest()
    with suppress(OSError, ValueError):
        known = memo.read_text()
        if re.fullmatch("[0-9a-f]{32}", known):
            return known
    from harness.data.generated import generate

    found = generate(entry).fingerprint
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{memo.name}.{os.getpid()}"
        partial.write_text(found)
        partial.replace(memo)
    return found


@cache
def _code_index(folder: Path) -> CodeIndex:
    return CodeIndex.load(folder / "code.json")


@cache
def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
