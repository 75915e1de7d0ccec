"""Main function of a worker: confinement, the contender's fit and predict, and the report of success or failure."""

import json
import os
import resource
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.executors.accelerator import Determinism, claim, device_facts
from harness.executors.confinement import confine, package_folders
from harness.executors.first_calls import watched
from harness.executors.job import TrialOrder
from harness.executors.process_tree import private_memory, private_peak
from harness.payload import Payload
from harness.targets import resolve

if TYPE_CHECKING:
    from harness.contract.report import Report

LOG_FILE, OUTPUT_FOLDER, REVEALED_FOLDER, SCRATCH_FOLDER = "log.txt", "output", "revealed", "scratch"
MESSAGE_BYTES = 1 << 16


def run_worker(order: dict[str, Any], channel: socket.socket) -> int:
    """Run one trial; return the exit code. All that contenders print goes to the trial's log."""
    content = TrialOrder.from_dict(order)
    folder = Path(content.folder)
    _redirect_output(folder / LOG_FILE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        report, costs = _run(content, folder, channel)
        report.payload().save(folder / OUTPUT_FOLDER)
        _report(channel, {"event": "done", **costs})
        return 0
    except BaseException as error:  # SystemExit and KeyboardInterrupt of a contender are failures too
        _report(channel, _describe(error))
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _run(order: TrialOrder, folder: Path, channel: socket.socket) -> tuple["Report", dict[str, Any]]:
    """Run the trial; return its report, and the costs that only this process knows."""
    from harness.contract.context import Context
    from harness.contract.options import build_options

    deadline = time.monotonic() + order.seconds
    scratch = folder / SCRATCH_FOLDER
    scratch.mkdir(exist_ok=True)
    os.chdir(scratch)
    os.environ["TMPDIR"] = str(scratch)
    readable = (*order.readable, order.inputs, order.view, *package_folders(order.contender, order.protocol))
    writable = [str(folder), order.cache]
    if compiled := os.environ.get("NUMBA_CACHE_DIR"):
        writable.append(compiled)
    confined = confine(readable, writable, order.hidden)
    _report(channel, {"event": "confined", "confined": confined})
    device = claim(order.device)
    protocol = resolve(order.protocol)()
    contender = resolve(order.contender)
    protocol.check(contender, order.trial.contender)
    determinism = Determinism()
    if order.threads > 1 or device != "cpu":
        determinism.start()  # on one CPU thread torch has no other order of summation to choose
    context = Context(
        order.trial,
        options=build_options(protocol.Options, order.options, f"task {order.trial.task!r}"),
        streams=contender.streams,
        device=device,
        threads=order.threads,
        scratch=scratch,
        cache=Path(order.cache),
        deadline=deadline,
    )

    def reveal() -> Payload:
        if not (order.rehearsal and (folder / REVEALED_FOLDER).exists()):  # it may run twice
            _report(channel, {"event": "fitted"})
            answer = channel.recv(MESSAGE_BYTES)
            if not answer:
                raise ConnectionError("the harness is gone")
        return Payload.load(folder / REVEALED_FOLDER)

    _report(channel, {"event": "ready", "private": private_memory()})  # all from here on is the contender's
    with watched() as first:
        inputs, view = Payload.load(Path(order.inputs)), Payload.load(Path(order.view))
        report: Report = protocol.run(contender, inputs, view, reveal, context)
        if order.rehearsal and any(os.scandir(order.cache)):  # later trials find intermediate results, as this does
            protocol.run(contender, inputs, view, reveal, context)
    costs: dict[str, Any] = {"peak": private_peak(), "imports": first.imports, "compiled": first.compiled}
    if order.rehearsal:
        costs["modules"] = first.modules
    return report.with_surroundings({**determinism.facts(), **device_facts(device)}, context.curve), costs


def _describe(error: BaseException) -> dict[str, Any]:
    frames = "".join(traceback.format_exception(error))
    return {
        "event": "failed",
        "kind": type(error).__name__,
        "message": str(error)[:4000],
        "traceback": frames[-16000:],
    }


def _report(channel: socket.socket, message: dict[str, Any]) -> None:
    channel.sendall(json.dumps(message).encode() + b"\n")


def _redirect_output(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
