"""One fresh process that times kernels: for each case check, warm up, then interleaved rounds.

Run as ``python -m harness.kernels.process FD`` with an order (one JSON object) on standard input; it writes events,
a JSON object a line, to descriptor FD, so that the output of a library cannot disturb them.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from harness.errors import DataError
from harness.kernels.clock import Contestant, interleave
from harness.kernels.contract import Implementation, Kernel, KernelCase, Mismatch, Timed
from harness.kernels.kept import keep_in
from harness.kernels.memory import settle, watched
from harness.kernels.threads import pinned, set_threads, threading_layers

FEWEST_OWN = 0.9  # part of a first call that must not be compilation for its time to count


@dataclass(frozen=True)
class Share:
    """A kernel's part in an order.

    Attributes:
        name, target: of the kernel; the target is ``module:attribute`` of its declaration.
        cases: names of the profile's cases to time.
        implementations: names, in turn; those that are not installed are reported, not timed.
    """

    name: str
    target: str
    cases: Sequence[str]
    implementations: Sequence[str]


@dataclass(frozen=True)
class TimingOrder:
    """Work of one timing process.

    Attributes:
        threads: numbers of threads, each timed in turn.
        seconds: budget of the rounds of one case at one number of threads.
        min_rounds: rounds of the slowest, besides the warm call.
        kept: folder of figures that the processes of a session compute once; '' to keep none.
    """

    profile: str
    shares: Sequence[Share]
    threads: Sequence[int]
    seconds: float
    min_rounds: int = 1
    kept: str = ""


@dataclass
class TimingFinding:
    """Result of one process for one implementation on one case; `seconds` and `rounds` by number of threads.

    Attributes:
        state: *timed*, *failed*, *not installed* or *excluded*; `reason` explains the last three.
        compile_seconds: compilation by numba in preparation and first call; 0 where the code was cached.
        peak_bytes: peak memory above that before the call; -1 where the system does not report it.
    """

    state: str = "timed"
    reason: str = ""
    share: float = 1.0
    compile_seconds: float = 0.0
    peak_bytes: int = -1
    quality: Mapping[str, float] = field(default_factory=dict)
    rounds: dict[str, list[int]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)


def main(descriptor: int) -> None:
    """Time the order that is read from standard input."""
    content = json.load(sys.stdin)
    order = TimingOrder(**content | {"shares": [Share(**share) for share in content["shares"]]})
    keep_in(order.kept)
    with os.fdopen(descriptor, "w") as events:

        def send(**event: Any) -> None:
            events.write(json.dumps(event) + "\n")
            events.flush()

        work = [(share, *declared(share)) for share in order.shares]
        send(event="limits", rates=measured_limits(order))
        for share, kernel, chosen in work:
            cases = {case.name: case for case in kernel.cases(order.profile)}
            for name in share.cases:
                send(event="begin", kernel=share.name, case=name)
                spent = time.process_time()
                try:
                    found = time_case(kernel, cases[name], chosen, order)
                except DataError as error:
                    send(event="unavailable", reason=str(error))
                else:
                    cpu = time.process_time() - spent
                    send(event="case", cpu_seconds=cpu, layers=threading_layers(), **found)
        send(event="end")


def declared(share: Share) -> tuple[Kernel, list[Implementation]]:
    """Return a kernel and its implementations, their modules imported.

    The loaded modules decide whose threads are pinned and whose matrix product is the limit.
    """
    module, _, attribute = share.target.partition(":")
    kernel: Kernel = getattr(import_module(module), attribute)
    chosen = [kernel.implementation(name) for name in share.implementations]
    for entry in chosen:
        if missing(entry) is None:
            with suppress(Exception):  # raised again, and reported, in the preparation
                import_module(entry.module)
    return kernel, chosen


def measured_limits(order: TimingOrder) -> dict[str, dict[str, float]]:
    """Return the machine's rates at each number of threads."""
    from harness.kernels import limits

    rates = {}
    for threads in order.threads:
        with pinned(threads):
            rates[str(threads)] = limits.measure(threads, min(order.seconds, limits.SECONDS)).as_dict()
    return rates


def missing(entry: Implementation) -> str | None:
    """Return the first required module that cannot be found, or None."""
    return next((name for name in entry.requires if find_spec(name) is None), None)


def time_case(
    kernel: Kernel, case: KernelCase, chosen: Sequence[Implementation], order: TimingOrder
) -> dict[str, Any]:
    """Check and time all implementations on one case."""
    settle()
    pool = [kernel.data(case, seed) for seed in range(kernel.pool(case))]
    expected = kernel.reference(case, pool[0])
    cost = kernel.cost(case, pool[0])
    findings = {entry.name: _eligible(kernel, case, entry) for entry in chosen}
    for position, threads in enumerate(order.threads if kernel.scaled(case) else order.threads[:1]):
        contestants = []
        with pinned(threads):
            for entry in chosen:
                finding = findings[entry.name]
                if finding.state != "timed" or (position and not entry.threaded):
                    continue
                try:
                    contestants.append(
                        _prepared(kernel, case, pool, expected, entry, threads, finding, order.seconds)
                    )
                except Exception as error:  # a peer may raise anything, and only its own row fails
                    finding.state = "failed"
                    finding.reason = _error_line(error)
            set_threads(threads)  # numba's first parallel call changes torch's number
            interleave(contestants, order.seconds, order.min_rounds)
        for contestant in contestants:
            findings[contestant.name].rounds[str(threads)] = contestant.rounds
            findings[contestant.name].seconds[str(threads)] = contestant.seconds
    return {"cost": asdict(cost), "findings": {name: asdict(finding) for name, finding in findings.items()}}


def _eligible(kernel: Kernel, case: KernelCase, entry: Implementation) -> TimingFinding:
    reason = kernel.excluded(case, entry.name)
    if reason is not None:
        return TimingFinding("excluded", reason)
    absent = missing(entry)
    return TimingFinding("not installed", f"needs {absent}") if absent else TimingFinding()


def _prepared(
    kernel: Kernel,
    case: KernelCase,
    pool: Sequence[Any],
    expected: Any,
    entry: Implementation,
    threads: int,
    finding: TimingFinding,
    budget: float,
) -> Contestant:
    """Prepare an implementation for every input, check its output, and record compilation, memory and quality."""
    from harness.executors.compilation import compilation

    make = getattr(import_module(entry.module), entry.target.partition(":")[2])
    with compilation() as compiled:
        prepared = [make(case, data, threads) for data in pool]
        timed = [call if isinstance(call, Timed) else Timed(call) for call in prepared]
        before = compiled.seconds
        output, seconds, peak = watched(timed[0].call)
    kernel.check(case, pool[0], entry.name, output, expected)
    if not finding.rounds:  # at the first number of threads
        finding.compile_seconds, finding.share = compiled.seconds, timed[0].share
        finding.quality = dict(kernel.quality(case, pool[0], entry.name, output, expected))
    del output
    own = seconds - (compiled.seconds - before)
    if seconds < budget or own < FEWEST_OWN * seconds:  # otherwise a second call adds little
        _, seconds, peak = watched(timed[0].call)
    if not finding.rounds:
        finding.peak_bytes = peak
    contestant = Contestant(entry.name, [one.call for one in timed], timed[0].share)
    contestant.calibrate(seconds)
    return contestant


def _error_line(error: Exception) -> str:
    """Return an error as one line, with its file and line unless it is a wrong result."""
    if isinstance(error, Mismatch):
        return f"wrong result: {error}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({os.path.basename(frame.filename)}:{frame.lineno})"[:500]


if __name__ == "__main__":
    main(int(sys.argv[1]))
