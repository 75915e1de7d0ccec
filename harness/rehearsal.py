"""Rehearsals: before its first measured trial each contender runs a smoke task of its protocol once, unmeasured.

A rehearsal compiles into numba's cache and shows which modules a contender imports late. The fork server of the
measured trials then imports the modules and loads the compiled code, so that a first call is no part of a trial's
time or memory. A contender needs to declare nothing.

A rehearsal runs in a process of its own, on data whose withheld targets are permuted, and its folder for
intermediate results is thrown away: nothing of a task's test part, and no random state, reaches a trial through it.
It is repeated when the code of the contender or a library changes, and when numba's cache is deleted.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

from harness import catalog
from harness.contract_check import small_tasks
from harness.data.access import DataAccess
from harness.environment import capture
from harness.errors import BenchError
from harness.executors.executor import Executor
from harness.executors.job import Job, TrialLimits
from harness.executors.local import numba_cache
from harness.plan import PlannedTrial
from harness.trial import Trial, canonical
from harness.views import Views

LONGEST_SECONDS = 300.0
PROFILE = "smoke"
WAIT_SECONDS = 0.2


@dataclass
class Rehearsed:
    """Modules that each contender imports late, remembered between runs by the code of contender and libraries."""

    file: Path
    libraries: str = field(default_factory=lambda: _libraries())
    modules: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, access: DataAccess) -> "Rehearsed":
        """Read them; none count without numba's cache, and a damaged file counts as empty."""
        found = cls(access.cache / "identity" / "rehearsals.json")
        with suppress(OSError, ValueError, AttributeError, TypeError):
            if numba_cache(access.derived).is_dir():
                content = json.loads(found.file.read_text())
                found.modules = {str(memo): tuple(map(str, names)) for memo, names in content.items()}
        return found

    def save(self) -> None:
        """Write them; failing to is not an error."""
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            partial = self.file.with_name(f".{self.file.name}.{os.getpid()}")
            partial.write_text(json.dumps(self.modules))
            partial.replace(self.file)

    def of(self, todo: Iterable[PlannedTrial]) -> tuple[str, ...]:
        """Return the modules that the contenders of trials import late, as far as known."""
        memos = dict.fromkeys(map(self._memo, todo))
        return tuple(dict.fromkeys(name for memo in memos for name in self.modules.get(memo, ())))

    def lacking(self, todo: Iterable[PlannedTrial]) -> dict[str, str]:
        """Return the contenders of trials that must rehearse, with the keys to remember them by."""
        memos = {planned.trial.contender: self._memo(planned) for planned in todo}
        return {name: memo for name, memo in memos.items() if memo not in self.modules}

    def _memo(self, planned: PlannedTrial) -> str:
        return f"{planned.fingerprints.code}:{planned.trial.contender}:{self.libraries}"


def rehearse(
    contenders: Mapping[str, str],
    rehearsed: Rehearsed,
    views: Views,
    limits: TrialLimits,
    executor: Callable[[], Executor],
    stopped: Callable[[], bool],
) -> None:
    """Let contenders rehearse and remember what they import; those that fail are left to their trials.

    Args:
        contenders: names, with the keys to remember them by.
        views: views with the withheld targets permuted.
        executor: returns an executor to enter; its workers use the cache of compiled code of later trials.
        stopped: whether the run was interrupted.

    Raises:
        ValueError: the views hold the true targets.
    """
    if not views.permute_withheld:
        raise ValueError("a rehearsal must not see the withheld targets: permute them")
    shorter = replace(limits, seconds=min(limits.seconds, LONGEST_SECONDS))
    jobs = [job for n, name in enumerate(contenders) if (job := _job(n, name, views, shorter)) is not None]
    if not jobs or stopped():
        return
    with executor() as workers:
        while jobs or workers.running:
            if stopped():
                workers.abandon()
                return
            while jobs and workers.has_room(jobs[0]):
                workers.submit(jobs.pop(0))
            for outcome in workers.wait(WAIT_SECONDS):
                if outcome.status == "done":
                    memo = contenders[outcome.job.trial.contender]
                    rehearsed.modules[memo] = tuple(filter(_importable, outcome.modules))
                    rehearsed.save()  # at once: the run may be killed


def _job(number: int, contender: str, views: Views, limits: TrialLimits) -> Job | None:
    """Return the rehearsal of a contender; None where its protocol has no smoke task with data."""
    try:
        (task, *_) = small_tasks(catalog.contender(contender), (), PROFILE)
        job = views.job(number, task, Trial(task.name, contender, profile=PROFILE), limits)
        return replace(job, rehearsal=True, exclusive=False)
    except BenchError:
        return None


def _importable(name: str) -> bool:
    """Return whether a name is that of a module which the fork server may import; a worker reported it."""
    return len(name) < 200 and all(part.isidentifier() for part in name.split("."))


def _libraries() -> str:
    known = capture()
    content: Sequence[object] = (known["python"], known["packages"], known["cpu"])
    return blake2b(canonical(content).encode(), digest_size=8).hexdigest()
