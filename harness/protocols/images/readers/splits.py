"""From official training and test parts to one fixed split, of all images or of a subset that trains."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from harness.contract.split import Split, split_arrays
from harness.data.entry import DatasetEntry
from harness.errors import DataCorrupted
from harness.payload import Payload
from harness.protocols.images.arrays import check_images, check_targets
from harness.seeds import stream


@dataclass(frozen=True)
class OfficialPart:
    """One official part: images (n, h, w) or (n, h, w, c) uint8 and targets (n,)."""

    images: np.ndarray
    targets: np.ndarray


def official_parts(entry: DatasetEntry, train: OfficialPart, test: OfficialPart, reader: str) -> Payload:
    """Return a data set whose test part is the official one, its validation part the end of the training part.

    Options of the entry: ``classes``; ``valid``, the number of last training images that validate; ``train``, the
    number of others that train (all by default); ``draw``, whether those are the ``first`` or a
    ``stratified`` sample with a fixed seed. Unused images are left out.

    Raises:
        DataCorrupted: images or targets have the wrong type, shape or values, or are fewer than asked for.
    """
    options = entry.options
    try:
        for part in (train, test):
            check_images(part.images)
            check_targets(part.targets, len(part.images), options["classes"])
        before = len(train.images) - options["valid"]
        wanted = options.get("train", before)
        if not 0 < wanted <= before:
            raise ValueError(
                f"{len(train.images)} training images do not hold {wanted} and {options['valid']} more"
            )
        if train.images.shape[1:] != test.images.shape[1:]:
            raise ValueError(f"training and test images differ: {train.images.shape[1:]}, {test.images.shape[1:]}")
    except ValueError as error:
        raise DataCorrupted(f"{entry.name}: {error}") from error
    if options.get("draw", "first") == "stratified":
        chosen = stratified_subset(train.targets[:before], wanted, entry.name, entry.version)
    else:
        chosen = np.arange(wanted)
    used = np.concatenate([chosen, np.arange(before, len(train.images))])
    ends = np.cumsum([0, wanted, options["valid"], len(test.images)])
    split = Split(*(np.arange(start, end) for start, end in pairwise(ends)))
    images = np.concatenate([train.images[used], test.images])
    targets = np.concatenate([train.targets[used], test.targets]).astype(np.int64)
    folds = f"the official test part; {_described(entry, wanted, before)}"
    return image_payload(images, targets, [split], options["classes"], reader, folds)


def image_payload(
    images: np.ndarray, targets: np.ndarray, splits: list[Split], num_classes: int, reader: str, folds: str
) -> Payload:
    """Return a prepared image data set: its arrays, and the source and reader for the provenance."""
    facts = {"kind": "images", "num_classes": num_classes, "reader": reader, "folds": folds}
    return Payload({"images": images, "targets": targets, **split_arrays(splits)}, facts)


def split_by_position(subjects: np.ndarray, train: int, valid: int) -> Split:
    """Return the split of images sorted by subject: the first of each train, the next validate, the others test.

    Raises:
        ValueError: a subject without a test image.
    """
    counts = np.bincount(subjects)
    if counts.min() <= train + valid:
        raise ValueError(f"every subject needs more than {train + valid} items; the smallest has {counts.min()}")
    position = np.arange(len(subjects)) - np.repeat(np.cumsum(counts) - counts, counts)
    learned, selected = position < train, (position >= train) & (position < train + valid)
    return Split(np.flatnonzero(learned), np.flatnonzero(selected), np.flatnonzero(~(learned | selected)))


def stratified_subset(targets: np.ndarray, count: int, *seed: object) -> np.ndarray:
    """Return `count` item numbers, sorted, in which every class has its share up to one item.

    Items are shuffled, put in the order of their classes, and taken at even distances.

    Raises:
        ValueError: more items are asked for than there are, or none.
    """
    if not 0 < count <= len(targets):
        raise ValueError(f"expected 1 to {len(targets)} items, got {count}")
    shuffled = np.argsort(stream("subset", *seed).random(len(targets)), kind="stable")
    by_class = shuffled[np.argsort(targets[shuffled], kind="stable")]
    return np.sort(by_class[(2 * np.arange(count) + 1) * len(targets) // (2 * count)])


def _described(entry: DatasetEntry, wanted: int, before: int) -> str:
    valid = f"the last {entry.options['valid']:,} training images validate"
    if wanted == before:
        return valid
    stratified = entry.options.get("draw") == "stratified"
    return f"{valid}, {f'{wanted:,} others, stratified,' if stratified else f'the first {wanted:,}'} train"
