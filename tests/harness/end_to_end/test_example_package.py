"""The example package, installed as anybody would install it, and run."""

import re

import pytest

from harness.store import RunStore
from tests.harness.end_to_end.installed_package import InstalledPackage


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> InstalledPackage:
    return InstalledPackage("example_package", tmp_path_factory.mktemp("example"))


def test_it_is_listed(installed: InstalledPackage) -> None:
    text = installed.bench("list", "contenders", "tasks").stdout
    assert re.search(
        r"^  degree-centroid +from degree-centroid; plug-in, graph-classification; graph$", text, re.MULTILINE
    )
    assert re.search(
        r"^  rings-by-fold +rings of cliques or random, 40 graphs, by fold; graph-clas", text, re.MULTILINE
    )


def test_it_meets_its_contract(installed: InstalledPackage) -> None:
    result = installed.bench("check", "degree-centroid", "-t", "rings-by-fold")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("ok: ") == 4


def test_it_is_run_and_ranked(installed: InstalledPackage) -> None:
    result = installed.bench("run", "-p", "smoke", "-t", "rings-by-fold", "-c", "degree-centroid")
    assert result.returncode == 0, result.stderr
    with RunStore.open(installed.store, readonly=True) as store:
        records = [entry.record for entry in store.entries()]
    assert [(r.trial.contender, r.trial.fold) for r in records] == [("degree-centroid", 0), ("degree-centroid", 1)]
    assert all(record.done and record.facts["configurations_tried"] == 2 for record in records)
    assert min(record.metrics["accuracy"] for record in records) > 0.6, "degrees tell rings from random graphs"
    assert re.search(r"^may be best\n  degree-centroid +\d", result.stdout, re.MULTILINE)
