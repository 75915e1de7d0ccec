"""Interface of all executors, so that a run is independent of where its trials are."""

from types import TracebackType
from typing import Protocol

from harness.executors.job import Job, Outcome
from harness.trial import Trial


class Executor(Protocol):
    """Runs jobs in isolated workers, some at a time.

    A context manager: leaving it kills all running trials. The life of a job: `has_room`, `submit`, then `wait`
    until its outcome comes.
    """

    @property
    def jobs(self) -> int:
        """Largest number of trials that run at a time."""
        ...

    @property
    def running(self) -> list[Trial]:
        """The trials that were submitted and have not ended."""
        ...

    def has_room(self, job: Job) -> bool:
        """Whether `job` may start now; an exclusive job waits for an empty machine and lets nothing in."""
        ...

    def submit(self, job: Job) -> None:
        """Start `job`, for which there must be room."""
        ...

    def wait(self, timeout: float) -> list[Outcome]:
        """Serve the workers for up to `timeout` seconds, or until a job ends; return the outcomes of ended jobs."""
        ...

    def abandon(self) -> None:
        """Kill every running trial; their outcomes are dropped."""
        ...

    def __enter__(self) -> "Executor": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
