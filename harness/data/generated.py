"""Bundled and generated sets: loaded in this process, at once, whenever they are opened."""

from harness.data.data_set import DataSet, as_data_set, check_payload, imported
from harness.data.entry import DatasetEntry
from harness.errors import BenchError, DataError
from harness.payload import Payload


def generate(entry: DatasetEntry) -> DataSet:
    """Return the data set; its fingerprint is that of its name, version, arrays and facts without the provenance.

    Raises:
        DataError: its loader or type cannot be imported, or the loader fails.
        DataCorrupted: the loader returns no data set of the entry's type.
    """
    loader = imported(entry, "loader")
    try:
        payload: Payload = loader(entry)
        facts = dict(payload.facts)
        provenance = facts.pop("provenance", f"{entry.kind}, version {entry.version}")
        # A set without facts keeps the fingerprint under which its records were published.
        named = {"name": entry.name, "version": entry.version, **({"facts": facts} if facts else {})}
        fingerprint = Payload(payload.arrays, named).digest()
    except BenchError:
        raise
    except Exception as error:  # a package's loader may raise anything, and cost its own tasks only
        raise DataError(f"{entry.name} cannot be generated: {type(error).__name__}: {error}") from error
    check_payload(entry, payload)
    return as_data_set(entry, payload, fingerprint, provenance)
