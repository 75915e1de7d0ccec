"""Origin of a kernel's times: date, machine, versions, and the command that repeats the measurement."""

import shlex
from collections.abc import Mapping
from typing import Any

from harness.kernels.results import KernelBoard
from harness.tables.columns import listed


def kernel_command(board: KernelBoard) -> str:
    """Return the command that repeats the measurement."""
    profile = [] if board.profile == "standard" else ["--profile", board.profile]
    return shlex.join(["bench", "kernels", board.name, *profile])


def kernel_sentences(board: KernelBoard, environment: Mapping[str, Any]) -> list[str]:
    """Return the origin of the times, one sentence a fact; `environment` describes the machine."""
    processes = sorted({case.processes for case in board.cases})
    failed = f"{board.failed} of them failed" if board.failed else "none failed"
    first, last = (created[:16].replace("T", " ") for created in (board.first, board.last))
    texts = [
        f"{board.records} records of a case in a process, {failed}; {listed(list(map(str, processes)))} "
        f"process{'' if processes == [1] else 'es'} a case; "
        f"{listed(list(map(str, board.threads)))} thread(s); profile {board.profile}.",
        f"Records from {first} to {last} (UTC). Inputs: generated from seeds in the code, or the set named.",
    ]
    if environment:
        texts += [
            f"Machine: {environment.get('cpu')}, {environment.get('cores')} cores, {environment.get('memory_gib')} "
            f"GiB, {environment.get('system')} {environment.get('kernel')}; Python {environment.get('python')}.",
            f"{listed([f'{name} {version}' for name, version in environment.get('packages', {}).items()])}.",
        ]
    else:
        texts.append(f"Environment {board.environment or 'unknown'}: not in the store.")
    if board.layers:
        texts.append(f"Threads by {listed([f'{name}: {layer}' for name, layer in board.layers.items()])}.")
    cases = listed([text[:12] for text in board.data])
    texts.append(f"Fingerprints of the cases {cases}; of the code {listed([text[:12] for text in board.code])}.")
    if len(board.code) > 1:
        texts.append("The records are of several versions of the code; repeat the measurement before publishing.")
    return texts


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
