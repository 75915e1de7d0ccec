"""What exists, by name: lazy strings that are imported on use, and what plug-in packages add by entry point.

A third-party package adds a contender in the entry point group ``bench.contenders.<protocol>`` (hyphens become
underscores), a task in ``bench.tasks``, a suite in ``bench.suites``, a kernel in ``bench.kernels``:

    [project.entry-points."bench.contenders.graph_classification"]
    my-pool = "my_package.pooling:MyPool"

    [project.entry-points."bench.tasks"]
    my-task = "my_package.tasks:TASK"

Importing this module imports no contender, no task's data and no numerical library.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from harness.errors import CapabilityMissing, UnknownName
from harness.families import protocol_entries, protocol_entry
from harness.roster import ROSTER, Kind
from harness.task import Suite, Task

if TYPE_CHECKING:
    from harness.contract.protocol import Protocol
    from harness.kernels.contract import Kernel

T = TypeVar("T")


@dataclass(frozen=True)
class ContenderEntry:
    """A contender by name.

    Attributes:
        target: ``module:attribute`` of its class.
        kind: a paper's *method*, a *baseline*, a *control* that shows what a result may be due to, or a *plug-in*.
    """

    name: str
    target: str
    protocol: str
    kind: Kind
    title: str

    @property
    def module(self) -> str:
        """The module of the class."""
        return self.target.partition(":")[0]


@dataclass(frozen=True)
class KernelEntry:
    """A kernel by name; `target` is ``module:attribute`` of its declaration."""

    name: str
    target: str
    title: str

    @property
    def module(self) -> str:
        """The module of the declaration."""
        return self.target.partition(":")[0]


SUITES = {
    "graph": "harness.suites.graph:SUITE",
    "sparse": "harness.suites.sparse:SUITE",
    "robust": "harness.suites.robust:SUITE",
}

KERNELS = {
    name: KernelEntry(name, target, title)
    for name, target, title in (
        ("coding-tree", "methods.sep.coding_tree_kernel:KERNEL", "structural-entropy coding tree of a graph"),
        ("hash-sparsification", "methods.dragonn.kernel:KERNEL", "hash selection of large gradient entries"),
        (
            "regrouping",
            "methods.structured_tickets.regrouping_kernel:KERNEL",
            "dense blocks from an unstructured mask",
        ),
        (
            "block-inference",
            "methods.structured_tickets.inference.kernel:KERNEL",
            "convolution by the dense blocks of a ticket",
        ),
        (
            "block-sparse-recovery",
            "methods.block_sparse_attack.kernel:KERNEL",
            "group-sparse codes of many signals in one dictionary",
        ),
    )
}


@cache
def contenders() -> dict[str, ContenderEntry]:
    """Return every contender by name; plug-ins come last and cannot replace one of ours."""
    known = {
        name: ContenderEntry(name, target, protocol, kind, title) for name, protocol, kind, title, target in ROSTER
    }
    for protocol in protocol_entries():
        for point in _entry_points(f"bench.contenders.{protocol.replace('-', '_')}"):
            title = f"from {point.dist.name}" if point.dist else "plug-in"
            known.setdefault(point.name, ContenderEntry(point.name, point.value, protocol, "plug-in", title))
    return known


@cache
def kernels() -> dict[str, KernelEntry]:
    """Return every kernel by name; plug-ins (entry point group ``bench.kernels``) cannot replace one of ours."""
    known = dict(KERNELS)
    for point in _entry_points("bench.kernels"):
        title = f"from {point.dist.name}" if point.dist else "plug-in"
        known.setdefault(point.name, KernelEntry(point.name, point.value, title))
    return known


@cache
def suites() -> dict[str, Suite]:
    """Return every suite by name."""
    known: dict[str, Suite] = {name: resolve(target) for name, target in SUITES.items()}
    for name, suite in _plugins("bench.suites", Suite):
        known.setdefault(name, suite)
    return known


@cache
def tasks() -> dict[str, Task]:
    """Return every task by name: the suites' and the plug-ins'."""
    known = {task.name: task for suite in suites().values() for task in suite.tasks}
    for task in plugin_tasks():
        known.setdefault(task.name, task)
    return known


@cache
def plugin_tasks() -> tuple[Task, ...]:
    """Return the tasks that installed packages add."""
    return tuple(task for _, task in _plugins("bench.tasks", Task))


def suite_tasks(suite: Suite) -> list[Task]:
    """Return the suite's tasks and the plug-in tasks whose protocol it covers."""
    return [*suite.tasks, *(t for t in plugin_tasks() if t.protocol in suite.contenders)]


