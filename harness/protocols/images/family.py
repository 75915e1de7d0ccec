"""The declarations of the family `images`."""

from harness.contract.family import Family
from harness.protocols.images.catalogue import DATASETS

FAMILY = Family("images", "Images", datasets=DATASETS)
