"""Figures that untimed preparation computes once for all processes of a session, e.g. a peer's tolerance."""

import json
import os
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

from harness.kernels.contract import KernelCase

_folder: Path | None = None


def keep_in(folder: str) -> None:
    """Keep figures in a folder that the processes of a session share; with an empty name nothing is kept."""
    global _folder
    _folder = Path(folder) if folder else None


def kept(name: str, case: KernelCase, find: Callable[[], Sequence[float]]) -> list[float]:
    """Return the result of `find` from an earlier process of this session, else call it.

    The result must depend on the case alone.

    Args:
        name: name of the figures, unique within the project, e.g. ``"celer tolerances"``.
    """
    if _folder is None:
        return list(find())
    file = _folder / f"{blake2b(f'{name}:{case.name}'.encode(), digest_size=16).hexdigest()}.json"
    if file.exists():
        return [float(value) for value in json.loads(file.read_text())]
    values = [float(value) for value in find()]
    partial = file.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(values))
    partial.replace(file)
    return values
