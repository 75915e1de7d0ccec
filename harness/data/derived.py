"""Derived sets: made from another data set by a computation of minutes, e.g. attacks on networks, once a machine.

The recipe is the catalog entry's options; its ``base`` names the other data set, its ``loader`` a function
``f(base_data_set, recipe) -> Payload`` whose arrays are named ``f<fold>_<name>``. What is made lies at
``derived/<name>/<identity>``: the identity covers the base data, the recipe and the code, so that a copy can never
be taken for one made by other code. It is written in a partial folder and renamed when complete.
"""

import json
import shutil
import warnings
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from harness.data.access import DataAccess
from harness.data.catalog import DATASETS
from harness.data.entry import DatasetEntry
from harness.data.prepared import SEAL, DamagedCopy, PreparedCopy, in_own_process, locked, partial_folder
from harness.environment import usable_cores
from harness.errors import DataCorrupted, DataError
from harness.fingerprint import CodeIndex
from harness.payload import Payload
from harness.protocols.attacks.arrays import AttackedDataset
from harness.trial import canonical


def recipe(entry: DatasetEntry) -> dict[str, Any]:
    """Return the options of a derived set but for its base."""
    return {name: value for name, value in entry.options.items() if name != "base"}


def base_of(entry: DatasetEntry) -> DatasetEntry:
    """Return the entry of the data set that this one is made from."""
    return DATASETS[entry.options["base"]]


def identity(entry: DatasetEntry, base_fingerprint: str) -> str:
    """Return the fingerprint of a derived set, without making it."""
    code = CodeIndex().fingerprint([entry.loader.partition(":")[0]])
    content = canonical([entry.name, entry.version, base_fingerprint, recipe(entry), code])
    return blake2b(content.encode(), digest_size=16).hexdigest()


def copy_of(entry: DatasetEntry, base_fingerprint: str, access: DataAccess) -> PreparedCopy:
    """Return the place of a derived set, which may not have been made yet."""
    return PreparedCopy(access.data / "derived" / entry.name / identity(entry, base_fingerprint))


def made_before(entry: DatasetEntry, access: DataAccess) -> bool:
    """Return whether a copy lies there, by whatever code and of whatever base data: quick, without reading any."""
    return any((access.data / "derived" / entry.name).glob(f"*/{SEAL}"))


def load_or_make(entry: DatasetEntry, base_fingerprint: str, access: DataAccess) -> AttackedDataset:
    """Return a derived set, making it first if needed; a damaged copy is made again, with a warning.

    Raises:
        DataError: it could not be made; says why.
        DataCorrupted: the copy is damaged right after it was made.
    """
    copy = copy_of(entry, base_fingerprint, access)
    if copy.exists():
        try:
            return _as_dataset(entry, copy)
        except DamagedCopy as damage:
            warnings.warn(
                f"{entry.name}: the derived copy {copy.folder} is damaged ({damage}); it is made again.",
                RuntimeWarning,
                stacklevel=2,
            )
            with locked(copy.folder.parent):
                shutil.rmtree(copy.folder, ignore_errors=True)
    make(entry, copy, access)
    try:
        return _as_dataset(entry, copy)
    except DamagedCopy as damage:
        raise DataCorrupted(f"{entry.name}: {copy.folder} is damaged again: {damage}. Check the disk.") from damage


def make(entry: DatasetEntry, copy: PreparedCopy, access: DataAccess) -> None:
    """Make a derived set in a process of its own, unless another process has just done so; raises DataError."""
    with locked(copy.folder.parent):
        if copy.exists():
            return
        with partial_folder(copy.folder.parent) as partial:
            arrays = partial / "arrays"
            request = partial / "request.json"
            request.write_text(
                json.dumps(
                    {
                        "loader": entry.loader,
                        "recipe": recipe(entry),
                        "base": entry.options["base"],
                        "root": str(access.root) if access.root else None,
                        "cache": str(access.cache),
                        "arrays": str(arrays),
                        "threads": usable_cores(),
                    }
                )
            )
            result = in_own_process("harness.data.derive", request)
            if result.returncode:
                raise DataError(f"{entry.name} cannot be made: {_reason(result.returncode, result.stderr)}")
            (arrays / SEAL).write_text(json.dumps({"fingerprint": Payload.load(arrays).digest()}))
            if copy.folder.exists():
                shutil.rmtree(copy.folder)
            arrays.rename(copy.folder)


def _reason(code: int, said: str) -> str:
    if code < 0:
        return f"the process was ended by signal {-code} (out of memory?)"
    return (said.strip().splitlines() or ["no reason given"])[-1]


def _as_dataset(entry: DatasetEntry, copy: PreparedCopy) -> AttackedDataset:
    payload, _ = copy.load()
    provenance = f"made from {entry.options['base']} by {entry.loader.partition(':')[0]}: {payload.facts['recipe']}"
    return AttackedDataset(
        entry.name, folds_of(payload), int(payload.facts["num_classes"]), copy.folder.name, provenance
    )


def folds_of(payload: Payload) -> tuple[Payload, ...]:
    """Return each fold's arrays by name, and its facts, from arrays ``f<fold>_<name>`` and the list ``folds``."""
    facts: list[Mapping[str, Any]] = payload.facts["folds"]
    arrays: list[dict[str, np.ndarray]] = [{} for _ in facts]
    for name, array in payload.arrays.items():
        fold, _, rest = name.partition("_")
        arrays[int(fold[1:])][rest] = array
    return tuple(Payload(part, told) for part, told in zip(arrays, facts, strict=True))


def carry_out(request: Mapping[str, Any], maker: Callable[[Any, Mapping[str, Any]], Payload]) -> None:
    """Make what a request of :func:`make` asks for; the folder is left to the caller to seal.

    Raises:
        BenchError: the base set cannot be had.
        OSError: the arrays cannot be written.
    """
    from harness.data.datasets import open_dataset

    root = Path(request["root"]) if request["root"] else None
    base = open_dataset(request["base"], DataAccess(root, Path(request["cache"]), offline=True))
    maker(base, request["recipe"]).save(Path(request["arrays"]))
