"""Gratings and bundled digits: what they promise."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from harness.data.generated import generate
from harness.families import dataset_entry
from harness.protocols.images.arrays import ImageDataset, ImageSet


def accuracy(data: ImageDataset, features: np.ndarray) -> float:
    split = data.splits[0]
    fitted = LogisticRegression(max_iter=200).fit(features[split.train], data.targets[split.train])
    return float(fitted.score(features[split.test], data.targets[split.test]))


def orientation_energy(images: np.ndarray) -> np.ndarray:
    """The spectrum's magnitude, which does not know the phase, (n, h·w)."""
    grey = images.reshape(*images.shape[:3], -1).mean(axis=3)
    centred = grey - grey.mean(axis=(1, 2), keepdims=True)
    return np.abs(np.fft.fft2(centred)).reshape(len(images), -1) / 1000


@pytest.mark.parametrize(("name", "shape"), [("gratings", (480, 16, 16)), ("gratings-rgb", (480, 32, 32, 3))])
def test_orientation_is_in_the_spectrum_and_in_no_linear_function_of_the_pixels(
    name: str, shape: tuple[int, ...]
) -> None:
    data = generate(dataset_entry(name))
    assert data.images.shape == shape
    assert np.bincount(data.targets).tolist() == [120] * 4
    assert len(data.splits) == 5
    assert accuracy(data, orientation_energy(data.images)) > 0.95
    assert accuracy(data, ImageSet(data.images, 4).flattened()) < 0.5


def test_digits_are_those_of_scikit_learn() -> None:
    data, bundled = generate(dataset_entry("digits")), load_digits()
    assert np.array_equal(data.targets, bundled.target)
    assert np.abs(data.images / 255 - bundled.images / 16).max() <= 0.5 / 255 + 1e-12
    assert (data.images.min(), data.images.max()) == (0, 255)
    tested = np.concatenate([split.test for split in data.splits])
    assert np.array_equal(np.sort(tested), np.arange(1797))
