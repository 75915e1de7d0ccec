"""Catalog of all declarations by name: found by listing folders and entry points, imported on use.

A suite is a file of ``harness/suites``; a folder of ``methods`` or ``baselines`` has its contenders and kernels in
``roster``, a method its claims in ``claims``. A package adds a contender in the entry point group
``bench.contenders.<protocol>`` (hyphens become underscores), a kernel in ``bench.kernels``, a whole roster in
``bench.rosters``, a task in ``bench.tasks``, a suite in ``bench.suites``, a tuple of claims in ``bench.claims``:

    [project.entry-points."bench.contenders.graph_classification"]
    my-pool = "my_package.pooling:MyPool"

    [project.entry-points."bench.tasks"]
    my-task = "my_package.tasks:TASK"

Importing this module imports no contender, no task's data and no numerical library.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from harness import rosters
from harness.contract.roster import ContenderEntry, KernelEntry
from harness.errors import CapabilityMissing, DeclarationError, UnknownName, suggestion
from harness.families import protocol_entries, protocol_entry
from harness.plugins import plugins
from harness.task import Suite, Task

if TYPE_CHECKING:
    from harness.contract.protocol import Protocol
    from harness.kernels.contract import Kernel

SUITES = "harness.suites"


@cache
def contenders() -> dict[str, ContenderEntry]:
    """Return every contender by name."""
    return rosters.contenders(protocol_entries())


@cache
def kernels() -> dict[str, KernelEntry]:
    """Return every kernel by name."""
    return rosters.kernels()


@cache
def suites() -> dict[str, Suite]:
    """Return every suite by name: ours, then those of packages, which cannot replace one of ours."""
    files = [module.name for module in iter_modules(import_module(SUITES).__path__)]
    found: list[Suite] = [import_module(f"{SUITES}.{file}").SUITE for file in files]
    known = {suite.name: suite for suite in found}
    for _, suite in plugins("bench.suites", Suite):
        known.setdefault(suite.name, suite)
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
    return tuple(task for _, task in plugins("bench.tasks", Task))


def suite_tasks(suite: Suite) -> list[Task]:
    """Return the suite's tasks and the plug-in tasks whose protocol it covers."""
    return [*suite.tasks, *(t for t in plugin_tasks() if t.protocol in suite.contenders)]


def task_contenders(suite: Suite, task: Task) -> list[str]:
    """Return the names of a task's contenders: its own, or those of the suite for its protocol and the plug-ins."""
    if task.contenders:
        return list(task.contenders)
    listed = suite.contenders.get(task.protocol, ())
    added = (c.name for c in contenders().values() if c.kind == "plug-in" and c.protocol == task.protocol)
    return list(dict.fromkeys([*listed, *added]))


def suite_contenders(suite: Suite) -> list[str]:
    """Return the names of the contenders of all tasks of a suite."""
    return list(dict.fromkeys(name for task in suite_tasks(suite) for name in task_contenders(suite, task)))


def contender_tasks() -> dict[str, list[tuple[Suite, Task]]]:
    """Return the tasks of each contender, with their suites, by its name; a contender of no task is left out."""
    found: dict[str, list[tuple[Suite, Task]]] = {}
    for suite in suites().values():
        for task in suite_tasks(suite):
            for name in task_contenders(suite, task):
                found.setdefault(name, []).append((suite, task))
    return found


def check_task(suite: Suite, task: Task) -> None:
    """Check that the contenders of a task exist and are of its protocol, and that its reference is one of them.

    Raises:
        DeclarationError: names the task and the first contender at fault.
    """
    fitting = [entry.name for entry in contenders().values() if entry.protocol == task.protocol]
    place = f"task {task.name!r} of suite {suite.name!r}"
    names = task_contenders(suite, task)
    if task.reference and task.reference not in names:
        raise DeclarationError(f"{place} has reference {task.reference!r}; expected one of {', '.join(names)}")
    for name in names:
        if name in fitting:
            continue
        if name in contenders():
            other = contenders()[name].protocol
            raise DeclarationError(
                f"{place} names contender {name!r} of protocol {other}; expected one of {task.protocol}"
            )
        raise DeclarationError(
            f"{place} names an unknown contender {name!r}{suggestion(name, fitting)} "
            "`bench list contenders` lists them all."
        )


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
