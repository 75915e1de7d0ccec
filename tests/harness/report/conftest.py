"""Stores and sites that the tests of the report share; each is made once, for making them takes seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import StoreError
from harness.reference import FOLDER
from harness.report import write_report
from harness.report.records import read_exports
from harness.report.results import Results, gather
from harness.report.site import build_site
from harness.store import RunStore
from tests.harness.leaderboard.synthetic import ENVIRONMENT, folds_of, make_record, seeds_of

LOSSES = [{"configuration": 0, "step": step, "valid_loss": 1 / (1 + step), "train_loss": 0.5} for step in range(20)]
GOOD = [0.90, 0.85, 0.95, 0.80, 0.90, 0.88, 0.92, 0.84, 0.91, 0.86]
POOR = [0.70, 0.75, 0.65, 0.72, 0.71, 0.69, 0.74, 0.68, 0.70, 0.73]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunStore]:
    """A good contender, a poor one, one that failed once, one with trials missing; a task of seeds."""
    records = [
        *folds_of("mutag", "sep-g", GOOD, curve=LOSSES),
        *folds_of("mutag", "gcn-sum", POOR, curve=LOSSES, fit_seconds=3.0),
        *folds_of("mutag", "gmt", [0.8 * value for value in GOOD[:9]], fit_seconds=30.0),
        *folds_of("mutag", "diffpool", GOOD[:9]),
        make_record("mutag", "diffpool", None, fold=9, failure="OutOfMemory"),
        *seeds_of("ring", "sep-u", [1e-4, 2e-4, 3e-4], metric="mse"),
        *seeds_of("ring", "mincut-ae", [2e-4, 1e-4, 5e-4], metric="mse", fit_seconds=2.0),
    ]
    with RunStore.open(tmp_path_factory.mktemp("store") / "runs.sqlite") as opened:
        with opened.transaction():
            opened.put_environment("env1", ENVIRONMENT)
            for record in records:
                opened.add(record)
        yield opened


@pytest.fixture(scope="session")
def results(store: RunStore) -> Results:
    return gather(store, ["graph"], "standard")


@pytest.fixture(scope="session")
def site(store: RunStore) -> dict[str, str]:
    """File name -> HTML of the site of the synthetic records."""
    return build_site(store, ["graph"], "standard")


@pytest.fixture(scope="session")
def reference_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the committed reference records, kernels included, in a folder."""
    out = tmp_path_factory.mktemp("reference") / "site"
    try:
        with read_exports([FOLDER]) as records:
            write_report(records, out, ["graph", "sparse", "robust"], "standard")
    except StoreError as error:
        pytest.skip(f"no reference records here: {error}")
    return out


@pytest.fixture(scope="session")
def reference_site(reference_folder: Path) -> dict[str, str]:
    """File name -> HTML of the site of the reference records."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(reference_folder.glob("*.html"))}
