"""Derived sets: computed by a deterministic recipe in minutes, once a machine, from another data set or from none.

The recipe is the entry's options, its `base` names the other data set, its loader is a function
``f(base, recipe) -> Payload``; `base` is None where the entry names none. Attacked images, simulated annotators and
tables of trained networks are such sets. The arrays lie at ``derived/<name>/<identity>``: the identity covers the
base, the recipe and the code, so a copy can never be taken for one that other code computed.
"""

import json
from hashlib import blake2b

from harness.data.access import DataAccess
from harness.data.copies import SealedCopy, load_or_rebuild, locked, partial_folder
from harness.data.data_set import DataSet, as_data_set, check_payload
from harness.data.entry import DatasetEntry
from harness.data.own_process import ended_by_signal, in_own_process, last_line
from harness.environment import usable_cores
from harness.errors import DataError
from harness.families import dataset_entry
from harness.fingerprint import CodeIndex
from harness.payload import Payload
from harness.trial import canonical


def identity(entry: DatasetEntry, base_fingerprint: str) -> str:
    """Return the fingerprint of a derived set, without computing the set.

    It covers the loader's name, since a module may hold several, and the code of its module. `base_fingerprint` is
    empty where the set has no base.
    """
    code = CodeIndex().fingerprint([entry.loader.partition(":")[0]])
    content = canonical([entry.name, entry.version, base_fingerprint, entry.loader, dict(entry.options), code])
    return blake2b(content.encode(), digest_size=16).hexdigest()


def derived_copy(entry: DatasetEntry, base_fingerprint: str, access: DataAccess) -> SealedCopy:
    """Return the place of a derived set, which may not exist yet."""
    return SealedCopy(access.data / "derived" / entry.name / identity(entry, base_fingerprint))


def open_derived(entry: DatasetEntry, base_fingerprint: str, access: DataAccess) -> DataSet:
    """Return a derived set; compute it if needed; rebuild a damaged copy, with a warning.

    Raises:
        DataError: it cannot be computed; names the reason.
        DataCorrupted: the copy is damaged right after it was computed.
    """
    copy = derived_copy(entry, base_fingerprint, access)
    compute(entry, copy, access)
    payload, _ = load_or_rebuild(entry.name, copy, lambda: compute(entry, copy, access))
    provenance = f"computed from {entry.base or 'no data'} by {entry.loader}, {canonical(dict(entry.options))}"
    return as_data_set(entry, payload, copy.folder.name, provenance)


def compute(entry: DatasetEntry, copy: SealedCopy, access: DataAccess) -> SealedCopy:
    """Compute a derived set in a process of its own, unless the copy exists; return the copy; raises DataError."""
    if copy.exists():
        return copy
    with locked(copy.folder.parent):
        if not copy.exists():
            _compute(entry, copy, access)
    return copy


def _compute(entry: DatasetEntry, copy: SealedCopy, access: DataAccess) -> None:
    with partial_folder(copy.folder.parent) as partial:
        arrays, request = partial / "arrays", partial / "request.json"
        content = {
            "loader": entry.loader,
            "recipe": dict(entry.options),
            "base": dataset_entry(entry.base).as_dict() if entry.base else None,
            "root": str(access.root) if access.root else None,
            "cache": str(access.cache),
            "arrays": str(arrays),
            "threads": usable_cores(),
        }
        request.write_text(json.dumps(content))
        result = in_own_process("harness.data.derive", request)
        if result.returncode:
            reason = ended_by_signal(result)
            reason = f"the process was {reason}" if reason else last_line(result)
            raise DataError(f"{entry.name} cannot be computed: {reason}")
        payload = Payload.load(arrays)
        check_payload(entry, payload)
        copy.publish(arrays, payload.digest())
