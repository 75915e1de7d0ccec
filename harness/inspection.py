"""Inspect contenders in a separate process: no contender's code runs where test targets are held.

Run as ``python -m harness.inspection FILE PROFILE NAME...``: appends a line of JSON a contender to FILE.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness import catalog
from harness.environment import child_environment

SECONDS = 120.0
"""Seconds that the import of all contenders and their configurations may take together."""


@dataclass(frozen=True)
class Inspection:
    """A contender's configurations, or the reason why it is unusable.

    Attributes:
        settings: fingerprint of its configurations in the profile.
        configurations: their number.
        error: kind and message of what its import, contract or configurations raised; empty if all is well.
    """

    name: str
    settings: str = ""
    configurations: int = 0
    error: str = ""


def inspect(names: Sequence[str], profile: str) -> dict[str, Inspection]:
    """Import contenders and evaluate their configurations, in child processes.

    One that ends or stops its process is the one at fault; the others are inspected in a new one.
    """
    found: dict[str, Inspection] = {}
    while left := [name for name in names if name not in found]:
        with tempfile.TemporaryDirectory(prefix="bench-inspect-") as folder:
            report = Path(folder) / "report.jsonl"
            report.touch()
            ending = _run([str(report), profile, *left], folder)
            for line in report.read_text().splitlines():
                inspection = Inspection(**json.loads(line))
                found[inspection.name] = inspection
        unanswered = [name for name in left if name not in found]
        if unanswered:
            found[unanswered[0]] = Inspection(unanswered[0], error=ending)
    return found


def _run(arguments: Sequence[str], folder: str) -> str:
    """Run this module as a process; return a description of its end."""
    command = [sys.executable, "-P", "-m", "harness.inspection", *arguments]
    try:
        process = subprocess.run(
            command,
            cwd=folder,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"Timeout: its import did not end within {SECONDS:g} s"
    return f"Exit: its import left with exit code {process.returncode}"


def look(name: str, profile: str) -> Inspection:
    """Inspect one contender in this process."""
    from harness.contract.contender import settings_fingerprint

    try:
        configurations = catalog.contender_class(name).configurations(profile)  # type: ignore[attr-defined]
        return Inspection(name, settings_fingerprint(configurations), len(configurations))
    except (Exception, SystemExit) as error:
        return Inspection(name, error=f"{type(error).__name__}: {error}")


def main(arguments: Sequence[str]) -> None:
    """Inspect the contenders named and report each as soon as it is done."""
    report, profile, *names = arguments
    for name in names:
        inspection = look(name, profile)
        with open(report, "a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(inspection)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
