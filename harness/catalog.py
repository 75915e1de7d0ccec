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

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from harness import rosters
from harness.contract.roster import ContenderEntry, KernelEntry
from harness.declared import by_name, extended
from harness.errors import CapabilityMissing, DeclarationError, ProtocolFault, UnknownName, suggestion
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
def our_suites() -> dict[str, Suite]:
    """Return our suites by name.

    Raises:
        DeclarationError: two have the same name, or two tasks have.
    """
    files = [f"{SUITES}.{module.name}" for module in iter_modules(import_module(SUITES).__path__)]
    known: dict[str, Suite] = by_name("suite", ((file, import_module(file).SUITE) for file in files))
    by_name("task", ((f"suite {suite.name!r}", task) for suite in known.values() for task in suite.tasks))
    return known


@cache
def suites() -> dict[str, Suite]:
    """Return every suite by name: ours, then those of packages, which cannot replace one of ours.

    A task of a package's suite that repeats the name of another task is left out and named on standard error; the
    suite may reuse a task of ours unchanged.
    """
    ours = our_suites()
    added = ((f"bench.suites {point!r}", suite) for point, suite in plugins("bench.suites", Suite))
    known = {task.name: task for suite in ours.values() for task in suite.tasks}
    found = extended("suite", ours, added)
    return {name: suite if name in ours else _without_rivals(suite, known) for name, suite in found.items()}


def _without_rivals(suite: Suite, known: dict[str, Task]) -> Suite:
    """Return a package's suite without tasks that repeat a name; `known` gets the others."""
    own: dict[str, Task] = {}
    for task in suite.tasks:
        if task.name in own or known.setdefault(task.name, task) != task:
            place = f"task {task.name!r} of suite {suite.name!r}"
            print(f"bench: {place} left out: another task has this name", file=sys.stderr)
        else:
            own[task.name] = task
    return replace(suite, tasks=tuple(own.values()))


@cache
def tasks() -> dict[str, Task]:
    """Return every task by name: those of our suites, of packages' suites, then single ones of packages."""
    return {task.name: task for task in (*_tasks_of_suites().values(), *plugin_tasks())}


@cache
def plugin_tasks() -> tuple[Task, ...]:
    """Return the tasks that packages add outside suites; one that repeats a name is left out and named."""
    known = _tasks_of_suites()
    added = ((f"bench.tasks {point!r}", task) for point, task in plugins("bench.tasks", Task))
    return tuple(task for name, task in extended("task", known, added).items() if name not in known)


def _tasks_of_suites() -> dict[str, Task]:
    return {task.name: task for suite in suites().values() for task in suite.tasks}


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
    """Check that a task has contenders, that they are of its protocol, and that its reference is one of them.

    Raises:
        DeclarationError: names the task and the first contender at fault.
    """
    fitting = [entry.name for entry in contenders().values() if entry.protocol == task.protocol]
    place = f"task {task.name!r} of suite {suite.name!r}"
    names = task_contenders(suite, task)
    if not names:
        raise DeclarationError(f"{place} has no contenders; name some in the suite's contenders[{task.protocol!r}]")
    reference, allowed = suite.reference(task), names if task.reference else fitting
    if reference and reference not in allowed:
        near = suggestion(reference, allowed)
        raise DeclarationError(f"{place} has reference {reference!r}{near} Expected one of {', '.join(allowed)}.")
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
    """Return a protocol instance.

    Raises:
        UnknownName: no such protocol.
        ProtocolFault: its class cannot be loaded, or contradicts its entry.
    """
    entry = protocol_entry(name)
    try:
        loaded: Protocol = resolve(entry.target)()
    except Exception as error:  # whatever the module of a package raises
        raise ProtocolFault(
            f"protocol {name!r}: {entry.target} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if missing := [part for part in ("name", "Options", "capabilities", "sees") if not hasattr(loaded, part)]:
        raise ProtocolFault(
            f"protocol {name!r}: {entry.target} lacks {', '.join(missing)}; see harness.contract.protocol"
        )
    if loaded.name != name:
        raise ProtocolFault(
            f"protocol {name!r}: {entry.target} has the name {loaded.name!r}, not that of its entry"
        )
    if loaded.Options is not entry.options:
        given, expected = loaded.Options.__qualname__, entry.options.__qualname__
        raise ProtocolFault(
            f"protocol {name!r}: {entry.target} has Options = {given}, and its entry options={expected}; "
            "name one class in both"
        )
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
