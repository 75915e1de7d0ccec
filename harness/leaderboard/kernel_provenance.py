"""Where a kernel's times come from: when, on which machine, with which versions, and how to measure them again."""

import shlex
from collections.abc import Mapping
from typing import Any

from harness.kernels.results import KernelBoard
from harness.tables.columns import listed


def kernel_command(board: KernelBoard) -> str:
    """Return the command that measures the kernel again."""
    profile = [] if board.profile == "standard" else ["--profile", board.profile]
    return shlex.join(["bench", "kernels", board.name, *profile])


def kernel_sentences(board: KernelBoard, environment: Mapping[str, Any]) -> list[str]:
    """Say where the times come from, a sentence a fact; `environment` is what the store says of the machine."""
    processes = sorted({case.processes for case in board.cases})
    failed = f"{board.failed} of them failed" if board.failed else "none failed"
    first, last = (created[:16].replace("T", " ") for created in (board.first, board.last))
    said = [
        f"{board.records} records of a case in a process, {failed}; {listed(list(map(str, processes)))} "
        f"process{'' if processes == [1] else 'es'} a case; "
        f"{listed(list(map(str, board.threads)))} thread(s); profile {board.profile}.",
        f"Records from {first} to {last} (UTC). Inputs: generated from seeds in the code, or the set named.",
    ]
    if environment:
        said += [
            f"Machine: {environment.get('cpu')}, {environment.get('cores')} cores, {environment.get('memory_gib')} "
            f"GiB, {environment.get('system')} {environment.get('kernel')}; Python {environment.get('python')}.",
            f"{listed([f'{name} {version}' for name, version in environment.get('packages', {}).items()])}.",
        ]
    else:
        said.append(f"Environment {board.environment or 'unknown'}: not in the store.")
    if board.layers:
        said.append(f"Threads by {listed([f'{name}: {layer}' for name, layer in board.layers.items()])}.")
    cases = listed([text[:12] for text in board.data])
    said.append(f"Fingerprints of the cases {cases}; of the code {listed([text[:12] for text in board.code])}.")
    if len(board.code) > 1:
        said.append("The records are of several versions of the code, so measure again before publishing.")
    return said


def kernel_facts(board: KernelBoard, environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same as plain values."""
    return {
        "command": kernel_command(board),
        "profile": board.profile,
        "records": board.records,
        "failed": board.failed,
        "oldest": board.first,
        "newest": board.last,
        "environments": {board.environment: dict(environment)},
        "data": list(board.data),
        "code": list(board.code),
        "threads": list(board.threads),
        "layers": dict(board.layers),
    }
