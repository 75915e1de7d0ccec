"""The declarations of the family `pruning`."""

from harness.contract.family import Family

FAMILY = Family("pruning", "Pruning")
