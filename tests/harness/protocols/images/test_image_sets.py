"""Named subsets of real image sets, opened through the front door."""

from pathlib import Path

import numpy as np
import pytest

from harness.data.access import DataAccess
from harness.data.datasets import locate, open_dataset, verify
from harness.protocols.images.arrays import ImageDataset


@pytest.fixture(scope="module")
def real_access(data_root: Path, tmp_path_factory: pytest.TempPathFactory) -> DataAccess:
    return DataAccess(data_root, tmp_path_factory.mktemp("cache"), offline=True)


def opened(name: str, access: DataAccess) -> ImageDataset:
    if locate(name, access).status != "data root":
        pytest.skip(f"{name} is not in the data root")
    data = open_dataset(name, access)
    assert isinstance(data, ImageDataset)
    return data


@pytest.mark.parametrize(("name", "train"), [("mnist-20k", 20_000), ("mnist-10k", 10_000), ("mnist-6k", 6_000)])
def test_subsets_of_mnist_share_validation_and_test(name: str, train: int, real_access: DataAccess) -> None:
    data, full = opened(name, real_access), opened("mnist", real_access)
    (split,), (whole,) = data.splits, full.splits
    assert [len(part) for part in (split.train, split.valid, split.test)] == [train, 5_000, 10_000]
    for part in ("valid", "test"):
        ours, theirs = getattr(split, part), getattr(whole, part)
        assert np.array_equal(data.images[ours], full.images[theirs])
        assert np.array_equal(data.targets[ours], full.targets[theirs])
    if name == "mnist-6k":
        assert np.array_equal(data.images[split.train], full.images[whole.train[:6_000]])
    else:
        shares = np.bincount(full.targets[whole.train]) * train / len(whole.train)
        assert np.abs(np.bincount(data.targets[split.train]) - shares).max() < 1
    assert data.fingerprint != full.fingerprint


def test_a_subset_of_cifar10_jpeg_is_balanced(real_access: DataAccess) -> None:
    data = opened("cifar10-jpeg-8k", real_access)
    (split,) = data.splits
    assert np.bincount(data.targets[split.train]).tolist() == [800] * 10
    assert len(data.images) == 20_000


def test_yale_faces_verify_against_the_manifest(real_access: DataAccess) -> None:
    data = opened("yale-faces", real_access)
    found = verify("yale-faces", real_access)
    assert found.fingerprint == data.fingerprint
    assert data.provenance.startswith("read by scipy.io.loadmat from the data root; 36 images a subject train")
