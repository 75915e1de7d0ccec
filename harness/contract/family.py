"""The declarations of a family: light values that name its protocols, metrics, options, charts and data sets.

A family is a folder with a module ``family`` that holds ``FAMILY``; ours lie in ``harness/protocols``, a
package adds one in the entry point group ``bench.families``.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.contract.metric import MetricSet
from harness.contract.options import NoOptions

if TYPE_CHECKING:
    from harness.data.entry import DatasetEntry


@dataclass(frozen=True)
class ProtocolEntry:
    """A protocol by name.

    Attributes:
        target: ``module:attribute`` of its class.
        metrics: every metric that it scores, and their tables.
        options: frozen dataclass of a task's options, light to import.
        charts: ``module:function`` of charts of a task's table, in the order of the page; each function takes a
            `TaskTable` and returns a chart, or None where the table has nothing to show.
        hub_type: kind of the tasks in model cards (https://huggingface.co/tasks); "other" where the hub has none.
    """

    name: str
    title: str
    target: str
    metrics: MetricSet
    options: type = NoOptions
    charts: tuple[str, ...] = ()
    hub_type: str = "other"

    @property
    def module(self) -> str:
        """The module of the class."""
        return self.target.partition(":")[0]


@dataclass(frozen=True)
class Family:
    """A family: protocols, data sets and types that tasks of one kind share."""

    name: str
    title: str
    protocols: tuple[ProtocolEntry, ...] = ()
    datasets: "tuple[DatasetEntry, ...]" = ()
