"""Diagnosis of a worker that ended without a result, by its limits, report and exit code; and its log's end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.executors.job import TrialLimits
from harness.trial import Status, TrialFailure

LOG_TAIL_BYTES = 16 << 10


def diagnose(
    verdict: Status | None, limits: TrialLimits, peak: int, report: Mapping[str, Any], code: int, log: str
) -> tuple[Status, TrialFailure]:
    """Return the status and the failure of a worker that is not done.

    Args:
        verdict: the limit that it was killed for, if it was.
        peak: bytes of resident memory that it reached.
        report: its last message.
        code: exit code; minus a signal's number if one ended it.
    """
    if verdict == "timeout":
        return verdict, TrialFailure("Timeout", f"stopped after {limits.seconds:g} s (--timeout)", "", log)
    if verdict == "memory":
        used, allowed = peak / 2**20, limits.memory / 2**20
        message = f"stopped at {used:,.0f} MiB resident memory, limit {allowed:,.0f} MiB (--memory)"
        return verdict, TrialFailure("MemoryLimit", message, "", log)
    if report.get("event") == "failed":
        kind, message, frames = (str(report.get(part, "")) for part in ("kind", "message", "traceback"))
        return "failed", TrialFailure(kind or "Unknown", message, frames, log)
    if code < 0:
        return "killed", TrialFailure("Killed", f"the worker was killed by signal {-code}", "", log)
    return "failed", TrialFailure("Exit", f"the worker left with exit code {code} before it was done", "", log)


def tail(path: Path) -> str:
    """Return the last 16 KiB of a log; nothing if it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
