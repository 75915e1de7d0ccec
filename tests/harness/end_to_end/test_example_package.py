"""The example package, installed as anybody would install it, and run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.store import RunStore
from tests.toy_project import BENCH

PACKAGE = Path(__file__).parents[2] / "example_package"


class Installed:
    """The package in a folder of its own, and commands that see it."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(PACKAGE, folder / "source")
        options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", str(folder / "site"))
        pip = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *options)
        subprocess.run([*pip, str(folder / "source")], check=True, capture_output=True, timeout=120)
        self.store = folder / "runs" / "runs.sqlite"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BENCH_")}
        self.environment = {
            **inherited,
            "PYTHONPATH": os.pathsep.join([str(folder / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "BENCH_CACHE": str(folder / "cache"),
            "BENCH_STORE": str(self.store),
        }

    def bench(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*BENCH, *arguments], env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    pytest.importorskip("setuptools", reason="building a package needs setuptools")
    return Installed(tmp_path_factory.mktemp("example"))


def test_it_is_listed(installed: Installed) -> None:
    text = installed.bench("list", "contenders", "tasks").stdout
    assert re.search(
        r"^  degree-centroid +from degree-centroid; plug-in, graph-classification; graph$", text, re.MULTILINE
    )
    assert re.search(
        r"^  rings-by-fold +rings of cliques or random, 40 graphs, by fold; graph-clas", text, re.MULTILINE
    )


def test_it_meets_its_contract(installed: Installed) -> None:
    result = installed.bench("check", "degree-centroid", "-t", "rings-by-fold")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("ok: ") == 4


def test_it_is_run_and_ranked(installed: Installed) -> None:
    result = installed.bench("run", "-p", "smoke", "-t", "rings-by-fold", "-c", "degree-centroid")
    assert result.returncode == 0, result.stderr
    with RunStore.open(installed.store, readonly=True) as store:
        records = [entry.record for entry in store.entries()]
    assert [(r.trial.contender, r.trial.fold) for r in records] == [("degree-centroid", 0), ("degree-centroid", 1)]
    assert all(record.done and record.facts["configurations_tried"] == 2 for record in records)
    assert min(record.metrics["accuracy"] for record in records) > 0.6, "degrees tell rings from random graphs"
    assert re.search(r"^ +1 +degree-centroid +\d", result.stdout, re.MULTILINE)
