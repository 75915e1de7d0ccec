"""Fixed folds: stratified ones, one stratified split, and the rotation of test lists."""

from collections.abc import Sequence

import numpy as np

from harness.contract.split import Split
from harness.seeds import stream


def rotated(test_lists: Sequence[np.ndarray], num_items: int) -> tuple[Split, ...]:
    """Return one split per fold: test = list f, validation = list f-1 (the first takes the last), train = the rest.

    Items that no list names are trained on in every fold. This is the rule of the pooling literature (Zhang et
    al. 2018, DGCNN; Baek et al. 2021, GMT).

    Raises:
        ValueError: fewer than three lists, or lists that overlap, repeat, are empty or leave 0..num_items-1.
    """
    if len(test_lists) < 3:
        raise ValueError(f"needs at least 3 folds, got {len(test_lists)}")
    if any(len(items) == 0 for items in test_lists):
        raise ValueError("a fold is empty")
    listed = np.concatenate(test_lists)
    if len(np.unique(listed)) != len(listed):
        raise ValueError("test folds overlap or repeat an item")
    if listed.min() < 0 or listed.max() >= num_items:
        raise ValueError(f"items must lie in 0..{num_items - 1}, got {listed.min()}..{listed.max()}")
    return tuple(_split(test_lists[f - 1], test, num_items) for f, test in enumerate(test_lists))


def _split(valid: np.ndarray, test: np.ndarray, num_items: int) -> Split:
    held_out = np.zeros(num_items, dtype=bool)
    held_out[valid] = held_out[test] = True
    return Split(np.flatnonzero(~held_out), np.sort(valid), np.sort(test))


def stratified_folds(targets: np.ndarray, num_folds: int, *seed: object) -> tuple[Split, ...]:
    """Return shuffled stratified folds, rotated; every item is tested once.

    Items are dealt out class by class: in each fold every class has its share up to one item, and fold sizes
    differ by at most one.

    Raises:
        ValueError: more folds than items.
    """
    if len(targets) < num_folds:
        raise ValueError(f"needs at least one item a fold, got {len(targets)} items for {num_folds} folds")
    shuffled = np.argsort(stream("folds", *seed).random(len(targets)), kind="stable")
    dealt = shuffled[np.argsort(targets[shuffled], kind="stable")]
    return rotated([dealt[fold::num_folds] for fold in range(num_folds)], len(targets))


def stratified_split(targets: np.ndarray, train: int, valid: int, *seed: object) -> Split:
    """Return a split with `train` and `valid` items of each class, drawn at random; the rest is the test part.

    Raises:
        ValueError: a class has no item left for the test part.
    """
    fewest = np.bincount(targets).min()
    if fewest <= train + valid:
        raise ValueError(f"every class needs more than {train + valid} items, the smallest has {fewest}")
    order = np.argsort(stream("split", *seed).random(len(targets)), kind="stable")
    members = [order[targets[order] == c] for c in range(int(targets.max()) + 1)]
    train_items = np.sort(np.concatenate([m[:train] for m in members]))
    valid_items = np.sort(np.concatenate([m[train : train + valid] for m in members]))
    rest = np.setdiff1d(order, np.concatenate([train_items, valid_items]))
    return Split(train_items, valid_items, rest)
