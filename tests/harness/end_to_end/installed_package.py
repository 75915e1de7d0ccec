"""A package of this folder, installed as anybody would install it, and the real command that sees it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.toy_project import BENCH

TESTS = Path(__file__).parents[2]


class InstalledPackage:
    """A package below ``tests`` in a folder of its own, with a run store and a cache of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        pytest.importorskip("setuptools", reason="building a package needs setuptools")
        shutil.copytree(TESTS / name, folder / "source")
        options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", str(folder / "site"))
        pip = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *options)
        subprocess.run([*pip, str(folder / "source")], check=True, capture_output=True, timeout=120)
        self.folder, self.store = folder, folder / "runs" / "runs.sqlite"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BENCH_")}
        self.environment = {
            **inherited,
            "PYTHONPATH": os.pathsep.join([str(folder / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "BENCH_CACHE": str(folder / "cache"),
            "BENCH_STORE": str(self.store),
            "BENCH_OFFLINE": "1",
        }

    def bench(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `bench` to its end."""
        return subprocess.run(
            [*BENCH, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def output(self, *arguments: str, code: int = 0) -> str:
        """Return what `bench` prints; fail at another exit code or a declaration that is left out."""
        result = self.bench(*arguments)
        assert result.returncode == code, result.stdout + result.stderr
        assert "left out" not in result.stderr
        return result.stdout
