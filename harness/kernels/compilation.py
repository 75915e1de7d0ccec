"""How long numba compiles while something runs: shown apart from the times, and never part of one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from numba.core import event


@dataclass
class Compilation(event.Listener):
    """Sums the wall seconds between the start and the end of compilations; one within another counts once."""

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
