"""Rosters: the contenders and kernels of a folder, one line each, without importing any of them."""

from dataclasses import dataclass
from typing import Literal

ContenderKind = Literal["method", "baseline", "control", "plug-in"]


@dataclass(frozen=True)
class ContenderEntry:
    """A contender by name.

    Attributes:
        kind: a paper's *method*, a *baseline*, a *control* that isolates a cause of a result, or a *plug-in*.
        target: ``module:attribute`` of its class.
    """

    name: str
    protocol: str
    kind: ContenderKind
    title: str
    target: str

    @property
    def module(self) -> str:
        """The module of the class."""
        return self.target.partition(":")[0]


@dataclass(frozen=True)
class KernelEntry:
    """A kernel by name; `target` is ``module:attribute`` of its declaration."""

    name: str
    title: str
    target: str

    @property
    def module(self) -> str:
        """The module of the declaration."""
        return self.target.partition(":")[0]


@dataclass(frozen=True)
class Roster:
    """The contenders and kernels that a folder holds: ``ROSTER`` in its module ``roster``."""

    contenders: tuple[ContenderEntry, ...] = ()
    kernels: tuple[KernelEntry, ...] = ()

    def __post_init__(self) -> None:
        for entries, kind in ((self.contenders, ContenderEntry), (self.kernels, KernelEntry)):
            for entry in entries:
                if not isinstance(entry, kind):
                    raise TypeError(f"a roster holds entries of type {kind.__name__}, got {entry!r}")
