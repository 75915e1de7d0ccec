"""The smallest protocol on held-out images: learn from labelled images, score unlabelled ones."""

from abc import abstractmethod

from harness.contract.contender import Contender, Model
from harness.contract.context import Context
from harness.contract.protocol import Capability
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.images.held_out_images import HeldOutImages


class ImageLearner(Contender):
    """Contract: learn from labelled images, return a model that scores unlabelled ones."""

    @abstractmethod
    def fit(self, train: ImageSet, valid: ImageSet, context: Context) -> Model:
        """Learn from `train`; `valid` is for selection."""


class LabelledImages(HeldOutImages):
    """Trials of classification of held-out images."""

    name = "labelled-images"
    capabilities = (Capability("fit", "(train, valid, context) -> model", "learning from labelled images"),)

    def expected_format(self, data: ImageDataset) -> str:
        return f"scores ({len(data.splits[0].test)}, {data.num_classes})"
