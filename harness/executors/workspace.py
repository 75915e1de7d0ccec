"""Work folders of runs, named by their process, so that folders of killed runs are found and removed."""

import os
import shutil
import tempfile
from pathlib import Path

WORK_PREFIX = "bench-run-"


def workspace() -> "tempfile.TemporaryDirectory[str]":
    """Return a new temporary folder of this process, removed when the context ends."""
    return tempfile.TemporaryDirectory(prefix=f"{WORK_PREFIX}{os.getpid()}-")


def sweep_left_behind() -> None:
    """Remove the work folders of runs that were killed: those whose process is gone."""
    import psutil

    for folder in Path(tempfile.gettempdir()).glob(f"{WORK_PREFIX}*-*"):
        owner = folder.name.removeprefix(WORK_PREFIX).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
