"""The declarations of the family `gradients`."""

from harness.contract.family import Family

FAMILY = Family("gradients", "Gradient compression")
