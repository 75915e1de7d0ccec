"""The process that workers are forked from: it pins threads, imports and loads what they need, and never computes.

Run as ``python -m harness.executors.fork_server FD MODULE...`` with one end of a socket pair at descriptor FD.
It reads orders (a JSON object each, with the worker's end of a socket pair attached), forks, and reports each
worker's end with its exit status and resource use. It adopts orphans of its workers, so that processes which a
worker leaves running are found and killed.
"""

import ctypes
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from harness.executors.accelerator import cuda_is_open
from harness.executors.first_calls import load_compiled
from harness.executors.worker import run_worker

MESSAGE_BYTES = 1 << 20
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(arguments: Sequence[str]) -> NoReturn:
    """Import the modules named, then serve until the other end closes.

    A module that opens CUDA when it is imported costs the preloading: each worker then imports for itself.
    """
    control = socket.socket(fileno=int(arguments[0]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    preload(arguments[1:])
    load_compiled()
    if arguments[1:] and cuda_is_open():  # a fork of this process could not use CUDA: restart without imports
        control.set_inheritable(True)
        os.execv(sys.executable, [sys.executable, "-P", "-m", __spec__.name, str(control.detach())])
    _prctl(_PR_SET_PDEATHSIG, 0)  # from here on it outlives the harness for a moment, to kill all workers' children
    server = ForkServer(control)
    server.send({"event": "ready"})
    server.serve()


def preload(modules: Sequence[str]) -> None:
    """Import `modules`; a failing one is reported by the worker that needs it."""
    for module in modules:
        with suppress(Exception, SystemExit):
            importlib.import_module(module)


class ForkServer:
    """Forks workers on request and reaps them."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.workers: set[int] = set()
        self.wakeup, wakeup_end = socket.socketpair()
        self.wakeup.setblocking(False)
        wakeup_end.setblocking(False)
        self.wakeup_end = wakeup_end
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakeup_end.fileno(), warn_on_full_buffer=False)

    def serve(self) -> NoReturn:
        """Handle messages and deaths until the harness is gone, then kill the remaining processes."""
        while True:
            ready, _, _ = select.select([self.control, self.wakeup], [], [])
            if self.wakeup in ready:
                with suppress(BlockingIOError):
                    self.wakeup.recv(4096)
                self.reap()
            if self.control in ready:
                message, descriptors = self.receive()
                for line in message.splitlines():
                    self.handle(json.loads(line), descriptors)

    def handle(self, message: dict[str, Any], descriptors: list[int]) -> None:
        """Fork a worker for an order, or kill one."""
        if "kill" in message:
            if message["kill"] in self.workers:
                _kill(message["kill"])
            return
        pid = os.fork()
        if pid == 0:
            self._become_worker(message, descriptors.pop())
        self.workers.add(pid)
        os.close(descriptors.pop())
        self.send({"event": "forked", "pid": pid})

    def receive(self) -> tuple[bytes, list[int]]:
        """Return the order of the harness, with the descriptors that came along; leave if the harness is gone."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self.control, MESSAGE_BYTES, 1)
        except ConnectionError:  # it died with a message of ours unread
            message = b""
        if not message:
            self.shut_down()
        return message, descriptors

    def send(self, message: dict[str, Any]) -> None:
        """Send a message to the harness; leave if it is gone."""
        try:
            self.control.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self.shut_down()

    def reap(self) -> None:
        """Collect every dead child; kill the processes that a dead worker left running."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self.workers:
                self.workers.discard(pid)
                _kill_group(pid)
                self._kill_orphans()
                ending = {"code": os.waitstatus_to_exitcode(status), "cpu": usage.ru_utime + usage.ru_stime}
                self.send({"event": "exit", "pid": pid, **ending, "peak": usage.ru_maxrss * _RSS_UNIT})

    def shut_down(self) -> NoReturn:
        """Kill every worker and orphan, then leave."""
        for pid in self.workers:
            _kill(pid)
        self.workers.clear()
        self._kill_orphans()
        os._exit(0)

    def _kill_orphans(self) -> None:
        """Kill all processes without a living worker until none is left: their children are adopted next."""
        while orphans := [pid for pid in _children(os.getpid()) if not self._owned(pid)]:
            for pid in orphans:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            for pid in orphans:
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def _owned(self, pid: int) -> bool:
        try:
            return pid in self.workers or os.getsid(pid) in self.workers
        except OSError:
            return False

    def _become_worker(self, order: dict[str, Any], descriptor: int) -> NoReturn:
        code = 1
        try:
            os.setsid()
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for inherited in (self.control, self.wakeup, self.wakeup_end):
                inherited.close()
            code = run_worker(order, socket.socket(fileno=descriptor))
        finally:
            os._exit(code)


def _kill(pid: int) -> None:
    """Kill a living worker and its process group, which may not exist yet."""
    _kill_group(pid)
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def _kill_group(pid: int) -> None:
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        import psutil

        return [child.pid for child in psutil.Process(pid).children()]


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
