"""Fixtures that all tests share: where real data are, and tiny projects that are run through the real command."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.toy_project import ToyProject

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of real data sets; skips where there is none."""
    given = os.environ.get("BENCH_DATA")
    if not given or not Path(given).is_dir():
        pytest.skip("BENCH_DATA is not set: no real data sets here")
    return Path(given)


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Callable[[str], ToyProject]]:
    """Make a tiny project from the source of its contenders; see ToyProject."""
    made: list[ToyProject] = []

    def make(source: str) -> ToyProject:
        project = ToyProject(tmp_path / f"toy-{len(made)}", source)
        made.append(project)
        return project

    yield make
    for project in made:
        project.stop()
