"""Merging stores by key: new records are added, identical ones skipped, conflicting ones kept beside the first."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import StoreError
from harness.store.codec import decode_payload
from harness.store.database import RunStore
from harness.store.entries import Entry, Environment, MergeReport
from harness.store.lines import SUFFIX, read_lines


def merge(target: RunStore, sources: Sequence[Path | str]) -> MergeReport:
    """Bring the records of other stores, JSON-lines files or folders of them into `target`.

    All sources go in together or, on any error, nothing does. Merging twice, or in another order, changes neither
    the records nor which of them is current; only the numbers of attempts may differ.

    Raises:
        StoreError: a source is the target itself, is missing, damaged or not a store.
        StoreReadOnly, StoreFull: the target cannot be written.
    """
    paths = [Path(source) for source in sources]
    for path in paths:
        if path.exists() and target.path.exists() and path.samefile(target.path):
            raise StoreError(f"{path} is the store that is merged into; name others")
    return target.absorb(item for path in paths for item in _contents(path))


def _contents(path: Path) -> Iterator[Entry | Environment]:
    if path.is_dir() or path.suffix == SUFFIX:
        yield from read_lines(path)
        return
    with RunStore.open(path, create=False, readonly=True) as source:
        for item in source.contents(predictions=True):
            if isinstance(item, Entry) and item.predictions is not None:
                what = f"predictions of record {item.record.key} in {path}"
                if decode_payload(item.predictions, what).digest() != item.digest:
                    raise StoreError(f"the {what} do not match their digest {item.digest!r}")
            yield item
