"""CIFAR-10H (Peterson et al. 2019): counts, single labels, and single labels with the images of CIFAR-10."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from harness.contract.split import Split, split_arrays
from harness.data.entry import DatasetEntry
from harness.errors import DataCorrupted
from harness.payload import Payload
from harness.protocols.noisy_labels.arrays import Annotations
from harness.protocols.noisy_labels.human.catalogue import COUNTS, PROBS, RAW_ARCHIVE
from harness.protocols.noisy_labels.human.cifar10 import ARCHIVE, read_parts
from harness.protocols.noisy_labels.noise.synthetic import transition_of

TABLE = "cifar10h-raw.csv"
INDEX = ("cifar10_test_set_idx", "cifar10_test_test_idx")
"""Name of the image's column in the description of the data, and in the file."""

COLUMNS = ("annotator_id", "trial_index", "true_label", "chosen_label", "reaction_time")
ATTENTION_CHECK = -99999
MOST_BYTES = 500_000_000
UNSOUND = (zipfile.BadZipFile, OSError, KeyError, ValueError, EOFError, RuntimeError, zlib.error)


def read_counts(folder: Path, entry: DatasetEntry) -> Payload:
    """Return the numbers of labels, (n, classes), which must agree with the published shares.

    Raises:
        DataCorrupted: a file is no array, or the two disagree.
    """
    try:
        votes, shares = (np.load(folder / name, allow_pickle=False) for name in (COUNTS, PROBS))
    except (OSError, ValueError, EOFError) as error:
        raise DataCorrupted(f"{entry.name}: {COUNTS} and {PROBS} must be arrays: {error}") from error
    whole = votes.astype(np.int64) if votes.dtype.kind in "iuf" and np.isfinite(votes).all() else None
    if whole is None or votes.ndim != 2 or not np.array_equal(whole, votes) or shares.shape != votes.shape:
        raise DataCorrupted(
            f"{entry.name}: {COUNTS} must hold whole numbers (n, classes) and {PROBS} their shares, got "
            f"{votes.dtype} {votes.shape} and {shares.dtype} {shares.shape}"
        )
    if not np.allclose(shares * whole.sum(axis=1, keepdims=True), whole, atol=1e-6):
        raise DataCorrupted(f"{entry.name}: {PROBS} does not hold the shares of {COUNTS}")
    facts = {"num_classes": whole.shape[1], "reader": "numpy", "folds": "no split"}
    return Payload({"votes": whole}, facts)


def read_annotations(folder: Path, entry: DatasetEntry) -> Payload:
    """Return the true classes and the single labels, with reaction time (ms) and number of the trial.

    Raises:
        DataCorrupted: as :func:`annotations_of`.
    """
    targets, human = annotations_of(folder / RAW_ARCHIVE, entry.options["classes"], entry.options["annotators"])
    facts = {"num_classes": human.num_classes, "num_annotators": human.num_annotators}
    return Payload(
        {"targets": targets, **human.arrays("human_")}, {**facts, "reader": "pandas", "folds": "no split"}
    )


def read_images(folder: Path, entry: DatasetEntry) -> Payload:
    """Return CIFAR-10 with changed roles: official test images first, with their labels; the others test.

    The last ``valid`` official test images validate, with all their labels. Images of the test part have no human
    label; label 0 of annotator 0 stands in its place, is never scored and never given away. Features are as in the
    file: `derive` standardises them.

    Raises:
        DataCorrupted: as :func:`annotations_of` and `cifar10.read_parts`, or the true classes of the labels are not
            those of the images.
    """
    options = entry.options
    tested, trained = read_parts(folder / ARCHIVE)
    targets, human = annotations_of(folder / RAW_ARCHIVE, options["classes"], options["annotators"])
    if not np.array_equal(trained.targets, targets):
        raise DataCorrupted(f"{entry.name}: the true classes in {TABLE} are not those of the test images")
    before, count = len(targets) - options["valid"], len(targets) + len(tested.targets)
    if before < 1:
        raise DataCorrupted(f"{entry.name}: {len(targets)} images do not hold {options['valid']} that validate")
    split = Split(np.arange(before), np.arange(before, len(targets)), np.arange(len(targets), count))
    return crowd_payload(
        np.concatenate([trained.images, tested.images]),
        np.concatenate([targets, tested.targets]),
        split,
        [human],
        {"reader": "tarfile and pandas", "folds": "test images train and validate, training images test"},
    )


