"""The contract of a data set with any arrays, and the way from stored arrays to it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self, runtime_checkable

from harness.data.entry import DatasetEntry
from harness.errors import DataCorrupted
from harness.payload import Payload
from harness.targets import resolve


class DataSet(Protocol):
    """A data set with all its targets, if it has any; it never leaves the parent process.

    A type may hold any arrays; its protocols know which. It is named by the `type` of its entries.
    """

    @property
    def name(self) -> str:
        """The name of its entry."""

    @property
    def fingerprint(self) -> str:
        """Hash of its content, or of the recipe and the code that computes it."""

    @property
    def provenance(self) -> str:
        """Its origin in a sentence, without a path of the machine."""

    @property
    def splits(self) -> Sequence[Any]:
        """One value a fold, for the protocol to cut the views by; one value if the set has one split."""

    @classmethod
    def from_payload(cls, payload: Payload, name: str, fingerprint: str, provenance: str) -> Self:
        """Return the data set that a loader's arrays and facts describe.

        Raises:
            KeyError: an array or a fact is missing.
            ValueError: the arrays do not belong together.
        """


@runtime_checkable
class CountedDataSet(Protocol):
    """A data set whose published numbers can be checked."""

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of ``items`` and, where the set has them, of ``classes``."""


def as_data_set(entry: DatasetEntry, payload: Payload, fingerprint: str, provenance: str) -> DataSet:
    """Return the data set of an entry's type that a payload describes; raises as :meth:`DataSet.from_payload`."""
    made: DataSet = resolve(entry.type).from_payload(payload, entry.name, fingerprint, provenance)
    return made


def check_payload(entry: DatasetEntry, payload: Payload) -> None:
    """Check that a reader's payload is a data set of the entry's type, with the published numbers.

    Raises:
        DataCorrupted: it does not; names the difference.
    """
    try:
        data = as_data_set(entry, payload, "", "")
    except (KeyError, ValueError) as error:
        fault = f"no {error} among the arrays and facts" if isinstance(error, KeyError) else str(error)
        raise DataCorrupted(
            f"{entry.name}: the raw files are no {entry.type.rpartition(':')[2]}: {fault}"
        ) from error
    counts = data.counts if isinstance(data, CountedDataSet) else {}
    for unit, published in (("items", entry.items), ("classes", entry.classes)):
        if published is not None and counts.get(unit) != published:
            raise DataCorrupted(
                f"{entry.name}: the raw files hold {counts.get(unit, 'no')} {unit}, published are {published}. "
                f"Replace them by the official files."
            )
