"""Nothing listens where another machine could knock: during a run there are Unix socket pairs only."""

import time
from collections.abc import Callable
from ipaddress import ip_address

import psutil

from tests.toy_project import ToyProject

SLOW = """
class Slow(Toy):
    def fit(self, train, valid, context):
        (context.scratch / "here").touch()
        time.sleep(1.5)
        return Constant(train.num_classes)
"""


def test_a_run_listens_on_no_public_interface(toy: Callable[[str], ToyProject]) -> None:
    process = toy(SLOW).start("-j", "1", "--offline")
    seen: set[str] = set()
    pids: set[int] = set()
    public = []
    while process.poll() is None:
        for one in _tree(process.pid):
            try:
                connections = one.net_connections("all")
            except psutil.Error:
                continue
            pids.add(one.pid)
            seen |= {connection.family.name for connection in connections}
            public += [c for c in connections if c.family.name != "AF_UNIX" and not _on_loopback(c)]
        time.sleep(0.05)
    assert process.returncode == 0, process.communicate()
    assert len(pids) >= 3, "the command, its fork server and a worker were to be seen"
    assert "AF_UNIX" in seen
    assert not public


def _tree(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def _on_loopback(connection: object) -> bool:
    address = getattr(connection, "laddr", None)
    return not address or ip_address(address.ip).is_loopback