def suite_contenders(suite: Suite, protocol: str) -> list[str]:
    """Return the suite's contenders for a protocol, then the installed plug-ins for it."""
    listed = list(suite.contenders.get(protocol, ()))
    plugins = [c.name for c in contenders().values() if c.kind == "plug-in" and c.protocol == protocol]
    return listed + [name for name in plugins if name not in listed]


def suite(name: str) -> Suite:
    """Return a suite; raises UnknownName."""
    return _lookup("suite", name, suites(), "bench list suites")


def task(name: str) -> Task:
    """Return a task; raises UnknownName."""
    return _lookup("task", name, tasks(), "bench list tasks")


def contender(name: str) -> ContenderEntry:
    """Return a contender's entry; raises UnknownName."""
    return _lookup("contender", name, contenders(), "bench list contenders")


def protocol(name: str) -> "Protocol":
    """Return a protocol instance; raises UnknownName."""
    loaded: Protocol = resolve(protocol_entry(name).target)()
    return loaded


def kernel(name: str) -> "Kernel":
    """Return a kernel's declaration; raises UnknownName."""
    return resolve(_lookup("kernel", name, kernels(), "bench list kernels").target)


def contender_class(name: str) -> type:
    """Import a contender and check it against its protocol.

    Raises:
        UnknownName: no such contender.
        CapabilityMissing: the target cannot be found, or lacks what its protocol requires.
    """
    entry = contender(name)
    cls = resolve(entry.target)
    protocol(entry.protocol).check(cls, name)
    return cls


def resolve(target: str) -> Any:
    """Import ``module:attribute``.

    Raises:
        CapabilityMissing: the module has no such attribute. Errors of the import itself pass through.
    """
    module, _, attribute = target.partition(":")
    loaded = import_module(module)
    try:
        return getattr(loaded, attribute)
    except AttributeError:
        raise CapabilityMissing(f"module {module} has no attribute {attribute!r} (from {target!r})") from None


def select(kind: str, patterns: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the names that match any of the glob patterns, in the order of `names`; no pattern means all.

    Raises:
        UnknownName: a pattern matches nothing.
    """
    names, patterns = list(names), list(patterns)
    if not patterns:
        return names
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UnknownName(kind, pattern, names, listing=f"bench list {kind}s")
    return [name for name in names if any(fnmatchcase(name, p) for p in patterns)]


def _lookup(kind: str, name: str, known: Mapping[str, Any], listing: str) -> Any:
    if name not in known:
        raise UnknownName(kind, name, known, listing=listing)
    return known[name]


def _plugins(group: str, kind: type[T]) -> Iterator[tuple[str, T]]:
    """Load what installed packages add; a package that is broken is named on standard error and left out."""
    for point in _entry_points(group):
        package = point.dist.name if point.dist else "an installed package"
        try:
            loaded = point.load()
        except (Exception, SystemExit) as error:
            fault = f"{type(error).__name__}: {error}"
        else:
            if isinstance(loaded, kind):
                yield point.name, loaded
                continue
            fault = f"expected a {kind.__name__}, got {type(loaded).__name__}"
        print(f"bench: {group} {point.name!r} of {package} left out: {fault}", file=sys.stderr)


def _entry_points(group: str) -> Iterable[Any]:
    from importlib.metadata import entry_points

    try:
        return entry_points(group=group)
    except Exception:  # whatever a damaged file of some installed package raises
        return [point for point in _sound_entry_points() if point.group == group]


@cache
def _sound_entry_points() -> tuple[Any, ...]:
    """Return the entry points of every package that can be read; name the others on standard error."""
    from importlib.metadata import distributions

    found: list[Any] = []
    for distribution in distributions():
        try:
            found += distribution.entry_points
        except Exception as error:
            place = getattr(distribution, "_path", "an installed package")
            fault = f"{type(error).__name__}: {error}"
            print(f"bench: the entry points in {place} are left out: {fault}", file=sys.stderr)
    return tuple(found)
