"""What the commands do not import: help and listings must be instant."""

import json
import subprocess
import sys

import pytest

ALL = {
    "torch",
    "numpy",
    "pandas",
    "scipy",
    "matplotlib",
    "networkx",
    "numba",
    "sklearn",
    "rich",
    "psutil",
    "sqlite3",
}
PROBE = """
import io, json, sys
from contextlib import redirect_stdout
from harness import cli
sys.argv = ["bench", *{arguments!r}]
with redirect_stdout(io.StringIO()):
    try:
        cli.main()
    except SystemExit as leaving:
        assert leaving.code == 0, leaving
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def loaded(arguments: list[str]) -> set[str]:
    """Return the top-level modules that a command has imported when it ends."""
    probe = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=arguments)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(json.loads(probe.stdout))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["run", "--help"],
        ["leaderboard", "--help"],
        ["list", "suites"],
        ["list", "tasks"],
        ["list", "contenders"],
        ["list", "kernels"],
        ["list", "claims"],
        ["list"],
        ["data", "list"],
    ],
)
def test_light_commands_import_nothing_heavy(arguments: list[str]) -> None:
    modules = loaded(arguments)
    assert "click" in modules
    assert not ALL & modules
