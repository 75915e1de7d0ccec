"""Time of the parts of an average step."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from harness.protocols.gradients.data_parallel.communication import Counter


@dataclass(frozen=True)
class StepTimes:
    """Mean seconds of the parts of a step on one rank.

    Attributes:
        step: the whole step.
        encode, communicate, decode: parts of the hook; communication includes waiting for slower ranks.
        optimizer: the parameter update.
        compute: forward and backward pass, the remaining time.
    """

    step: float
    encode: float
    communicate: float
    decode: float
    optimizer: float

    @property
    def compute(self) -> float:
        return max(0.0, self.step - self.encode - self.communicate - self.decode - self.optimizer)


class Stopwatch:
    """Stopwatch that adds up the times of steps; the first is not counted."""

    def __init__(self, counter: Counter) -> None:
        self._counter, self._steps, self._optimizer = counter, 0, 0.0
        self._began = time.perf_counter()
        self._first = (0.0, 0.0, 0.0)

    def update(self, optimizer: torch.optim.Optimizer) -> None:
        """Make the step's update."""
        began = time.perf_counter()
        optimizer.step()
        now = time.perf_counter()
        self._steps += 1
        if self._steps == 1:
            self._began, self._first = now, self._spent()
        else:
            self._optimizer += now - began

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Exclude the time of the block from the steps."""
        began = time.perf_counter()
        yield
        self._began += time.perf_counter() - began

    def _spent(self) -> tuple[float, float, float]:
        ledger = self._counter.ledger()
        return ledger.encode, ledger.communicate, ledger.decode

    def times(self) -> StepTimes:
        """Return the mean over the steps so far; zeros if there was only one."""
        counted = self._steps - 1
        if counted < 1:
            return StepTimes(0.0, 0.0, 0.0, 0.0, 0.0)
        encode, communicate, decode = [
            (now - first) / counted for now, first in zip(self._spent(), self._first, strict=True)
        ]
        step = (time.perf_counter() - self._began) / counted
        return StepTimes(step, encode, communicate, decode, self._optimizer / counted)