def crowd_payload(
    images: np.ndarray, targets: np.ndarray, split: Split, draws: list[Annotations], facts: dict[str, Any]
) -> Payload:
    """Return a `NoisyDataset` as arrays; `draws` are the labels of the first images, others get a placeholder."""
    labelled = draws[0].num_items
    arrays = {
        "images": images,
        "targets": targets,
        **split_arrays([split] * len(draws)),
        "transitions": np.stack([transition_of(targets[d.item], d.label, d.num_classes) for d in draws]),
    }
    for number, draw in enumerate(draws):
        arrays |= _with_placeholders(draw, len(images) - labelled).arrays(f"r{number}_")
    rates = [float(np.mean(d.label != targets[d.item])) for d in draws]
    counts = {"num_classes": draws[0].num_classes, "num_annotators": draws[0].num_annotators}
    return Payload(arrays, {**counts, "noise_rates": rates, **facts})


def _with_placeholders(given: Annotations, more: int) -> Annotations:
    zeros = np.zeros(more, np.int64)
    return Annotations(
        np.concatenate([given.item, given.num_items + np.arange(more)]),
        np.concatenate([given.label, zeros]),
        np.concatenate([given.annotator, zeros]),
        np.concatenate([given.features, np.zeros((more, given.features.shape[1]), np.float32)]),
        given.num_items + more,
        given.num_annotators,
        given.num_classes,
    )


def annotations_of(archive: Path, classes: int, annotators: int) -> tuple[np.ndarray, Annotations]:
    """Return true classes (n,) and single labels in the order of the images; attention checks are dropped.

    Args:
        annotators: their published number.

    Raises:
        DataCorrupted: no such table, columns that are missing or hold no numbers, another number of annotators, an
            image without a label or with two true classes, or labels out of range.
    """
    table = _table(archive)
    table = table[:, table[0] != ATTENTION_CHECK]
    image, annotator, trial, truth, label, time = table
    item = image.astype(np.int64)
    try:
        if not len(item) or item.min() < 0:
            raise ValueError(f"images must be numbered from 0 or marked {ATTENTION_CHECK}")
        people, author = np.unique(annotator, return_inverse=True)
        if len(people) != annotators:
            raise ValueError(f"expected {annotators:,} annotators, got {len(people):,}")
        order = np.argsort(item, kind="stable")
        targets = np.zeros(item.max() + 1, np.int64)
        targets[item] = truth
        if not np.array_equal(targets[item], truth):
            raise ValueError("an image has two true classes")
        features = np.stack([time, trial], axis=1)[order].astype(np.float32)
        human = Annotations(
            item[order], label[order].astype(np.int64), author[order], features, len(targets), annotators, classes
        )
    except ValueError as error:
        raise DataCorrupted(f"{archive.name}: {TABLE}: {error}") from error
    return targets, human


def _table(archive: Path) -> np.ndarray:
    """Return image, annotator, trial, true class, label and time of each row, (6, rows) float64."""
    import pandas as pd

    try:
        with zipfile.ZipFile(archive) as zipped:
            member = zipped.getinfo(TABLE)
            if member.file_size > MOST_BYTES:
                raise ValueError(f"{TABLE} has {member.file_size:,} bytes, more than {MOST_BYTES:,}")
            with zipped.open(member) as file:
                frame = pd.read_csv(file, usecols=lambda name: name in (*INDEX, *COLUMNS))
        index = next((name for name in INDEX if name in frame), INDEX[0])
        annotator, trial, truth, label, time = (frame[name].to_numpy(np.float64) for name in COLUMNS)
        found = np.stack([frame[index].to_numpy(np.float64), annotator, trial, truth, label, time])
    except UNSOUND as error:
        raise DataCorrupted(f"{archive.name} must hold {TABLE} with numbers in its columns: {error}") from error
    if not np.isfinite(found).all():
        raise DataCorrupted(f"{archive.name}: {TABLE} lacks a number in one of its columns")
    return found
