"""The declarations of the family `images`."""

from harness.contract.family import Family

FAMILY = Family("images", "Images")
