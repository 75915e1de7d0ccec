"""The declarations of the family `attacks`."""

from harness.contract.family import Family

FAMILY = Family("attacks", "Attacks")
