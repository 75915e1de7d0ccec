"""The declarations of the family `graphs`."""

from harness.contract.family import Family

FAMILY = Family("graphs", "Graphs")
