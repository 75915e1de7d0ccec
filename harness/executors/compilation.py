"""Seconds that numba spends in its compiler, which are reported apart from measured times."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from numba.core import event

COMPILING = "numba:compile"
"""Event of a compilation proper."""
PREPARING = "numba:compiler_lock"
"""Event of a compilation, and of loading compiled code from the cache."""


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
def compilation(kind: str = COMPILING) -> Iterator[Compilation]:
    """Watch numba's events of a kind in this process while the body runs."""
    watcher = Compilation()
    with event.install_listener(kind, watcher):
        yield watcher
