"""Times that can be ranked together: of one machine, with as many trials beside them, without first calls."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.statistics import plural

if TYPE_CHECKING:
    from harness.store import Columns


@dataclass(frozen=True)
class TimeGroup:
    """Records whose times and memory were measured alike.

    Attributes:
        environment: fingerprint of the machine and its libraries.
        jobs, threads: trials at a time, and threads of each.
        first_call: ``excluded``, ``included`` or ``unknown``; see :class:`harness.trial.Resources`.
        index: rows of the records, (n,), ascending.
    """

    environment: str
    jobs: int
    threads: int
    first_call: str
    index: np.ndarray

    @property
    def alone(self) -> bool:
        """Whether each trial had the machine for itself."""
        return self.jobs == 1

    @property
    def ranked(self) -> bool:
        """Whether a ranking of these times says anything: a first call may take longer than all the rest."""
        return self.first_call == "excluded"

    def __str__(self) -> str:
        beside = "alone" if self.alone else f"{self.jobs} at a time"
        first = {"excluded": "", "included": ", first calls included", "unknown": ", first calls may be included"}
        return f"{beside}, {plural(self.threads, 'thread')} each, machine {self.environment[:8]}" + first.get(
            self.first_call, ""
        )


def comparable_times(columns: "Columns", index: np.ndarray) -> tuple[TimeGroup, ...]:
    """Partition the records of a task into groups whose times can be ranked together, the largest first.

    Args:
        index: rows of the records, (n,); failed trials may be among them.

    Returns:
        Disjoint groups that cover `index`; none for no records. Of equally large ones the newest comes first.
    """
    rows = np.sort(np.asarray(index, dtype=np.int64))
    found: dict[tuple[str, int, int, str], list[int]] = {}
    for row in rows.tolist():
        kind = (
            str(columns.environment[row]),
            int(columns.jobs[row]),
            int(columns.threads[row]),
            str(columns.first_call[row]),
        )
        found.setdefault(kind, []).append(row)
    groups = [TimeGroup(*kind, np.array(members, dtype=np.int64)) for kind, members in found.items()]
    newest = sorted(groups, key=lambda group: max(columns.created[group.index]), reverse=True)
    return tuple(sorted(newest, key=lambda group: -len(group.index)))
