"""Processes of their own for loaders: their libraries and their memory stay out of the parent."""

import os
import subprocess
import sys
from pathlib import Path

import harness

NOT_THE_FILES = 4
"""Exit status of a loader that failed for a reason other than its files."""


def in_own_process(module: str, request: Path) -> "subprocess.CompletedProcess[str]":
    """Run ``python -m module request``; stderr is captured.

    The process can import what this one can: this project and the packages of other families.
    """
    project = str(Path(harness.__file__).parent.parent)
    places = (project, *sys.path, *os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return subprocess.run(
        [sys.executable, "-P", "-m", module, str(request)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(filter(None, places)))},
        check=False,
    )


def ended_by_signal(result: "subprocess.CompletedProcess[str]") -> str:
    """Return how a signal ended the process, or nothing if none did."""
    return f"ended by signal {-result.returncode} (out of memory?)" if result.returncode < 0 else ""


def last_line(result: "subprocess.CompletedProcess[str]") -> str:
    """Return the last line that a failed process wrote to stderr: its error."""
    return (result.stderr.strip().splitlines() or ["no reason given"])[-1]
