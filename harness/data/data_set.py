"""The contract of a data set with any arrays, and the way from stored arrays to it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, Self, runtime_checkable

from harness.data.entry import DatasetEntry
from harness.errors import DataCorrupted, DataError
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
    """Return the data set of an entry's type that a payload describes.

    Raises:
        DataError: the type cannot be imported.
        DataCorrupted: the payload is no data set of the type; names the difference.
    """
    kind = imported(entry, "type")
    try:
        made: DataSet = kind.from_payload(payload, entry.name, fingerprint, provenance)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        fault = f"no {error} among the arrays and facts" if isinstance(error, KeyError) else str(error)
        raise DataCorrupted(
            f"{entry.name}: {_source(entry)} are no {entry.type.rpartition(':')[2]}: {fault}"
        ) from error
    return made


def check_payload(entry: DatasetEntry, payload: Payload) -> None:
    """Check that a loader's payload is a data set of the entry's type, with the published numbers.

    Raises:
        DataError, DataCorrupted: as :func:`as_data_set`, or the numbers differ.
    """
    data = as_data_set(entry, payload, "", "")
    counts = data.counts if isinstance(data, CountedDataSet) else {}
    for unit, published in (("items", entry.items), ("classes", entry.classes)):
        if published is not None and counts.get(unit) != published:
            cure = " Replace them by the official files." if entry.kind == "real" else ""
            raise DataCorrupted(
                f"{entry.name}: {_source(entry)} hold {counts.get(unit, 'no')} {unit}, published are "
                f"{published}.{cure}"
            )


def imported(entry: DatasetEntry, part: Literal["loader", "type"]) -> Any:
    """Return the object that a part of an entry names; raises DataError if it cannot be imported."""
    target = entry.loader if part == "loader" else entry.type
    try:
        return resolve(target)
    except Exception as error:  # the module of a package may raise anything
        raise DataError(
            f"{entry.name}: its {part} {target!r} cannot be imported: {type(error).__name__}: {error}"
        ) from error


def _source(entry: DatasetEntry) -> str:
    return "the raw files" if entry.kind == "real" else f"the arrays of {entry.loader}"
