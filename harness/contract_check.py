"""Trials that test a contender's contract: does it run, repeat to the bit, and not see withheld targets?"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness import catalog
from harness.contract.roster import ContenderEntry
from harness.data.access import DataAccess
from harness.environment import total_memory
from harness.errors import EmptySelection
from harness.executors.job import Outcome, TrialLimits
from harness.executors.local import LocalExecutor
from harness.families import protocol_entry
from harness.task import Task
from harness.trial import Trial
from harness.views import Views

CHECK_SECONDS = 600.0


def small_tasks(entry: ContenderEntry, patterns: Sequence[str], profile: str) -> list[Task]:
    """Return the tasks to check a contender on: its tasks in the profile that match, or the first of them.

    A contender of no suite is checked on the tasks of its protocol.

    Raises:
        UnknownName: a pattern matches no task.
        EmptySelection: no task of the contender's protocol runs in this profile.
    """
    own = [task for _, task in catalog.contender_tasks().get(entry.name, ())]
    own = own or [task for task in catalog.tasks().values() if task.protocol == entry.protocol]
    fitting = [task for task in own if profile in task.extents]
    names = catalog.select("task", patterns, [t.name for t in fitting])
    if not names:
        raise EmptySelection(f"no task of protocol {entry.protocol} runs in profile {profile!r}")
    chosen = [t for t in fitting if t.name in names]
    return chosen if patterns else chosen[:1]


def try_trial(
    contender: str, task: Task, profile: str, access: DataAccess, *, permute_withheld: bool = False
) -> Outcome:
    """Run the first trial of a task in a worker and score it, without a record.

    Args:
        permute_withheld: shuffle the withheld targets in the parent first.

    Raises:
        ProtocolFault: the protocol is at fault, see `Views.score`.
    """
    trial = Trial(task.name, contender, profile=profile)
    entry = catalog.contender(contender)
    with tempfile.TemporaryDirectory(prefix="bench-check-") as work:
        views = Views(access, Path(work) / "views", permute_withheld)
        job = views.job(0, task, trial, TrialLimits(CHECK_SECONDS, int(0.9 * total_memory())))
        hidden = [str(folder) for folder in (access.root, access.data, views.folder) if folder is not None]
        with LocalExecutor(
            jobs=1,
            threads=1,
            work=Path(work) / "jobs",
            cache=access.derived,
            preload=(protocol_entry(entry.protocol).module, entry.module),
            hidden=hidden,
        ) as executor:
            executor.submit(job)
            while True:
                for outcome in executor.wait(1.0):
                    return views.settled(task, outcome)[0]


def protocol_trial(protocol: str, patterns: Sequence[str], profile: str) -> tuple[str, Task] | None:
    """Return a contender of a protocol and a task to check the protocol by; None if no task runs in the profile.

    The contender is the reference of the task in its suite, or else its first one.

    Raises:
        UnknownName: a pattern matches no task of the protocol.
        DeclarationError: the task names a contender that does not exist.
    """
    fitting = {
        task.name: (suite, task)
        for suite in catalog.suites().values()
        for task in catalog.suite_tasks(suite)
        if task.protocol == protocol and profile in task.extents
    }
    for name in catalog.select("task", patterns, fitting):
        suite, task = fitting[name]
        catalog.check_task(suite, task)
        return suite.reference(task) or catalog.task_contenders(suite, task)[0], task
    return None


def agree(first: Outcome, second: Outcome) -> tuple[bool, str]:
    """Return whether the predictions of two runs agree to the bit, with the result as text."""
    if second.failure is not None:
        return False, f"{second.failure.kind}: {second.failure.message}"
    a, b = (dict(outcome.report.predictions) if outcome.report else {} for outcome in (first, second))
    differing = [name for name in sorted({*a, *b}) if not _identical(a.get(name), b.get(name))]
    if differing:
        return False, f"predictions differ in {', '.join(differing)}"
    return True, "identical predictions"


def _identical(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    if a is None or b is None:
        return False
    return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
