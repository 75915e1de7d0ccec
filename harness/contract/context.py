"""Context of a trial: services of the harness for a running contender."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.contract.options import NoOptions
from harness.errors import UnknownStream
from harness.seeds import derive_seed
from harness.trial import Trial

if TYPE_CHECKING:
    import torch


@dataclass
class Context:
    """Named random streams, device, time budget, folders and the learning curve of one trial.

    Attributes:
        trial: the trial that runs.
        options: options of the task, as the protocol's dataclass.
        streams: the purposes that the contender declared.
        device: ``"cpu"`` or ``"cuda:i"``.
        threads: number of threads that the trial may use; torch, BLAS and numba are pinned to it already.
        scratch: a folder of this trial alone, deleted afterwards.
        cache: a folder shared by all trials for results derived from inputs alone (never from targets).
        deadline: `time.monotonic()` at which the trial is stopped.
    """

    trial: Trial
    options: Any = field(default_factory=NoOptions)
    streams: Sequence[str] = ("init", "batches", "dropout")
    device: str = "cpu"
    threads: int = 1
    scratch: Path = field(default_factory=Path.cwd)
    cache: Path = field(default_factory=Path.cwd)
    deadline: float = float("inf")
    curve: list[dict[str, float]] = field(default_factory=list)
    configuration: int = 0

    def seed(self, purpose: str) -> int:
        """Return the seed of a stream: a hash of task, fold, seed, configuration and purpose.

        The contender's name is left out, so that two contenders see the same batches in the same trial (paired
        comparison).

        Raises:
            UnknownStream: the contender did not declare `purpose` in ``streams``.
        """
        if purpose not in self.streams:
            declared = ", ".join(self.streams)
            raise UnknownStream(
                f"random stream {purpose!r} is not declared (declared: {declared}). "
                f"Add it to the contender's `streams`."
            )
        t = self.trial
        return derive_seed("stream", t.task, t.fold, t.seed, self.configuration, purpose)

    def stream(self, purpose: str) -> np.random.Generator:
        """Return a fresh numpy generator for `purpose`; raises as :meth:`seed` does."""
        return np.random.default_rng(self.seed(purpose))

    def torch_stream(self, purpose: str) -> "torch.Generator":
        """Return a fresh torch generator (on the CPU) for `purpose`; raises as :meth:`seed` does."""
        import torch

        return torch.Generator().manual_seed(self.seed(purpose))

    @contextmanager
    def seeded(self, purpose: str) -> Iterator[None]:
        """Run torch's global generator from the stream `purpose`, and put it back afterwards.

        For library layers that draw their initial weights or dropout masks from the global generator.
        """
        import torch

        devices = [self.device] if self.device.startswith("cuda") else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(self.seed(purpose))
            yield

    def log(self, step: int, **metrics: float) -> None:
        """Add a row to the learning curve."""
        self.curve.append({"configuration": self.configuration, "step": step, **_floats(metrics)})

    def time_left(self) -> float:
        """Return the seconds until the trial is stopped."""
        return self.deadline - time.monotonic()


def _floats(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items()}
