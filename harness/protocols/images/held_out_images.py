"""Base of the protocols on images: the test images themselves arrive only after ``fit``."""

from collections.abc import Mapping

import numpy as np

from harness.contract.supervised import SupervisedProtocol
from harness.protocols.images.arrays import ImageDataset, ImageSet


class HeldOutImages(SupervisedProtocol):
    """Base of protocols on labelled images."""

    sees = "images and targets of the training and validation parts; nothing of the test part, not even the images"

    def cut(self, data: ImageDataset, index: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"images": data.images[index]}

    def items(
        self, shared: None, arrays: Mapping[str, np.ndarray], classes: int, targets: np.ndarray | None
    ) -> ImageSet:
        return ImageSet(arrays["images"], classes, targets)
