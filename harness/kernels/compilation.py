"""Seconds of compilation by numba, which are reported apart from the times."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from numba.core import event


@dataclass
class Compilation(event.Listener):
    """Sum of the wall seconds of compilations; a nested one counts once."""

    seconds: float = 0.0
    depth: int = 0
    started: float = 0.0

    def on_start(self, event: Any) -> None:
        if self.depth == 0:
            self.started = time.perf_counter()
        self.depth += 1

    def on_end(self, event: Any) -> None:
        self.depth -= 1
        if self.depth == 0:
            self.seconds += time.perf_counter() - self.started


@contextmanager
def compilation() -> Iterator[Compilation]:
    """Watch the compilations of this process while the body runs."""
    watcher = Compilation()
    with event.install_listener("numba:compile", watcher):
        yield watcher
