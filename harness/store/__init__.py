"""The run store: the embedded database of records that a run appends to and everything else reads."""

from harness.store.columns import Columns
from harness.store.database import Counts, RunStore
from harness.store.entries import Entry, Environment, MergeReport
from harness.store.export import FORMATS, export
from harness.store.merge import merge

__all__ = ["FORMATS", "Columns", "Counts", "Entry", "Environment", "MergeReport", "RunStore", "export", "merge"]
