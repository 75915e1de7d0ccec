"""Bundled and generated sets: loaded in this process, at once, whenever they are opened."""

from harness.data.data_set import DataSet, as_data_set
from harness.data.entry import DatasetEntry
from harness.payload import Payload
from harness.targets import resolve


def generate(entry: DatasetEntry) -> DataSet:
    """Return the data set; its fingerprint is that of its name, version and arrays."""
    payload: Payload = resolve(entry.loader)(entry)
    fingerprint = Payload(payload.arrays, {"name": entry.name, "version": entry.version}).digest()
    provenance = payload.facts.get("provenance", f"{entry.kind}, version {entry.version}")
    return as_data_set(entry, payload, fingerprint, provenance)
