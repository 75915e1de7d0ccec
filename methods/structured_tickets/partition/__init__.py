"""Partition of a mask's rows into balanced groups with similar supports."""

from methods.structured_tickets.partition.balance import capacity
from methods.structured_tickets.partition.rows import METHODS, partition_rows

__all__ = ["METHODS", "capacity", "partition_rows"]
